"""What a period will come to: what is won, what is to come, how sure that is, and the target."""

from __future__ import annotations

from ..told import Told
from .chart import Chart
from .step_chart import Step, StepChart

__all__ = ["chance_said", "forecast"]

NEEDED = {"expected", "won", "from_open", "from_new", "p10", "p50", "p90"}


def forecast(figure: Told, period: str) -> Chart | None:
    """From what is won over what open and new deals bring to what is expected, with P10 and P90."""
    parts = [one for one in figure.figure.table if one.period == period and not one.group]
    if not parts:
        return None
    said = figure.said
    values = {
        name: float(value)
        for name, value in parts[0].values.items()
        if isinstance(value, (int, float))
    }
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
            low=values["p10"], high=values["p90"],
        )
    )  # fmt: skip
    finding = said.say(
        "finding_forecast", expected=_text(figure, expected), won=_text(figure, values["won"]),
        low=_text(figure, values["p10"]), high=_text(figure, values["p90"]),
    )  # fmt: skip
    target, chance = values.get("target"), values.get("target_chance")
    if target is not None and chance is not None:
        finding += said.say(
            "finding_chance", target=_text(figure, target), chance=chance_said(chance)
        )
    else:
        finding += "."
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
