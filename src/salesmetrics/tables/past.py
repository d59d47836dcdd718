"""Deals and the changes of their fields, joined: the last change says how a deal stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..columns import PIECE, Codes, Column, Keys, Numbers, Times, chosen, common_labels, never
from ..days import NEVER
from ..errors import DataError, NeedsError
from ..history.tracks import DECIDED_FROM, DealHistory, Track, starts_of
from ..models import Kind
from ..models.record import kinds_of
from ..progress import joining
from ..reasons import Reason, column_needed, tables_needed
from ..results.rows_read import all_read
from ..zones import Zone
from .change_order import NO_TURNS, Turns
from .changes import CHANGES, FieldChanges, Placed, placed
from .deals import Deals
from .refused import refuse
from .rows import Mask
from .stages import Stages
from .table import OnError, Table
from .told_outcomes import OUTCOMES

__all__ = ["with_past"]


def with_past(tables: dict[str, Table], on_error: OnError) -> dict[str, Table]:
    """Deals with the changes of their fields, where there are any."""
    changes = {name: table for name, table in tables.items() if isinstance(table, CHANGES)}
    deals, stages = tables.get("deals"), tables.get("stages")
    if not changes:
        return tables
    if not isinstance(deals, Deals):
        raise NeedsError(
            tables_needed("deals"), f"{', '.join(changes)} tell of deals; pass deals= too"
        )
    joined, refused = _with_history(deals, changes, stages if isinstance(stages, Stages) else None)
    for name, table in refused.items():
        if on_error == "raise":
            raise DataError(name, table.rejected[len(tables[name].rejected) :])
    told = [table.rows_read for table in (changes | refused).values()]
    joined = replace(joined, rows_read=all_read(joined.rows_read, *told))
    return tables | {"deals": joined} | refused


def _with_history(
    deals: Deals, changes: Mapping[str, Table], stages: Stages | None
) -> tuple[Deals, dict[str, Table]]:
    """The deals with their history, and the tables of changes with the rows refused."""
    with joining(sum(table.size for table in changes.values())) as told:
        return _joined(deals, changes, stages, told)


def _joined(
    deals: Deals,
    changes: Mapping[str, Table],
    stages: Stages | None,
    told: Callable[[int], None],
) -> tuple[Deals, dict[str, Table]]:
    given = dict(deals.given)
    ids = given.get("id")
    assert isinstance(ids, Keys)
    created = given.get("created_at")
    dated = created if isinstance(created, Times) else never(deals.size, deals.zone)
    found: dict[str, Placed] = {}
    types = ranks = pipelines = None
    for kind in CHANGES:
        table = changes.get(kind.name)
        if not isinstance(table, kind):
            continue
        labels = _labels(table, given, stages)
        if labels is not None:
            old = given.get(kind.field)
            if isinstance(old, Codes):
                given[kind.field] = old.relabelled(labels)
        rows = placed(table, ids, dated, labels, _turns(labels, table.field, stages))
        if kind.field == "stage" and labels is not None and stages is not None:
            types, ranks, pipelines, there = _stage_facts(labels, stages)
            assert isinstance(rows.values, Codes)
            known = ", ".join(stages.ids())
            reason = Reason("stage_retired", known=known)
            rows = rows.without(~there[rows.values.codes], table, "stage", reason)
            rows = _not_after_close(rows, given, types, table)
        if kind.field == "amount":
            rows = _in_one_currency(rows, deals, table)
        found[kind.field] = replace(rows, given=None)
        told(table.size)
    dated = _dated_by_changes(dated, found.values(), deals.zone)
    notes: dict[str, int] = {}
    tracks: dict[str, Track] = {}
    faults = {name: rows.faults for name, rows in found.items()}
    for name in list(found):  # let go one by one: each is as large as its track
        tracks[name], broken = found.pop(name).track(dated)
        if broken:
            notes["broken chain"] = notes.get("broken chain", 0) + broken
    if "created_at" in given or (dated.days != NEVER).any():
        given["created_at"] = dated
    history = DealHistory(tracks, types, ranks, pipelines)
    differ = _contradictions(history, given)
    given = history.standing(given, deals.size)
    if types is not None:
        given, more = _closed(history, given)
        differ |= more
    differ = {name: mask for name, mask in differ.items() if mask.any()}
    notes |= {f"contradicts {name}": int(mask.sum()) for name, mask in differ.items()}
    history = replace(history, notes=notes, contradicted=differ)
    refused = {
        kind.name: refuse(changes[kind.name], faults[kind.field])
        for kind in CHANGES
        if faults.get(kind.field)
    }
    joined = replace(deals, given=given, columns=given, history=history, past=_closing(history))
    return joined.known_at(deals.known, deals.complete), refused


def _closing(history: DealHistory) -> tuple[str, ...]:
    """What is read of deals that closed: their close comes from the stages, the rest as known."""
    return ("stage",) if "stage" in history.tracks and history.types is not None else ()


def _labels(
    table: FieldChanges, given: Mapping[str, Column], stages: Stages | None
) -> tuple[Any, ...] | None:
    """One numbering for the names before, after and now."""
    columns = [table.given.get(table.field), table.given.get(f"previous_{table.field}")]
    named = [c for c in (*columns, given.get(table.field)) if isinstance(c, Codes)]
    if not isinstance(columns[0], Codes):
        return None
    first: Sequence[Any] = ()
    if table.field == "stage" and stages is not None:
        first = stages.ordered_ids()
    elif kinds_of(table.record)[table.field] is Kind.CHOICE:
        first = named[0].labels  # in the order of what there is to choose
    return common_labels(named, first)


def _turns(labels: tuple[Any, ...] | None, field: str, stages: Stages | None) -> Turns:
    """By code of a name, which is first of those of one instant: see history-rules.md."""
    if labels is None:
        return NO_TURNS
    told: dict[str, tuple[bool, bool, int]] = {}
    if field == "stage" and stages is not None:
        kinds, order = stages.codes("type"), stages.columns.get("order")
        for row, key in enumerate(stages.ids()):
            place = None
            if isinstance(order, Numbers) and order.reasons()[row] == 0:
                place = int(order.values[row])
            closes = kinds.labels[kinds.codes[row]] != "open"
            told[key] = (closes, place is None, place or 0)
    codes = sorted(
        range(1, len(labels)),
        key=lambda at: (*told.get(labels[at], (False, True, 0)), str(labels[at])),
    )
    turns = np.zeros(len(labels), np.int64)
    turns[codes] = np.arange(len(codes))
    return turns


def _stage_facts(labels: tuple[Any, ...], stages: Stages) -> tuple[Any, Any, Any, Any]:
    """By code of stage: the outcome its type says, its place, its pipeline, whether it exists."""
    row_of = {key: row for row, key in enumerate(stages.ids())}
    rows = np.array([row_of.get(label, -1) for label in labels])
    kinds, orders = stages.codes("type"), stages.columns.get("order")
    words = [None if word is None else OUTCOMES.index(word) + 1 for word in kinds.labels]
    outcome = np.array([words[kinds.codes[row]] or 0 if row >= 0 else 0 for row in rows], np.uint8)
    place = {key: at for at, key in enumerate(stages.ordered_ids())}
    ranks = np.array([place.get(label, -1) for label in labels], dtype=np.int64)
    if orders is None:
        ranks[:] = -1
    pipes = stages.columns.get("pipeline")
    codes = pipes.codes if isinstance(pipes, Codes) else np.zeros(stages.size, np.int64)
    pipelines = np.array([int(codes[row]) if row >= 0 else 0 for row in rows], dtype=np.int64)
    there = rows >= 0
    there[0] = True  # a stage not known is not a stage that does not exist
    return outcome, ranks, pipelines, there


def _not_after_close(
    rows: Placed, given: Mapping[str, Column], types: Any, table: FieldChanges
) -> Placed:
    """Without changes of stage after the close, of deals that no change of stage closes."""
    closed, values = given.get("closed_at"), rows.values
    if not isinstance(closed, Times) or not len(rows.deals):
        return rows
    assert isinstance(values, Codes)
    starts = starts_of(rows.deals, len(closed.days))
    last = types[values.codes.take(np.maximum(starts[1:] - 1, 0))]
    ends_so = (last >= DECIDED_FROM) & (starts[1:] > starts[:-1])
    until = np.where(ends_so, np.uint16(NEVER), closed.days)
    bad = np.empty(len(rows.deals), dtype=bool)
    for first in range(0, len(bad), PIECE):  # so that what is passing stays small
        part = slice(first, first + PIECE)
        bad[part] = rows.times.days[part] > until[rows.deals[part]]
    reason = Reason("change_after_close")
    return rows.without(bad, table, "changed_at", reason)


def _in_one_currency(rows: Placed, deals: Deals, table: FieldChanges) -> Placed:
    """Amounts in the currency of their deal, which has to be said where there are several."""
    own, theirs = deals.given.get("currency"), table.given.get("currency")
    foreign = isinstance(own, Codes) and any(
        label not in (None, deals.currency)
        for label, used in zip(own.labels, own.in_use(), strict=True)
        if used
    )
    if theirs is None:
        if foreign:
            raise NeedsError(
                column_needed("amount_changes", "currency"),
                "the deals are in several currencies, so amount_changes need a column currency",
            )
        return rows
    assert isinstance(theirs, Codes)
    of_change = theirs.codes if rows.given is None else theirs.codes[rows.given]
    names = np.array([c or deals.currency for c in theirs.labels], dtype=object)
    if isinstance(own, Codes):
        of_deal = np.array([c or deals.currency for c in own.labels], dtype=object)
        bad = names[of_change] != of_deal[own.codes[rows.deals]]
    else:
        bad = names[of_change] != deals.currency
    reason = Reason("other_currency")
    return rows.without(np.asarray(bad, dtype=bool), table, "currency", reason)


def _dated_by_changes(dated: Times, found: Iterable[Placed], zone: Zone | None) -> Times:
    """When deals were created; where nothing says so, at the first of their changes."""
    undated, size = dated.days == NEVER, len(dated.days)
    if dated.exact is not None and not undated.any():
        return dated
    first = never(size, zone)
    for rows in found:
        if not len(rows.deals):
            continue
        starts = starts_of(rows.deals, size)
        has = starts[1:] > starts[:-1]
        change = rows.times.take(np.minimum(starts[:-1], len(rows.deals) - 1)).until(has)
        first = chosen(change.before(first), change, first)
    return chosen(undated, first, dated)


def _contradictions(history: DealHistory, given: Mapping[str, Column]) -> dict[str, Mask]:
    """Which deals' current fields differ from their last change."""
    found = {}
    for name, track in history.tracks.items():
        now = given.get(name)
        if now is None or not len(track.days):
            continue
        last = track.values.take(track.last)
        if isinstance(now, Codes) and isinstance(last, Codes):
            differ = (now.codes != 0) & (now.codes != last.codes)
        elif isinstance(now, Times) and isinstance(last, Times):
            differ = (now.days != NEVER) & (now.days != last.days)
        else:
            differ = _other_amount(now, last)
        found[name] = np.asarray(differ & track.has)
    return found


