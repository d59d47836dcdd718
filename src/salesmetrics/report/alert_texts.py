"""Alerts as text and as Markdown: grouped by rule, so that no rule floods the others."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from ..catalog import ENTRIES
from ..reasons import rows_of
from ..results.text_table import visible
from ..results.words import Words, words as words_of
from ..snapshots.saved_reports import saved_alerts
from ..snapshots.schema_beside import Unchecked
from ..snapshots.schema_reports import SavedAlert, SavedAlerts, SavedRule
from .markdown import escaped
from .told import reason_said, span_said
from .views import rows_lost, rows_of_tables

if TYPE_CHECKING:
    from ..insight.alerts import AlertReport

__all__ = ["alerts_markdown", "alerts_text"]

MOST = 5  # groups of one rule that are named
WORDS: dict[str, dict[str, str]] = {
    "en": {
        "title": "Alerts of {period}: {fired} of {asked} figures",
        "known": "known until {known}",
        "error": "error",
        "warning": "warning",
        "info": "note",
        "for": "for {audience}",
        "more": "... and {count} more groups",
        "none": "nothing fires",
        "quiet": "quiet: {count} figures",
        "quiet_one": "quiet: 1 figure",
        "unchecked": "Not checked",
        "times": "{count} groups: ",
        "all": "all {count} rules",
        "false": "where nothing changes, these rules set off {count} false alarms a month",
        "share": "of the unusual figures named, at most {share} are false alarms",
    },
    "ko": {
        "title": "{period} 알림: {asked}개 수치 중 {fired}개",
        "known": "데이터 기준일 {known}",
        "error": "오류",
        "warning": "주의",
        "info": "참고",
        "for": "대상: {audience}",
        "more": "... 외 {count}개 그룹",
        "none": "해당하는 알림 없음",
        "quiet": "이상 없음: 수치 {count}개",
        "unchecked": "점검하지 못함",
        "times": "{count}개 그룹: ",
        "all": "규칙 {count}개 모두",
        "false": "변화가 없어도 이 규칙에서 월 {count}건의 오경보가 예상됨",
        "share": "이상 수치로 지목된 것 중 오경보는 최대 {share}",
        "threshold": "한도 초과",
        "change": "변동",
        "declining": "연속 악화",
        "pace": "목표 대비 페이스",
        "forecast": "목표 달성 전망",
        "missing": "데이터 누락",
        "unusual": "이상 수치",
        "by": "{columns}별",
    },
}


def alerts_text(found: AlertReport | SavedAlerts, lang: str = "en") -> str:
    """Rule by rule, then what is quiet and what could not be told."""
    words, report = WORDS[words_of(lang).lang], saved_alerts(found)
    parts = [_title(report, lang)]
    for head, lines in _blocks(report, lang):
        parts.append("\n".join([f"[{head[0]}] {head[1]}", *(f"  {line}" for line in lines)]))
    if not report.alerts:
        parts.append(words["none"])
    parts.append("\n".join(_tail(report, lang)))
    if lines := _unchecked(report, lang):
        parts.append("\n".join([f"{words['unchecked']}:", *(f"  {line}" for line in lines)]))
    return "\n\n".join(visible_lines(part) for part in parts)


def alerts_markdown(asked: AlertReport | SavedAlerts, lang: str = "en") -> str:
    """The same as Markdown."""
    words, report = WORDS[words_of(lang).lang], saved_alerts(asked)
    lines = [f"# {escaped(visible_lines(_title(report, lang)))}", ""]
    for head, found in _blocks(report, lang):
        lines += [f"## {escaped(f'{head[0]}: {head[1]}')}", ""]
        lines += [f"- {escaped(visible(line))}" for line in found] + [""]
    if not report.alerts:
        lines += [words["none"], ""]
    lines += [escaped(line) for line in _tail(report, lang)] + [""]
    if found := _unchecked(report, lang):
        lines += [f"## {words['unchecked']}", "", *(f"- {escaped(visible(one))}" for one in found)]
    return "\n".join(lines).rstrip("\n") + "\n"


def visible_lines(text: str) -> str:
    return "\n".join(visible(line) for line in text.split("\n"))


def _title(report: SavedAlerts, lang: str) -> str:
    words, said = WORDS[lang], words_of(lang)
    text = words["title"].format(
        period=span_said(report.span, said), fired=f"{len(report.alerts):,}",
        asked=f"{len(report.alerts) + report.quiet:,}",
    )  # fmt: skip
    if report.known_until is not None:
        text += f"; {words['known'].format(known=report.known_until)}"
    return text


def _blocks(report: SavedAlerts, lang: str) -> list[tuple[tuple[str, str], list[str]]]:
    words, titles = WORDS[lang], _titles(report, lang)
    found = []
    for rule, group in groupby(report.alerts, key=lambda one: one.rule):
        each = sorted(group, key=_size)
        title = titles.get(rule, rule)
        if each[0].span is not None:  # of a period of its own
            title += f", {span_said(each[0].span, words_of(lang))}"
        if each[0].audience:
            title += f" ({words['for'].format(audience=each[0].audience)})"
        lines = []
        for one in each[:MOST]:
            lines.append(one.ko if lang == "ko" else one.en)
            if one.cannot_see is not None:
                lines.append(f"  {one.cannot_see.ko if lang == 'ko' else one.cannot_see.en}")
        if len(each) > MOST:
            lines.append(words["more"].format(count=f"{len(each) - MOST:,}"))
        found.append(((words[each[0].severity], title), lines))
    return found


def _titles(report: SavedAlerts, lang: str) -> dict[str, str]:
    return {one.called: _called(one, lang) for one in report.asked}


def _called(rule: SavedRule, lang: str) -> str:
    """Its name; of one without, in Korean what it is of."""
    said = words_of(lang)
    if rule.name or said.lang == "en":
        return rule.called
    of = rows_of(rule.table or "").said(lang)
    if rule.kpi:
        of = said.kpi(ENTRIES[rule.kpi]) if rule.kpi in ENTRIES else rule.kpi
    by = WORDS[lang]["by"].format(columns=said.columns(rule.by)) if rule.by else ""
    return " ".join(part for part in (by, of, WORDS[lang][rule.kind]) if part)


def _size(one: SavedAlert) -> tuple[float, float]:
    """The least likely, then the largest, first."""
    return (one.p if one.p is not None else 1.0, -abs(one.value or 0.0))


def _tail(report: SavedAlerts, lang: str) -> list[str]:
    words = WORDS[lang]
    quiet = "quiet_one" if report.quiet == 1 and "quiet_one" in words else "quiet"
    lines = [words[quiet].format(count=f"{report.quiet:,}")]
    if report.false_share is not None:
        lines.append(words["share"].format(share=f"{report.false_share:.0%}"))
    if report.expected_false_alarms_a_month:
        count = f"{report.expected_false_alarms_a_month:,.2g}"
        lines.append(words["false"].format(count=count))
    return [*lines, *rows_lost(rows_of_tables(report.rows), words_of(lang))]


def _unchecked(report: SavedAlerts, lang: str) -> list[str]:
    """By rule and kind of reason: how many groups, and the reason of the first."""
    words, said = WORDS[lang], words_of(lang, report.called)
    each: dict[tuple[str, str], list[Unchecked]] = {}
    for one in report.unchecked:
        each.setdefault((one.rule, one.reason.code), []).append(one)
    told = {
        key: _which(many, said) + reason_said(many[0].reason, said) for key, many in each.items()
    }
    names = set(report.rules)
    if len(names) > 1 and {name for name, _ in told} == names and len({*told.values()}) == 1:
        return [f"{words['all'].format(count=f'{len(names):,}')}: {next(iter(told.values()))}"]
    titles = _titles(report, lang)
    return [f"{titles.get(name, name)}: {text}" for (name, _), text in sorted(told.items())]


def _which(many: list[Unchecked], said: Words) -> str:
    """The group, or how many they are."""
    if len(many) > 1:
        return WORDS[said.lang]["times"].format(count=f"{len(many):,}")
    group = many[0].group
    if not group or many[0].reason.code == "not_in_data":  # which says itself who it is
        return ""
    named = [f"{said.column(name)} {said.name(name, label)}" for name, label in group.items()]
    return f"{', '.join(named)}: "
