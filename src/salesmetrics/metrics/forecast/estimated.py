"""Deals with the probability that the own history gives them in place of the one in their rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...columns import MISSING, Numbers
from ...history.stays import BILLION
from ...tables import Deals, IntoDeals
from .period_model import past_of

__all__ = ["weighed"]


def weighed(deals: IntoDeals, probability: object) -> Deals:
    """The deals as they are, or with `"estimated"` the chance that each is won in the end.

    The chance is that of what is known; deals that are closed have none.
    """
    table = Deals.of(deals)
    if probability != "estimated" or table.known is None:
        return table
    numbers = _chances(table.whole.unfiltered)
    run = table.run
    if run is not None and run.part is not None:
        numbers = numbers.take(run.part)
    return replace(
        table,
        columns={**table.columns, "probability": numbers},
        earlier={**table.earlier, "probability": numbers},
        restricted_to=(*table.restricted_to, "estimated"),
        remade=lambda whole: weighed(whole, "estimated"),
    )


def _chances(deals: Deals) -> Numbers:
    """The eventual chance of every deal, in billionths; not known of closed deals."""
    past = past_of(deals)
    learned = past.learned(past.lives.today, None)
    rows = learned.open_deals()
    eventual = np.full(deals.size, np.nan)
    eventual[rows] = learned.chances(rows, 0).eventual
    known = ~np.isnan(eventual)
    values = np.where(known, np.rint(np.nan_to_num(eventual) * BILLION), 0).astype(np.int64)
    return Numbers.of(values, np.where(known, 0, MISSING).astype(np.uint8), BILLION)
