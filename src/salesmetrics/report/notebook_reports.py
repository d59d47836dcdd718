"""Alerts, explanations and data quality in a notebook: what their text says, with charts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..results.display import _lines, table_html
from ..results.words import words as words_of
from ..snapshots.saved_reports import saved_alerts, saved_explanation
from . import alert_texts, explanation, findings
from .charts.change_chart import change_split
from .notebook import _folded, _framed

if TYPE_CHECKING:
    from ..insight.alerts import AlertReport
    from ..insight.causes import Explanation
    from ..insight.quality import Finding, QualityReport
    from ..snapshots.schema_reports import SavedAlerts, SavedExplanation

__all__ = ["alerts_html", "explanation_html", "quality_html"]

KINDS = {"error": "d", "warning": "o"}


def alerts_html(found: AlertReport | SavedAlerts, lang: str = "en") -> str:
    """Rule by rule, then what is quiet and, folded, what could not be told."""
    report = saved_alerts(found)
    said, called = words_of(lang), alert_texts.WORDS[words_of(lang).lang]
    kinds = {called[one.severity]: one.severity for one in report.alerts}
    parts = [f"<p><b>{_lines(alert_texts._title(report, said.lang))}</b></p>"]
    for (mark, title), lines in alert_texts._blocks(report, said.lang):
        parts.append(f"<p>{_marked(mark, kinds[mark])} <b>{_lines(title)}</b></p>{_list(lines)}")
    parts += [] if report.alerts else [f"<p>{_lines(called['none'])}</p>"]
    parts += [f"<p>{_lines(line)}</p>" for line in alert_texts._tail(report, said.lang)]
    if lines := alert_texts._unchecked(report, said.lang):
        title = f"{called['unchecked']} ({len(lines)})"
        parts.append(f"<details><summary>{_lines(title)}</summary>{_list(lines)}</details>")
    return _framed(said.lang, parts)


def explanation_html(asked: Explanation | SavedExplanation, lang: str = "en") -> str:
    """The change in a sentence, and every split as a chart with, folded, its table."""
    found = saved_explanation(asked)
    said = words_of(lang)
    first, *more = explanation._head(found, said.lang)
    parts = [f"<p><b>{_lines(first)}</b></p>", *(f"<p>{_lines(line)}</p>" for line in more)]
    for split, view in zip(found.splits, explanation._views(found, said.lang), strict=True):
        if not view.rows:  # nothing stands out
            parts.append(f"<p>{_lines(f'{view.title}: {view.notes[0]}')}</p>")
            continue
        if split.kind != "segments":
            chart = change_split(found, ",".join(split.by) or split.kind, None, said.lang)
            parts.append(chart.to_svg())
        parts.append(_folded(view.title, view, shown=split.kind == "segments"))
    parts += [f"<p>{_lines(line)}</p>" for line in explanation._tail(found, said.lang)]
    return _framed(said.lang, parts)


def quality_html(report: QualityReport, lang: findings.Lang = "en") -> str:
    """Finding by finding; what it moves is folded under it."""
    called = findings.WORDS[findings._known(lang)]
    title = f"{called['title']}: {findings._count(report, lang)}"
    facts = "; ".join(findings._facts(report, lang))
    parts = [f"<p><b>{_lines(title)}</b></p><p>{_lines(facts)}</p>"]
    parts += [_finding(one, called[one.severity], lang) for one in report.findings]
    return _framed(lang, parts)


def _finding(one: Finding, mark: str, lang: findings.Lang) -> str:
    called = findings.WORDS[lang]
    rows = [findings._cells(effect, lang) for effect in one.effects]
    table = table_html("", findings.HEADER[lang], rows, 1) if rows else ""
    such = f"<p>{called['examples']} {_lines(findings._examples(one, lang))}</p>"
    return (
        f"<details><summary>{_marked(mark, one.severity)} {_lines(one.words(lang))}</summary>"
        f"{such if one.examples else ''}<p>{_lines(findings._what_moved(one, lang))}</p>{table}"
        "</details>"
    )


def _marked(mark: str, severity: str) -> str:
    """A word for how bad it is, with a colour of its own."""
    return f'<b class="{KINDS.get(severity, "q")}">[{_lines(mark)}]</b>'


def _list(lines: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{_lines(line)}</li>' for line in lines)}</ul>"
