"""What a file's columns would mean under each preset, and a mapping to start from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..crm import TABLES
from ..errors import ColumnError, visible
from ..models import Kind
from ..models.record import kinds_of
from .decided import matched
from .found import Found, is_folder, normal
from .guesses import NONE, Guess, Guesses, guesses
from .mapping import uses
from .preset import Preset, Source, chosen_preset, plain_preset, preset, presets
from .sources import origin

__all__ = ["ColumnsRead", "columns", "columns_text", "fitting", "mapping_text"]


NUMBERED = (
    "no column is known to have another value in every row; name it, or add one that numbers the "
    "rows: 1, 2, 3, ..."
)


@dataclass(frozen=True, slots=True)
class ColumnsRead:
    """One table's columns under a preset, and the presets that know most of them."""

    table: str
    source: str
    preset: str
    matched: Mapping[str, str]  # ours: theirs
    missing: tuple[str, ...]  # ours that the preset knows by names that are not there
    unknown: tuple[str, ...]  # theirs
    proposals: tuple[tuple[str, str, int], ...]  # preset, table, columns known
    uses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # "outcome": IsClosed, IsWon
    guessed: Guesses = NONE  # what columns that no preset knows are likely to be


def columns(
    path: Any, *, preset: str | Path | Preset | None = None, table: str | None = None, **how: Any
) -> list[ColumnsRead]:
    """What is in a source, table by table; without a preset, by the one that knows most.

    Args:
        path: as in `read`.
        preset: the preset to compare with; without one all of them are tried.
        table: which table a single file is.
        how: `format`, `encoding`, `delimiter`, `sheet` and `schema`, as in `read`.
    """
    told = preset is not None or table is not None
    whose, found = None, []
    if told:
        found = _found(path, chosen_preset(preset, table)[0], how)
    else:
        whose, found = _any(path, how)
    read = []
    for name, one in found:
        proposals = _proposals(list(one.columns))
        chosen, title = _chosen(preset, name, proposals)
        at = table or (proposals[0][1] if not told and proposals else name)
        if whose is not None and _knows(whose, name, list(one.columns), proposals):
            chosen, title, at = _of_name(whose), whose, name
        source = chosen.tables.get(at, Source())
        hits = _hits(source, list(one.columns))
        missing = tuple(ours for ours in source.columns if ours not in hits)
        used = uses(source, list(one.columns))
        taken = {*hits.values(), *(theirs for names in used.values() for theirs in names)}
        fills = [name for names in source.fill.values() for name in names]
        taken |= {there for name in fills if (there := matched(list(one.columns), (name,)))}
        known: dict[str, str | None] = {**dict.fromkeys(used), **hits}
        own = guesses(at, one, known) if title == "plain" else NONE
        taken |= {guess.column for guess in own.fields.values()}
        missing = tuple(ours for ours in missing if ours not in own.fields)
        unknown = tuple(theirs for theirs in one.columns if theirs not in taken)
        read.append(ColumnsRead(at, one.name, title, hits, missing, unknown, proposals, used, own))
    if any(one.table == "stages" for one in read):  # which says what is won and lost
        read = [replace(one, guessed=replace(one.guessed, stages=None)) for one in read]
    return [replace(one, unknown=_of_no_table(one, read)) for one in read]


def _of_no_table(one: ColumnsRead, read: Sequence[ColumnsRead]) -> tuple[str, ...]:
    """Columns of a file that none of the tables read from it knows."""
    same = [other for other in read if other.source == one.source]
    return tuple(name for name in one.unknown if all(name in other.unknown for other in same))


def _found(path: Any, chosen: Preset, how: Mapping[str, Any]) -> list[tuple[str, Found]]:
    start = origin(path, chosen, plain=False, **how)
    try:
        return start.tables()
    finally:
        if start.opened is not None:
            start.opened.close()


def _of_name(name: str) -> Preset:
    return plain_preset() if name == "plain" else preset(name)


def _knows(
    whose: str, table: str, header: Sequence[str], proposals: Sequence[tuple[str, str, int]]
) -> bool:
    """Whether the preset that found a file by its name knows its columns, too."""
    known = len(_hits(_of_name(whose).tables.get(table, Source()), header))
    best = proposals[0][2] if proposals else 0
    return known > 0 and known >= (best if whose == "plain" else 2)


