"""The figures of a document as people read them: short, with their unit, and how they changed.

What is drawn from a document is the same from a saved one and from the snapshot itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from math import ceil

from ..catalog import ENTRIES, entry
from ..errors import SalesMetricsError
from ..insight.sections import short_name
from ..money import digits, format_money
from ..reasons import Reason, as_reason
from ..results.formats import RATES, UNITS, is_daily
from ..results.text_table import visible
from ..results.words import Words
from ..snapshots import schema as form

__all__ = [
    "Aimed", "Told", "aimed", "aims_of_whole", "amount_told", "as_shown", "clear", "column_said",
    "is_told",    "landing_of", "months_of", "of_target", "periods_said", "reason_from",
    "reason_said", "span_said", "target_of", "told", "variant_said",
]  # fmt: skip

Plain = int | float


@dataclass(frozen=True)
class Told:
    """One KPI of a document, in the words of a language."""

    figure: form.DocumentFigure
    currency: str | None
    said: Words

    @property
    def name(self) -> str:
        return self.figure.kpi

    @cached_property
    def title(self) -> str:
        """What it is called, in words."""
        one = self.figure
        if self.said.lang == "ko":
            return variant_said(one, self.said)
        return _in_english(one.en, one.kpi, one.of)

    @cached_property
    def short(self) -> str:
        """What it is called where room is short."""
        return short_name(self.name, self.said.lang) or self.title

    @cached_property
    def is_money(self) -> bool:
        return self.currency is not None and self.figure.unit == self.currency

    @cached_property
    def is_rate(self) -> bool:
        return self.figure.unit in RATES

    @cached_property
    def is_sum(self) -> bool:
        """Whether it counts or sums, rather than divides or takes a median."""
        cells = self.figure.figures
        return all(cell.denominator is None and not cell.statistics for cell in cells)

    @cached_property
    def is_flow(self) -> bool:
        """Whether the months add up to the quarter."""
        there = ENTRIES.get(self.name)
        if there is None or self.figure.table:  # a product of what adds does not add
            return False
        return self.is_sum and there.label.adds_over == "rows time"

    @cached_property
    def from_zero(self) -> bool:
        """Whether it is drawn from 0; of rates and durations what changes is what matters."""
        return self.is_money or (self.is_sum and not self.is_rate)

    @cached_property
    def is_ahead(self) -> bool:
        """Whether it says what a period will come to."""
        there = ENTRIES.get(self.figure.of)
        return there is not None and there.label.group == "forecast"

    def outlook(self, cell: form.DocumentCell) -> Mapping[str, float]:
        """The parts of a forecast: P10, P90, the chance of the target; none of another figure."""
        if not self.is_ahead:
            return {}
        for part in self.figure.table:
            if part.period == cell.period and part.group == cell.group:
                return {n: v for n, v in part.values.items() if isinstance(v, (int, float))}
        return {}

    def range_of(self, cell: form.DocumentCell) -> str:
        """From P10 to P90, which stands where others have their change."""
        parts = self.outlook(cell)
        if not {"p10", "p90"} <= parts.keys():
            return ""
        low, high = self.text(parts["p10"]), self.text(parts["p90"])
        return self.said.say("eight_of_ten", low=low, high=high)

    @cached_property
    def whole(self) -> Mapping[str, form.DocumentCell]:
        """The figure of all rows, by period."""
        return {cell.period: cell for cell in self.figure.figures if not cell.group}

    def groups(self, by: Sequence[str], period: str) -> list[form.DocumentCell]:
        """The figures of one grouping in a period."""
        return [
            cell
            for cell in self.figure.figures
            if cell.period == period and list(cell.group) == list(by)
        ]

    def text(self, value: Plain | None, short: bool = True) -> str:
        """A value with its unit; money in thousands, millions or 억 where `short`."""
        if value is None:
            return self.said.say("undefined")
        if self.is_rate:
            return f"{value:z.1%}"
        if self.is_money:
            assert self.currency is not None
            return amount_told(value, self.currency, self.said, short) + self._each
        if self.figure.rounded_up:
            return f"{ceil(value):,}"
        number = f"{value:,}" if isinstance(value, int) else f"{value:z,.1f}"
        if self.figure.unit not in UNITS:
            return number
        unit = self.said.unit(self.figure.unit)
        if value == 1 and self.said.lang == "en":
            unit = unit.removesuffix("s")
        return f"{number}{unit}" if self.said.lang == "ko" else f"{number} {unit}"

    @cached_property
    def _each(self) -> str:
        """What an amount is of, where it is not a sum: a day."""
        return self.said.say("a_day") if is_daily(self.figure.measure) else ""

    def change(self, one: form.Compared) -> str:
        """How much it changed, with a mark and a word for whether that is good."""
        if one.change is None:
            return "-"
        if one.points is not None:
            text = f"{one.points:+,.1f} {self.said.say('points')}"
        elif one.relative is not None:
            text = (
                f"{one.relative:+,.1%}" if abs(one.relative) < 10 else f"{1 + one.relative:,.0f}x"
            )
        else:
            text = ("-" if one.change < 0 else "+") + self.text(abs(one.change))
        if not is_told(text) or one.direction not in ("better", "worse"):
            return text
        if not clear(one):
            low, high = one.interval or (0, 0)
            return self.said.say("by_chance", change=text, half=f"{(high - low) * 50:,.0f}")
        return f"{text} {self.said.say(one.direction)}"


def is_told(change: str) -> bool:
    """Whether a change is more than 0 as it is written: what reads +0.0 is neither good nor bad."""
    return any(char in "123456789" for char in change)


def clear(one: form.Compared) -> bool:
    """Whether the change is more than chance would make."""
    return one.interval is None or not one.interval[0] <= 0 <= one.interval[1]


def amount_told(value: Plain | Fraction, currency: str, said: Words, short: bool = True) -> str:
    """An amount in major units."""
    minor = Fraction(value) * 10 ** digits(currency)
    lang = "ko" if said.lang == "ko" else "en"
    return format_money(minor, currency, lang, compact=short or lang == "ko")


def told(document: form.Document, said: Words) -> dict[str, Told]:
    """The KPIs of a document by name."""
    return {one.kpi: Told(one, document.currency, said) for one in document.kpis}


@dataclass(frozen=True)
class Aimed(Told):
    """The figure that a target is of: with the statistic and the keywords that the target names."""

    aim: form.Aim

    @cached_property
    def title(self) -> str:
        say, aim = self.said.say, self.aim
        statistic = f" ({say(f'statistics_{aim.statistic}')})" if aim.statistic else ""
        given = [", " + say("given", name=n, value=value) for n, value in aim.given.items()]
        return super().title + statistic + "".join(given)


def aimed(
    aim: form.Aim, document: form.Document, figures: Mapping[str, Told], said: Words
) -> Aimed:
    """What a target is of, in its own unit, whether its figure is in the document or not."""
    there, one = figures.get(aim.kpi), entry(aim.kpi)
    label = one.label
    figure = (
        form.DocumentFigure(
            kpi=one.name, of=label.name, variant={}, en=label.en, ko=label.ko, definition="",
            unit=label.unit, better=label.better, ungrouped={}, figures=[], series=[], table=[],
        )
        if there is None
        else there.figure
    )  # fmt: skip
    unit = {} if aim.unit is None else {"unit": aim.unit}
    return Aimed(figure.model_copy(update=unit), document.currency, said, aim)


def aims_of_whole(document: form.Document, period: str) -> dict[str, form.Aim]:
    """The company's targets of the figures as they stand in the document: one of hours is none of
    the same in days, nor one of the mean of the median."""
    return {
        aim.kpi: aim
        for aim in document.targets
        if aim.period == period and not aim.group and as_shown(aim, document)
    }


def as_shown(aim: form.Aim, document: form.Document) -> bool:
    """Whether a target is of the figure that the document shows under its name."""
    assumed = document.assumptions
    return aim.statistic is None and all(
        assumed.get(name) == value for name, value in aim.given.items()
    )


def of_target(figure: Told) -> bool:
    """Whether it is measured against a target that was given for the whole."""
    there = ENTRIES.get(figure.figure.of)
    return there is not None and "target" in there.label.given


def months_of(figure: form.DocumentFigure, count: int = 12) -> list[form.Piece]:
    """The last months of the whole; none where the figure is made for one period alone."""
    there = ENTRIES.get(figure.of)
    if there is not None and "target" in there.label.given:
        return []  # the target is that of the period, not of a month
    return figure.recent[-count:]


def span_said(span: form.Span, said: Words) -> str:
    """A period's label; what is no name of a calendar span is said in the language."""
    days = (date.fromisoformat(span.end) - date.fromisoformat(span.start)).days
    last = date.fromisoformat(span.end) - timedelta(days=1)
    if span.unit == "to_date" and span.of is not None:
        return visible(said.say("to_date", period=span.of, day=last))
    if span.unit == "trailing":
        return said.say("day_to" if days == 1 else "days_to", days=days, day=last)
    return said.say("all_time") if span.unit == "all" else visible(span.label)


