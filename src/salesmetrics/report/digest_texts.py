"""The sentences of a digest, in English and Korean; as Markdown and as blocks of a chat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..reasons import rows_of
from ..results.formats import reached_text
from ..results.names import both_called
from ..results.text_table import visible
from ..results.words import Words, words
from ..snapshots.schema import DocumentReason
from ..snapshots.schema_reports import SavedDigest
from .markdown import escaped
from .told import Told, reason_said, told

if TYPE_CHECKING:
    from ..snapshots.digests import Digest, DigestLine

__all__ = ["digest_blocks", "digest_markdown", "digest_said"]

SAID: dict[str, dict[str, str]] = {
    "en": {
        "unchanged": "{period} as known until {known}: nothing changed.",
        "head_same": "{period} as known until {known}, against {known_before}: {changed} of "
        "{figures} figures changed.",
        "head": "{period} against {period_before}, as known until {known}: {changed} of {figures} "
        "figures changed.",
        "now": " {period} is not over: what adds up over time is not compared.",
        "then": " {period_before} was known until {known_before} only: what adds up over time is "
        "not compared.",
        "alike": " {period_before} was known until {known_before}: as many days of both.",
        "moved": "{kpi}: {after}, {change} ({before} before){direction}{sure}.",
        "better": ", better",
        "worse": ", worse",
        "unsure": ", no more than chance would make",
        "sure": ", more than chance would make",
        "why": "The largest part of that by {group}: {effect} of {change}.",
        "why_more": "Most of all by {group}: {effect}, where all together make {change}.",
        "met": "The target of {kpi} is met now{attainment}.",
        "missed": "The target of {kpi} is missed now{attainment}.",
        "attained": " ({share} of it)",
        "untold": "No longer told: {kpis}{more}, because {reason}.",
        "defined": "Defined otherwise than before, and not compared: {kpis}{more}.",
        "refused": "Rows of {table} that cannot be used: {after}, {before} before.",
        "others": "Changed too: {kpis}{more}.",
        "more": " and {count} more",
        "points": "pp",
        "title": "What changed",
    },
    "ko": {
        "unchanged": "{period} ({known} 기준): 바뀐 것이 없습니다.",
        "head_same": "{period}: {known_before} 기준과 {known} 기준 비교, 지표 {figures}개 중 "
        "{changed}개가 바뀌었습니다.",
        "head": "{period_before} 대비 {period} ({known} 기준): 지표 {figures}개 중 {changed}개가 "
        "바뀌었습니다.",
        "now": " 아직 끝나지 않은 기간이므로 기간에 쌓이는 지표는 비교하지 않았습니다.",
        "then": " {period_before}의 수치는 {known_before}까지의 집계이므로 기간에 쌓이는 지표는 "
        "비교하지 않았습니다.",
        "alike": " {period_before}의 수치는 같은 일수인 {known_before}까지의 집계입니다.",
        "moved": "{kpi} {after}, {change} (이전 {before}){direction}{sure}.",
        "better": ", 개선",
        "worse": ", 악화",
        "unsure": ", 우연으로 볼 수 있는 변동",
        "sure": ", 우연보다 큰 변동",
        "why": "그중 가장 큰 영향은 {group}: {change} 중 {effect}.",
        "why_more": "가장 크게 움직인 곳은 {group}: {effect} (전체 {change}).",
        "met": "{kpi} 목표를 달성했습니다{attainment}.",
        "missed": "{kpi} 목표에 미달하게 되었습니다{attainment}.",
        "attained": " (달성률 {share})",
        "untold": "더 이상 계산되지 않음: {kpis}{more} ({reason}).",
        "defined": "정의가 바뀌어 비교하지 않음: {kpis}{more}.",
        "refused": "사용할 수 없는 {table}: {after}건 (이전 {before}건).",
        "others": "그 밖에 바뀐 지표: {kpis}{more}.",
        "more": " 외 {count}개",
        "points": "%p",
        "title": "변동 요약",
    },
}


def digest_said(digest: Digest | SavedDigest, lang: str = "en") -> list[str]:
    """Every line as a sentence; of a saved one those that were saved."""
    if isinstance(digest, SavedDigest):
        korean = words(lang).lang == "ko"
        return [visible(one.ko if korean else one.en) for one in digest.lines]
    said = words(lang, both_called(digest.before.called, digest.after.called))
    figures = told(digest.before, said) | told(digest.after, said)
    return [visible(_sentence(one, figures, said)) for one in digest.lines]


def digest_markdown(digest: Digest | SavedDigest, lang: str = "en") -> str:
    """A heading, then a list."""
    first, *others = digest_said(digest, lang)
    title = SAID[words(lang).lang]["title"]
    lines = [f"# {title}", "", escaped(first), *([""] if others else [])]
    return "\n".join([*lines, *(f"- {escaped(one)}" for one in others)]) + "\n"


def digest_blocks(digest: Digest | SavedDigest, lang: str = "en") -> list[dict[str, Any]]:
    """A header and a section of plain text, which no chat takes for markup."""
    first, *others = digest_said(digest, lang)
    title = SAID[words(lang).lang]["title"]
    texts = [first, *(f"• {one}" for one in others)]
    return [
        {"type": "header", "text": {"type": "plain_text", "text": title}},
        *(
            {"type": "section", "text": {"type": "plain_text", "text": text[:3000]}}
            for text in texts
        ),
    ]


def _sentence(line: DigestLine, figures: Mapping[str, Told], said: Words) -> str:
    text, facts = SAID[said.lang], dict(line.facts)
    code = line.code
    if code == "head" and facts["period"] == facts["period_before"]:
        code = "head_same"
    filled: dict[str, Any] = {name: _plain(value) for name, value in facts.items()}
    one = figures.get(facts.get("kpi", ""))
    if one is not None:
        filled["kpi"] = one.title
    if code == "moved" and one is not None:
        filled |= {
            "before": one.text(facts["before"]),
            "after": one.text(facts["after"]),
            "change": _change(one, facts, text),
            "direction": ""
            if facts["better"] is None
            else text["better" if facts["better"] else "worse"],
            "sure": "" if facts["clear"] is None else text["sure" if facts["clear"] else "unsure"],
        }
    if code == "why" and one is not None:
        filled |= {
            "group": said.brief(facts["group"]),
            "effect": _signed(one, facts["effect"], text),
            "change": _signed(one, facts["change"], text),
        }
    if code in ("met", "missed"):
        share = facts["attainment"]
        filled["attainment"] = (
            "" if share is None else text["attained"].format(share=reached_text(share))
        )
    if "kpis" in facts:
        names = [figures[name].title if name in figures else name for name in facts["kpis"]]
        left = facts["count"] - len(names)
        filled["kpis"] = ", ".join(names)
        filled["more"] = text["more"].format(count=f"{left:,}") if left else ""
    if code == "untold":
        reason = facts["reason"]
        filled["reason"] = (
            "-" if reason is None else reason_said(DocumentReason.model_validate(reason), said)
        )
    if code == "refused":
        filled["table"] = rows_of(facts["table"]).said(said.lang)
    if code == "why" and facts["effect"] / facts["change"] > 1:  # others went the other way
        code = "why_more"
    sentence = text[code].format(**filled)
    return sentence + text[facts["part"]].format(**filled) if facts.get("part") else sentence


def _plain(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _change(one: Told, facts: Mapping[str, Any], text: Mapping[str, str]) -> str:
    if facts["points"] is not None:
        return f"{facts['points']:+,.1f} {text['points']}"
    if facts["relative"] is not None:
        return f"{facts['relative']:+,.1%}"
    return _signed(one, facts["change"], text)


def _signed(one: Told, value: float, text: Mapping[str, str]) -> str:
    if one.is_rate:
        return f"{value * 100:+,.1f} {text['points']}"
    whole = int(value) if float(value).is_integer() and not one.is_money else value
    return ("-" if value < 0 else "+") + one.text(abs(whole))