def _other_amount(now: Any, last: Any) -> Any:
    same = now.values.astype(object) * last.scale == last.values.astype(object) * now.scale
    unknown = now.reasons() != 0
    return ~unknown & (~np.asarray(same, dtype=bool) | (last.reasons() != 0))


def _closed(
    history: DealHistory, given: dict[str, Column]
) -> tuple[dict[str, Column], dict[str, Mask]]:
    """Outcome and close as the changes of stage say, and where the deals' own cells differ."""
    track = history.tracks["stage"]
    types, entered = history.closes()
    closed = given["closed_at"]
    unsaid = Codes(np.zeros(len(track.has), np.uint8), (None, *OUTCOMES))
    outcome = given.get("outcome", unsaid)
    assert isinstance(outcome, Codes) and isinstance(closed, Times)
    decided = types >= DECIDED_FROM
    codes = np.where(decided, types, outcome.codes).astype(np.uint8)
    codes = np.where((codes == 0) & track.has, types, codes).astype(np.uint8)
    found = chosen(decided, track.times.take(entered), closed) if decided.any() else closed
    differ = {
        "outcome": np.asarray((codes != outcome.codes) & (outcome.codes != 0)),
        "closed_at": decided & (closed.days != NEVER) & (found.days != closed.days),
    }
    changed: dict[str, Column] = {"outcome": Codes(codes, outcome.labels), "closed_at": found}
    return given | changed, differ
