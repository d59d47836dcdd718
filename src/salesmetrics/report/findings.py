"""The quality report as text and as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ..catalog import entry
from ..errors import NotFoundError, one_of
from ..reasons import Reason, as_reason, rows_of
from ..results.formats import cell_text
from ..results.text_table import columns_text, visible
from ..results.words import words as words_of
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
        "finding": "1 finding",
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
        "finding": "발견 1건",
        "findings": "발견 {count}건",
    },
}


def quality_text(report: QualityReport, lang: Lang = "en") -> str:
    """Finding by finding, with the figures that it moves."""
    words = WORDS[_known(lang)]
    parts = [f"{words['title']}: {_count(report, lang)}\n{'; '.join(_facts(report, lang))}"]
    for finding in report.findings:
        lines = [f"[{words[finding.severity]}] {visible(finding.words(lang))}"]
        if finding.examples:
            lines.append(f"  {words['examples']} {visible(_examples(finding, lang))}")
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
            lines += [f"{words['examples']} {_safe(_examples(finding, lang))}", ""]
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
    many = len(report.findings)
    return words["finding" if many == 1 else "findings"].format(count=many)


def _facts(report: QualityReport, lang: Lang) -> list[str]:
    words, said = WORDS[_known(lang)], words_of(lang)
    stock = "-" if report.stock_period is None else said.period(report.stock_period)
    facts = [words["flows"].format(period=said.period(report.period), stock=stock)]
    if report.known_until is not None:
        facts.append(words["known"].format(known=report.known_until.replace("T", " ")))
    if report.judged_until is not None and report.judged_until < (report.known_until or "")[:10]:
        facts.append(words["judged"].format(judged=report.judged_until))
    used = ", ".join(
        Reason("counted", n=rows, rows=rows_of(name)).said(lang)
        for name, rows in report.rows.items()
    )
    return [*facts, words["rows"].format(used=used)]


def _examples(finding: Finding, lang: Lang) -> str:
    return ", ".join(as_reason(one).said(lang) for one in finding.examples)


def _what_moved(finding: Finding, lang: Lang) -> str:
    words = WORDS[_known(lang)]
    if finding.untreated is not None:
        return f"{words['not shown']}: {finding.untreated.said(lang)}"
    ending = ":" if finding.effects else f": {words['no effect']}"
    return f"{words[finding.treatment]}{ending}"


def _cells(effect: Effect, lang: Lang) -> list[str]:
    before, after = effect.cells
    change = "" if effect.relative is None else f"{effect.relative:+.1%}"
    return [
        words_of(lang).kpi(entry(effect.kpi)),
        cell_text(effect.before, before, lang),
        cell_text(effect.after, after, lang),
        change,
    ]
