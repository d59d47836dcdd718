"""Four shapes that CRMs keep history in, each brought to rows of changes.

What comes out is taken by `CRM(stage_changes=...)` and by the other tables of changes: columns
`deal`, the field, `changed_at`, and `previous_` of the field where the shape has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ..days import NEVER
from ..errors import ColumnError, DataError, one_of
from ..models import StageChange, values
from ..reading.frames import raw_columns
from ..reading.raw import Raw
from ..reading.reader import ColumnReader
from ..reasons import Reason
from ..zones import zone

__all__ = [
    "changes_from_date_columns",
    "changes_from_old_and_new",
    "changes_from_periods",
    "changes_from_snapshots",
    "entries_of",
]

Field = Literal["stage", "amount", "expected_close_at", "owner", "forecast_category"]
FIELDS = ("stage", "amount", "expected_close_at", "owner", "forecast_category")


def changes_from_snapshots(
    rows: Any, *, deal: str, value: str, at: str, field: Field = "stage"
) -> dict[str, Any]:
    """From a row per snapshot of the deal (Salesforce OpportunityHistory): same values are dropped.

    >>> rows = [{"OpportunityId": "7", "StageName": "talks", "CreatedDate": "2025-01-05"}]
    >>> sorted(changes_from_snapshots(
    ...     rows, deal="OpportunityId", value="StageName", at="CreatedDate"))
    ['changed_at', 'deal', 'stage']
    """
    raw = _columns(rows, deal, value, at)
    return {"deal": raw[deal], _field(field): raw[value], "changed_at": raw[at]}


def changes_from_old_and_new(
    rows: Any,
    *,
    deal: str,
    new: str,
    at: str,
    old: str | None = None,
    where: tuple[str, str] | None = None,
    field: Field = "stage",
) -> dict[str, Any]:
    """From a row per change with the new value, and the old one where there is a column of it.

    `where` keeps the rows of one field: `("Field", "StageName")` of Salesforce's
    OpportunityFieldHistory, `("name", "dealstage")` of HubSpot's property history.

    >>> rows = [{"Id": "7", "Field": "StageName", "OldValue": "talks", "NewValue": "offer",
    ...          "CreatedDate": "2025-02-01"},
    ...         {"Id": "7", "Field": "Amount", "OldValue": 1, "NewValue": 2,
    ...          "CreatedDate": "2025-02-02"}]
    >>> found = changes_from_old_and_new(rows, deal="Id", new="NewValue", old="OldValue",
    ...                                  at="CreatedDate", where=("Field", "StageName"))
    >>> found["stage"].values.tolist(), found["previous_stage"].values.tolist()
    (['offer'], ['talks'])
    """
    raw = _columns(rows, deal, new, at, *([old] if old else []), *(where[:1] if where else ()))
    found = {"deal": raw[deal], _field(field): raw[new], "changed_at": raw[at]}
    if old is not None:
        found[f"previous_{field}"] = raw[old]
    if where is None:
        return found
    name, wanted = where
    of = raw[name]
    if of.labels is not None:
        mine = np.array([label == wanted for label in of.labels] + [False])[of.values]
    else:
        mine = np.asarray(of.values == wanted, dtype=bool)
    keep = np.flatnonzero(mine)
    return {column: each.take(keep) for column, each in found.items()}


def changes_from_date_columns(rows: Any, *, deal: str, stages: Mapping[str, str]) -> dict[str, Any]:
    """From a row per deal with a date for each stage (HubSpot's "Date entered ..."): no re-entries.

    `stages` maps each stage to its column, in the order of the process: of stages with one date
    the first of them was entered first.

    >>> rows = [{"id": "7", "in talks": "2025-01-05", "offered": None}]
    >>> found = changes_from_date_columns(
    ...     rows, deal="id", stages={"talks": "in talks", "offer": "offered"})
    >>> [(found["deal"].at(row), found["stage"].at(row)) for row in range(len(found["deal"]))]
    [('7', 'talks')]
    """
    raw = _columns(rows, deal, *stages.values())
    return entries_of(raw[deal], {stage: raw[column] for stage, column in stages.items()})[0]


def entries_of(deal: Raw, days: Mapping[str, Raw]) -> tuple[dict[str, Raw], npt.NDArray[np.int64]]:
    """The changes that the days of entering each stage make, and the row of the deal of each."""
    came = {stage: np.flatnonzero(_given(each)) for stage, each in days.items()}
    sizes = [len(each) for each in came.values()]
    number = np.repeat(np.arange(len(sizes)), sizes)
    dates = _joined([days[stage].take(each) for stage, each in came.items()])
    of = np.concatenate(list(came.values()))
    seconds = ColumnReader("dates", zone("UTC")).times("changed_at", dates).seconds
    # Of one date each was entered from the one before it in the process.
    order = np.lexsort((number, seconds, of))
    same = (of[order][1:] == of[order][:-1]) & (seconds[order][1:] == seconds[order][:-1])
    before = np.full(len(of), -1)
    before[order[1:][same]] = number[order[:-1][same]]
    changes = {
        "deal": _joined([deal.take(each) for each in came.values()]),
        "stage": Raw(number, tuple(days)),
        "previous_stage": Raw(before, tuple(days)),
        "changed_at": dates,
    }
    return changes, of


def changes_from_periods(
    rows: Any,
    *,
    deal: str,
    value: str,
    entered: str,
    left: str,
    tz: str | None = None,
    field: Field = "stage",
) -> dict[str, Any]:
    """From a row per stay with its first and last moment (Zoho, Fivetran): gaps stay unknown.

    Raises:
        DataError: a stay that ends before it begins, or after the next of its deal began.

    >>> rows = [{"id": "7", "stage": "talks", "from": "2025-01-05", "to": "2025-02-01"},
    ...         {"id": "7", "stage": "offer", "from": "2025-02-10", "to": None}]
    >>> changes_from_periods(
    ...     rows, deal="id", value="stage", entered="from", left="to")["stage"].values.tolist()
    ['talks', 'offer', None]
    """
    raw = _columns(rows, deal, value, entered, left)
    reading = ColumnReader("periods", zone(tz) if tz else None)
    codes = reading.codes(deal, raw[deal]).codes
    begun, ended = reading.times(entered, raw[entered]), reading.times(left, raw[left])
    what = ColumnReader("periods", None).codes(value, raw[value]).codes
    order = np.lexsort((what, ended.seconds, begun.seconds, codes))
    last = np.append(codes[order][1:] != codes[order][:-1], True)[: len(order)]
    following = np.append(begun.seconds[order][1:], 0)[: len(order)]
    left_at = ended.seconds[order]
    came = ended.days[order] != NEVER
    for place, reason in (
        (came & (left_at < begun.seconds[order]), Reason("left_before_stay")),
        (came & ~last & (left_at > following), Reason("left_after_next")),
    ):
        for row in order[place]:
            reading.fault(left, raw[left], int(row), reason)
    if reading.faults:
        raise DataError("periods", tuple(sorted(reading.faults, key=lambda fault: fault.row)))
    gaps = order[came & (last | (left_at < following))]
    nothing = Raw(np.full(len(gaps), None, dtype=object))
    # A stay that begins when another of its deal ends came of it; so did a gap.
    after = np.flatnonzero(~last & came & (left_at == following))
    former = np.full(len(order), -1)
    former[order[after + 1]] = order[after]
    former = np.append(former, gaps)
    return {
        "deal": _joined([raw[deal], raw[deal].take(gaps)]),
        _field(field): _joined([raw[value], nothing]),
        f"previous_{field}": raw[value].take(former).only(former >= 0),
        "changed_at": _joined([raw[entered], raw[left].take(gaps)]),
    }


def _field(field: str) -> str:
    if field not in FIELDS:
        raise ColumnError(one_of("field", field, FIELDS))
    return field


def _columns(rows: Any, *names: str) -> dict[str, Raw]:
    raw, _ = raw_columns(rows, StageChange)
    for name in names:
        if name not in raw:
            raise ColumnError(one_of("history: column", name, raw))
    return raw


def _given(raw: Raw) -> Any:
    there = ~raw.absent()
    if raw.labels is None and raw.values.dtype == object:
        there &= np.array([not values.is_missing(value) for value in raw.values], dtype=bool)
    return there


def _joined(parts: list[Raw]) -> Raw:
    """One array after another; cell by cell where they are not alike."""
    first = parts[0]
    alike = all(
        part.values.dtype == first.values.dtype
        and part.labels is first.labels
        and (part.aware, part.scale, part.form) == (first.aware, first.scale, first.form)
        for part in parts
    )
    if alike:
        absent = [part.absent() for part in parts]
        missing = np.concatenate(absent) if any(p.missing is not None for p in parts) else None
        return replace(
            first, values=np.concatenate([part.values for part in parts]), missing=missing
        )
    cells = [part.at(row) for part in parts for row in range(len(part))]
    found = np.empty(len(cells), dtype=object)
    found[:] = cells
    return Raw(found)