def periods_said(document: form.Document, said: Words) -> dict[str, str]:
    """The periods by their labels, in words."""
    return {span.label: span_said(span, said) for span in document.periods}


def variant_said(figure: form.DocumentFigure, said: Words) -> str:
    """A KPI's name in a table: in English the one it is asked for by."""
    if "variants" not in said.said:
        return figure.kpi
    if figure.kpi == figure.of:
        return figure.ko
    variant = figure.kpi.removeprefix(figure.of).strip("_")
    return f"{figure.ko} · {said.said['variants'].get(variant, variant)}"


def target_of(aim: form.Aim) -> Plain:
    """What was aimed at, as a number."""
    value = float(aim.target or 0)
    return int(value) if value.is_integer() else value


def landing_of(aim: form.Aim) -> Plain | None:
    """Where it is heading at its pace; a whole number of what is counted."""
    landing = None if aim.pace is None else aim.pace.landing
    return round(landing) if landing is not None and isinstance(aim.actual, int) else landing


def title_said(kpi: str, said: Words) -> str:
    """What a KPI is called in words, of which a document may have no figure."""
    return visible(said.title(ENTRIES[kpi]) if kpi in ENTRIES else kpi)


def _in_english(title: str, kpi: str, of: str) -> str:
    """The title with the words of the variant."""
    return f"{title} {kpi.removeprefix(of).strip('_').replace('_', ' ')}".rstrip()


def column_said(name: str, said: Words) -> str:
    """A column's name in words."""
    found = said.column(name)
    return visible(found if said.lang == "ko" else found.replace("_", " ").replace(".", " "))


def reason_said(reason: form.DocumentReason, said: Words) -> str:
    """A reason of a document in the words of a language; in English where its code is not known."""
    return reason_from(reason).said(said.lang)


def reason_from(reason: form.DocumentReason) -> Reason:
    """A reason of a document; one of another version, whose code is not known, by its words."""
    try:
        return _reason(reason)
    except SalesMetricsError:
        return as_reason(reason.text)


def _reason(one: form.DocumentReason) -> Reason:
    return Reason(one.code, **{name: _param(value) for name, value in one.params.items()})


def _param(value: object) -> object:
    if isinstance(value, form.DocumentReason):
        return _reason(value)
    return tuple(map(_param, value)) if isinstance(value, list) else value
