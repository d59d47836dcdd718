"""Targets of a document laid out as a table, and below it what they are sums of or stand for."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from ..catalog import ENTRIES
from ..insight.planned import WON
from ..results.display import View
from ..results.formats import RATES, UNITS, number_text, quantity_text, reached_text
from ..results.text_table import visible
from ..results.words import Words
from ..snapshots import schema as form
from .tabled import kpi_said
from .told import periods_said, reason_said

__all__ = ["aims_shown", "targets_view"]


def aims_shown(document: form.Document) -> list[form.Aim]:
    """The targets of the KPIs that are shown, or that were asked for and cannot be computed."""
    asked = _asked(document)
    return [one for one in document.targets if _variant_of(one.kpi) in asked]


def _asked(document: form.Document) -> set[str]:
    named = {one.kpi for one in document.kpis} | {one.kpi for one in document.needs}
    plans = any("target" in ENTRIES[name].label.given for name in named if name in ENTRIES)
    named |= {WON} if plans else set()  # what is planned is planned of what is to be won
    return set(map(_variant_of, named))  # with the targets of their variants


def targets_view(document: form.Document, said: Words) -> View | None:
    """Those targets, and what became of each."""
    targets, asked = aims_shown(document), _asked(document)
    if not targets:
        return None
    names = (
        "kpi", "for", "period", "actual", "target", "attainment", "gap", "met", "pace", "landing",
        "per_day", "reason",
    )  # fmt: skip
    periods = periods_said(document, said)
    rows = [_target(one, document.currency, periods, said) for one in targets]
    notes = list(dict.fromkeys(_days(one.pace, said) for one in targets if one.pace))
    notes += [note for one in targets for note in _sums(one, document.currency, periods, said)]
    for share in document.at_target:
        if _variant_of(share.kpi) not in asked:
            continue
        note = said.say(
            "at_target",
            kpi=kpi_said(share.kpi, said),
            period=_period(share.period, periods),
            met=share.met,
            of=share.of,
            by=visible(said.column(share.by)),
        )
        if share.ramped_of is not None:
            note += said.say("at_target_ramped", met=share.ramped_met, of=share.ramped_of)
        if share.attainment is not None:
            note += said.say("at_target_together", share=reached_text(share.attainment, 1))
        notes.append(note)
    for score in document.score:
        value = said.say("undefined") if score.value is None else f"{score.value:z.1%}"
        notes.append(
            said.say(
                "score",
                period=_period(score.period, periods),
                value=value,
                made_of=score.made_of,
                of=score.of,
                cap=f"{score.cap:.0%}",
            )
        )
    header = [said.say(name) for name in names]
    return View(said.say("targets"), header, rows, 3, remarks=True, notes=notes)


def _variant_of(name: str) -> str:
    return ENTRIES[name].label.name if name in ENTRIES else name


def _period(label: str, periods: Mapping[str, str]) -> str:
    return periods.get(label) or visible(label)


def _money(one: form.Aim, currency: str | None) -> str | None:
    return currency if one.unit == currency else None


def _target(
    one: form.Aim, currency: str | None, periods: Mapping[str, str], said: Words
) -> list[str]:
    money, kind = _money(one, currency), one.unit or ""
    is_counted = money is None and kind not in (*RATES, *UNITS)
    unit = said.unit(kind) if kind in UNITS else ""

    def number(value: Any) -> str:
        if value is None or kind in RATES:
            return "" if value is None else number_text(value, kind, money, said)
        return f"{quantity_text(value, money, said)} {unit}".rstrip()

    def signed(value: Any) -> str:
        if value is not None and kind in RATES:
            return f"{float(value) * 100:+,.1f} {said.say('points')}"
        return "" if value is None else ("+" if value > 0 else "") + number(value)

    pace = one.pace
    who = said.names(one.group)
    met = "" if one.met is None else said.say("yes" if one.met else "no")
    statistic = f" ({said.say(f'statistics_{one.statistic}')})" if one.statistic else ""
    keywords = "".join(
        ", " + said.say("given", name=name, value=value) for name, value in one.given.items()
    )
    return [
        kpi_said(one.kpi, said) + visible(statistic + keywords),
        who or said.say("whole"),
        _period(one.period, periods),
        number(one.actual),
        number(_exact(one.target)),
        "" if one.attainment is None else reached_text(one.attainment, 1),
        signed(one.gap),
        met,
        signed(pace.ahead) if pace else "",
        number(round(pace.landing) if is_counted and pace.landing is not None else pace.landing)
        if pace
        else "",
        number(pace.needed_per_day) if pace else "",
        visible(reason_said(one.reason, said)) if one.reason else "",
    ]


def _exact(value: str | None) -> Fraction | None:
    return None if value is None else Fraction(value)


def _sums(
    one: form.Aim, currency: str | None, periods: Mapping[str, str], said: Words
) -> list[str]:
    """Of whose targets it is a sum, and what those given out within it sum to instead."""
    who = said.names(one.group) or said.say("whole")
    named = {"kpi": kpi_said(one.kpi, said), "who": who}
    named["period"] = _period(one.period, periods)
    money, aim = _money(one, currency), _exact(one.target)
    found = []
    if one.sum_of is not None:
        found.append(said.say("target_sum", **named, parts=_parts(one.sum_of, said)))
    for other in one.instead_of:
        value = number_text(_exact(other.value) or 0, one.unit, money, said)
        if other.value is None:  # relative to what was
            value = f"{said.say(str(other.relative_to))} {float(other.change or 0):+.0%}"
        target = said.say("undefined")
        if aim is not None:
            target = number_text(aim, one.unit, money, said)
        of = said.say("any_period") if other.of is None else _parts(other.of, said)
        found.append(said.say("target_instead", **named, target=target, value=value, of=of))
    if one.given_out is not None and one.given_to is not None:
        amount = number_text(one.given_out, one.unit, money, said)
        target = number_text(aim or 0, one.unit, money, said)
        to = said.column(one.given_to)
        over = number_text(Fraction(one.given_out) - (aim or 0), one.unit, money, said)
        over = over if over.startswith("-") else f"+{over}"
        if aim:
            over += f", {float(Fraction(one.given_out) / aim - 1):+.1%}"
        found.append(
            said.say("target_given_out", **named, amount=amount, target=target, to=to, over=over)
        )
    if one.full is not None:
        target, full = (
            number_text(_exact(each) or 0, one.unit, money, said) for each in (one.target, one.full)
        )
        found.append(said.say("target_ramp", **named, target=target, full=full))
    return found


def _parts(of: str, said: Words) -> str:
    """Whose targets: "each owner", "3 x month", "2025-01, 2025-02"."""
    times, _, unit = of.rpartition(" x ")
    if not unit.isidentifier():
        return visible(unit)
    return (
        f"{times} × {said.column(unit)}" if times else said.say("each_part", part=said.column(unit))
    )


def _days(pace: form.Paced, said: Words) -> str:
    return said.say(
        "days_counted",
        elapsed=pace.elapsed,
        days=pace.days,
        counted=said.say(pace.counted.replace(" ", "_")),
        through=pace.through,
    )
