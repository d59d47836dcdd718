"""Targets of a snapshot laid out as a table, and below it what they are sums of or stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..catalog import entry
from ..insight.planned import WON
from ..insight.targets import Attainment
from ..results.display import View
from ..results.formats import RATES, UNITS, number_text, quantity_text
from ..results.text_table import visible
from ..results.words import Words

if TYPE_CHECKING:
    from ..snapshots.figures import Snapshot

__all__ = ["targets_view"]


def targets_view(snapshot: Snapshot, said: Words) -> View | None:
    """The targets of the KPIs that are shown, or that were asked for and cannot be computed."""
    named = {one.name for one in snapshot.figures} | {one.name for one in snapshot.needs}
    plans = any("target" in entry(name).label.given for name in named)
    named |= {WON} if plans else set()  # what is planned is planned of what is to be won
    asked = {entry(name).label.name for name in named}  # with the targets of their variants
    targets = [one for one in snapshot.targets if entry(one.kpi).label.name in asked]
    if not targets:
        return None
    names = (
        "kpi", "for", "period", "actual", "target", "attainment", "gap", "met", "pace", "landing",
        "per_day", "reason",
    )  # fmt: skip
    rows = [_target(one, said) for one in targets]
    notes = list(dict.fromkeys(_days(one, said) for one in targets if one.pace))
    notes += [note for one in targets for note in _sums(one, said)]
    for share in snapshot.shares:
        if entry(share.kpi).label.name not in asked:
            continue
        note = said.say(
            "at_target",
            kpi=said.kpi(entry(share.kpi)),
            period=visible(said.period(share.period)),
            met=share.met,
            of=share.of,
            by=visible(said.column(share.by)),
        )
        if share.ramped_of is not None:
            note += said.say("at_target_ramped", met=share.ramped_met, of=share.ramped_of)
        if share.attainment is not None:
            note += said.say("at_target_together", share=f"{float(share.attainment):.1%}")
        notes.append(note)
    for score in snapshot.score:
        value = said.say("undefined") if score.value is None else f"{score.value:.1%}"
        notes.append(
            said.say(
                "score",
                period=visible(said.period(score.period)),
                value=value,
                made_of=len(score.parts),
                of=score.of,
                cap=f"{float(score.cap):.0%}",
            )
        )
    header = [said.say(name) for name in names]
    return View(said.say("targets"), header, rows, 3, remarks=True, notes=notes)


def _target(one: Attainment, said: Words) -> list[str]:
    is_counted = one.currency is None and one.unit not in (*RATES, *UNITS)
    unit = said.unit(one.unit) if one.unit in UNITS else ""

    def number(value: Any) -> str:
        if value is None or one.unit in RATES:
            return "" if value is None else number_text(value, one.unit, one.currency, said)
        return f"{quantity_text(value, one.currency, said)} {unit}".rstrip()

    def signed(value: Any) -> str:
        if value is not None and one.unit in RATES:
            return f"{float(value) * 100:+,.1f} {said.say('points')}"
        return "" if value is None else ("+" if value > 0 else "") + number(value)

    pace = one.pace
    who = ", ".join(visible(value) for _, value in one.group)
    met = "" if one.met is None else said.say("yes" if one.met else "no")
    statistic = f" ({said.say(f'statistics_{one.statistic}')})" if one.statistic else ""
    keywords = "".join(
        ", " + said.say("given", name=name, value=value) for name, value in one.given.items()
    )
    return [
        visible(said.kpi(entry(one.kpi)) + statistic + keywords),
        who or said.say("whole"),
        visible(said.period(one.period)),
        number(one.actual),
        number(one.target),
        "" if one.attainment is None else f"{float(one.attainment):.1%}",
        signed(one.gap),
        met,
        signed(pace.ahead) if pace else "",
        number(round(pace.landing) if is_counted and pace.landing is not None else pace.landing)
        if pace
        else "",
        number(pace.needed_per_day) if pace else "",
        visible(one.reason.said(said.lang)) if one.reason else "",
    ]


def _sums(one: Attainment, said: Words) -> list[str]:
    """Of whose targets it is a sum, and what those given out within it sum to instead."""
    who = ", ".join(visible(value) for _, value in one.group) or said.say("whole")
    named = {"kpi": said.kpi(entry(one.kpi)), "who": who}
    named["period"] = visible(said.period(one.period))
    found = []
    if one.sum_of is not None:
        found.append(said.say("target_sum", **named, parts=_parts(one.sum_of, said)))
    for other in one.instead_of:
        value = number_text(other.value or 0, one.unit, one.currency, said)
        if other.value is None:  # relative to what was
            value = f"{said.say(str(other.relative_to))} {float(other.change or 0):+.0%}"
        target = said.say("undefined")
        if one.target is not None:
            target = number_text(one.target, one.unit, one.currency, said)
        of = said.say("any_period") if other.of is None else _parts(other.of, said)
        found.append(said.say("target_instead", **named, target=target, value=value, of=of))
    if one.given_out is not None and one.given_to is not None:
        amount = number_text(one.given_out, one.unit, one.currency, said)
        target = number_text(one.target or 0, one.unit, one.currency, said)
        to = said.column(one.given_to)
        over = number_text(one.given_out - (one.target or 0), one.unit, one.currency, said)
        over = over if over.startswith("-") else f"+{over}"
        if one.target:
            over += f", {float(one.given_out / one.target - 1):+.1%}"
        found.append(
            said.say("target_given_out", **named, amount=amount, target=target, to=to, over=over)
        )
    if one.full is not None:
        target, full = (
            number_text(each or 0, one.unit, one.currency, said) for each in (one.target, one.full)
        )
        found.append(said.say("target_ramp", **named, target=target, full=full))
    return found


def _parts(of: str, said: Words) -> str:
    """Whose targets: "owner", "month", "3 x month", "2025-01, 2025-02"."""
    times, _, unit = of.rpartition(" x ")
    parts = said.column(unit) if unit.isidentifier() else visible(unit)
    return f"{times} × {parts}" if times else parts


def _days(one: Attainment, said: Words) -> str:
    assert one.pace is not None
    return said.say(
        "days_counted",
        elapsed=one.pace.elapsed,
        days=one.pace.days,
        counted=said.say(one.pace.counted.replace(" ", "_")),
        through=one.pace.through,
    )
