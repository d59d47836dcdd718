"""The days on which deals entered their stages, where they stand in the deals' own file.

HubSpot exports a column for each stage.  They are brought to the changes of stages that a table of
its own would have: a deal's entry into each stage, once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ..models import values
from ..reading.raw import Raw
from .found import normal
from .history_shapes import entries_of
from .mapping import FileRead, Mapped, entered_columns, first_there
from .preset import Preset

__all__ = ["with_entered"]

ENTERED = "stages entered"
PIPELINE = re.compile(r" \([^()]*\)$")  # as in "Closed Won (Sales Pipeline)"


def with_entered(preset: Preset, found: dict[str, Mapped]) -> dict[str, Mapped]:
    """With the changes of stages that the columns of deals tell, where no table has them."""
    deals = found.get("deals")
    told = {} if deals is None else entered_columns(preset.tables["deals"], [*deals.found.columns])
    if deals is None or not told:
        return found
    there = {name: stage for name, stage in told.items() if name in deals.columns}
    of_stage = {}
    if "stage_changes" not in found and "id" in deals.columns:
        of_stage = _columns_of(there, deals, _stages(preset, found))
    used = {name for names in of_stage.values() for name in names}
    others = tuple(name for name in told if name not in used)
    uses = {what: names for what, names in deals.report.uses.items() if what != ENTERED}
    report = replace(deals.report, uses=uses, unmapped=(*deals.report.unmapped, *others))
    found = {**found, "deals": replace(deals, report=report)}
    if not used:
        return found
    form = preset.tables["deals"].format.get("created_at")
    days = {
        stage: replace(first_there([deals.columns[name] for name in names]), form=form)
        for stage, names in of_stage.items()
    }
    changes, rows = entries_of(deals.columns["id"], days)
    named = {ENTERED: tuple(name for name in told if name in used)}
    made = FileRead("stage_changes", report.file, len(rows), {}, (), (), {}, uses=named)
    places = rows if deals.rows is None else deals.rows[rows]
    return {**found, "stage_changes": Mapped(deals.found, changes, made, places)}


def _columns_of(
    told: Mapping[str, str], deals: Mapped, stages: Sequence[str]
) -> dict[str, list[str]]:
    """The columns of each stage, in the order of the process, else of the file."""
    here = _labels(deals.columns.get("stage"))
    found: dict[str, list[str]] = {}
    for name, said in told.items():
        stage = _stage_of(said, stages, here)
        if stage is not None:
            found.setdefault(stage, []).append(name)
    place = {stage: at for at, stage in enumerate(stages)}
    return dict(sorted(found.items(), key=lambda item: place.get(item[0], 0)))


def _stage_of(told: str, stages: Sequence[str], here: Sequence[str]) -> str | None:
    """Which stage a column means: by its id, or its label with the pipeline behind it."""
    plain = PIPELINE.sub("", told)
    known = {normal(stage): stage for stage in (*here, *stages)}
    for each in (told, plain):
        if normal(each) in known:
            return known[normal(each)]
    begun = [stage for stage in stages if told.casefold().startswith(f"{stage.casefold()}_")]
    if begun:  # some ids are followed by a number
        return max(begun, key=len)
    return None if stages else plain


def _stages(preset: Preset, found: Mapping[str, Mapped]) -> list[str]:
    """The stages that there are, in the order of the process; none where nothing says it."""
    if "stages" in found:
        columns = found["stages"].columns
        ids, order = columns.get("id"), columns.get("order")
        rows = list(range(len(ids))) if ids is not None else []
        if order is not None:
            rows = sorted(rows, key=lambda row: _number(order.at(row)))
        return [label for row in rows if (label := values.label(ids.at(row)))]  # type: ignore[union-attr]
    source = preset.tables.get("stages")
    said = "outcome" in found["deals"].columns
    if source is None or source.rows is None or (source.fallback and said):
        return []
    return [str(row["id"]) for row in source.rows]


def _number(value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        return 0.0


def _labels(raw: Raw | None) -> list[str]:
    labels: Iterable[object] = () if raw is None else raw.labelled()[1]
    return [label for one in labels if (label := values.label(one)) is not None]