def _any(path: Any, how: Mapping[str, Any]) -> tuple[str | None, list[tuple[str, Found]]]:
    """Every table that any preset would look for, and which; a single file whatever its name."""
    single = not isinstance(path, Mapping) and (str(path) == "-" or not is_folder(Path(path)))
    if single and not str(path).startswith("postgres"):
        start = origin(path, _one_table("deals"), plain=False, **how)
        if start.opened is None:
            return None, start.tables()
        start.opened.close()
    whose: str | None = None
    best: list[tuple[str, Found]] = []
    for name in ("plain", *presets()):
        tables = _found(path, _of_name(name), how)
        if len(tables) > len(best):
            whose, best = name, tables
    return whose, best


def _one_table(name: str) -> Preset:
    known = [s for other in presets() for s in preset(other).tables.values()]
    lists = dict.fromkeys(path for source in known for path in source.rows_in)
    ends = dict.fromkeys(end for source in known for end in source.ends_at)
    source = Source(rows_in=tuple(lists), ends_at=tuple(ends))
    return Preset(title="any", tables={name: source})


def _chosen(
    given: str | Path | Preset | None, table: str, proposals: Sequence[tuple[str, str, int]]
) -> tuple[Preset, str]:
    if isinstance(given, Preset):
        return given, given.title
    if given is not None:
        return preset(given), str(given)
    if proposals and proposals[0][0] != "plain":
        return preset(proposals[0][0]), proposals[0][0]
    return plain_preset(), "plain"


def _hits(source: Source, header: Sequence[str]) -> dict[str, str]:
    found = {}
    for ours, names in source.columns.items():
        try:
            theirs = matched(header, names)
        except ColumnError:
            theirs = None
        if theirs is not None:
            found[ours] = theirs
    return found


def _proposals(header: Sequence[str]) -> tuple[tuple[str, str, int], ...]:
    """The presets by how many of the columns they know, best first; the id has to be there."""
    alike = {normal(name) for name in header}
    ranked = []
    for name in ("plain", *presets()):
        candidate = _of_name(name)
        for table, source in candidate.tables.items():
            hits = _hits(source, header)
            if len(hits) < 3 or "id" not in hits:
                continue
            if table == "deals" and name != "plain" and not _decides(candidate, hits, header):
                continue
            exact = sum(theirs in source.columns[ours] for ours, theirs in hits.items())
            known = {normal(n) for names in source.leave_out for n in (names,)} & alike
            count = len(set(hits.values())) + len(known)
            # The same names are those of the source itself rather than of a warehouse of it.
            ranked.append((-count, -exact, bool(source.table), name, table, hits))
    ranked.sort(key=lambda one: one[:5])
    return tuple((name, table, len(hits)) for *_, name, table, hits in ranked[:3])


def _decides(candidate: Preset, hits: Mapping[str, str], header: Sequence[str]) -> bool:
    """Whether these columns say which deals are open, won or lost, as the preset reads them."""
    if "outcome" in hits or "outcome" in uses(candidate.tables["deals"], header):
        return True
    stages = candidate.tables.get("stages")
    if stages is None or "stage" not in hits:
        return False
    return stages.decided is not None or any("type" in row for row in stages.rows or ())


def fitting(header: Sequence[str]) -> str | None:
    """The preset that knows most of these columns, where one knows more than our own names do."""
    proposals = _proposals(header)
    return proposals[0][0] if proposals and proposals[0][0] != "plain" else None


def _lacks_id(one: ColumnsRead) -> bool:
    """Whether rows have to be told apart by an id, and no column is one."""
    kind = kinds_of(TABLES[one.table].record).get("id")
    return kind is Kind.KEY and "id" not in {*one.matched, *one.uses, *one.guessed.fields}


def columns_text(read: Sequence[ColumnsRead]) -> str:
    """Matched, missing and unknown columns, and the presets that fit."""
    parts = []
    for one in read:
        pairs = ", ".join(o if o == t else f"{o} = {t}" for o, t in one.matched.items())
        lines = [
            visible(f"{one.source}: {one.table} by the preset {one.preset!r}"),
            f"  matched   {visible(pairs) or 'nothing'}",
            *(
                f"  used      {what} {visible(', '.join(names))}"
                for what, names in one.uses.items()
            ),
            *_guesses_told(one.guessed),
            *([f"  needed    id: {NUMBERED}"] if _lacks_id(one) else []),
            f"  missing   {', '.join(one.missing) or 'nothing'}",
            f"  unknown   {visible(', '.join(one.unknown)) or 'nothing'}",
        ]
        for name, table, count in one.proposals:
            lines.append(f"  fits      {name}: {count} columns of {table}")
        if one.guessed:
            lines.append("  These are guesses: --mapping writes them into a file to look through.")
        parts.append("\n".join(lines))
    return "\n\n".join(parts) or "no tables found"


