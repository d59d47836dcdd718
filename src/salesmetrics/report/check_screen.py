"""What `salesmetrics check` says first: how many findings, what moves most, where the rest is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..catalog import entry
from ..insight.sections import sections
from ..reasons import Reason, named
from ..results.text_table import visible, wrapped
from ..results.words import words
from .check import MOST_NAMED, check_text
from .findings import WORDS, Lang
from .screen import LINES

if TYPE_CHECKING:
    from ..crm import CRM
    from ..insight.effects import Effect
    from ..insight.quality import Finding, QualityReport

__all__ = ["check_screen"]

MOST = 3  # findings that move figures most, and figures that are named with each
HELD = 2  # lines of a finding that is listed; the whole of it stands in the full text


def check_screen(
    crm: CRM, report: QualityReport, lang: Lang = "en", room: int = 100, whole: bool = False
) -> str:
    """The summary; under it everything, where `whole` is asked for or a screen holds it."""
    head = _summary(crm, report, lang, room)
    full = f"{check_text(crm, lang)}\n\n{report.to_text(lang)}"
    if whole or len(head) + full.count("\n") + 2 <= LINES:
        return "\n".join([*head, "", full])
    tail = [*_unused(crm, lang, room), "", *wrapped(Reason("check_see").said(lang), room)]
    left = LINES - len(head) - len(tail) - 2  # a blank line, and how many more there are
    lines: list[str] = []
    for at, finding in enumerate(report.findings):
        mine = _finding(finding, lang, room)
        if len(lines) + len(mine) > left:
            lines.append(Reason("check_more", count=len(report.findings) - at).said(lang))
            break
        lines += mine
    return "\n".join([*head, "", *lines, *tail])


def _summary(crm: CRM, report: QualityReport, lang: Lang, room: int) -> list[str]:
    """How many findings of each severity, of how many rows, and the three that move most."""
    each = [one.severity for one in report.findings]
    counts = Reason(
        "check_found",
        errors=each.count("error"), warnings=each.count("warning"), remarks=each.count("info"),
    )  # fmt: skip
    rows = Reason(
        "check_rows",
        rows=sum(report.rows.values()), tables=len(report.rows),
        rejected=sum(report.rejected.values()), cells=sum(map(len, crm.unread.values())),
    )  # fmt: skip
    lines = [*wrapped(counts.said(lang), room), *wrapped(rows.said(lang), room)]
    moving = [(one, moved) for one in report.findings if (moved := _headlines(one))]
    moving.sort(key=lambda pair: -abs(pair[1][0].relative or 0.0))
    lines += ["", Reason("check_moves_most").said(lang)] if moving else []
    for at, (one, moved) in enumerate(moving[:MOST], 1):
        text = wrapped(f"{at}  {visible(one.words(lang))}", room - 5)
        first, *more = [*text, *wrapped(_moves(one, moved, lang), room - 5)]
        lines += [f"  {first}", *(f"     {line}" for line in more)]
    return lines


def _headlines(finding: Finding) -> list[Effect]:
    """The headline figures that it moves: of others one that counts the very rows moves by all."""
    front = {name for section in sections().values() for name in section.front}
    return [one for one in finding.by_size if one.kpi in front and one.relative]


def _moves(finding: Finding, moved: list[Effect], lang: Lang) -> str:
    """The figures that it moves most, and how many others."""
    each = [f"{words(lang).kpi(entry(one.kpi))} {one.relative or 0.0:+.1%}" for one in moved[:MOST]]
    others = len(finding.effects) - len(each)
    word = WORDS[lang][finding.treatment]
    return f"{word}: {', '.join(each)}" + (f", +{others}" if others else "")


def _finding(finding: Finding, lang: Lang, room: int) -> list[str]:
    """Its sentence, cut where it is long: the full text has the whole."""
    text = f"[{WORDS[lang][finding.severity]}] {visible(finding.words(lang))}"
    lines = wrapped(text, room - 6)
    more = " ..." if len(lines) > HELD else ""
    first, *others = lines[:HELD]
    return [first, *(f"  {line}{more}" for line in others)]


def _unused(crm: CRM, lang: Lang, room: int) -> Iterator[str]:
    """Columns and files that were given and are not understood: a mapping may be wrong."""
    columns = tuple(
        Reason("check_columns", table=one.table, count=len(one.unmapped))
        for one in crm.files
        if one.unmapped
    )
    if columns:
        yield from wrapped(Reason("check_unused", what=columns).said(lang), room)
    if crm.not_read:
        more = len(crm.not_read) - MOST_NAMED
        what = tuple(map(named, crm.not_read[:MOST_NAMED]))
        what += (Reason("and_more", count=more),) if more > 0 else ()
        yield from wrapped(visible(Reason("check_files", what=what).said(lang)), room)
