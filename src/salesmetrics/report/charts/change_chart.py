"""Why a figure changed, as a waterfall: from what it was to what it is, part by part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...errors import NotFoundError, SalesMetricsError, one_of
from ...results.words import words
from ..explanation import cause_named, effect_of, value_of
from .chart import Chart
from .step_chart import Step, StepChart

if TYPE_CHECKING:
    from ...insight.causes import CauseLevel, Explanation

__all__ = ["change_split"]

MOST = 10  # parts drawn, the largest; the others together


def change_split(found: Explanation, by: str | None, backend: str | None, lang: str) -> Any:
    """The chart of one split: of the factors, or by these columns."""
    said = words(lang)
    if found.change is None or found.before is None or found.after is None or not found.splits:
        why = "nothing to split" if found.reason is None else found.reason
        raise SalesMetricsError(f"{found.title} has no change to draw: {why}")
    split = _split(found, by)
    causes = sorted(split.causes, key=lambda one: -abs(one.effect))
    large = {id(one) for one in causes[:MOST]}
    level = found.before
    title = found.title_ko if said.lang == "ko" else found.title
    periods = [said.say("before") if found.base is None else said.period(found.base),
               said.period(found.period)]  # fmt: skip
    steps = [Step(periods[0], 0, level, value_of(found, level, said), "a")]
    for one in split.causes:
        if id(one) in large and one.effect:
            steps.append(_step(cause_named(one, split, said), level, one.effect, found, lang))
            level += one.effect
    if others := sum(one.effect for one in split.causes if id(one) not in large):
        steps.append(_step(said.say("others"), level, others, found, lang))
    after = found.after
    steps.append(Step(periods[1], 0, after, value_of(found, after, said), "a"))
    most = causes[0]
    finding = said.say(
        "finding_change", kpi=title, before=value_of(found, found.before, said),
        after=value_of(found, found.after, said), name=cause_named(most, split, said),
        effect=effect_of(found, most.shown, lang),
    )  # fmt: skip
    finding += said.say("finding_noise") if found.clear is False else ""
    rows = [[cause_named(one, split, said), effect_of(found, one.shown, lang)]
            for one in split.causes]  # fmt: skip
    shape = StepChart(steps, lambda value: value_of(found, value, said),
                      (said.say("part"), title))  # fmt: skip
    made = Chart("change", title, finding, [said.say("part"), said.say("change")], rows, shape,
                 lang=said.lang)  # fmt: skip
    return made.with_backend(backend)


def _split(found: Explanation, by: str | None) -> CauseLevel:
    named = {",".join(one.by) or one.kind: one for one in found.splits}
    if by is None:
        return found.splits[0]
    if by not in named:
        raise NotFoundError(one_of("by", by, named))
    return named[by]


def _step(name: str, level: float, effect: float, found: Explanation, lang: str) -> Step:
    text = effect_of(found, effect, lang)
    return Step(name, level, level + effect, text, "u" if effect > 0 else "d")
