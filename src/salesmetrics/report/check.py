"""What was read, matched and rejected, as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from ..crm import CRM
from ..errors import Fault
from ..reasons import Reason
from ..results.text_table import visible
from ..tables.linking import links_of

__all__ = ["check_text", "counted", "notes"]

EXAMPLES = 3


def counted(rows: int) -> str:
    """So many rows, in words."""
    return f"{rows:,} row{'' if rows == 1 else 's'}"


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
    found += [Reason("note_not_read", file=name) for name in crm.not_read if name != read]
    return [visible(note.said(lang)) for note in found]


def _by_reason(faults: Sequence[Fault]) -> list[str]:
    """How many faults there are of each kind, and the first of them."""
    lines = []
    reasons = Counter((fault.field, fault.reason) for fault in faults)
    for (field, reason), count in reasons.most_common():
        lines.append(f"    {count:,} x {field}: {visible(reason)}")
        same = (f for f in faults if (f.field, f.reason) == (field, reason))
        lines += [f"      {visible(str(f))}" for f, _ in zip(same, range(EXAMPLES), strict=False)]
    return lines


def check_text(crm: CRM) -> str:
    """Table by table: rows, columns, replacements, faults by reason, links that lead nowhere."""
    parts = []
    for name, table in crm.tables.items():
        file = next((file for file in crm.files if file.table == name), None)
        origin = f"{file.file}, {counted(file.rows)}" if file else "made here, or from the preset"
        lines = [f"{name}: {counted(table.size)} used ({visible(origin)})"]
        if file is not None and not file.rows:
            lines.append("  empty     it has names of columns and no row")
        if file is not None:
            pairs = ", ".join(o if o == t else f"{o} = {t}" for o, t in file.columns.items())
            lines.append(f"  matched   {visible(pairs)}")
            for what, names in file.uses.items():
                lines.append(f"  used      {visible(what)} {visible(', '.join(names))}")
            if file.unmapped:
                lines.append(f"  unknown   {visible(', '.join(file.unmapped))} (by= takes them)")
            if file.absent:
                lines.append(f"  missing   {visible(', '.join(file.absent))}")
            for change, count in file.replaced.items():
                lines.append(f"  replaced  {visible(change)} in {counted(count)}")
            for what, count in file.left_out.items():
                lines.append(f"  left out  {counted(count)}: {visible(what)}")
            lines += [f"    {visible(str(cut))}" for cut in file.cuts]
        if table.rejected:
            rows = len({fault.row for fault in table.rejected})
            lines.append(f"  rejected  {counted(rows)} of {table.rows_given:,}")
            lines += _by_reason(table.rejected)
        if table.unread:
            cells = "cell, which counts" if len(table.unread) == 1 else "cells, which count"
            lines.append(f"  unread    {len(table.unread):,} {cells} as missing")
            lines += _by_reason(table.unread)
        for column, count in links_of(table):
            if count:
                lines.append(f"  no record for the {column} of {counted(count)}")
        parts.append("\n".join(lines))
    if crm.not_read:
        unread = [f"  {visible(name)}" for name in crm.not_read]
        parts.append("there, and read by no rule of the preset or mapping:\n" + "\n".join(unread))
    if crm.not_found:
        sought = [f"  {name}: {visible(files)}" for name, files in crm.not_found]
        parts.append("not found, though the preset knows them:\n" + "\n".join(sought))
    if crm.known is not None:
        said = "the latest event recorded"
        if crm.known.assumed:
            said = "assumed: the latest date recorded, which can be planned; as_of says better"
        parts.append(f"known until {crm.known.at} ({said})")
    return "\n\n".join(parts)
