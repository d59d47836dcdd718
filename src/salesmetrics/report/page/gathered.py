"""Groups for which a page has no filter of their own, gathered under one that it has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...reasons import Reason, as_one
from ...snapshots import schema as form
from ...snapshots.document_targets import why_of
from ..others import adds, together
from ..told import Told, reason_from

__all__ = ["OTHERS", "Gathered", "Key", "gathered", "with_others"]

Key = tuple[Any, ...]
Gathered = Mapping[Key, Sequence[Key]]  # by the key of those that stand as one
Cells = dict[tuple[tuple[str, ...], Key, str], form.DocumentCell]


class _Others:
    """Stands in a key for every value that has no filter."""


OTHERS = _Others()


def gathered(
    by: tuple[str, ...],
    groups: Mapping[Key, str],
    kept: Sequence[Mapping[Key, str]],
    single: Mapping[str, int],
) -> dict[Key, list[Key]]:
    """The groups with a value that no filter has, by what the filters show of them."""
    found: dict[Key, list[Key]] = {}
    for key in groups:
        shown = tuple(
            value if name not in single or (value,) in kept[single[name]] else OTHERS
            for name, value in zip(by, key, strict=True)
        )
        if any(value is OTHERS for value in shown):
            found.setdefault(shown, []).append(key)
    return found


def with_others(
    figure: Told,
    cells: Cells,
    groupings: Sequence[tuple[str, ...]],
    each: Sequence[Gathered],
    periods: Sequence[str],
) -> Cells:
    """With a figure of those gathered, exact; where figures do not add, with that as the reason."""
    found = dict(cells)
    for by, keys in zip(groupings, each, strict=True):
        for key, members in keys.items():
            for period in periods:
                there = [cells[by, one, period] for one in members if (by, one, period) in cells]
                if there:
                    found[by, key, period] = together(figure, there) or _untold(figure, there)
    return found


def _untold(figure: Told, cells: Sequence[form.DocumentCell]) -> form.DocumentCell:
    """None of them has a figure, or their amounts are not above 0 together, or they do not add.

    Why is told of all of them: of three rows and of two without an amount, that it is five.
    """
    n = sum(one.n for one in cells)
    unknown = [one for one in cells if one.value is None]
    if unknown and adds(figure):
        first = min(unknown, key=lambda one: one.denominator or 0)
        reasons = [reason_from(one.reason) for one in unknown if one.reason is not None]
        mine = None if first.reason is None else as_one(reason_from(first.reason), reasons)
        why = None if mine is None else why_of(mine)
        return first.model_copy(update={"reason": why, "n": n, "compared": []})
    why = why_of(Reason("not_added"))
    return cells[0].model_copy(update={"value": None, "reason": why, "n": n, "compared": []})
