"""Exchange rates from a CSV file."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

from ..errors import MoneyError, NotFoundError, SalesMetricsError
from ..models import values
from ..money import digits
from .found import is_file

__all__ = ["rates_of_file"]

COLUMNS = ("currency", "day", "rate")


def rates_of_file(path: str | Path) -> dict[str, dict[date, Decimal]]:
    """The rates by currency and day, from the columns `currency`, `day` and `rate`.

    Raises:
        SalesMetricsError: no such file, or a line that cannot be used, by its number.
    """
    file = Path(path)
    if not is_file(file):
        raise NotFoundError(f"there is no file {str(file)!r} with exchange rates")
    found: dict[str, dict[date, Decimal]] = {}
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            header = reader.fieldnames or []
            if sorted(header) != sorted(COLUMNS):
                raise SalesMetricsError(
                    f"{file.name}: columns {', '.join(COLUMNS)} are expected, not "
                    f"{', '.join(header) or 'none'}"
                )
            for row in reader:
                place = f"{file.name} line {reader.line_num}"
                if None in row or None in row.values():
                    raise SalesMetricsError(f"{place}: not as many values as columns")
                currency, day, rate = _read(place, row)
                if day in found.setdefault(currency, {}):
                    raise SalesMetricsError(f"{place}: {currency} has a rate for {day} already")
                found[currency][day] = rate
    except (csv.Error, UnicodeDecodeError, OSError) as wrong:
        raise SalesMetricsError(f"{file.name} cannot be read: {wrong}") from None
    if not found:
        raise SalesMetricsError(f"{file.name} has no rates; a line for each currency and day")
    return found


def _read(place: str, row: dict[str, str]) -> tuple[str, date, Decimal]:
    try:
        digits(row["currency"])
        day = values.moment(row["day"])
        rate = values.bounded(row["rate"])
        if day is None or rate is None:
            raise ValueError("a day and a rate are needed")
        if len(row["day"].strip()) != 10:
            raise ValueError(f"{row['day']!r} is no day; a rate holds from a day on")
        if rate <= 0:
            raise ValueError(f"the rate is {rate}; it must be above 0")
    except (MoneyError, ValueError) as wrong:
        raise SalesMetricsError(f"{place}: {wrong}") from None
    return row["currency"], day, rate
