"""Won deals that say when they were created, those that do not named beside."""

from __future__ import annotations

from typing import Literal

from ...reasons import Reason
from ...results import Total
from ...tables.verbs import During

__all__ = ["won_with_creation"]


def won_with_creation(closed: During, of: Literal["count", "amount"]) -> Total:
    """What was won of them in each period, which by itself has a share that was new."""
    won = closed.measure(of, where=("won", "with creation before close"))
    unknown = closed.count(("won", "of unknown creation"))
    reversed_ = closed.count(("won", "closed before creation"))
    won = won.excluding(Reason("no_field", field="created_at"), unknown)
    return won.excluding(
        Reason("before", later="closed_at", first="created_at"), reversed_
    ).non_additive()
