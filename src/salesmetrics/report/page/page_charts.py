"""Which charts the page has, section by section."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date

from ...insight.sections import sections
from ...snapshots import schema as form
from ..charts.chart import Chart
from ..charts.forecast_chart import fan, forecast
from ..charts.of_groups import bars, spread
from ..charts.of_parts import cohort, coverage, funnel, movement, reasons, stages
from ..charts.over_time import trend
from ..told import Told, aims_of_whole, target_of

__all__ = ["charts_of", "framed_chart"]

TAG = re.compile(r"<[a-z][^<>]*>")
PLAIN = re.compile(r'(?<= )([\w-]+)="([\w.#-]+)"(?=[ >])')  # one word needs no signs around it
# The course of these is drawn, where their months are there.
COURSES = {"won": ("bookings", "win_rate")}


def charts_of(
    document: form.Document, figures: Mapping[str, Told], section: str, period: str
) -> list[Chart]:
    """The charts of a section for which there are figures."""
    return [made for made in _made(document, figures, section, period) if made is not None]


def _made(
    document: form.Document, figures: Mapping[str, Told], section: str, period: str
) -> Iterator[Chart | None]:
    by = tuple(document.by[0]) if document.by else ()
    instead = sections()[section].headlines(figures)[:1] if section == "customers" else ()
    for name in (*COURSES.get(section, ()), *(name for name in instead if name == "revenue")):
        if name in figures:
            yield trend(figures[name], _a_month(document, figures[name], period))
    if section == "won" and "loss_reasons" in figures:
        yield reasons(figures["loss_reasons"], period)
    if section == "coming":
        if "pipeline_coverage" in figures and (one := figures["pipeline_coverage"]).currency:
            money = one.figure.model_copy(update={"unit": one.currency, "measure": "money"})
            yield coverage(one, period, Told(money, one.currency, one.said))
        ahead = figures.get("bookings_forecast")
        if ahead is not None and period in ahead.whole and ahead.whole[period].unfinished:
            yield forecast(ahead, period)
        if ahead is not None:
            yield fan(ahead)
        if "pipeline_movement" in figures:
            yield movement(figures["pipeline_movement"], period)
    if section == "leads" and "lead_funnel" in figures:
        yield funnel(figures["lead_funnel"], period)
    if section == "speed":
        if "bottlenecks" in figures:
            yield stages(figures["bottlenecks"], period)
        if "time_in_stage" in figures and ["stage"] in document.by:
            yield spread(figures["time_in_stage"], ("stage",), period)
    if section == "people" and by:
        for name in ("bookings", "win_rate"):
            if name in figures:
                yield bars(figures[name], by, period)
    if section == "customers":
        if "mrr_movements" in figures:
            yield movement(figures["mrr_movements"], period)
        if "cohort_retention" in figures:
            yield cohort(figures["cohort_retention"])


def _a_month(document: form.Document, figure: Told, period: str) -> float | None:
    """The company's target as a level; where months are drawn of a sum over the period, its part
    of a month."""
    aim = aims_of_whole(document, period).get(figure.name)
    if aim is None:
        return None
    target = float(target_of(aim))
    if not (figure.is_flow and figure.figure.recent):
        return target
    span = next(one for one in document.periods if one.label == period)
    start, end = date.fromisoformat(span.start), date.fromisoformat(span.end)
    months = 12 * (end.year - start.year) + end.month - start.month
    return target / months if months and start.day == end.day == 1 else None


def framed_chart(chart: Chart) -> str:
    """A chart with its table in a frame of its own, so that the page never scrolls sideways."""
    frame = '<div class="x" tabindex="0">'
    framed = chart.to_html(style=False).replace('<table class="smt">', f"{frame}<table>")
    framed = framed.replace("</table>", "</table></div>").replace("</svg>", "</svg></div>", 1)
    # Inside HTML an SVG needs no name of what it is.
    framed = framed.replace(' xmlns="http://www.w3.org/2000/svg"', "", 1)
    framed = framed.replace("<svg", f"{frame}<svg", 1)
    framed = framed.replace(f' lang="{chart.lang}"', "", 1)  # the page says it
    # What may be left out; texts have no such signs.
    for needless in ("</td>", "</tr>", "</th>", ' scope="col"'):
        framed = framed.replace(needless, "")
    return TAG.sub(lambda tag: PLAIN.sub(r"\1=\2", tag[0]), framed)
