"""Rounding parts so that they still sum to the rounded whole: by the largest remainder."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import floor

__all__ = ["nearest", "rounded_to_sum"]


def nearest(value: Fraction, step: Fraction) -> Fraction:
    """The nearest multiple of a step, half to even."""
    return round(value / step) * step


def rounded_to_sum(
    parts: Sequence[Fraction], total: Fraction, step: Fraction
) -> tuple[Fraction, ...]:
    """Each part a multiple of the step, by less than one step off, and together the total's.

    >>> thirds = [Fraction(1, 3)] * 3
    >>> [float(one) for one in rounded_to_sum(thirds, Fraction(1), Fraction(1, 100))]
    [0.34, 0.33, 0.33]
    """
    low = [floor(part / step) for part in parts]
    missing = round(total / step) - sum(low)
    # The largest remainder first; among equals the earlier one.
    order = sorted(range(len(parts)), key=lambda at: (low[at] - parts[at] / step, at))
    for at in order[: max(0, min(missing, len(parts)))]:
        low[at] += 1
    return tuple(each * step for each in low)
