"""The one place where a preset or a mapping meets a source's columns.

From a table under its own names comes the same under ours: matched, left out what is deleted,
told how cells are written, words translated, and how each row stands read from what says so.
What a cell means is not decided here but in `reading`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import ColumnError
from ..models import Kind, kinds_of, values
from ..reading.raw import Raw, object_array
from ..reasons import Reason
from .decided import check_flags, is_word, matched, outcomes
from .found import Cut, Found, kind_of_place
from .preset import Decided, Source
from .totals import is_total

__all__ = ["BLANK", "FileRead", "Mapped", "entered_columns", "first_there", "mapped", "uses"]

Bools = npt.NDArray[np.bool_]
TOTALS, BLANK = Reason("total_row"), Reason("blank_rows")


@dataclass(frozen=True, slots=True)
class FileRead:
    """What was found in a file or database table, and which columns are what."""

    table: str
    file: str
    rows: int
    columns: Mapping[str, str]  # ours: theirs
    unmapped: tuple[str, ...]  # theirs that have no meaning here; `by=` takes them all the same
    absent: tuple[str, ...]  # theirs that the preset knows and the file lacks
    replaced: Mapping[str, int]  # "GTXPro -> GTX Pro": rows
    left_out: Mapping[str, int] = field(default_factory=dict)  # "IsDeleted = true": rows
    cuts: tuple[Cut, ...] = ()  # lines that were taken for no rows
    uses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # "outcome": IsClosed, IsWon


@dataclass(frozen=True, slots=True)
class Mapped:
    """A table under our names; `rows` are the places of its rows in the source."""

    found: Found
    columns: dict[str, Raw]
    report: FileRead
    rows: npt.NDArray[np.int64] | None


def uses(source: Source, header: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Columns that are read for more than their own cells: what is done by each of them."""
    decided = source.decided or Decided()
    told = {
        "outcome": (decided.closed, decided.won, decided.lost, decided.probability),
        "rows are left out by": tuple((name,) for name in source.leave_out),
        "rows are kept by": tuple((name,) for name in source.only),
        "the latest of one id is told by": (source.latest_by,),
    }
    found = {
        what: tuple(there for names in several if (there := matched(header, names)) is not None)
        for what, several in told.items()
    }
    found["stages entered"] = tuple(entered_columns(source, header))
    return {what: names for what, names in found.items() if names}


def entered_columns(source: Source, header: Sequence[str]) -> dict[str, str]:
    """Columns with the day on which a stage was entered, and what each says of the stage."""
    shapes = [
        re.compile(re.escape(pattern).replace(r"\*", "(.+)"), re.IGNORECASE)
        for pattern in source.entered
    ]
    hits = ((name, shape.fullmatch(name)) for name in header for shape in shapes)
    return {name: hit[1] for name, hit in hits if hit is not None}


def mapped(table: str, source: Source, found: Found, record: Any, plain: bool = False) -> Mapped:
    """The table under our names."""
    kinds = kinds_of(record)
    if not found.columns:  # a list without records, which could name no column
        nothing = Raw(np.zeros(0, dtype=object))
        names = [names[0] for names in source.columns.values() if names] or list(kinds)
        found = replace(found, columns=dict.fromkeys(names, nothing))
    found = replace(found, columns=_told_missing(found.columns, source))
    header = list(found.columns)
    used = {ours: matched(header, names) for ours, names in source.columns.items()}
    fills = {
        ours: [there for name in names if (there := matched(header, (name,))) is not None]
        for ours, names in source.fill.items()
    }
    if not plain and "id" in source.columns and kinds.get("id") is Kind.KEY and used["id"] is None:
        known = " or ".join(map(repr, source.columns["id"]))
        raise ColumnError(
            f"{found.name}: no column {known}, which is the id of {table}; "
            f"its columns are {', '.join(header)}"
        )
    keep, left_out = _kept(source, found, used.get("id"))
    given = found.columns
    if not keep.all():
        rows = np.flatnonzero(keep)
        given = {name: raw.take(rows) for name, raw in given.items()}
    replaced: dict[str, int] = {}
    columns = _under_our_names(source, given, used, fills, kinds, replaced)
    if source.decided is not None:
        target = "type" if table == "stages" else "outcome"
        outcome = outcomes(source.decided, given)
        if outcome is not None and target not in columns:
            columns[target] = outcome
    cuts = found.cuts
    if is_total(columns, kinds):
        last = int(np.flatnonzero(keep)[-1])
        keep[last] = False
        columns, given = _but_last(columns), _but_last(given)
        left_out[TOTALS] = 1
        cuts = (*cuts, _total_cut(found, last))
    size = int(keep.sum())
    for ours, word in source.fixed.items():
        if ours not in columns:
            columns[ours] = Raw(np.zeros(size, np.int64), (word,), text=True)
    taken = {name for name in used.values() if name} | {n for s in fills.values() for n in s}
    unmapped = tuple(name for name in header if name not in taken)
    for name in unmapped:  # a name of ours that means another thing there is not taken for ours
        if name not in columns and (plain or name not in kinds):
            columns[name] = given[name]
    used_for = uses(source, header)
    absent = () if plain else tuple(
        " or ".join(names) for ours, names in source.columns.items() if used[ours] is None
        and ours not in columns
    )  # fmt: skip
    report = FileRead(
        table,
        found.name,
        found.size,
        {ours: theirs for ours, theirs in used.items() if theirs is not None},
        tuple(name for name in unmapped if name not in chain.from_iterable(used_for.values())),
        absent,
        replaced,
        left_out,
        cuts,
        used_for,
    )
    return Mapped(found, columns, report, None if keep.all() else np.flatnonzero(keep))


