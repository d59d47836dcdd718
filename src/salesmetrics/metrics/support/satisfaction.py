"""KPIs of how satisfied people are, inside the company and outside.

Every function takes `period` and `by`, which docs/usage.md explains once for all.
"""

from __future__ import annotations

from typing import Any, Literal

from ...kpi import Choices, kpi
from ...periods import ALL_TIME, Periods
from ...reasons import Reason
from ...results import Ratio, Total
from ...tables import IntoSurveys, Surveys
from ...tables.grouping import By, as_by
from ...tables.order import in_order, without_impossible
from ...tables.window import Window

__all__ = ["satisfaction_score"]


@kpi(
    unit="score",
    better="higher",
    adds_over="rows time",
    ko="만족도",
    articles="3 4",
    variants={
        "satisfaction_top_box": {"measure": "top_box"},
        "survey_response_rate": {"measure": "responses"},
    },
)
def satisfaction_score(
    surveys: IntoSurveys,
    period: Periods | str = ALL_TIME,
    *,
    by: By = None,
    measure: Literal["score", "top_box", "responses"] = "score",
    scale: int | None = None,
) -> Ratio:
    """Mean score of the surveys answered in the period.

    Formula: sum of the scores / answers.
    Rows and date: surveys with a score on the scale, in the period that holds `answered_at`;
    answers without a score or scale, and those on another scale than the one chosen, are counted
    in `excluded`.  `by="kind"` tells internal from customer surveys, each kind on its own scale.
    Undefined: where there is no such answer, or where the answers of all time are on several
    scales, of a group or of the whole, and none is chosen: they have no mean.

    Args:
        surveys: Surveys, or anything `Surveys.of` takes.
        measure: `"score"`; `"top_box"`, the share of answers with the best score of the scale;
            `"responses"`, the share of the surveys sent in the period (`sent_at`) that were
            answered by what is known, the others still open in `undecided`.
        scale: the best score there is, where surveys of one group have different ones.

    Returns:
        Ratio, of scores from 0 to the scale; the shares from 0 to 1, with Wilson's interval.
        `n` is the answers (for `"responses"` the surveys sent).  Groups of different scales do
        not add.

    Raises:
        NeedsError: the surveys have no column for it.

    Source: article practice: 4 of 5 for requests, 4.5 of 5 for onboarding; a mean without its
    scale and the number of answers says little.

    >>> from salesmetrics.examples import surveys
    >>> asked = satisfaction_score(surveys, "2025-Q1")
    >>> asked.value, asked.n
    (4.5, 2)
    >>> satisfaction_score(surveys, "2025-Q1", measure="responses").value
    0.6666666666666666
    """
    return MEASURES[measure](Surveys.of(surveys), period, by, scale)


def _mean(surveys: Surveys, period: Periods | str, by: By, scale: int | None) -> Ratio:
    answered, scales = surveys.during("answered_at", period, by=by), surveys.scales(scale)
    total = answered.total("score", (("scored", *_scale(scales, by)),))
    return _of_scales(total, _answers(answered, scales, by), scales)


def _top_box(surveys: Surveys, period: Periods | str, by: By, scale: int | None) -> Ratio:
    answered, scales = surveys.during("answered_at", period, by=by), surveys.scales(scale)
    met = answered.count((("with the best score", *_scale(scales, by)),))
    return _of_scales(met, _answers(answered, scales, by), scales)


def _scale(scales: tuple[int, ...], by: By) -> tuple[Any, ...]:
    """The scale, None where no row says one; of several each group's own."""
    return (scales or (None,)) if len(scales) < 2 else (as_by(by),)


def _of_scales(top: Total, answers: Total, scales: tuple[int, ...]) -> Ratio:
    """Of several scales what groups have is nothing to be summed."""
    if len(scales) < 2 or not answers.by:
        return Ratio(top, answers)
    return Ratio(top.apart_by(*answers.by), answers.apart_by(*answers.by))


def _answers(answered: Window, scales: tuple[int, ...], by: By) -> Total:
    """Those with a score on the scale, which say how many others there are."""
    scale = _scale(scales, by)
    others = answered.count((("on another scale", *scale),))
    unscored = answered.count("without score or scale")
    found = answered.count((("scored", *scale),)).excluding(Reason("no_score"), unscored)
    several = Reason("several_scales", scales=tuple(map(str, scales)))
    return found.excluding(Reason("other_scale") if len(scales) < 2 else several, others)


def _responses(surveys: Surveys, period: Periods | str, by: By, scale: int | None) -> Ratio:
    sent, order = surveys.during("sent_at", period, by=by), in_order("sent_at", "answered_at")
    whole = without_impossible(sent.count((order,)), sent, order)
    return Ratio(sent.count(("answered", order)), whole, sent.count("not answered"))


MEASURES = Choices("measure", {"score": _mean, "top_box": _top_box, "responses": _responses})
