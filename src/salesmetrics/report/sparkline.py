"""A course in one line of text."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["BARS", "sparkline"]

BARS = "▁▂▃▄▅▆▇█"
GAP = "·"


def sparkline(values: Sequence[float | None], from_zero: bool, open_last: bool = False) -> str:
    """A bar for each value, a dot where there is none.

    Counts and sums stand on 0, which is the shortest bar; of rates and durations the lowest is.
    The last stands apart where its month is not over (`open_last`): it is not a fall.

    >>> sparkline([0, 50, None, 100], from_zero=True), sparkline([0.4, 0.5, 0.6], from_zero=False)
    ('▁▅·█', '▁▅█')
    """
    known = [value for value in values if value is not None]
    if not known:
        return ""
    low, high = min(known), max(known)
    if from_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    level = 0 if from_zero else (len(BARS) - 1) // 2  # of those that are all the same
    last = len(BARS) - 1
    drawn = [
        GAP
        if value is None
        else BARS[int((value - low) / (high - low) * last + 0.5) if high > low else level]
        for value in values
    ]
    return "".join([*drawn[:-1], " " * open_last, drawn[-1]])
