"""Arrays as they came in, to columns of a kind, with every cell that cannot be used named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from ..columns import (
    MISSING,
    Codes,
    Column,
    Keys,
    Numbers,
    ShortTexts,
    Times,
    all_distinct,
    code_dtype,
    distinct_numbers,
    gathered,
    numbered,
)
from ..errors import Fault
from ..models import Kind, values
from ..reasons import Reason
from .cells import Cells
from .moments import times_of
from .raw import Raw, object_array
from .texts import any_thousands, plain_numbers

__all__ = ["ColumnReader", "with_ids"]

DAY = 86_400
LARGEST = 2**63 - 1
PIECE, AT_ONCE = 2**18, 2**15  # rows looked up, and computed, at once
WIDE = Context(prec=MAX_PREC, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[])
OF_THOUSANDS = 3  # decimals of a currency that are written like a group of thousands
Int64 = npt.NDArray[np.int64]


class ColumnReader(Cells):
    """Reads the columns of one table and gathers what is wrong with them."""

    def column(self, name: str, kind: Kind, raw: Raw, words: Sequence[Any] = ()) -> Column:
        """A column of any kind but money, which needs to know each row's currency."""
        match kind:
            case Kind.KEY:
                return self.keys(name, raw)
            case Kind.REFERENCE:
                return self.references(name, raw)
            case Kind.CODE:
                return self.codes(name, raw)
            case Kind.CHOICE:
                return self.words(name, raw, tuple(words), lambda v: values.choice(v, words))
            case Kind.FLAG:
                return self.words(name, raw, (False, True), values.flag)
            case Kind.MILESTONE | Kind.PLAN:
                return self.times(name, raw)
            case Kind.WHOLE:
                return self.numbers(name, raw, 0, "a whole number is expected")
            case Kind.PROPORTION:
                return self.proportions(name, raw)
            case Kind.MONEY:
                raise TypeError("money is read by numbers(), with its currency's decimals")

    # names -----------------------------------------------------------------------------------

    def _named(self, name: str, raw: Raw) -> tuple[npt.NDArray[Any], list[str | None]]:
        """Each row's place among names that are all different; the last is what is missing."""
        whole = self._whole_names(raw)
        if whole is not None:
            distinct, places = distinct_numbers(whole[0])
            names = [str(value) for value in distinct.tolist()]
            return np.where(whole[1], -1, places), [*names, None]
        if raw.text and raw.form is None and raw.labels is not None:
            return raw.values, [*raw.labels, None]
        codes, read = self.read(name, raw, values.label)
        place: dict[Any, int] = {}
        to = [place.setdefault(label, len(place)) if label is not None else -1 for label in read]
        return np.array(to, dtype=np.int64)[codes], [*place, None]

    def _whole_names(self, raw: Raw) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]] | None:
        """The numbers of a column of whole ones, and where there is none; floats that are whole."""
        if raw.labels is not None or raw.values.dtype.kind not in "iuf" or raw.scale != 1:
            return None
        absent, cells = raw.absent(), raw.values
        if cells.dtype.kind == "f":
            cells = np.where(absent, 0, cells)
            odd = (np.abs(cells) >= values.EXACT) | (np.trunc(cells) != cells)
        else:
            odd = cells > np.uint64(LARGEST) if cells.dtype == np.uint64 else np.False_
        return None if odd.any() else (cells.astype(np.int64, copy=False), absent)

    def keys(self, name: str, raw: Raw) -> Keys:
        own = _own_labels(raw)
        if own is not None:
            return Keys(own.cells if isinstance(own, ShortTexts) else object_array(own))
        whole = raw.labels is None and raw.values.dtype.kind in "iu" and raw.scale == 1
        if whole and raw.missing is None and int(raw.values.max(initial=0)) <= LARGEST:
            ids = raw.values.astype(np.int64, copy=False)
            if all_distinct(ids):
                return Keys(_compact(ids))
        before = len(self.faults)
        codes, names = self._named(name, raw)
        faulty = {fault.row for fault in self.faults[before:]}
        for row in np.flatnonzero(codes < 0):
            if int(row) not in faulty:
                self.fault(name, raw, row, Reason("id_needed"))
        rows = np.arange(len(codes))
        first = np.full(len(names), len(codes))
        first[codes[::-1]] = rows[::-1]  # of those written to one place, the last is kept
        again = (first[codes] != rows) & (codes >= 0)
        for row in np.flatnonzero(again):
            earlier = int(first[codes[row]])
            self.fault(name, raw, row, Reason("id_in_row", number=str(earlier)), earlier)
        if whole and not (codes < 0).any() and int(raw.values.max(initial=0)) <= LARGEST:
            return Keys(_compact(raw.values))
        named = object_array(names)
        in_order = len(named) == len(rows) + 1 and (codes == rows).all()
        return Keys(named[:-1] if in_order else named[codes])

    def references(self, name: str, raw: Raw) -> Keys:
        """Ids of another table; whole numbers stay them, as there may be many."""
        whole = raw.labels is None and raw.values.dtype.kind in "iu" and raw.missing is None
        if whole and int(raw.values.max(initial=0)) <= LARGEST:
            return Keys(_compact(raw.values))
        if isinstance(raw.labels, ShortTexts) and raw.form is None and not raw.absent().any():
            return Keys(gathered(raw.labels.cells, raw.values))
        codes, names = self._named(name, raw)
        return Keys(object_array(names)[codes])

    def codes(self, name: str, raw: Raw) -> Codes:
        whole = self._whole_names(raw)
        if whole is not None:
            return numbered(*whole, self.ids.get(name))
        return _coded(*self._named(name, raw))

    def words(
        self, name: str, raw: Raw, words: tuple[Any, ...], read: Callable[[Any], Any]
    ) -> Codes:
        place = {word: index for index, word in enumerate((None, *words))}
        codes, found = self.read(name, raw, read)
        to = np.array([place[word] for word in found], dtype=np.uint8)
        return Codes(to[codes], (None, *words))

    # times -----------------------------------------------------------------------------------

    def times(self, name: str, raw: Raw) -> Times:
        return times_of(self, name, raw)

    # numbers ---------------------------------------------------------------------------------

    def numbers(self, name: str, raw: Raw, decimals: int, too_fine: str) -> Numbers:
        """Exact multiples of 10 ** -decimals."""
        formed = raw.form is not None and raw.form.numeric
        if raw.labels is None and not formed and raw.values.dtype.kind in "iu":
            return self._from_whole(name, raw, 10**decimals, too_fine)
        if raw.labels is None and not formed and raw.values.dtype.kind == "f":
            return self._from_floats(name, raw, decimals, too_fine)
        if raw.text and raw.form is None:
            assert raw.labels is not None  # texts are
            floats, plain = plain_numbers(raw.labels)
            if plain.all() and (decimals >= OF_THOUSANDS or not any_thousands(raw.labels)):
                cells = np.append(floats, np.nan)[raw.values]
                return self._from_floats(name, raw, decimals, too_fine, cells)
        plainly = values.number if decimals >= OF_THOUSANDS else values.amount
        codes, listed = self.read(name, raw, plainly)
        minor = [0] * len(listed)
        reasons: dict[int, str] = {}
        for at, amount in enumerate(listed):
            if amount is None:
                continue
            if abs(amount) > LARGEST // 10**decimals:
                reasons[at] = Reason("too_large")
                continue
            whole = _whole(amount, decimals)
            if whole is None:
                reasons[at] = too_fine
            else:
                minor[at] = whole
        if reasons:
            bad = np.zeros(len(listed), dtype=bool)
            bad[list(reasons)] = True
            for row in np.flatnonzero(bad[codes]):
                self.fault(name, raw, row, reasons[int(codes[row])])
        why = np.array([MISSING if amount is None else 0 for amount in listed], dtype=np.uint8)
        return Numbers.of(np.array(minor, dtype=np.int64)[codes], why[codes])

    def _from_whole(self, name: str, raw: Raw, unit: int, too_fine: str) -> Numbers:
        size, by = len(raw), raw.scale // unit if raw.scale > unit else 1
        times = 1 if raw.scale > unit else unit // raw.scale
        found, why = np.empty(size, np.int64), np.empty(size, np.uint8)
        for first in range(0, size, AT_ONCE):  # so that what is passing stays small
            part = slice(first, first + AT_ONCE)
            some = raw.take(part)
            absent, cells = some.absent(), some.values
            if some.missing is not None:
                cells = np.where(absent, np.zeros(1, cells.dtype), cells)
            fine = cells % by != 0 if by > 1 else np.False_
            cells = cells // by if by > 1 else cells
            too_large = (cells > LARGEST // times) | (cells < -(LARGEST // times))
            for row in np.flatnonzero(too_large):
                self.fault(name, raw, first + row, Reason("too_large"))
            for row in np.flatnonzero(fine):
                self.fault(name, raw, first + row, too_fine)
            if (bad := too_large | fine).any():
                cells = np.where(bad, np.zeros(1, cells.dtype), cells)
            found[part] = cells.astype(np.int64, copy=False) * times
            why[part] = absent * np.uint8(MISSING)
        return Numbers.of(found, why)

    def _from_floats(
        self, name: str, raw: Raw, decimals: int, too_fine: str, cells: Any = None
    ) -> Numbers:
        """Floats as the decimals they stand for; `cells` where they were read from texts."""
        unit, size = 10**decimals, len(raw.values)
        found, why = np.empty(size, np.int64), np.empty(size, np.uint8)
        inexact: list[int] = []
        beyond: list[int] = []  # the few that floats hold with less than a unit's precision
        for first in range(0, size, AT_ONCE):  # so that what is passing stays small
            part = slice(first, first + AT_ONCE)
            own = _cells(raw, part) if cells is None else cells[part]
            missing = np.isnan(own)
            # Below this a whole number is the only one that divides back to the same float.
            near = np.abs(own) < 2.0**50 / unit
            minor = np.rint(np.where(near, own, 0.0) * unit)
            found[part], why[part] = minor, missing * np.uint8(MISSING)
            inexact += (np.flatnonzero(near & (minor / unit != own)) + first).tolist()
            beyond += (np.flatnonzero(~near & ~missing) + first).tolist()
        for row in inexact:
            self.fault(name, raw, row, too_fine)
        if beyond:
            before, far = len(self.faults), np.array(beyond)
            objects = np.array([_cell(raw, cells, row) for row in beyond], dtype=object)
            found[far] = self.numbers(name, Raw(objects), decimals, too_fine).values
            moved = self.faults[before:]
            del self.faults[before:]
            for fault in moved:
                self.fault(name, raw, far[fault.row], fault.reason)
        return Numbers.of(found, why)

    def proportions(self, name: str, raw: Raw) -> Numbers:
        """As the decimals they print as, all multiples of one power of ten."""
        hundred = 100 if raw.form is not None and raw.form.percent else 1
        of_text = None
        if raw.text and raw.form is None and raw.labels is not None:
            floats, plain = plain_numbers(raw.labels)
            of_text = np.append(floats, np.nan)[raw.values] if plain.all() else None
        if of_text is not None or (raw.labels is None and raw.values.dtype.kind in "fiu"):
            for decimals in (2, 4, 6, 9):
                found = _in_decimals(raw, of_text, decimals, hundred)
                if found is not None:
                    read = raw.form.read if hundred > 1 and raw.form else values.proportion
                    for row in found[1]:
                        self.fault(name, raw, row, self.tried(read, raw.at(row))[1] or "")
                    return found[0]
        codes, listed = self.read(name, raw, values.proportion)
        places = [-int(p.as_tuple().exponent) for p in listed if p is not None]
        scale = 10 ** min(max([2, *places]), 18)
        parts = np.array([0 if p is None else round(p * scale) for p in listed], dtype=np.int64)
        why = np.array([MISSING if p is None else 0 for p in listed], dtype=np.uint8)
        return Numbers.of(parts[codes], why[codes], scale)


def _in_decimals(
    raw: Raw, cells: npt.NDArray[np.float64] | None, decimals: int, most: int
) -> tuple[Numbers, list[int]] | None:
    """Cells from 0 to `most`, exact in so many decimals, and the rows outside of these; None where
    any cell needs more decimals."""
    size, unit = len(raw.values), 10**decimals
    found, why = np.empty(size, np.int64), np.empty(size, np.uint8)
    outside: list[int] = []
    for first in range(0, size, AT_ONCE):  # so that what is passing stays small
        part = slice(first, first + AT_ONCE)
        own = _cells(raw, part) / raw.scale if cells is None else cells[part]
        missing, inside = np.isnan(own), (own >= 0) & (own <= most)
        usable = np.where(inside, own, 0.0)
        parts = np.rint(usable * unit)
        if not (parts / unit == usable).all():
            return None
        found[part], why[part] = parts, missing * np.uint8(MISSING)
        outside += (np.flatnonzero(~missing & ~inside) + first).tolist()
    return Numbers.of(found, why, unit * most), outside


def _cells(raw: Raw, part: slice) -> npt.NDArray[np.float64]:
    """Some cells of an array of numbers as floats; NaN where there is none."""
    some = raw.take(part)
    return np.where(some.absent(), np.nan, _floats(some.values))


def _cell(raw: Raw, cells: npt.NDArray[np.float64] | None, row: int) -> Any:
    return (_cells(raw, slice(row, row + 1))[0] if cells is None else cells[row]).item()


def _floats(cells: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """As 64-bit floats; those of 32 bits as the decimals they print as, where these are few."""
    wide = cells.astype(np.float64)
    if cells.dtype != np.float32:
        return wide
    for decimals in (0, 2, 4, 6):  # up to 2**23 parts no other decimal is the same float
        with np.errstate(invalid="ignore", over="ignore"):
            printed = np.rint(wide * 10**decimals) / 10**decimals
            same = (np.abs(wide) * 10**decimals < 2**23) & (printed.astype(np.float32) == cells)
        wide = np.where(same, printed, wide)
    return wide


def _own_labels(raw: Raw) -> Sequence[Any] | npt.NDArray[Any] | None:
    """The texts, where every row has one of its own, in its own place: ids as most tables have."""
    if not raw.text or raw.form is not None or raw.labels is None or not len(raw):
        return None
    size = len(raw)
    own = len(raw.labels) == size and (raw.values == np.arange(size)).all()
    return raw.labels if own else None


def _whole(amount: Decimal, decimals: int) -> int | None:
    """The number of 10 ** -decimals in the amount, if it is whole."""
    minor = amount.scaleb(decimals, WIDE)  # any precision: the usual 28 digits would round
    return int(minor) if minor == int(minor) else None


def _compact(numbers: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The same whole numbers in half the room, where they fit it."""
    found = np.empty(len(numbers), np.int32)
    for first in range(0, len(numbers), PIECE):
        piece = numbers[first : first + PIECE]
        if int(piece.min()) < -(2**31) or int(piece.max()) >= 2**31:
            return numbers.astype(np.int64)
        found[first : first + PIECE] = piece
    return found


def _coded(places: npt.NDArray[Any], names: Sequence[str | None]) -> Codes:
    """Codes in the order of the names, so that the order of rows shows nowhere; -1 is missing."""
    ordered = sorted(name for name in names if name is not None)
    code_of: dict[str | None, int] = dict(zip(ordered, range(1, len(ordered) + 1), strict=True))
    code_of[None] = 0
    to = np.fromiter(map(code_of.__getitem__, names), code_dtype(len(code_of)), len(names))
    if places.dtype.itemsize == 1 and (to[:-1] == np.arange(1, len(to))).all():
        return Codes(places.astype(to.dtype, copy=False) + to.dtype.type(1), (None, *ordered))
    codes = np.empty(len(places), to.dtype)
    for first in range(0, len(places), PIECE):  # numpy widens the places it looks up
        codes[first : first + PIECE] = to[places[first : first + PIECE]]
    return Codes(codes, (None, *ordered))


def with_ids(faults: tuple[Fault, ...], keys: Column | None) -> tuple[Fault, ...]:
    if not isinstance(keys, Keys):
        return faults
    ids = [keys.at(fault.row) for fault in faults]
    found = zip(faults, ids, strict=True)
    return tuple(replace(fault, id=None if id_ is None else str(id_)) for fault, id_ in found)
