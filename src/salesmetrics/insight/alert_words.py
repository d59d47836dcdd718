"""What each kind of alert says, in English and Korean; {names} are its facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..catalog import ENTRIES
from ..reasons import filled, name_said
from ..results.formats import RATES, number_text
from ..results.names import NAMELESS
from ..results.words import words

__all__ = ["ALERTS", "alert_said"]

ALERTS: Mapping[str, tuple[str, str]] = {
    "above": ("{kpi} is {value}, above {limit}", "{kpi} {value}: 상한 {limit} 초과"),
    "below": ("{kpi} is {value}, below {limit}", "{kpi} {value}: 하한 {limit} 미달"),
    "change": (
        "{kpi} is {value}, {change} against {base} in {base_period}",
        "{kpi} {value}: {base_period}의 {base} 대비 {change}",
    ),
    "declining": (
        "{kpi} went the wrong way {times} times in a row: {course}",
        "{kpi} {times}회 연속 악화: {course}",
    ),
    "pace": (
        "{kpi} is {value} after {elapsed} of {days} days: {behind} behind the pace for {target}",
        "{kpi} {value}: {days}일 중 {elapsed}일이 지난 시점에 목표 {target}의 페이스보다 {behind} "
        "뒤처짐",
    ),
    "forecast": (
        "{kpi} reaches {target} with a chance of {chance}: it is {value}, and the rest is as in "
        "{periods} periods before",
        "{kpi} 목표 {target} 달성 확률 {chance}: 현재 {value}, 나머지는 이전 {periods}개 기간과 "
        "같다고 봄",
    ),
    "forecast_by_deals": (
        "{kpi} reaches {target} with a chance of {chance}: {value} is won, and with the open deals "
        "and those still to come {expected} is expected",
        "{kpi} 목표 {target} 달성 확률 {chance}: 현재 {value}, 진행 중인 딜과 앞으로 생길 딜을 "
        "더하면 {expected} 예상",
    ),
    "no_rows": (
        "{kpi} has no rows, where {base_period} had {base_n}",
        "{kpi} 데이터 없음({base_period}에는 {base_n}건)",
    ),
    "late": (
        "{table:table} end on {last}, {days} days before what is known",
        "{table:table} 마지막 기록이 {last}로, 데이터 기준일보다 {days}일 앞섬",
    ),
    "unusual_high": (
        "{kpi} is {value}, more than usual: {expected} is expected, {limit} the limit",
        "{kpi} {value}: 평소보다 높음(예상 {expected}, 한계 {limit})",
    ),
    "unusual_low": (
        "{kpi} is {value}, less than usual: {expected} is expected, {limit} the limit",
        "{kpi} {value}: 평소보다 낮음(예상 {expected}, 한계 {limit})",
    ),
    "shift_high": (
        "{kpi} is {value} and has been above {expected} for several periods",
        "{kpi} {value}: 여러 기간 계속 {expected}보다 높음",
    ),
    "shift_low": (
        "{kpi} is {value} and has been below {expected} for several periods",
        "{kpi} {value}: 여러 기간 계속 {expected}보다 낮음",
    ),
    "sees": (
        "with {n} row{n:s} and {baseline} period{baseline:s} before it no change below {sees} is "
        "visible",
        "{n}건, 이전 {baseline}개 기간으로는 {sees} 미만의 변화를 알 수 없음",
    ),
}
FIGURES = ("value", "limit", "base", "expected", "target", "gap")
SHARES = ("behind", "chance")


def alert_said(
    code: str,
    facts: Mapping[str, Any],
    unit: str,
    currency: str | None,
    lang: str,
    called: Mapping[str, Mapping[str, str]] = NAMELESS,
) -> str:
    """The sentence of a code, its figures said in their unit."""
    said = words(lang, called)

    def figure(value: float) -> str:
        if unit in RATES:
            return f"{value:z.1%}"
        whole = float(value).is_integer() and currency is None
        text = number_text(int(value) if whole else value, unit, currency, said)
        return text if currency is None or lang == "ko" else f"{text} {currency}"

    told: dict[str, Any] = {}
    for name, value in facts.items():
        if name == "kpi":
            told[name] = "" if value is None else said.title(ENTRIES[value])
        elif name == "group":
            told[name] = value
        elif value is None:
            told[name] = "-"
        elif name in FIGURES:
            told[name] = figure(value)
        elif name == "course":
            told[name] = " > ".join(map(figure, value))
        elif name in SHARES:
            told[name] = f"{value:.0%}" if value >= 0.01 or value <= 0 else "<1%"
        elif name in ("change", "sees"):
            told[name] = _change(value, facts.get("points", False), name == "change", said.lang)
        else:
            told[name] = value
    template = ALERTS[code][0 if lang == "en" else 1]
    text = filled(template, told, lang)
    group = facts.get("group") or {}
    where = ", ".join(
        f"{name_said(column, lang)} {said.name(column, label)}" for column, label in group.items()
    )
    return f"{where}: {text}" if where else text


def _change(value: float, points: bool, signed: bool, lang: str) -> str:
    sign = "+" if signed else ""
    if points:
        return f"{value * 100:{sign},.1f} {'pp' if lang == 'en' else '%p'}"
    return f"{value:{sign},.0%}"
