"""All figures of a result as arrays: what the frames of other libraries are made of.

Totals, ratios and distributions, of which there may be millions, are read all at once; every other
shape goes through its records.  Cells stand group by group and, within each, period by period.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ..periods import ALL_TIME
from ..reasons import Reason
from .distribution import Distribution
from .estimate import Estimate
from .grid import Grid
from .ratio import Ratio
from .result import Result
from .summaries import summaries
from .total import Total
from .unbegun import unbegun, why_unbegun

__all__ = ["DAYS", "FLOATS", "WHOLE", "figures_by_column", "records_of_figures"]

STATISTICS = ("mean", "median", "p75", "p90", "max")
LOST = ("refused", "left_out")  # rows of its tables, alike in every cell
FLOATS, WHOLE, DAYS = (
    ("value", "numerator", "denominator"),
    ("n", "excluded", "refused", "left_out"),
    ("start", "end"),
)
FEW = 100  # figures that are read one by one as soon as from arrays
Index = npt.NDArray[Any]


def figures_by_column(result: Result) -> dict[str, Index]:
    """Floats with NaN, whole numbers, days with NaT, and objects with None, by name."""
    if type(result) is Total and (result.currency is not None or result.scale == 1):
        figures = _of_total(result)
    elif type(result) is Ratio:
        figures = _of_ratio(result)
    else:
        figures = _of_distribution(result) or _of_records(result)
    across, down = len(result.periods), len(result.groups)
    if type(result) in (Total, Ratio, Distribution):
        _not_begun(result, figures)
    kpi = result.evidence.what if result.identity is None else result.identity.name
    columns = {"kpi": _objects([kpi] * (across * down))}
    columns |= {
        name: np.repeat(_objects([_sayable(group[at]) for group in result.groups]), across)
        for at, name in enumerate(result.by)
    }
    days = {
        "start": [None if one == ALL_TIME else one.start for one in result.periods],
        "end": [None if one == ALL_TIME else one.end for one in result.periods],
    }
    columns["period"] = np.tile(_objects([one.label for one in result.periods]), down)
    columns |= {name: np.tile(np.array(days[name], dtype="M8[D]"), down) for name in DAYS}
    of_tables = (sum(getattr(one, f"{name}_rows") for one in result.rows_read) for name in LOST)
    every = across * down
    figures |= {name: np.full(every, n) for name, n in zip(LOST, of_tables, strict=True)}
    figures |= _told(figures["reason"])
    order = (*FLOATS, *WHOLE, "reason", "reason_code")
    statistics = [name for name in figures if name in STATISTICS]
    columns |= {name: figures[name] for name in (*order, *statistics)}
    return columns | _beside(result, columns) if isinstance(result, Estimate) else columns


def records_of_figures(result: Result) -> list[dict[str, Any]]:
    """A dict a figure: the KPI, group columns, period, value, the evidence, statistics, parts."""
    many = _records_by_column(result) if len(result) > FEW else None
    return _records_by_cell(result) if many is None else many


def _records_by_cell(result: Result) -> list[dict[str, Any]]:
    kpi = result.evidence.what if result.identity is None else result.identity.name
    refused = sum(one.refused_rows for one in result.rows_read)
    left_out = sum(one.left_out_rows for one in result.rows_read)
    return [
        {"kpi": kpi}
        | dict(zip(result.by, cell.group, strict=True))
        | {
            "period": cell.period.label,
            "start": None if cell.period == ALL_TIME else cell.period.start.isoformat(),
            "end": None if cell.period == ALL_TIME else cell.period.end.isoformat(),
            "value": cell.value,
            "numerator": cell.numerator,
            "denominator": cell.denominator,
            "n": cell.n,
            "excluded": sum(cell.excluded.values()),
            "refused": refused,
            "left_out": left_out,
            "reason": None if cell.reason is None else str(cell.reason),
            "reason_code": None if cell.reason is None else cell.reason.code,
        }
        | dict(cell.statistics)
        | dict(cell.parts)
        for cell in result.rows()
    ]


def _records_by_column(result: Result) -> list[dict[str, Any]] | None:
    """The records of totals, ratios and distributions, as the cells say them one by one; None of
    other shapes.
    """
    if type(result) is Distribution and summaries(result) is None:
        return None
    parts = (result.top, result.bottom) if isinstance(result, Ratio) else (result,)
    waiting = getattr(result, "waiting", None) is not None
    if type(result) not in (Total, Ratio, Distribution) or waiting:
        return None
    if not result.periods or not result.groups:
        return None
    if any(part.currency is None and getattr(part, "scale", 1) != 1 for part in parts):
        return None
    columns: dict[str, Any] = dict(figures_by_column(result))
    across = len(result.periods)
    for at, name in enumerate(result.by):
        columns[name] = [group[at] for group in result.groups for _ in range(across)]
    for name in DAYS:
        days = (None if one == ALL_TIME else str(getattr(one, name)) for one in result.periods)
        columns[name] = [*days] * len(result.groups)
    for name in (*FLOATS, *(name for name in STATISTICS if name in columns)):
        pairs = zip(columns[name].tolist(), np.isnan(columns[name]).tolist(), strict=True)
        columns[name] = [None if none else each for each, none in pairs]
    whole = ("denominator",) if isinstance(result, Distribution) else ("numerator", "denominator")
    for name, part in zip(whole, parts, strict=False):
        if isinstance(part, Distribution) or part.currency is None:  # a count is a whole number
            columns[name] = [None if each is None else int(each) for each in columns[name]]
    if type(result) is Total and result.currency is None:
        columns["value"] = columns["numerator"]
    cells = [each.tolist() if isinstance(each, np.ndarray) else each for each in columns.values()]
    return [dict(zip(columns, row, strict=True)) for row in zip(*cells, strict=True)]


def _beside(estimate: Estimate, usual: Mapping[str, Index]) -> dict[str, Index]:
    """What stands beside each figure of an estimate: numbers, texts and days."""
    found: dict[str, Index] = {}
    records = estimate.to_records()
    for name in dict.fromkeys(name for row in records for name in row):
        cells = [row.get(name) for row in records]
        if name in usual:
            continue
        numbers = all(cell is None or isinstance(cell, (int, float)) for cell in cells)
        if numbers:
            found[name] = np.array([np.nan if c is None else float(c) for c in cells], np.float64)
        else:
            found[name] = _objects([None if c is None else str(c) for c in cells])
    return found


def _of_records(result: Result) -> dict[str, Index]:
    records = result.to_records()
    found: dict[str, Index] = {
        name: np.array(
            [np.nan if row[name] is None else float(row[name]) for row in records], np.float64
        )
        for name in FLOATS
    }
    found |= {name: np.array([row[name] for row in records], np.int64) for name in WHOLE[:2]}
    there = [name for name in STATISTICS if records and name in records[0]]
    found |= {
        name: np.array(
            [np.nan if row[name] is None else float(row[name]) for row in records], np.float64
        )
        for name in there
    }
    return found | {"reason": _objects([cell.reason for cell in result.rows()])}


def _of_total(total: Total) -> dict[str, Index]:
    value = _in_order(total.values())
    n = _in_order(total.counts.read(total.axes)).astype(np.int64)
    reason = np.empty(len(value), dtype=object)
    _explained(total, reason, np.isnan(value))
    return {
        "value": value,
        "numerator": value,
        "denominator": np.full(len(value), np.nan),
        "n": n,
        "excluded": _summed(_left_out(total), len(value)),
        "reason": reason,
    }


def _of_distribution(result: Result) -> dict[str, Index] | None:
    every = summaries(result) if type(result) is Distribution else None
    if every is None:
        return None
    assert isinstance(result, Distribution)
    found = {name: _in_order(each) for name, each in every.items()}
    n, total = found.pop("n"), found.pop("sum")
    grids = result.excluded_rows.values()
    excluded = [_in_order(grid.read(result.axes)).astype(np.int64) for grid in grids]
    left_out = sum(excluded, np.zeros(len(n), np.int64))
    reason = np.empty(len(n), dtype=object)
    reason[n == 0] = Reason("none_in_period", what=result.evidence.what)
    for at in np.flatnonzero((n == 0) & (left_out > 0)).tolist():
        reason[at] = result.cell(at % len(result.periods), at // len(result.periods)).reason
    return {
        "value": found["median"],
        "numerator": total,
        "denominator": n.astype(np.float64),
        "n": n,
        "excluded": left_out,
        "reason": reason,
        **found,
    }


def _of_ratio(ratio: Ratio) -> dict[str, Index]:
    top, bottom = _of_total(ratio.top), _of_total(ratio.bottom)
    unknown = np.isnan(top["value"])  # which is where its reason stands
    reason = np.where(unknown, top["reason"], bottom["reason"])
    unknown |= np.isnan(bottom["value"])
    sums, what = _in_order(ratio.bottom.sums_read()), ratio.bottom.evidence.what
    none = sums == 0
    reason[none & ~unknown] = Reason("none_in_period", what=what)
    if ratio.of_amounts:
        below = (sums < 0) | (none & (bottom["n"] > 0))
        reason[below & ~unknown] = Reason("whole_not_above_zero", what=what)
    mine, theirs = _left_out(ratio.top), _left_out(ratio.bottom)
    told = none & ~unknown
    if ratio.waiting is None:  # else the undecided may be why there is nothing
        told &= _summed(theirs, len(none)) > 0
    for at in np.flatnonzero(told).tolist():
        reason[at] = ratio.cell(at % len(ratio.periods), at // len(ratio.periods)).reason
    zero = np.zeros(len(none), np.int64)
    both = {w: np.maximum(mine.get(w, zero), theirs.get(w, zero)) for w in {*mine, *theirs}}
    return {
        "value": _in_order(ratio.values()),
        "numerator": top["value"],
        "denominator": bottom["value"],
        "n": bottom["n"],
        "excluded": _summed(both, len(none)),
        "reason": reason,
    }


def _not_begun(result: Result, figures: dict[str, Index]) -> None:
    """No figure for what happened in periods that have not begun, and why."""
    waits = np.tile([unbegun(one, result.evidence) for one in result.periods], len(result.groups))
    if waits.any():
        for name in (*FLOATS, *(name for name in STATISTICS if name in figures)):
            figures[name] = np.where(waits, np.nan, figures[name])
        for name in ("n", "excluded"):
            figures[name] = np.where(waits, 0, figures[name])
        figures["reason"][waits] = why_unbegun(result.evidence)


def _left_out(total: Total) -> Mapping[Reason, Index]:
    """The rows excluded by reason, as a cell counts them: those by definition go before."""
    found = _read(total, total.excluded_rows)
    for why, also in _read(total, total.by_definition_rows).items():
        found[why] = np.where(also != 0, also, found[why]) if why in found else also
    return found


def _read(total: Total, grids: Mapping[Reason, Grid]) -> dict[Reason, Index]:
    return {why: _in_order(grid.read(total.axes)).astype(np.int64) for why, grid in grids.items()}


def _summed(counts: Mapping[Reason, Index], size: int) -> Index:
    found = np.zeros(size, np.int64)
    for each in counts.values():
        found += each
    return found


def _explained(total: Total, reason: Index, unknown: npt.NDArray[np.bool_]) -> None:
    """Why the few cells without a figure have none."""
    across = len(total.periods)
    waits = np.tile([unbegun(one, total.evidence) for one in total.periods], len(total.groups))
    for at in np.flatnonzero(unknown & ~waits).tolist():
        reason[at] = total.cell(at % across, at // across).reason


def _told(reasons: Index) -> dict[str, Index]:
    """The words and the codes of reasons, as plain text."""
    each = reasons.tolist()
    return {
        "reason": _objects([None if why is None else str(why) for why in each]),
        "reason_code": _objects([None if why is None else why.code for why in each]),
    }


def _in_order(figures: Index) -> Index:
    """Periods by groups, as one array group by group."""
    return np.asarray(figures).T.ravel()


def _sayable(label: Any) -> Any:
    """Half a character, which no frame of Arrow's kind can hold, is written out."""
    if isinstance(label, str) and not label.isascii():
        return label.encode("utf-8", "backslashreplace").decode()
    return label


def _objects(cells: list[Any]) -> Index:
    found = np.empty(len(cells), dtype=object)
    found[:] = cells
    return found
