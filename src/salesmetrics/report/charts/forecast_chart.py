"""What periods will come to: what is won, what is to come, how sure that is, and the target."""

from __future__ import annotations

from collections.abc import Mapping

from ..told import Told
from .chart import Chart
from .fan_chart import Ahead, FanChart
from .step_chart import Step, StepChart

__all__ = ["chance_said", "fan", "forecast"]

Values = dict[str, float]
RANGE = {"expected", "p10", "p50", "p90"}
NEEDED = RANGE | {"won", "from_open", "from_new"}


def forecast(figure: Told, period: str) -> Chart | None:
    """From what is won over what open and new deals bring to what is expected, with P10 and P90."""
    said, values = figure.said, _by_period(figure).get(period, {})
    if NEEDED - values.keys():
        return None
    level, steps = values["won"], [_level(figure, "won", values["won"])]
    for name in ("from_open", "from_new"):
        after = level + values[name]
        look = "u" if values[name] >= 0 else "d"
        steps.append(Step(_label(figure, name), level, after, _text(figure, values[name]), look))
        level = after
    expected = values["expected"]
    steps.append(
        Step(
            _label(figure, "expected"), 0, expected, _text(figure, expected), "a",
            (values["p10"], values["p90"]),
        )
    )  # fmt: skip
    finding, target = _finding(figure, values), values.get("target")
    rows = [
        [
            _label(figure, name),
            chance_said(value) if name == "target_chance" else _text(figure, value),
        ]
        for name, value in values.items()
        if name != "open_deals"
    ]
    shape = StepChart(
        steps,
        figure.text,
        (said.say("part"), figure.title),
        line=None if target is None else (said.say("target"), target),
        interval_name=said.say("p10_to_p90"),
    )
    header = [said.say("part"), said.say("value")]
    return Chart(
        "forecast", f"{figure.title}, {period}", finding, header, rows, shape, lang=said.lang
    )


def fan(figure: Told) -> Chart | None:
    """What came of the periods that are over, and what the others are expected to come to.

    None where nothing lies ahead, or where there is one period alone.  Ranges do not add, so each
    period stands by itself.
    """
    said, course = figure.said, _course(figure)
    labels = [label for label, _, _ in course]
    open_ones = [unfinished for _, unfinished, _ in course]
    each = [values for _, _, values in course]
    known = [None if open_ else one.get("won") for one, open_ in zip(each, open_ones, strict=True)]
    ahead = [
        Ahead(one["expected"], one["p10"], one["p90"], one.get("won"))
        if open_ and not RANGE - one.keys()
        else None
        for one, open_ in zip(each, open_ones, strict=True)
    ]
    coming = [at for at, one in enumerate(ahead) if one is not None]
    over = [at for at, one in enumerate(known) if one is not None]
    if not coming or len(coming) + len(over) < 2:
        return None
    targets = [one.get("target") for one in each]
    called = {
        "known": said.say("was_won") if over else "",
        "expected": _label(figure, "expected"),
        "band": said.say("p10_to_p90"),
        "target": said.say("target") if any(one is not None for one in targets) else "",
        "so_far": said.say("won_so_far") if any(one and one.so_far for one in ahead) else "",
    }
    shape = FanChart(
        labels, known, ahead, targets, figure.text,
        {what: name for what, name in called.items() if name}, (said.say("period"), figure.title),
    )  # fmt: skip
    names = ["won", "expected", "p10", "p50", "p90"]
    names += ["target", "target_chance"] if called["target"] else []
    rows = [
        [
            f"{label} ({said.say('unfinished')})" if open_ else label,
            *(_cell(figure, name, one, open_) for name in names),
        ]
        for label, one, open_ in zip(labels, each, open_ones, strict=True)
    ]
    first, last = coming[0], coming[-1]
    before = [at for at in over if at < first]
    finding = f"{labels[first]}: {_finding(figure, each[first])}"
    if before:
        won = _text(figure, each[before[-1]]["won"])
        came = said.say("finding_came_to", period=labels[before[-1]], value=won)
        finding = f"{came} {finding}"
    if last != first:
        finding += " " + said.say(
            "finding_farther", period=labels[last], expected=_text(figure, each[last]["expected"]),
            low=_text(figure, each[last]["p10"]), high=_text(figure, each[last]["p90"]),
        )  # fmt: skip
    header = [said.say("period"), *(_label(figure, name) for name in names)]
    return Chart("fan", figure.title, finding, header, rows, shape, lang=said.lang)


def _course(figure: Told) -> list[tuple[str, bool, Values]]:
    """What a snapshot's periods are split into, else the periods: label, not over, its parts."""
    if pieces := [one for one in figure.figure.series if not one.group]:
        return [(one.period.label, one.unfinished, _numbers(one.parts)) for one in pieces]
    parts = _by_period(figure)
    return [(label, one.unfinished, parts.get(label, {})) for label, one in figure.whole.items()]


def _by_period(figure: Told) -> dict[str, Values]:
    """What each period's figure of the whole is made of."""
    return {
        part.period: _numbers(part.values)
        for part in figure.figure.table
        if part.period is not None and not part.group
    }


def _numbers(values: Mapping[str, object]) -> Values:
    """The parts that are known."""
    return {name: float(v) for name, v in values.items() if isinstance(v, (int, float))}


def _cell(figure: Told, name: str, values: Mapping[str, float], open_: bool) -> str:
    """Of a period that is over only what came, and what was wanted."""
    if name not in values or not (open_ or name in ("won", "target")):
        return "-"
    value = values[name]
    return chance_said(value) if name == "target_chance" else _text(figure, value)


def _finding(figure: Told, values: Mapping[str, float]) -> str:
    """What is expected of a period, from where to where, and the chance of its target.

    Of what is won so far nothing is said where nobody knows the amounts.
    """
    said = figure.said
    finding = said.say(
        "finding_forecast", expected=_text(figure, values["expected"]),
        low=_text(figure, values["p10"]), high=_text(figure, values["p90"]),
    )  # fmt: skip
    if "won" in values:
        finding += said.say("finding_so_far", won=_text(figure, values["won"]))
    target, chance = values.get("target"), values.get("target_chance")
    if target is None or chance is None:
        return f"{finding}."
    return finding + said.say(
        "finding_chance", target=_text(figure, target), chance=chance_said(chance)
    )


def chance_said(share: float) -> str:
    """A chance that is neither none nor certain is not shown as if it were."""
    return "<1%" if 0 < share < 0.01 else ">99%" if 0.99 < share < 1 else f"{share:.0%}"


def _text(figure: Told, value: float) -> str:
    return figure.text(int(value) if value.is_integer() else value)


def _label(figure: Told, name: str) -> str:
    said = figure.said.column(name, figure.figure.of)
    return said if figure.said.lang == "ko" else said.replace("_", " ")


def _level(figure: Told, name: str, value: float) -> Step:
    return Step(_label(figure, name), 0, value, _text(figure, value), "a")
