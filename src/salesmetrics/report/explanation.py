"""Why a figure changed, as text and as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..catalog import ENTRIES
from ..insight.explain import REST
from ..money import digits
from ..results.display import View
from ..results.formats import RATES
from ..results.text_table import columns_text, shortened, visible
from ..results.words import Words, words as words_of
from ..snapshots.saved_reports import saved_explanation
from .markdown import escaped, view_markdown
from .told import reason_said, span_said
from .views import rows_lost, rows_of_tables

if TYPE_CHECKING:
    from ..insight.causes import Explanation
    from ..snapshots.schema_beside import DocumentCause, DocumentSplit, Explained
    from ..snapshots.schema_reports import SavedExplanation

__all__ = [
    "cause_named", "effect_of", "explanation_markdown", "explanation_text", "split_title",
    "value_of",
]  # fmt: skip

MOST = 10  # groups shown, the largest; the others as one, and each in the records
WORDS: dict[str, dict[str, str]] = {
    "en": {
        "title": "{title}, {period} against {base}: {before} to {after}, {change}",
        "alone": "{title}, {period}: not explained, because {reason}",
        "mean": "of the mean; the median went from {before} to {after}",
        "noise": "not distinguishable from noise (95 %: {low} to {high})",
        "clear": "more than noise (95 %: {low} to {high})",
        "untold": "whether it is more than noise cannot be told from these figures",
        "factors": "How much, by what it is made of",
        "groups": "How much, by {columns}",
        "segments": "Where it changed otherwise than elsewhere",
        "segments_of": "Where {factor} changed otherwise than elsewhere",
        "nowhere": "no combination of these columns stands out",
        "part": "part",
        "before": "before",
        "after": "after",
        "effect": "effect",
        "mix": "mix",
        "rate": "rate",
        "interval": "95 %",
        "remark": "remark",
        "new": "new",
        "gone": "gone",
        "unclear": "noise?",
        "sum": "sum",
        "rest": "everything else",
        "open": "not split by {what}: {reason}",
        "no_by": "not split: name the columns to split it by, such as team",
        "reconciles": "the parts of every split sum to the change",
        "not": "the parts do not sum to the change",
        "points": "pp",
        "what_factors": "factors",
        "what_groups": "groups",
    },
    "ko": {
        "title": "{title}, {base} 대비 {period}: {before} → {after}, {change}",
        "alone": "{title}, {period}: 변동 원인을 나눌 수 없음({reason})",
        "mean": "평균 기준(중앙값은 {before} → {after})",
        "noise": "우연과 구분되지 않음(95 %: {low} ~ {high})",
        "clear": "우연보다 큰 변동(95 %: {low} ~ {high})",
        "untold": "이 수치만으로는 우연 여부를 알 수 없음",
        "factors": "얼마나: 구성 요소별",
        "groups": "얼마나: {columns}별",
        "segments": "어디서: 나머지와 다르게 변한 곳",
        "segments_of": "어디서: {factor}의 변화가 나머지와 다른 곳",
        "nowhere": "두드러진 조합 없음",
        "part": "항목",
        "before": "이전",
        "after": "이후",
        "effect": "영향",
        "mix": "구성",
        "rate": "비율",
        "interval": "95 %",
        "remark": "비고",
        "new": "신규",
        "gone": "소멸",
        "unclear": "우연?",
        "sum": "합계",
        "rest": "나머지 전체",
        "open": "{what}별로 나누지 않음: {reason}",
        "no_by": "나눌 열을 지정하지 않아 분해하지 않음(예: team)",
        "reconciles": "모든 분해의 합이 변동과 일치함",
        "not": "분해의 합이 변동과 일치하지 않음",
        "points": "%p",
        "what_factors": "구성 요소",
        "what_groups": "그룹",
    },
}


def explanation_text(asked: Explanation | SavedExplanation, lang: str = "en") -> str:
    """The change in a sentence, then a table for every split."""
    found = saved_explanation(asked)
    tables = [_text(view) for view in _views(found, lang)]
    return "\n\n".join(["\n".join(map(visible, _head(found, lang))), *tables, *_tail(found, lang)])


def explanation_markdown(asked: Explanation | SavedExplanation, lang: str = "en") -> str:
    """The same as Markdown."""
    found = saved_explanation(asked)
    first, *more = (escaped(visible(line)) for line in _head(found, lang))
    tables = [view_markdown(view) for view in _views(found, lang)]
    tail = [escaped(line) for line in _tail(found, lang)]
    return "\n\n".join([f"# {first}", *more, *tables, *tail]) + "\n"


def _text(view: View) -> str:
    table = columns_text(view.header, view.rows, 1, remarks=True) if view.rows else ""
    return "\n".join(part for part in (view.title, table, *view.notes) if part)


def _head(found: SavedExplanation, lang: str) -> list[str]:
    words, said = WORDS[words_of(lang).lang], words_of(lang)
    title = found.ko if lang == "ko" else found.en
    period = span_said(found.span, said)
    if found.change is None or found.before is None or found.after is None:
        reason = "" if found.reason is None else reason_said(found.reason, said)
        return [words["alone"].format(title=title, period=period, reason=reason)]
    base = "" if found.base_span is None else span_said(found.base_span, said)
    lines = [
        words["title"].format(
            title=title, period=period, base=base, before=value_of(found, found.before, said),
            after=value_of(found, found.after, said),
            change=effect_of(found, found.shown or 0.0, lang),
        )
    ]  # fmt: skip
    if found.currency is not None:
        lines[0] += f" {found.currency}"
    if found.medians is not None:
        before, after = (f"{each:z,.1f}" for each in found.medians)
        lines.append(words["mean"].format(before=before, after=after))
    if found.interval is None:
        lines.append(words["untold"])
    else:
        low, high = (effect_of(found, edge, lang) for edge in found.interval)
        lines.append(words["clear" if found.clear else "noise"].format(low=low, high=high))
    return lines


def _tail(found: SavedExplanation, lang: str) -> list[str]:
    words, said = WORDS[lang], words_of(lang)
    lines = [
        words["open"].format(what=words[f"what_{what}"], reason=reason_said(reason, said))
        for what, reason in found.unsplit.items()
    ]
    if not found.splits and not lines and found.change is not None:
        lines.append(words["no_by"])
    if found.splits:
        lines.append(words["reconciles" if found.reconciles else "not"])
    return [*lines, *rows_lost(rows_of_tables(found.rows), said)]


def _views(found: SavedExplanation, lang: str) -> list[View]:
    said = words_of(lang, found.called)
    views = []
    for split in found.splits:
        title = split_title(split, said)
        views.append(_view(found, split, title, said))
    return views


def split_title(split: DocumentSplit, said: Words) -> str:
    """What a split says: how much by what, or where."""
    words = WORDS[said.lang]
    if split.kind == "factors":
        return words["factors"]
    if split.kind == "groups":
        return visible(words["groups"].format(columns=said.columns(split.by)))
    if split.method:
        return visible(words["segments_of"].format(factor=_factor(split.method, said)))
    return words["segments"]


def _view(found: SavedExplanation, split: DocumentSplit, title: str, said: Words) -> View:
    words, lang = WORDS[said.lang], said.lang
    if split.kind == "segments" and len(split.causes) == 1:
        return View(title, [], [], notes=[words["nowhere"]])
    own = any(one.before is not None or one.after is not None for one in split.causes)
    mixed = any(one.mix is not None for one in split.causes)
    told = any(one.interval is not None for one in split.causes)
    header = [words["part"], *([words["before"], words["after"]] if own else []), words["effect"]]
    header += [words["mix"], words["rate"]] if mixed else []
    header += [words["interval"]] if told else []
    header += [words["remark"]]

    def line(one: DocumentCause) -> list[str]:
        cells = [cause_named(one, split, said)]
        cells += (
            [_own(found, split, one, side, said) for side in ("before", "after")] if own else []
        )
        cells += [effect_of(found, one.shown, lang)]
        if mixed:
            cells += ["" if e is None else effect_of(found, e, lang) for e in (one.mix, one.rate)]
        if told:
            edges = one.interval
            cells += [
                "" if edges is None else " .. ".join(effect_of(found, edge, lang) for edge in edges)
            ]
        remarks = [words[one.status]] if one.status else []
        remarks += [words["unclear"]] if one.clear is False and one.effect else []
        return [*cells, ", ".join(remarks)]

    there = [one for one in split.causes if one.effect or one.before or one.after]
    rows = [line(one) for one in there[:MOST]]
    blank = [""] * len(header)
    total = [words["sum"], *blank[1:]]
    total[header.index(words["effect"])] = effect_of(found, found.shown or 0.0, lang)
    if len(there) > MOST:
        rows.append(_others(found, there[MOST:], header, said))
    return View(title, header, [*rows, total], remarks=True)


def _others(
    found: SavedExplanation, left: Sequence[DocumentCause], header: Sequence[str], said: Words
) -> list[str]:
    """Those that have no row, as one: of effects the sum; figures and intervals do not add."""
    words = WORDS[said.lang]
    effects = {
        words["effect"]: sum(one.shown for one in left),
        words["mix"]: sum(one.mix or 0 for one in left),
        words["rate"]: sum(one.rate or 0 for one in left),
    }
    told = [
        effect_of(found, effects[name], said.lang) if name in effects else "" for name in header
    ]
    return [said.say("others_of", n=f"{len(left):,}"), *told[1:]]


def cause_named(one: DocumentCause, split: DocumentSplit, said: Words) -> str:
    """What a part of a change is called."""
    if split.kind == "factors":
        return visible(_factor(one.name, said))
    if not one.group:
        return WORDS[said.lang]["rest"] if one.name == REST else visible(one.name)
    if split.kind == "groups":
        return said.brief(one.group)
    return ", ".join(
        f"{visible(said.column(column))}={shortened(said.name(column, label))}"
        for column, label in one.group.items()
    )


def _factor(name: str, said: Words) -> str:
    if name in ENTRIES:
        return said.kpi(ENTRIES[name])
    return said.column(name)


def _own(
    found: SavedExplanation, split: DocumentSplit, one: DocumentCause, side: str, said: Words
) -> str:
    value = one.before if side == "before" else one.after
    if value is None:
        return ""
    if split.kind != "factors":
        return value_of(found, value, said)
    rate = (one.name in ENTRIES and ENTRIES[one.name].label.unit in RATES) or "rate" in one.name
    if rate or one.name.startswith("share"):
        return f"{value:z.1%}"
    return f"{value:z,.0f}" if value == int(value) or abs(value) >= 1000 else f"{value:z,.1f}"


def value_of(found: Explained | SavedExplanation, value: float, said: Words) -> str:
    """A figure that is explained."""
    if found.unit in RATES:
        return f"{value:z.1%}"
    places = 0 if found.currency is None or abs(value) >= 1000 else digits(found.currency)
    if found.currency is not None or value == int(value):
        return f"{value:z,.{places}f}"
    return f"{value:z,.1f}"


def effect_of(found: Explained | SavedExplanation, value: float, lang: str) -> str:
    """What a part makes of the change, with its sign."""
    if found.unit in RATES:
        return f"{value * 100:+,.2f} {WORDS[lang]['points']}"
    step = found.step or 1.0
    places = 0 if step >= 1 else 2 if step >= 0.01 else 3
    return f"{value:+,.{places}f}"
