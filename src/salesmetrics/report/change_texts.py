"""How much a figure differs from its base, in words."""

from __future__ import annotations

from fractions import Fraction

from ..insight.compare import Comparison
from ..results import Result
from ..results.formats import number_text
from ..results.words import Words

__all__ = ["change_text"]


def change_text(result: Result, found: Comparison, said: Words) -> str:
    """How much a figure differs from its base, and whether that is good."""
    if found.change is None:
        return "-"
    if found.points is not None:
        text = f"{found.points:+,.1f} {said.say('points')}"
    elif found.relative is not None:
        text = f"{found.relative:+,.1%}"
    else:
        plain = number_text(abs(Fraction(found.change)), result.unit, result.currency, said)
        if isinstance(found.change, int):
            plain = number_text(abs(found.change), result.unit, result.currency, said)
        text = ("-" if found.change < 0 else "+") + plain
    if found.direction in ("better", "worse"):
        return f"{text} {said.say(found.direction if found.clear else 'unclear')}"
    return text