def _under_our_names(
    source: Source,
    given: Mapping[str, Raw],
    used: dict[str, str | None],
    fills: Mapping[str, Sequence[str]],
    kinds: Mapping[str, Kind],
    replaced: dict[str, int],
) -> dict[str, Raw]:
    """Columns by the names they have here, with their cells as they are told to be written."""
    columns = {ours: given[theirs] for ours, theirs in used.items() if theirs is not None}
    for ours, several in fills.items():
        parts = [given[name] for name in several]
        if ours in columns:
            parts.insert(0, columns[ours])
        if parts:
            columns[ours] = first_there(parts)
            used[ours] = used.get(ours) or " else ".join(several)
    for ours, raw in columns.items():
        columns[ours] = _as_told(ours, raw, source, kinds[ours], replaced)
        if ours in source.first_of:
            columns[ours] = _first_of(columns[ours], source.first_of[ours], ours, replaced)
    return columns


def _but_last(columns: Mapping[str, Raw]) -> dict[str, Raw]:
    return {name: raw.take(slice(0, -1)) for name, raw in columns.items()}


def _total_cut(found: Found, row: int) -> Cut:
    """The row of totals, as it stands in its source."""
    place, cells = found.places([row])[row]
    at = Reason(kind_of_place(place), number=place.params["number"])
    told = [str(cell) for cell in cells.values()] or [
        str(cell) for raw in found.columns.values() if (cell := raw.at(row)) is not None
    ]
    return Cut(at, ",".join(told), TOTALS)


def _kept(source: Source, found: Found, id_name: str | None) -> tuple[Bools, dict[str, int]]:
    """Which rows are read, and how many are not, by what says so."""
    keep = np.ones(found.size, dtype=bool)
    lines = Counter(cut.what for cut in found.cuts)
    left_out: dict[str, int] = {Reason("lines", what=what): many for what, many in lines.items()}
    if found.blank:
        left_out[BLANK] = found.blank
    for name, words in source.leave_out.items():
        theirs = matched(list(found.columns), (name,))
        if theirs is None:
            continue
        check_flags(found.columns[theirs], theirs, words)
        for word in words:
            out = is_word(found.columns[theirs], word) & keep
            if out.any():
                left_out[Reason("cell_is", column=theirs, word=str(word))] = int(out.sum())
            keep &= ~out
    for name, words in source.only.items():
        theirs = matched(list(found.columns), (name,))
        if theirs is None:
            continue
        check_flags(found.columns[theirs], theirs, words)
        of = np.logical_or.reduce([is_word(found.columns[theirs], word) for word in words])
        if (keep & ~of).any():
            why = Reason("cell_is_not", column=theirs, words=tuple(map(str, words)))
            left_out[why] = int((keep & ~of).sum())
        keep &= of
    by = matched(list(found.columns), source.latest_by)
    if by is not None and id_name is not None:
        older = _older(found.columns[id_name], found.columns[by], keep, found.columns)
        if older:
            left_out[Reason("older_copies")] = len(older)
            keep[older] = False
    return keep, left_out


