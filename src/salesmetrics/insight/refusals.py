"""What was refused at the door: rows, and cells of rows that are used; what can be mended of them.

A fault is told by its field and its value, never by the words of its message.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby

from ..columns import Numbers
from ..crm import CRM
from ..errors import Fault
from ..models import values
from ..money import digits
from ..reasons import without_advice
from ..tables import Table

__all__ = ["Refusal", "mended", "refusals"]

MENDED = {"probability_scale"}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Rows of a table refused for one reason, or (`cells`) cells of rows that are used without."""

    kind: str
    table: str
    field: str
    faults: tuple[Fault, ...]
    facts: Mapping[str, str]
    cells: bool = False

    @property
    def can_be_mended(self) -> bool:
        return self.cells and self.kind in MENDED


def refusals(crm: CRM) -> Iterator[Refusal]:
    """What was refused, by table, kind and field."""
    for name, table in crm.tables.items():
        found: dict[tuple[str, str, str], list[tuple[int, Fault]]] = {}
        # Faults stand in the order of rows; their numbers may be those of the file.
        for at, (_, faults) in enumerate(groupby(table.rejected, key=lambda f: f.row)):
            for fault in faults:
                kind, told = _kind(fault)
                found.setdefault((kind, fault.field, told), []).append((at, fault))
        for (kind, field, told), hits in found.items():
            each = dict(reversed(hits))  # the first fault of each row
            worth = _money(table, tuple(each)) if _as_they_came(table) else {}
            refused = tuple(each[at] for at in sorted(each))
            yield Refusal(kind, name, field, refused, {"reason": told, **worth})
        unread: dict[tuple[str, str, str], list[Fault]] = {}
        for fault in table.unread:
            kind, told = _kind(fault)
            kind = "unreadable" if kind == "refused" else kind
            unread.setdefault((kind, fault.field, told), []).append(fault)
        for (kind, field, told), cells in unread.items():
            yield Refusal(kind, name, field, tuple(cells), {"reason": told}, cells=True)


def _as_they_came(table: Table) -> bool:
    """Whether every refused row is kept: those refused later, beside other tables, are not."""
    rows = len({fault.row for fault in table.rejected})
    return all(len(raw) == rows for raw in table.refused.values())


def _kind(fault: Fault) -> tuple[str, str]:
    missing = values.is_missing(fault.value)
    if fault.field == "probability" and _percent(fault.value) is not None:
        return "probability_scale", ""
    if fault.field == "id" and not missing and _label(fault.value) is not None:
        return "duplicate_id", ""
    if fault.field == "stage" and not missing:
        return "orphan_stage", ""
    if fault.field in ("outcome", "stage") and missing:
        return "closed_without_outcome", ""
    return "refused", without_advice(fault.reason)


def _percent(value: object) -> Decimal | None:
    """A probability that only makes sense as a percentage."""
    try:
        read = values.number(value)
    except ValueError:
        return None
    return read / 100 if read is not None and 1 < read <= 100 else None


def _label(value: object) -> str | None:
    try:
        return values.label(value)
    except ValueError:
        return None


def _money(table: Table, at: tuple[int, ...]) -> dict[str, str]:
    """What the refused rows say they are worth, where they can be read and have one currency."""
    raw, currency = table.refused.get("amount"), table.refused.get("currency")
    if raw is None or table.currency is None or currency is not None:
        return {}
    known = [found for row in at if (found := _amount(raw.at(row))) is not None]
    return (
        {"amount": f"{sum(known, Decimal(0)):,.{digits(table.currency)}f} {table.currency}"}
        if known
        else {}
    )


def _amount(value: object) -> Decimal | None:
    """An amount of money that could be held, if it is one."""
    try:
        read = values.number(value)
    except ValueError:
        return None
    return read if read is not None and abs(read) < 2**63 else None


def mended(crm: CRM, refusal: Refusal) -> CRM:
    """The company with these cells mended: probabilities divided by 100."""
    table = crm.tables[refusal.table]
    row_of = {key: row for row, key in enumerate(table.ids())}
    column = table.given["probability"]
    assert isinstance(column, Numbers)
    told = {
        row_of[str(fault.id)]: share
        for fault in refusal.faults
        if (share := _percent(fault.value)) is not None
    }
    finest = max(-int(share.as_tuple().exponent) for share in told.values())
    scale = max(column.scale, 10**finest)
    shares, why = column.values * (scale // column.scale), column.reasons().copy()
    for row, share in told.items():
        shares[row], why[row] = int(share * scale), 0
    given = {**table.given, "probability": Numbers.of(shares, why, scale)}
    both = replace(table, given=given, columns=given, links=None)
    made = both.known_at(table.known, table.complete)
    return CRM._of_tables({**crm.tables, refusal.table: made})
