"""Money as read (exact minor units of each row's currency) and as reported (of one currency)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
import numpy.typing as npt

from ..asked import as_asked
from ..columns import (
    MISSING,
    NO_CURRENCY,
    NO_RATE,
    SAME_CURRENCY,
    Codes,
    Column,
    Numbers,
    Times,
)
from ..days import NEVER
from ..errors import MoneyError
from ..money import ExchangeRates, digits
from ..reasons import Reason, reason_of
from .raw import Raw
from .reader import ColumnReader

__all__ = ["money_columns", "reported"]


def money_columns(
    reading: ColumnReader,
    columns: dict[str, Column],
    money: Mapping[str, Raw],
    currencies: Raw | None,
    reporting: str | None,
    rates: ExchangeRates | None,
) -> str | None:
    """Read the money columns into `columns`; returns the reporting currency."""
    if reporting is not None:
        digits(reporting)
    if rates is not None and reporting is not None and rates.to != reporting:
        raise MoneyError(
            f"the exchange rates lead to {rates.to}, but the reporting currency is {reporting}"
        )
    reporting = reporting or (rates.to if rates is not None else None)
    codes = columns.get("currency")
    if isinstance(codes, Codes):
        reporting = _checked_currencies(reading, codes, currencies, reporting, bool(money))
    if not money:
        return reporting
    if reporting is None and not len(next(iter(money.values()))):
        columns.update({name: Numbers.of(np.zeros(0, dtype=np.int64)) for name in money})
        return None  # no row, no amount, no currency needed
    if reporting is None:
        need = "needs" if len(money) == 1 else "need"
        raise MoneyError(
            f"{reading.table}: {', '.join(money)} {need} a currency; pass currency=, such as "
            'currency="KRW", or a column currency'
        )
    labels = codes.labels if isinstance(codes, Codes) else (None,)
    of_code = np.array([digits(reporting) if c is None else _digits(c, reporting) for c in labels])
    places = of_code[codes.codes] if isinstance(codes, Codes) else None
    for name, raw in money.items():
        columns[name] = _money(reading, name, raw, digits(reporting), reporting, places)
    return reporting


def _money(
    reading: ColumnReader, name: str, raw: Raw, decimals: int, reporting: str, places: object
) -> Numbers:
    too_fine = Reason("finer_than", currency=reporting, decimals=decimals)
    if not isinstance(places, np.ndarray) or (places == decimals).all():
        return reading.numbers(name, raw, decimals, too_fine)
    values = np.zeros(len(raw), dtype=np.int64)
    why = np.zeros(len(raw), dtype=np.uint8)
    for places_here in sorted(set(places.tolist())):  # at most four numbers of decimals exist
        rows = np.flatnonzero(places == places_here)
        before = len(reading.faults)
        too_fine = Reason("finer_than_its_own", decimals=places_here)
        part = reading.numbers(name, raw.take(rows), places_here, too_fine)
        moved = reading.faults[before:]
        del reading.faults[before:]
        for fault in moved:
            row = int(rows[fault.row])
            reading.fault(name, raw, row, fault.reason)
        values[rows], why[rows] = part.values, part.reasons()
    return Numbers.of(values, why)


def _digits(currency: str, reporting: str) -> int:
    try:
        return digits(currency)
    except MoneyError:  # its row is refused for the currency, not for the amount too
        return digits(reporting)


def _checked_currencies(
    reading: ColumnReader, codes: Codes, raw: Raw | None, reporting: str | None, needed: bool
) -> str | None:
    used = codes.in_use()
    present = [c for c, u in zip(codes.labels, used, strict=True) if u and c is not None]
    for currency in present:
        try:
            digits(currency)
        except MoneyError as wrong:
            for row in np.flatnonzero(codes.codes == codes.code(currency)):
                if raw is not None:
                    reading.fault("currency", raw, int(row), reason_of(wrong))
    if reporting is None and len(present) > 1 and needed:
        raise MoneyError(
            f"{reading.table} are in {', '.join(present)}; pass currency= for the one to report "
            "in, and rates= to convert the others"
        )
    if reporting is None and present:
        if used[0] and needed and raw is not None:
            for row in np.flatnonzero(codes.codes == 0):
                reading.fault("currency", raw, int(row), Reason("no_currency_given"))
        return str(present[0])
    return reporting


def reported(
    given: Mapping[str, Column],
    reporting: str | None,
    rates: ExchangeRates | None,
    dated_by: str | None,
    today: int,
    money: tuple[str, ...],
    undated: Callable[[], npt.NDArray[np.bool_] | None] = lambda: None,
) -> Mapping[str, Column]:
    """All columns, money converted at the rate of the day it is dated by, else of today's.

    `undated` rows have a day that nobody knows, and so no rate.
    """
    codes = given.get("currency")
    if not isinstance(codes, Codes) or reporting is None:
        return given
    used = codes.in_use()
    foreign = [
        (code, currency)
        for code, currency in enumerate(codes.labels)
        if currency not in (None, reporting) and used[code]
    ]

    @cache
    def dated() -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.bool_] | None]:
        times = given.get(dated_by) if dated_by else None
        days = np.full(len(codes.codes), today, dtype=np.uint16)
        if isinstance(times, Times):
            days = np.where(times.days == NEVER, today, times.days).astype(np.uint16)
        return days, undated()

    def column(name: str) -> Column:
        found = given[name]
        if name not in money or not isinstance(found, Numbers):
            return found
        if used[0]:
            found = _without_currency(found, codes, NO_CURRENCY if foreign else SAME_CURRENCY)
        return _converted(found, codes, foreign, rates, *dated()) if foreign else found

    return as_asked(given, given, column)


def _without_currency(numbers: Numbers, codes: Codes, why: int) -> Numbers:
    """Amounts of rows that name no currency: not known, but where all others are reported in."""
    return numbers.only((codes.codes != 0) | (numbers.reasons() >= MISSING), why)


def _converted(
    numbers: Numbers,
    codes: Codes,
    foreign: list[tuple[int, str]],
    rates: ExchangeRates | None,
    days: np.ndarray[tuple[int], np.dtype[np.uint16]],
    undated: npt.NDArray[np.bool_] | None,
) -> Numbers:
    scale = rates.scale if rates is not None else 1
    factor = np.full(len(codes.codes), scale, dtype=np.int64)
    why = numbers.reasons().copy()
    for code, currency in foreign:
        rows = np.flatnonzero(codes.codes == code)
        found, there = np.zeros(len(rows), np.int64), np.zeros(len(rows), bool)
        if rates is not None:
            found, there = rates.scaled(currency, days[rows])
        if undated is not None:
            there = there & ~undated[rows]
        factor[rows] = np.where(there, found, 0)
        why[rows] = np.where(~there & (why[rows] < MISSING), NO_RATE, why[rows])
    largest = int(np.abs(factor).max(initial=1))
    wide = numbers.bound * largest >= 2**63
    values = numbers.values.astype(object) if wide else numbers.values
    return Numbers.of(values * factor, why, numbers.scale * scale)