def _told_missing(columns: Mapping[str, Raw], source: Source) -> dict[str, Raw]:
    """Without the texts that are said to mean that nothing is there."""
    told = {name: set(source.missing) for name in columns}
    for ours, form in source.format.items():
        for name in (*source.columns.get(ours, ()), *source.fill.get(ours, ())):
            theirs = matched(list(columns), (name,)) if form.missing else None
            if theirs is not None:
                told[theirs] = told[theirs] | set(form.missing)
    return {name: raw.without(told[name]) if told[name] else raw for name, raw in columns.items()}


def _older(ids: Raw, by: Raw, keep: Bools, columns: Mapping[str, Raw]) -> list[int]:
    """All but the latest of each id; of several at one moment the last by what they say holds."""
    codes, labels = ids.labelled()
    names = {str(label): at for at, label in enumerate(labels)}
    place = np.array([*(names[str(label)] for label in labels), -1], dtype=np.int64)[codes]
    rows = np.flatnonzero(keep & (place >= 0))
    first = np.full(len(labels), -1)
    first[place[rows[::-1]]] = rows[::-1]
    again = rows[first[place[rows]] != rows]
    every = [columns[name] for name in sorted(columns)]
    latest: dict[int, int] = {}
    out = []
    for row in sorted({*again.tolist(), *first[place[again]].tolist()}):
        best = latest.setdefault(int(place[row]), row)
        if best == row:
            continue
        newer = _said([by], row) >= _said([by], best)
        if newer and _said([by], row) == _said([by], best):
            newer = _said(every, row) >= _said(every, best)
        out.append(best if newer else row)
        latest[int(place[row])] = row if newer else best
    return out


def _said(columns: Iterable[Raw], row: int) -> list[tuple[bool, str]]:
    return [_order(column.at(row)) for column in columns]


def _order(value: Any) -> tuple[bool, str]:
    at = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return value is not None, at.replace("T", " ")


def first_there(parts: list[Raw]) -> Raw:
    """Row by row the first that has a value."""
    found = parts[0]
    for other in parts[1:]:
        if not found.absent().any():
            break
        if found.labels is None and other.labels is None and (
            found.values.dtype == other.values.dtype and found.aware == other.aware
            and found.scale == other.scale and found.values.dtype.kind != "O"
        ):  # fmt: skip
            absent = found.absent()
            cells = np.where(absent, other.values, found.values)
            found = replace(found, values=cells, missing=absent & other.absent())
            continue
        mine, names = found.labelled()
        theirs, others = other.labelled()
        blank = [values.is_missing(name) for name in names]
        absent = np.array([*blank, True], dtype=bool)[mine]
        codes = np.where(absent, np.where(theirs < 0, -1, theirs + len(names)), mine)
        found = Raw(codes, object_array([*names, *others]))
    return found


def _as_told(ours: str, raw: Raw, source: Source, kind: Kind, replaced: dict[str, int]) -> Raw:
    changes, words = source.replace.get(ours, {}), source.words.get(ours, {})
    if changes or words or (raw.labels is None and ours in source.format and raw.scale > 1):
        codes, labels = raw.labelled()
        folded = {theirs.casefold(): word for theirs, word in words.items()}
        told = list(labels)
        for at, label in enumerate(told):
            if label in changes:
                count = int((codes == at).sum())
                replaced[f"{label} -> {changes[label]}"] = count
                told[at] = changes[label]
            elif folded and not values.is_missing(label):
                told[at] = folded.get(str(label).strip().casefold(), label)
        raw = Raw(codes, object_array(told))
    form = source.format.get(ours)
    return raw if form is None else replace(raw, form=form)


def _first_of(raw: Raw, mark: str, ours: str, replaced: dict[str, int]) -> Raw:
    """The first of several names in one cell; how many rows have several is counted."""
    codes, labels = raw.labelled()
    several = np.array([isinstance(one, str) and mark in one for one in labels] + [False], bool)
    if not several.any():
        return raw
    replaced[f"several {ours}s in one cell, parted by {mark!r} -> the first"] = int(
        several[codes].sum()
    )
    told = [
        next((part.strip() for part in one.split(mark) if part.strip()), None) if many else one
        for one, many in zip(labels, several.tolist(), strict=False)
    ]
    return Raw(codes, object_array(told), form=raw.form)
