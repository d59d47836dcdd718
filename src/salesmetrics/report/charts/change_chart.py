"""Why a figure changed, as a waterfall: from what it was to what it is, part by part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...errors import NotFoundError, SalesMetricsError, one_of
from ...results.words import Words, words
from ...snapshots import schema as form
from ...snapshots.saved_reports import saved_explanation
from ...snapshots.schema_beside import DocumentCause, DocumentSplit
from ...snapshots.schema_reports import SavedExplanation
from ..explanation import cause_named, effect_of, value_of
from ..told import amount_told, span_said
from .chart import Chart
from .step_chart import Step, StepChart

if TYPE_CHECKING:
    from ...insight.causes import Explanation

__all__ = ["change_split", "split_chart"]

Changed = form.Explained | SavedExplanation
MOST = 10  # parts drawn, the largest; the others together


def change_split(
    asked: Explanation | SavedExplanation, by: str | None, backend: str | None, lang: str
) -> Any:
    """The chart of one split: of the factors, or by these columns."""
    found = saved_explanation(asked)
    said = words(lang, found.called)
    if found.change is None or found.before is None or found.after is None or not found.splits:
        why = "nothing to split" if found.reason is None else found.reason.text
        raise SalesMetricsError(f"{found.en} has no change to draw: {why}")
    base = said.say("before") if found.base_span is None else span_said(found.base_span, said)
    made = split_chart(found, _split(found, by), (base, span_said(found.span, said)), said)
    return made.with_backend(backend)


def split_chart(
    found: Changed, split: DocumentSplit, periods: tuple[str, str], said: Words
) -> Chart:
    """One split of a change that is known, from a document."""
    before, after = found.before or 0.0, found.after or 0.0
    causes = sorted(split.causes, key=lambda one: -abs(one.effect))
    large = {id(one) for one in causes[:MOST]}
    level = before
    title = found.ko if said.lang == "ko" else found.en
    steps = [Step(periods[0], 0, level, _value(found, level, said), "a")]
    for one in split.causes:
        if id(one) in large and one.effect:
            steps.append(_step(_named(one, split, said), level, one.effect, found, said))
            level += one.effect
    if others := sum(one.effect for one in split.causes if id(one) not in large):
        steps.append(_step(said.say("others"), level, others, found, said))
    steps.append(Step(periods[1], 0, after, _value(found, after, said), "a"))
    if any(one.effect for one in causes):
        finding = said.say(
            "finding_change", kpi=title, before=_value(found, before, said),
            after=_value(found, after, said), name=_named(causes[0], split, said),
            effect=_effect(found, causes[0].shown, said),
        )  # fmt: skip
        finding += said.say("finding_noise") if found.clear is False else ""
    else:
        finding = said.say("finding_same", kpi=title, value=_value(found, after, said))
    rows = [[_named(one, split, said), effect_of(found, one.shown, said.lang)]
            for one in split.causes]  # fmt: skip
    shape = StepChart(steps, lambda value: _value(found, value, said),
                      (said.say("part"), title))  # fmt: skip
    return Chart("change", title, finding, [said.say("part"), said.say("change")], rows, shape,
                 lang=said.lang)  # fmt: skip


def _split(found: Changed, by: str | None) -> DocumentSplit:
    named = {",".join(one.by) or one.kind: one for one in found.splits}
    if by is None:
        return found.splits[0]
    if by not in named:
        raise NotFoundError(one_of("by", by, named))
    return named[by]


def _named(one: DocumentCause, split: DocumentSplit, said: Words) -> str:
    """Factors in words; the names of groups as they are."""
    name = cause_named(one, split, said)
    return name.replace("_", " ") if split.kind == "factors" else name


def _step(name: str, level: float, effect: float, found: Changed, said: Words) -> Step:
    text = _effect(found, effect, said)
    return Step(name, level, level + effect, text, "u" if effect > 0 else "d")


def _value(found: Changed, value: float, said: Words) -> str:
    """Money short, as in other charts; the table beside it has every digit."""
    if found.currency is None:
        return value_of(found, value, said)
    return amount_told(value, found.currency, said)


def _effect(found: Changed, value: float, said: Words) -> str:
    if found.currency is None:
        return effect_of(found, value, said.lang)
    return f"{'-' if value < 0 else '+'}{amount_told(abs(value), found.currency, said)}"
