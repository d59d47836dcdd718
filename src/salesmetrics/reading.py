"""Arrays as they came in, to columns of a kind, with every cell that cannot be used named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal
from operator import index
from typing import Any, SupportsIndex

import numpy as np
import numpy.typing as npt

from . import values
from .columns import (
    MISSING,
    NEVER,
    NEVER_SECONDS,
    Codes,
    Column,
    Keys,
    Numbers,
    Times,
    code_dtype,
)
from .errors import Fault, ZoneError
from .frames import Raw
from .measures.grid import EPOCH
from .models import Kind
from .zones import Zone

__all__ = ["Reading", "with_ids"]

DAY = 86_400
LARGEST = 2**63 - 1
WIDE = Context(prec=MAX_PREC, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[])
MIDNIGHT_ONLY, WITH_ZONE, WITHOUT_ZONE = 1, 2, 3
Int64 = npt.NDArray[np.int64]


@dataclass
class Reading:
    """Reads the columns of one table and gathers what is wrong with them."""

    table: str
    zone: Zone | None
    faults: list[Fault] = field(default_factory=list)

    def column(self, name: str, kind: Kind, raw: Raw, words: Sequence[Any] = ()) -> Column:
        """A column of any kind but money, which needs to know each row's currency."""
        match kind:
            case Kind.KEY:
                return self.keys(name, raw)
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

    def fault(self, name: str, raw: Raw, row: SupportsIndex, reason: str) -> None:
        position = index(row)
        self.faults.append(Fault(position, name, raw.at(position), reason))

    def _each(self, name: str, raw: Raw, read: Callable[[Any], Any]) -> list[Any]:
        """Cell by cell, for what arrays cannot hold; a label is read once, not once a row."""
        if raw.labels is not None:
            by_label = [self._tried(read, label) for label in raw.labels]
            found: list[Any] = []
            for row, code in enumerate(raw.values.tolist()):
                value, reason = by_label[code] if code >= 0 else (None, None)
                if reason:
                    self.fault(name, raw, row, reason)
                found.append(value)
            return found
        found = []
        for row, cell in enumerate(
            raw.values.tolist() if raw.values.dtype != object else raw.values
        ):
            value, reason = self._tried(read, cell)
            if reason:
                self.fault(name, raw, row, reason)
            found.append(value)
        return found

    @staticmethod
    def _tried(read: Callable[[Any], Any], cell: Any) -> tuple[Any, str | None]:
        try:
            return read(cell), None
        except ValueError as wrong:
            return None, str(wrong)

    # names -----------------------------------------------------------------------------------

    def keys(self, name: str, raw: Raw) -> Keys:
        if _fits_int64(raw):
            found = raw.values.astype(np.int64)
            order = np.argsort(found, kind="stable")
            again = np.flatnonzero(np.diff(found[order]) == 0) + 1
            for row in np.sort(order[again]):
                self.fault(name, raw, row, "this id occurs in an earlier row")
            return Keys(found)
        listed = self._each(name, raw, values.label)
        seen: dict[str, int] = {}
        faulty = {fault.row for fault in self.faults if fault.field == name}
        for row, key in enumerate(listed):
            if key is None and row not in faulty:
                self.fault(name, raw, row, "an id is needed")
            elif key is not None and seen.setdefault(key, row) != row:
                self.fault(name, raw, row, f"this id occurs already in row {seen[key]}")
        ids = np.empty(len(listed), dtype=object)
        ids[:] = listed
        return Keys(ids)

    def codes(self, name: str, raw: Raw) -> Codes:
        if raw.labels is not None:
            names = [self._tried(values.label, label) for label in raw.labels]
            if not any(reason for _, reason in names):
                return _coded(raw.values.astype(np.int64), [label for label, _ in names])
        elif _fits_int64(raw):
            distinct, at = _distinct(raw.values.astype(np.int64))
            return _coded(at, [str(value) for value in distinct.tolist()])
        listed = self._each(name, raw, values.label)
        place: dict[Any, int] = {None: -1}
        codes = [place.setdefault(label, len(place) - 1) for label in listed]
        return _coded(
            np.array(codes, dtype=np.int64), [label for label in place if label is not None]
        )

    def words(
        self, name: str, raw: Raw, words: tuple[Any, ...], read: Callable[[Any], Any]
    ) -> Codes:
        labels = (None, *words)
        place = {word: index for index, word in enumerate(labels)}
        if raw.labels is None and raw.values.dtype.kind == "b" and words == (False, True):
            return Codes(raw.values.astype(np.uint8) + np.uint8(1), labels)
        listed = self._each(name, raw, read)
        return Codes(np.array([place[word] for word in listed], dtype=np.uint8), labels)

    # times -----------------------------------------------------------------------------------

    def times(self, name: str, raw: Raw) -> Times:
        seconds, form = self._seconds(name, raw)
        naive, aware = form == WITHOUT_ZONE, form == WITH_ZONE
        if naive.any() and aware.any():
            for row in np.flatnonzero(naive):
                self.fault(name, raw, row, "a time without zone in a column whose others have one")
            form = np.where(naive, 0, form)
            naive = np.zeros(len(form), dtype=bool)
        if self.zone is None and (naive.any() or aware.any()):
            first = int(np.flatnonzero(naive | aware)[0])
            raise ZoneError(
                f"{self.table}: {name} has times of day (row {first}: {raw.at(first)!r}), so the "
                'days depend on a time zone; pass tz=, such as tz="Asia/Seoul"'
            )
        seconds = np.clip(seconds, -DAY, NEVER * DAY)  # what lies outside is refused below
        local = seconds.copy()
        if self.zone is not None:
            local[aware] = self.zone.local_seconds(seconds[aware])
            clock = np.clip(seconds, 0, NEVER * DAY - 1)
            if naive.any():
                utc, exists = self.zone.utc_seconds(clock[naive])
                for row in np.flatnonzero(naive)[~exists]:
                    self.fault(name, raw, row, f"the clocks of {self.zone.name} skip this time")
                seconds[naive] = utc
            days_only = form == MIDNIGHT_ONLY
            seconds[days_only] = self.zone.earliest_utc(clock[days_only])
        days = local // DAY
        outside = (form > 0) & ((days < 0) | (days >= NEVER))
        for row in np.flatnonzero(outside):
            self.fault(name, raw, row, f"outside {values.FIRST_DAY} to {values.LAST_DAY}")
        came = (form > 0) & ~outside
        return Times(
            np.where(came, seconds, NEVER_SECONDS), np.where(came, days, NEVER).astype(np.uint16)
        )

    def _seconds(self, name: str, raw: Raw) -> tuple[Int64, npt.NDArray[np.uint8]]:
        """Seconds of the UTC clock where the zone is known, else of the local one; and which."""
        if raw.labels is None and raw.values.dtype.kind == "M":
            given = ~np.isnat(raw.values)
            whole_days = np.datetime_data(raw.values.dtype)[0] == "D"
            seconds = raw.values.astype("M8[s]").astype(np.int64)
            seconds = np.where(given, seconds, 0)
            # pandas has no column of days: one whose every time is midnight is taken for it.
            days_only = not raw.aware and (whole_days or not (seconds % DAY).any())
            form = MIDNIGHT_ONLY if days_only else WITH_ZONE if raw.aware else WITHOUT_ZONE
            return seconds, np.where(given, form, 0).astype(np.uint8)
        listed = self._each(name, raw, values.moment)
        seconds = np.zeros(len(listed), dtype=np.int64)
        form_of = np.zeros(len(listed), dtype=np.uint8)
        for row, at in enumerate(listed):
            if at is not None:
                seconds[row], form_of[row] = _clock(at)
        return seconds, form_of

    # numbers ---------------------------------------------------------------------------------

    def numbers(self, name: str, raw: Raw, decimals: int, too_fine: str) -> Numbers:
        """Exact multiples of 10 ** -decimals."""
        unit = 10**decimals
        kind = raw.values.dtype.kind if raw.labels is None else "O"
        if kind in "iu":
            too_large = (raw.values > LARGEST // unit) | (raw.values < -(LARGEST // unit))
            found = np.where(too_large, 0, raw.values).astype(np.int64) * unit
            for row in np.flatnonzero(too_large):
                self.fault(name, raw, row, "too large: 64 bits cannot hold it")
            return Numbers.of(found)
        if kind == "f":
            return self._from_floats(name, raw, decimals, too_fine)
        listed = self._each(name, raw, values.number)
        found = np.zeros(len(listed), dtype=np.int64)
        why = np.zeros(len(listed), dtype=np.uint8)
        for at, amount in enumerate(listed):
            if amount is None:
                why[at] = MISSING
                continue
            if abs(amount) > LARGEST // unit:
                self.fault(name, raw, at, "too large: 64 bits cannot hold it")
                continue
            minor = _whole(amount, decimals)
            if minor is None:
                self.fault(name, raw, at, too_fine)
                continue
            found[at] = minor
        return Numbers.of(found, why)

    def _from_floats(self, name: str, raw: Raw, decimals: int, too_fine: str) -> Numbers:
        unit = 10**decimals
        cells = raw.values.astype(np.float64)
        missing = np.isnan(cells)
        # Below this a whole number is the only one that divides back to the same float.
        near = np.abs(cells) < 2.0**50 / unit
        minor = np.rint(np.where(near, cells, 0.0) * unit)
        found = minor.astype(np.int64)
        for row in np.flatnonzero(near & (minor / unit != cells)):
            self.fault(name, raw, row, too_fine)
        far = np.flatnonzero(~near & ~missing)
        if len(far):  # the few that floats hold with less than a unit's precision
            before = len(self.faults)
            objects = np.array([cells[row].item() for row in far], dtype=object)
            found[far] = self.numbers(name, Raw(objects), decimals, too_fine).values
            moved = self.faults[before:]
            del self.faults[before:]
            for fault in moved:
                self.fault(name, raw, far[fault.row], fault.reason)
        return Numbers.of(found, np.where(missing, MISSING, 0).astype(np.uint8))

    def proportions(self, name: str, raw: Raw) -> Numbers:
        """As the decimals they print as, all multiples of one power of ten."""
        if raw.labels is None and raw.values.dtype.kind in "fiu":
            cells = raw.values.astype(np.float64)
            missing = np.isnan(cells)
            for row in np.flatnonzero(~missing & ~((cells >= 0) & (cells <= 1))):
                self.fault(
                    name, raw, row, self._tried(values.proportion, float(cells[row]))[1] or ""
                )
            cells = np.where((cells >= 0) & (cells <= 1), cells, 0.0)
            for decimals in (2, 4, 6, 9):
                parts = np.rint(cells * 10**decimals)
                if (parts / 10**decimals == cells).all():
                    why = np.where(missing, MISSING, 0).astype(np.uint8)
                    return Numbers.of(parts.astype(np.int64), why, 10**decimals)
        listed = self._each(name, raw, values.proportion)
        places = [-int(p.as_tuple().exponent) for p in listed if p is not None]
        decimals = min(max([2, *places]), 18)
        scale = 10**decimals
        parts = np.array([0 if p is None else round(p * scale) for p in listed], dtype=np.int64)
        why = np.array([MISSING if p is None else 0 for p in listed], dtype=np.uint8)
        return Numbers.of(parts, why, scale)


def _fits_int64(raw: Raw) -> bool:
    """Whether these are whole numbers that 64 bits with a sign hold."""
    if raw.labels is not None or raw.values.dtype.kind not in "iu":
        return False
    return raw.values.dtype != np.uint64 or int(raw.values.max(initial=0)) <= LARGEST


def _clock(at: date | datetime) -> tuple[int, int]:
    if not isinstance(at, datetime):
        return (at.toordinal() - EPOCH) * DAY, MIDNIGHT_ONLY
    local = (at.toordinal() - EPOCH) * DAY + at.hour * 3600 + at.minute * 60 + at.second
    shift = at.utcoffset()
    if shift is None:
        return local, WITHOUT_ZONE
    return local - shift.days * DAY - shift.seconds, WITH_ZONE


def _whole(amount: Decimal, decimals: int) -> int | None:
    """The number of 10 ** -decimals in the amount, if it is whole."""
    minor = amount.scaleb(decimals, WIDE)  # any precision: the usual 28 digits would round
    return int(minor) if minor == int(minor) else None


def _distinct(numbers: Int64) -> tuple[Int64, Int64]:
    """The distinct numbers, ascending, and each row's place among them."""
    if not len(numbers):
        return numbers, numbers
    low, span = int(numbers.min()), int(numbers.max()) - int(numbers.min())
    if span <= 4 * len(numbers) + 1_000_000:
        seen = np.zeros(span + 1, dtype=bool)
        seen[numbers - low] = True
        place = np.cumsum(seen) - 1
        return np.flatnonzero(seen) + low, place[numbers - low]
    ordered = np.sort(numbers)
    distinct = ordered[np.flatnonzero(np.diff(ordered, prepend=ordered[0] - 1))]
    return distinct, np.searchsorted(distinct, numbers)


def _coded(places: Int64, names: Sequence[str | None]) -> Codes:
    """Codes in the order of the names, so that the order of rows shows nowhere; -1 is missing."""
    labels = (None, *sorted({name for name in names if name is not None}))
    code_of = {label: index for index, label in enumerate(labels)}
    to = np.array([*(code_of[name] for name in names), 0], dtype=code_dtype(len(labels)))
    return Codes(to[places], labels)


def with_ids(faults: tuple[Fault, ...], keys: Column | None) -> tuple[Fault, ...]:
    if not isinstance(keys, Keys):
        return faults
    ids = [keys.values[fault.row] for fault in faults]
    found = zip(faults, ids, strict=True)
    return tuple(replace(fault, id=None if id_ is None else str(id_)) for fault, id_ in found)
