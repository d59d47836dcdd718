"""Numbering the names of a column that are whole numbers, in the order of their texts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .codes import Codes, Labels, code_dtype
from .keys import Index, distinct_numbers, lie_near, looked_up, near_ones, places_among
from .numerals import DIGITS, Numerals

__all__ = ["in_one_numbering", "numbered"]


def numbered(numbers: Index, absent: Index | None = None, ids: Index | None = None) -> Codes:
    """A column of whole numbers as names, in the order of their texts.

    Those that name rows of another table by its `ids` are numbered as these are.
    """
    if absent is not None and not absent.any():
        absent = None
    if absent is None and ids is not None and (found := _as_ids(numbers, ids)) is not None:
        return found
    given = numbers if absent is None else numbers[~absent]
    near, low = near_ones(given) if len(given) else None, 0
    distinct, places = distinct_numbers(given) if near is None else (near, given)
    order, kind = _by_text(distinct), code_dtype(len(distinct) + 1)
    to = np.empty(len(distinct), dtype=kind)
    to[order] = np.arange(1, len(distinct) + 1, dtype=kind)
    if near is not None:  # the table of all between them says the code at once
        of_place, low = to, int(near[0])
        to = np.zeros(int(near[-1]) - low + 1, dtype=kind)
        to[near - low] = of_place
    codes = looked_up(to, places, low) if len(places) else to[:0]
    if absent is not None:
        every = np.zeros(len(numbers), dtype=kind)
        every[~absent] = codes
        codes = every
    return Codes(codes, Numerals(_unwritable(distinct[order])))


def _as_ids(numbers: Index, ids: Index) -> Codes | None:
    """Each number as the place of its id in the order of their texts; None where they lie far
    apart, are many more than are named, or some number is none of them."""
    if ids.dtype.kind not in "iu" or not 0 < len(ids) <= 4 * len(numbers) or not lie_near(ids):
        return None
    found = in_one_numbering((), ids)
    assert found is not None
    labels, _ = found
    codes = places_among(numbers, labels.numbers)
    codes += 1
    kind = code_dtype(len(labels))
    return Codes(codes.astype(kind, copy=False).view(kind), labels) if codes.all() else None


def in_one_numbering(users: Sequence[Codes], ids: Index) -> tuple[Numerals, Index] | None:
    """One numbering of names that are all whole numbers, and the row of each that has this id.

    First those of the ids, then others, each in the order of their texts; None where one of the
    columns has other names.
    """
    if ids.dtype.kind not in "iu":
        return None
    named: list[Labels] = [one.labels for one in users if len(one.labels) > 1]
    if named and all(labels is named[0] for labels in named):
        one = named[0]
        if isinstance(one, Numerals) and one.ids is ids and one.rows is not None:
            return one, one.rows
    for labels in named:
        if not isinstance(labels, Numerals):
            return None
    order = _by_text(ids.astype(np.int64, copy=False))
    numbers, others = ids[order], []
    for labels in named:
        assert isinstance(labels, Numerals)
        if not np.array_equal(labels.numbers, numbers):
            others.append(labels.numbers[places_among(labels.numbers, ids) < 0])
    more = distinct_numbers(np.concatenate(others))[0] if others else numbers[:0]
    more = more[_by_text(more)]
    rows = np.full(len(numbers) + len(more) + 1, -1, dtype=np.int32)
    rows[1 : len(numbers) + 1] = order
    if len(more):
        return Numerals(_unwritable(np.concatenate([numbers, more]))), rows
    return Numerals(_unwritable(numbers), ids, rows), rows


def _by_text(numbers: Index) -> Index:
    """Where the numbers stand when they are ordered by their texts: 10 before 9, -1 before 0."""
    least, most = (int(numbers.min()), int(numbers.max())) if len(numbers) else (0, 0)
    if max(-least, most) >= 10**DIGITS:  # too long to be shifted to one length
        return np.array(sorted(range(len(numbers)), key=numbers.astype(str).tolist().__getitem__))
    ascending = bool((numbers[1:] > numbers[:-1]).all())
    if least >= 0 and len(str(least)) == len(str(most)):
        return np.arange(len(numbers)) if ascending else np.argsort(numbers, kind="stable")
    powers = 10 ** np.arange(1, DIGITS + 1)
    if ascending and least >= 0:
        # Those of one length are in order already, and the first of 1, 10 and 100 is the shortest.
        lengths = np.diff(np.searchsorted(numbers, powers), prepend=0)
        return np.argsort(numbers * np.repeat(powers[::-1] // 10, lengths), kind="stable")
    size = np.abs(numbers)
    digits = np.searchsorted(powers, size, side="right")  # less one
    return np.lexsort((digits, size * 10 ** (DIGITS - 1 - digits), numbers >= 0))


def _unwritable(numbers: Index) -> Index:
    numbers.flags.writeable = False
    return numbers
