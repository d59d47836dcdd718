"""Rows that were refused at the door: what was wrong with them, and those that can be mended.

A fault is told by its field and its value, never by the words of its message.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

import numpy as np

from ..crm import CRM
from ..days import EPOCH
from ..errors import Fault, SalesMetricsError
from ..models import values
from ..reading.raw import Raw
from ..tables import Deals, Table
from .joined import joined

__all__ = ["Refusal", "mended", "refusals"]

MENDED = {"probability_scale", "decided_without_close"}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Rows of a table refused for one reason; `at` are their places among those refused."""

    kind: str
    table: str
    field: str
    faults: tuple[Fault, ...]
    at: tuple[int, ...]
    facts: Mapping[str, str]

    @property
    def can_be_mended(self) -> bool:
        return self.kind in MENDED


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
            yield Refusal(
                kind,
                name,
                field,
                tuple(each[at] for at in sorted(each)),
                tuple(sorted(each)),
                {"reason": told, **worth},
            )


def _as_they_came(table: Table) -> bool:
    """Whether every refused row is kept: those refused later, beside other tables, are not."""
    rows = len({fault.row for fault in table.rejected})
    return all(len(raw) == rows for raw in table.refused.values())


def _kind(fault: Fault) -> tuple[str, str]:
    missing = values.is_missing(fault.value)
    if fault.field == "probability" and _percent(fault.value) is not None:
        return "probability_scale", ""
    if fault.field == "closed_at" and missing:
        return "decided_without_close", ""
    if fault.field == "id" and not missing and _label(fault.value) is not None:
        return "duplicate_id", ""
    if fault.field == "stage" and not missing:
        return "orphan_stage", ""
    if fault.field in ("outcome", "stage") and missing:
        return "closed_without_outcome", ""
    return "refused", fault.reason


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
    return {"amount": f"{sum(known, Decimal(0)):,.2f} {table.currency}"} if known else {}


def _amount(value: object) -> Decimal | None:
    """An amount of money that could be held, if it is one."""
    try:
        read = values.number(value)
    except ValueError:
        return None
    return read if read is not None and abs(read) < 2**63 else None


def mended(crm: CRM, refusal: Refusal, at_once: bool = False) -> tuple[CRM, int]:
    """The company with these rows mended and let in, and how many could be.

    A probability is divided by 100.  A deal that is won or lost without saying when is let in as
    closed on the last day known, or (`at_once`) on the day it was created: what both give alike
    does not depend on the day.
    """
    table = crm.tables[refusal.table]
    if table.history is not None or not _as_they_came(table):
        return crm, 0
    raw: dict[str, Any] = {
        name: column.take(np.array(refusal.at)) for name, column in table.refused.items()
    }
    if refusal.kind == "probability_scale":
        raw["probability"] = _objects([_percent(fault.value) for fault in refusal.faults])
    elif crm.known is not None:
        last = date.fromordinal(crm.known.day + EPOCH)
        created = raw.get("created_at")
        days = [
            last if created is None else _day(created.at(row), last)
            for row in range(len(raw["id"]))
        ]
        raw["closed_at"] = _objects(days if at_once else [last] * len(days))
    context = {"stages": crm.tables.get("stages")} if isinstance(table, Deals) else {}
    try:
        more = type(table).of(
            raw,
            currency=table.currency,
            tz=None if table.zone is None else table.zone.name,
            rates=table.rates,
            on_error="collect",
            **context,
        )
    except SalesMetricsError:
        return crm, 0
    if not more.size:
        return crm, 0
    both = replace(joined(table, more), links=None)
    return CRM._of_tables({**crm.tables, refusal.table: both}), more.size


def _day(created: object, last: date) -> date:
    try:
        at = values.moment(created)
    except ValueError:
        return last
    if at is None:
        return last
    return at.date() if isinstance(at, datetime) else at


def _objects(listed: Sequence[object]) -> Raw:
    array = np.empty(len(listed), dtype=object)
    array[:] = listed
    return Raw(array)
