"""The quality report as text and as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ..errors import NotFoundError, one_of
from ..results.formats import cell_text
from ..results.text_table import columns_text, visible
from .markdown import escaped

if TYPE_CHECKING:
    from ..insight.effects import Effect
    from ..insight.quality import Finding, QualityReport

__all__ = ["quality_markdown", "quality_text"]

Lang = Literal["en", "ko"]

HEADER = {"en": ("kpi", "now", "then", "change"), "ko": ("지표", "현재", "처리 후", "변화")}
WORDS: dict[str, dict[str, str]] = {
    "en": {
        "title": "Data quality",
        "none": "nothing doubtful was found",
        "flows": "flows of {period}, stocks at the end of {stock}",
        "known": "known until {known}",
        "judged": "judged from {judged}",
        "rows": "used: {used}",
        "examples": "such as",
        "left out": "without these rows",
        "mended": "with these rows mended and let in",
        "no effect": "no figure changes",
        "not shown": "figures not compared",
        "error": "error",
        "warning": "warning",
        "info": "note",
        "findings": "{count} findings",
    },
    "ko": {
        "title": "데이터 품질 점검",
        "none": "의심스러운 데이터가 없습니다",
        "flows": "기간 지표: {period}, 시점 지표: {stock} 말",
        "known": "데이터 기준일 {known}",
        "judged": "판정 기준일 {judged}",
        "rows": "사용한 행: {used}",
        "examples": "예:",
        "left out": "이 행들을 빼면",
        "mended": "이 행들을 고쳐서 넣으면",
        "no effect": "바뀌는 지표 없음",
        "not shown": "지표를 비교하지 않음",
        "error": "오류",
        "warning": "주의",
        "info": "참고",
        "findings": "발견 {count}건",
    },
}
WHY_KO = {
    "no row has it": "모든 행에 없음",
    "they are grouped as they are written": "적힌 그대로 나누어 집계됨",
    "it is so in every row, and without them no figure is left": "모든 행이 해당하여 뺄 수 없음",
    "rows that were changed over time are not mended": "변경 이력이 있는 행은 고쳐서 넣지 않음",
    "the rows have other faults too": "다른 오류도 있는 행임",
    "the rows are left out of every figure already": "이미 모든 지표에서 제외된 행임",
    "the rows are left out of every figure already, and nothing says what they should be": (
        "이미 모든 지표에서 제외되었고, 올바른 값을 알 수 없음"
    ),
    "nothing says in which period they closed; without period= all time is looked at": (
        "어느 기간에 마감되었는지 알 수 없음(기간을 지정하지 않으면 전체 기간으로 계산)"
    ),
}


def quality_text(report: QualityReport, lang: Lang = "en") -> str:
    """Finding by finding, with the figures that it moves."""
    words = WORDS[_known(lang)]
    parts = [f"{words['title']}: {_count(report, lang)}\n{'; '.join(_facts(report, lang))}"]
    for finding in report.findings:
        lines = [f"[{words[finding.severity]}] {visible(finding.words(lang))}"]
        if finding.examples:
            shown = ", ".join(finding.examples)
            lines.append(f"  {words['examples']} {visible(shown)}")
        lines.append(f"  {_what_moved(finding, lang)}")
        if finding.effects:
            rows = [_cells(effect, lang) for effect in finding.effects]
            table = columns_text(list(HEADER[lang]), rows, left=1)
            lines += [f"    {line}" for line in table.splitlines()]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def quality_markdown(report: QualityReport, lang: Lang = "en") -> str:
    """The same as Markdown; what comes from the data cannot be taken for markup."""
    words = WORDS[_known(lang)]
    summary = "; ".join([_count(report, lang), *_facts(report, lang)])
    lines = [f"# {words['title']}", "", _safe(summary), ""]
    for finding in report.findings:
        lines += [f"## {words[finding.severity]}: {_safe(finding.kind)}", ""]
        lines += [_safe(finding.words(lang)), ""]
        if finding.examples:
            lines += [f"{words['examples']} {_safe(', '.join(finding.examples))}", ""]
        lines += [_safe(_what_moved(finding, lang)), ""]
        if finding.effects:
            lines.append(f"| {' | '.join(HEADER[lang])} |")
            lines.append("|---|---:|---:|---:|")
            for effect in finding.effects:
                lines.append(f"| {' | '.join(map(_safe, _cells(effect, lang)))} |")
            lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


def _safe(text: str) -> str:
    """What comes from the data, as it is: neither markup nor control characters."""
    return escaped(visible(text))


def _known(lang: Lang) -> Lang:
    if lang not in WORDS:
        raise NotFoundError(one_of("lang", lang, WORDS))
    return lang


def _count(report: QualityReport, lang: Lang) -> str:
    words = WORDS[lang]
    if not report.findings:
        return words["none"]
    return words["findings"].format(count=len(report.findings))


def _facts(report: QualityReport, lang: Lang) -> list[str]:
    words = WORDS[_known(lang)]
    stock = "-" if report.stock_period is None else report.stock_period.label
    facts = [words["flows"].format(period=report.period.label, stock=stock)]
    if report.known_until is not None:
        facts.append(words["known"].format(known=report.known_until))
    if report.judged_until is not None and report.judged_until != report.known_until:
        facts.append(words["judged"].format(judged=report.judged_until))
    used = ", ".join(f"{rows:,} {name}" for name, rows in report.rows.items())
    return [*facts, words["rows"].format(used=used)]


def _what_moved(finding: Finding, lang: Lang) -> str:
    words = WORDS[_known(lang)]
    if finding.untreated is not None:
        why = WHY_KO[finding.untreated] if lang == "ko" else finding.untreated
        return f"{words['not shown']}: {why}"
    ending = ":" if finding.effects else f": {words['no effect']}"
    return f"{words[finding.treatment]}{ending}"


def _cells(effect: Effect, lang: Lang) -> list[str]:
    before, after = effect.cells
    change = "" if effect.relative is None else f"{effect.relative:+.1%}"
    return [
        effect.kpi,
        cell_text(effect.before, before, lang),
        cell_text(effect.after, after, lang),
        change,
    ]
