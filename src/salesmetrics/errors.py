"""What can go wrong, by name. All derive from `SalesMetricsError`, which is a `ValueError`."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

__all__ = [
    "ColumnError",
    "DataError",
    "Fault",
    "MoneyError",
    "NeedsError",
    "NotFoundError",
    "PeriodError",
    "SalesMetricsError",
    "UndefinedError",
    "ZoneError",
    "one_of",
    "visible",
]

HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")


def visible(text: str) -> str:
    """Without control characters, which could move the cursor or turn the writing direction."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        f"\\u{ord(char):04x}" if unicodedata.category(char) in HIDDEN else char for char in text
    )


class SalesMetricsError(ValueError):
    """Anything this library refuses, with a message that says what to do.

    Messages name headers, values and what other libraries said; none of it commands a terminal.
    """

    def __init__(self, message: object = "") -> None:
        self.message = message  # as it was given: text, or a reason with its parameters
        super().__init__("\n".join(map(visible, str(message).split("\n"))))


class PeriodError(SalesMetricsError):
    """A period that cannot be read, or that cannot be moved or split as asked."""


class MoneyError(SalesMetricsError):
    """An amount, a currency or an exchange rate that cannot be used."""


class ZoneError(SalesMetricsError):
    """A time zone that is not known, or that is missing where the data needs one."""


class ColumnError(SalesMetricsError):
    """A column, a row set or a group that the table does not have."""


class NeedsError(SalesMetricsError):
    """Data that a figure needs and that was not given; `needs` names it."""

    def __init__(self, needs: str, message: str) -> None:
        super().__init__(message)
        self.needs = needs

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.needs, str(self))


class NotFoundError(SalesMetricsError):
    """A path, preset, option, KPI or assumption that is not there under this name."""


class UndefinedError(SalesMetricsError):
    """A number was asked of a figure that is undefined; the message carries the reason."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in one row: its position (from 0), field, value and the reason."""

    row: int
    field: str
    value: Any
    reason: str
    id: str | None = None
    place: str | None = None  # in a file: its name and line
    other: int | None = None  # another row that the reason speaks of

    def __str__(self) -> str:
        who = (self.place or f"row {self.row}") + (
            f" (id {self.id!r})" if self.id is not None else ""
        )
        return visible(f"{who}, {self.field} = {shown(self.value)}: {self.reason}")


class DataError(SalesMetricsError):
    """Rows that cannot be used; `faults` has every one of them."""

    def __init__(self, table: str, faults: tuple[Fault, ...]) -> None:
        self.table = table
        self.faults = faults
        rows = len({fault.row for fault in faults})
        first = "\n  ".join(str(fault) for fault in faults[:5])
        more = f"\n  ... and {len(faults) - 5:,} more" if len(faults) > 5 else ""
        kinds = Counter(f"{fault.field}: {fault.reason}" for fault in faults).most_common()
        if more and 1 < len(kinds) <= len(faults) // 2:
            more += "\n  " + "\n  ".join(f"{count:,} x {kind}" for kind, count in kinds[:10])
        super().__init__(
            f"{table}: {rows:,} row{'s' if rows != 1 else ''} cannot be used:\n  {first}{more}\n"
            'Mend them, or pass on_error="collect" to leave them out and have them counted.'
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.table, self.faults)


def shown(value: Any) -> str:
    """The value as it stands in a message: short, and with control characters visible."""
    try:
        text = repr(value)
    except ValueError:  # a whole number of thousands of digits
        text = f"<a {type(value).__name__} too long to be written>"
    return text if len(text) <= 80 else text[:77] + "..."


def one_of(what: str, given: object, allowed: Iterable[object]) -> str:
    """A sentence that names what was given and what is allowed, nearest first guess included."""
    names = [str(name) for name in allowed]
    near = get_close_matches(str(given), names, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"{what} {shown(given)} is not known; choose one of {', '.join(names)}.{hint}"
