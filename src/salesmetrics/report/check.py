"""What was read, matched and rejected, as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from ..crm import CRM
from ..errors import Fault, shown
from ..reasons import Reason, as_reason, named
from ..results.text_table import visible
from ..tables.linking import links_of

if TYPE_CHECKING:
    from ..io.mapping import FileRead

__all__ = ["MOST_NAMED", "check_text", "notes"]

EXAMPLES = 3
MOST_NAMED = 5
USES = {
    "outcome": "uses_outcome",
    "rows are left out by": "uses_left_out",
    "rows are kept by": "uses_kept",
    "the latest of one id is told by": "uses_latest",
    "stages entered": "uses_entered",
}
Line = tuple[int, Reason]  # how far in it stands, and what it says


def notes(crm: CRM, targets: str | None = None, lang: str = "en") -> list[str]:
    """What a reader of figures should know of the data they are from, a line each."""
    found = [
        Reason("note_left_out", table=name, rows=len({fault.row for fault in faults}))
        for name, faults in crm.faults.items()
    ]
    found += [
        Reason("note_unread", table=name, cells=len(faults)) for name, faults in crm.unread.items()
    ]
    found += [
        Reason("note_no_row", file=file.file, table=file.table)
        for file in crm.files
        if not file.rows
    ]
    read = None if targets is None else Path(targets).name
    others = [name for name in crm.not_read if name != read]
    found += [Reason("note_not_read", file=name) for name in others[:MOST_NAMED]]
    if len(others) > MOST_NAMED:  # a database has hundreds: `check` names them all
        found.append(Reason("note_not_read_more", more=len(others) - MOST_NAMED))
    return [visible(note.said(lang)) for note in found]


def check_text(crm: CRM, lang: str = "en") -> str:
    """Table by table: rows, columns, replacements, faults by reason, links that lead nowhere."""
    parts = [_of_table(crm, name) for name in crm.tables]
    if crm.not_read:
        unread = ((1, named(name)) for name in crm.not_read)
        parts.append([(0, Reason("heading", what=Reason("check_not_read"))), *unread])
    if crm.not_found:
        sought = ((1, named(f"{name}: {files}")) for name, files in crm.not_found)
        parts.append([(0, Reason("heading", what=Reason("check_not_found"))), *sought])
    if crm.known is not None:
        known = "check_known_by_plans" if crm.known.assumed else "check_known"
        parts.append([(0, Reason(known, at=str(crm.known.at)))])
    return "\n\n".join(
        "\n".join(f"{'  ' * deep}{visible(line.said(lang))}" for deep, line in part)
        for part in parts
    )


def _of_table(crm: CRM, name: str) -> list[Line]:
    table = crm.tables[name]
    file = next((file for file in crm.files if file.table == name), None)
    made = Reason("check_made")
    origin = made if file is None else Reason("check_file", file=file.file, rows=file.rows)
    lines: list[Line] = [(0, Reason("check_used", table=name, rows=table.size, origin=origin))]
    lines += ((1, told) for told in (() if file is None else _of_file(file)))
    for cut in () if file is None else file.cuts:
        lines.append((2, Reason("check_cut", place=cut.place, what=cut.what, text=cut.text)))
    if table.rejected:
        rows = len({fault.row for fault in table.rejected})
        lines.append((1, Reason("check_rejected", rows=rows, given=table.rows_given)))
        lines += _by_reason(table.rejected)
    if table.unread:
        lines += [(1, Reason("check_unread", cells=len(table.unread))), *_by_reason(table.unread)]
    orphans = [(column, rows) for column, rows in links_of(table) if rows]
    return lines + [(1, Reason("check_orphans", field=name, rows=n)) for name, n in orphans]


def _of_file(file: FileRead) -> Iterator[Reason]:
    """What of a file was read as what, and which of its cells and rows were changed for it."""
    if not file.rows:
        yield Reason("check_empty")
    pairs = (o if o == t else f"{o} = {t}" for o, t in file.columns.items())
    yield Reason("check_matched", what=", ".join(pairs))
    for what, names in file.uses.items():
        yield Reason("check_uses", what=Reason(USES[what], columns=", ".join(names)))
    if file.unmapped:
        yield Reason("check_unknown", what=", ".join(file.unmapped))
    if file.absent:
        yield Reason("check_missing", what=", ".join(file.absent))
    for change, rows in file.replaced.items():
        yield Reason("check_replaced", what=as_reason(change), rows=rows)
    for why, rows in file.left_out.items():
        yield Reason("check_left_out", what=as_reason(why), rows=rows)


def _by_reason(faults: Sequence[Fault]) -> Iterator[Line]:
    """How many faults there are of each kind, and the first of them."""
    reasons = Counter((fault.field, fault.reason) for fault in faults)
    for (field, why), count in reasons.most_common():
        yield 2, Reason("check_fault", rows=count, field=field, why=as_reason(why))
        same = (f for f in faults if (f.field, f.reason) == (field, why))
        yield from ((3, _told(fault)) for fault in islice(same, EXAMPLES))


def _told(fault: Fault) -> Reason:
    where = Reason("row", number=str(fault.row)) if fault.place is None else as_reason(fault.place)
    if fault.id is not None:
        where = Reason("place_of_id", place=where, id=fault.id)
    why = as_reason(fault.reason)
    value = Reason("blank_cell") if fault.value is None else shown(fault.value)
    return Reason("check_cell", where=where, field=fault.field, value=value, why=why)