def _guesses_told(own: Guesses) -> list[str]:
    """A line a guess, and what it rests on."""
    lines = []
    for ours, one in own.fields.items():
        why = "" if one.by == "name" else f"  (by its cells: {one.by})"
        lines.append(visible(f"  proposed  {ours} = {one.column}{why}"))
    if own.one_close_date:
        lines.append("  proposed  one_close_date: that day is a plan while a deal is open")
    for ours, how in {**own.forms, **_forms(own)}.items():
        lines.append(visible(f"  written   {ours}: {_told(how)}"))
    for what, words in (("stages", own.stages), ("outcomes", own.outcomes)):
        if words:
            pairs = ", ".join(f"{theirs} = {kind}" for theirs, kind in words.items())
            lines.append(visible(f"  {what:<9} {pairs}"))
    return lines


def mapping_text(read: Sequence[ColumnsRead]) -> str:
    """A preset of one's own as TOML, filled in as far as the columns say."""
    base = next((one.preset for one in read if one.preset in presets()), None)
    lines = ['title = "my CRM"']
    if base is not None:
        lines.append(f"extends = {_toml(base)}  # what is told here stands in its place")
    lines += [
        '# currency = "KRW"    # the reporting currency',
        '# tz = "Asia/Seoul"   # the zone that days are counted in',
    ]
    for one in read:
        fields = TABLES[one.table].record.model_fields
        own = one.guessed
        lines += ["", f"[{one.table}]", f"file = {_toml(one.source)}"]
        if own.one_close_date:
            lines.append("one_close_date = true  # that day is a plan while a deal is open")
        lines += ["", f"[{one.table}.columns]  # ours = theirs"]
        for ours in fields:
            if ours in one.matched:
                lines.append(f"{ours} = {_toml(one.matched[ours])}")
            elif ours in own.fields:
                lines.append(_guessed_line(ours, own.fields[ours]))
        named = {*one.matched, *own.fields}
        if _lacks_id(one):
            lines.append(f'# id = ""  # needed: {NUMBERED}')
            named.add("id")
        lines += [f'# {ours} = ""' for ours in fields if ours not in named]
        if one.unknown:
            lines += ["", "# not used yet; by= takes them under their own names:"]
            lines += [f"#   {visible(theirs)}" for theirs in one.unknown]
        if own:
            lines += _guessed_tables(one)
            continue
        lines += [
            "",
            f"# [{one.table}.format]  # how cells are written, where not as 1234.50 or 2017-11-15",
            '# amount = { thousands = ",", strip = ["$"] }',
            '# closed_at = { date = "%d/%m/%Y" }',
        ]
    return "\n".join(lines) + "\n"


def _guessed_line(ours: str, one: Guess) -> str:
    why = "" if one.by == "name" else f"  # a guess by its cells: {one.by}"
    return f"{ours} = {_toml(one.column)}{why}"


def _guessed_tables(one: ColumnsRead) -> list[str]:
    """How cells are written, what says won or lost, and the stages: as they stand in the file."""
    own, lines = one.guessed, []
    forms = {**own.forms, **_forms(own)}
    if forms:
        lines += ["", f"[{one.table}.format]"]
        for ours, how in forms.items():
            lines.append(f"{ours} = {{ {_told(how)} }}")
    if own.outcomes:
        lines += ["", f"[{one.table}.words.outcome]  # theirs = ours"]
        lines += [f"{_toml(theirs)} = {_toml(ours)}" for theirs, ours in own.outcomes.items()]
    if own.stages:
        lines += ["", "[stages]  # look at their order, and at what is won or lost", "rows = ["]
        for order, (stage, kind) in enumerate(own.stages.items(), 1):
            lines.append(f"  {{ id = {_toml(stage)}, order = {order}, type = {_toml(kind)} }},")
        lines.append("]")
    return lines


def _forms(own: Guesses) -> dict[str, Mapping[str, object]]:
    """How the cells of guessed columns are written, where that has to be told."""
    return {ours: guess.how for ours, guess in own.fields.items() if guess.how}


def _told(how: Mapping[str, object]) -> str:
    return ", ".join(f"{name} = {_value(value)}" for name, value in how.items())


def _value(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_toml(str(each)) for each in value)}]"
    return _toml(str(value))


def _toml(text: str) -> str:
    """A basic string of TOML: in JSON's spelling, and no control character as it is."""
    return "".join(
        char if visible(char) == char else f"\\U{ord(char):08x}"
        for char in json.dumps(text.encode("utf-8", "replace").decode(), ensure_ascii=False)
    )
