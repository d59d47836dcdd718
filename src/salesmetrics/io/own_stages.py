"""Stages that a preset has itself, where deals do not say how they stand: told by their names.

A name is that of such a stage however it is written, and in the pipelines alone that the preset
speaks of: elsewhere the same name may stand for anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ..columns.keys import distinct_numbers
from ..errors import Fault
from ..models import values
from ..reading.raw import Raw
from ..reasons import Reason, as_reason
from .mapping import Mapped
from .preset import Preset

__all__ = ["advised", "with_own_stages"]


def _serve(preset: Preset, found: Mapping[str, Mapped]) -> bool:
    """Whether the deals go by the stages of the preset, for nothing else says how they stand."""
    source, deals = preset.tables.get("stages"), found.get("deals")
    if source is None or not source.fallback or "stages" in found or deals is None:
        return False
    return "outcome" not in deals.columns and "stage" in deals.columns


def with_own_stages(
    preset: Preset, found: dict[str, Mapped]
) -> tuple[Preset, dict[str, Mapped], bool]:
    """The preset with its stages as the deals write them; deals of other pipelines with theirs; and
    whether the deals go by them."""
    if not _serve(preset, found):
        return preset, found, False
    source, deals = preset.tables["stages"], found["deals"]
    stage, pipeline = deals.columns["stage"], deals.columns.get("pipeline")
    if source.pipelines and pipeline is not None:
        stage = _elsewhere_named(stage, pipeline, {name.casefold() for name in source.pipelines})
    written: dict[str, list[str]] = {}
    for label in _labels(stage):
        written.setdefault(label.casefold(), []).append(label)
    rows = tuple(
        {**row, "id": name}
        for row in source.rows or ()
        for name in written.get(str(row["id"]).casefold(), [str(row["id"])])
    )
    tables = {**preset.tables, "stages": source.model_copy(update={"rows": rows})}
    spelled = replace(deals, columns={**deals.columns, "stage": stage})
    return preset.model_copy(update={"tables": tables}), {**found, "deals": spelled}, True


def advised(faults: Sequence[Fault], preset: Preset, by_names: bool) -> tuple[Fault, ...]:
    """Faults of stages that the preset does not have, with what to give in place of them."""
    if not by_names:
        return tuple(faults)
    deals = preset.tables["deals"].decided
    columns = () if deals is None else (*deals.closed[:1], *deals.won[:1])
    why = Reason(
        "stage_not_own",
        columns=columns,
        of=preset.tables["stages"].pipelines[:1] or (preset.title,),
    )
    return tuple(
        replace(one, reason=why) if as_reason(one.reason).code == "no_such_stage" else one
        for one in faults
    )


def _labels(raw: Raw) -> list[str]:
    return [label for one in raw.labelled()[1] if (label := values.label(one)) is not None]


def _elsewhere_named(stage: Raw, pipeline: Raw, own: set[str]) -> Raw:
    """Stages of other pipelines by their name and that of the pipeline."""
    codes, labels = stage.labelled()
    places, names = pipeline.labelled()
    told = [values.label(name) for name in names]
    other = np.array([*(name is not None and name.casefold() not in own for name in told), False])
    if not other.any():
        return stage
    rows = np.flatnonzero(other[places] & (codes >= 0))
    pairs, at = distinct_numbers(codes[rows].astype(np.int64) * len(other) + places[rows])
    made = [f"{labels[one // len(other)]} ({told[one % len(other)]})" for one in pairs.tolist()]
    found = codes.astype(np.int64)
    found[rows] = len(labels) + at
    return Raw(found, (*labels, *made))
