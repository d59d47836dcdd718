"""A forecast of several periods read back: what came, the band, what is expected, the targets."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

import pytest
from drawn import Picture, axes_of, encoded, near
from drawn_rows import DEMO, money

import salesmetrics as sm
from salesmetrics.report.charts.chart import Chart
from salesmetrics.report.charts.fan_chart import Ahead, FanChart
from salesmetrics.snapshots.document import document_of

Point = tuple[float, float]


@pytest.fixture(scope="module")
def demo() -> sm.CRM:
    return sm.read(DEMO)


@dataclass(frozen=True)
class Seen:
    """A period as its reader is to see it: what came, or from where to where it will."""

    label: str
    came: float | None = None
    expected: float | None = None
    low: float = 0.0
    high: float = 0.0
    so_far: float = 0.0
    target: float | None = None


def seen(result: Any) -> list[Seen]:
    """Each period by its own parts."""
    found = []
    for cell in result.rows():
        parts = cell.parts
        if not cell.unfinished:
            found.append(
                Seen(cell.period.label, came=parts["won"], target=parts.get("target"))
            )  # fmt: skip
        elif cell.value is None:
            found.append(Seen(cell.period.label, target=parts.get("target")))
        else:
            found.append(
                Seen(cell.period.label, None, cell.value, parts["p10"], parts["p90"],
                     parts["won"] or 0.0, parts.get("target"))
            )  # fmt: skip
    return found


def bands_of(wanted: Sequence[Seen]) -> list[list[tuple[int, float, float, float]]]:
    """(place, lowest, middle, highest) of periods ahead, one after another, from what came."""
    found: list[list[tuple[int, float, float, float]]] = []
    for at, one in enumerate(wanted):
        if one.expected is None:
            continue
        before = wanted[at - 1] if at else None
        if before is None or before.expected is None:
            came = before.came if before else None
            found.append([] if came is None else [(at - 1, came, came, came)])
        found[-1].append((at, one.low, one.expected, one.high))
    return found


def lines_of(values: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    found: list[list[tuple[int, float]]] = [[]]
    for at, value in enumerate(values):
        if value is None:
            found.append([])
        else:
            found[-1].append((at, value))
    return [run for run in found if run]


def same(drawn: Sequence[Sequence[Point]], wanted: Sequence[Sequence[Point]]) -> None:
    assert len(drawn) == len(wanted), (drawn, wanted)
    for one, other in zip(sorted(drawn), sorted(wanted), strict=True):
        assert len(one) == len(other), (one, other)
        assert all(near(a, c) and near(b, d) for (a, b), (c, d) in zip(one, other, strict=True))


def is_flat(line: Sequence[Point], wide: float) -> bool:
    """Of one height, and as wide as a target of one period is."""
    return len(line) == 2 and line[0][1] == line[1][1] and near(line[1][0] - line[0][0], wide)


def look_at_fan(chart: Any, wanted: Sequence[Seen]) -> Picture:
    """The picture has this of each period and nothing else."""
    picture = Picture(chart)
    axis, last = picture.axis(across=False), len(wanted) - 1
    (left, _), (right, _) = picture.of("g")[0].points

    def x(at: float) -> float:
        return left + (right - left) * at / max(last, 1)

    bands = [one.points for one in picture.of("a")]
    polygons = []
    for run in bands_of(wanted):
        if len(run) == 1:
            ((at, low, _, high),) = run
            (alone,) = [band for band in bands if near(sum(p[0] for p in band) / 4, x(at))]
            assert 4 <= alone[1][0] - alone[0][0] <= 12 and len(alone) == 4
            edges = [(alone[0][0], low, high), (alone[1][0], low, high)]
        else:
            edges = [(x(at), low, high) for at, low, _, high in run]
        polygons.append(
            [(place, axis.at(high)) for place, _, high in edges]
            + [(place, axis.at(low)) for place, low, _ in reversed(edges)]
        )
    same(bands, polygons)
    assert all(one.closed for one in picture.of("a"))
    came = lines_of([one.came for one in wanted])
    placed = [[(x(at), axis.at(value)) for at, value in run] for run in came]
    same([one.points for one in picture.of("l")], [run for run in placed if len(run) > 1])
    same([one.points for one in picture.of("k")], [[point] for run in placed for point in run])
    ways = [[(x(at), axis.at(middle)) for at, _, middle, _ in run] for run in bands_of(wanted)]
    same([one.points for one in picture.of("o")], [way for way in ways if len(way) > 1])
    ahead = [(at, one) for at, one in enumerate(wanted) if one.expected is not None]
    rings = [[(x(at), axis.at(one.expected or 0.0))] for at, one in ahead]
    same([[c[:2]] for c in picture.circles if c[2] == "h"], rings)
    marks = [[(x(at), axis.at(one.so_far))] for at, one in ahead if one.so_far]
    diamonds = [one for one in picture.of("w") if one.is_diamond]
    same([[(one.points[1][0], one.middle)] for one in diamonds], marks)
    targets = lines_of([one.target for one in wanted])
    placed = [[(x(at), axis.at(value)) for at, value in run] for run in targets]
    aims = [one.points for one in picture.of("t")]
    same([aim for aim in aims if not is_flat(aim, 24)], [run for run in placed if len(run) > 1])
    short = [[((aim[0][0] + aim[1][0]) / 2, aim[0][1])] for aim in aims if is_flat(aim, 24)]
    same(short, [run for run in placed if len(run) == 1])
    assert not [
        c for c in picture.circles if c[2] == "t"
    ]  # which would hide below what is expected
    # The band lies below the lines and the points.
    shapes = [at for at, one in enumerate(picture.root) if "fill-opacity" in one.attrib
              and one.tag.endswith("path")]  # fmt: skip
    lines = [at for at, one in enumerate(picture.root) if one.get("class") in ("l", "o", "h", "t")]
    assert len(shapes) == len(polygons) and max(shapes) < min(lines)
    # The scale begins at 0 or below, and has no number without need.
    values = [0.0, *(v for one in wanted for v in (one.came, one.target) if v is not None)]
    values += [v for _, one in ahead for v in (one.low, one.high, one.so_far, one.expected or 0)]
    edge = 1e-6 * axis.step
    assert axis.first[0] - edge <= min(values) < axis.first[0] + axis.step
    assert axis.last[0] - axis.step < max(values) <= axis.last[0] + edge
    # The last period has its label, below its point.
    names = [t for t in picture.texts if t.text in {one.label for one in wanted}]
    assert max(names, key=lambda one: one.x).text == wanted[-1].label
    looks = ["l"] * bool(came) + ["o", "a"] + ["t"] * bool(targets) + ["wZ"] * bool(marks)
    assert list(picture.legend.values()) == looks
    return picture


def look_at_other_backends(result: Any, wanted: Sequence[Seen], lang: str) -> None:
    spec = result.plot(backend="vega", lang=lang)
    names = [one.label for one in wanted]
    runs = [edge for run in bands_of(wanted) for edge in run]
    assert encoded(spec, "x", "area") == [[names[at] for at, *_ in runs]]
    assert encoded(spec, "y", "area") == [[low for _, low, _, _ in runs]]
    assert encoded(spec, "y2", "area") == [[high for *_, high in runs]]
    lines = encoded(spec, "y", "line")
    assert lines[0] == [one.came for one in wanted]
    assert lines[1] == [middle for _, _, middle, _ in runs]
    assert lines[2:] == [[one.target for one in wanted]] * any(one.target for one in wanted)
    marks = [one.so_far for one in wanted if one.so_far]
    assert encoded(spec, "y", "point") == [marks] * bool(marks)
    for layer in spec["layer"]:  # whichever is drawn first: periods stand in their order
        assert layer["encoding"]["x"]["sort"] == names
    axes = axes_of(result, lang=lang)
    if axes is None:
        return
    assert [one.get_text() for one in axes.get_xticklabels()] == names
    drawn: set[tuple[int, float]] = set()
    for area in axes.collections:
        drawn |= {(round(px), round(py, 2)) for px, py in area.get_paths()[0].vertices}
    assert drawn == {(at, round(v, 2)) for at, low, _, high in runs for v in (low, high)}
    points = {
        (float(a), float(b)) for line in axes.lines
        for a, b in zip(line.get_xdata(), line.get_ydata(), strict=True) if not isnan(b)
    }  # fmt: skip
    assert points == {
        (at, value) for at, one in enumerate(wanted)
        for value in (one.came, one.expected, one.target, one.so_far or None) if value is not None
    }  # fmt: skip


ASKED = {
    "months": sm.period("2025-06-01..2026-04-30").split("month"),
    "quarters": sm.period("2025-01-01..2026-12-31").split("quarter"),
    "two": ("2025-Q3", "2025-Q4"),
    "ahead alone": ("2025-12", "2026-01", "2026-02"),
    "apart": ("2026-01", "2025-10", "2025-12"),
    "out of order": ("2026-02", "2025-09", "2025-08"),
    "weeks with long names at both ends": sm.period("2025-07-01..2026-03-31").split("week"),
    "days": sm.period("2025-10-15..2026-01-05").split("day"),
}


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("target", [None, 3e8, 2.5e9])
@pytest.mark.parametrize("known", ["2025-10-20", "2025-12-10", "2025-12-31"])
@pytest.mark.parametrize("asked", ASKED)
def test_forecasts_of_several_periods(
    demo: sm.CRM, asked: str, known: str, target: float | None, lang: str
) -> None:
    given: dict[str, Any] = {} if target is None else {"target": target}
    result: Any = sm.bookings_forecast(demo.as_of(known), list(ASKED[asked]), **given)
    wanted = seen(result)
    if not any(one.expected is not None for one in wanted):  # all of it is over
        with pytest.raises(sm.SalesMetricsError, match="not over"):
            result.plot("fan", lang=lang)
        return
    chart = result.plot(lang=lang)
    assert chart.kind == "fan" and chart.to_svg() == result.plot("fan", lang=lang).to_svg()
    look_at_fan(chart, wanted)
    look_at_other_backends(result, wanted, lang)
    told_of(chart, result, wanted, lang)


def told_of(chart: Chart, result: Any, wanted: Sequence[Seen], lang: str) -> None:
    """The finding and the table have the figures' own numbers."""

    def told(value: float | None) -> str:
        return "-" if value is None else money(value, "KRW", lang)

    ahead = [one for one in wanted if one.expected is not None]
    first, last = ahead[0], ahead[-1]
    for one in (first, last):
        assert one.label in chart.finding
        assert all(told(v) in chart.finding for v in (one.expected, one.low, one.high))
    parts = {cell.period.label: cell.parts for cell in result.rows()}
    so_far = {"en": "is won", "ko": "수주 확정"}[lang]
    assert (so_far in chart.finding) == (parts[first.label]["won"] is not None)
    assert told(first.so_far) in chart.finding or so_far not in chart.finding
    if first.target is not None:
        chance = parts[first.label]["target_chance"]
        assert chance_told(chance) in chart.finding and told(first.target) in chart.finding
    came = [one for one in wanted[: wanted.index(first)] if one.came is not None]
    if came:
        assert chart.finding.startswith(f"{came[-1].label}: ")
        assert told(came[-1].came) in chart.finding
    else:  # what came of a period that is listed later is not told as if it were before
        assert chart.finding.startswith(f"{first.label}: ")
    assert len(chart.rows) == len(wanted)
    over = {cell.period.label for cell in result.rows() if not cell.unfinished}
    for row, one in zip(chart.rows, wanted, strict=True):
        mine = parts[one.label]
        is_over = one.label in over
        assert row[0].split(" ")[0] == one.label and ("(" in row[0]) == (not is_over)
        if is_over:
            texts = [told(one.came), "-", "-", "-", "-"]
        else:
            texts = [told(mine[name]) for name in ("won", "expected", "p10", "p50", "p90")]
        if any(other.target is not None for other in wanted):
            texts.append(told(one.target))
            texts.append("-" if is_over else chance_told(mine["target_chance"]))
        assert list(row[1:]) == texts
    assert all(len(row) == len(chart.header) for row in chart.rows)


def chance_told(chance: float) -> str:
    if 0 < chance < 0.01:
        return "<1%"
    return ">99%" if 0.99 < chance < 1 else f"{chance:.0%}"


@pytest.mark.parametrize("seed", range(40))
def test_periods_in_any_order_known_ahead_or_neither(seed: int) -> None:
    draw = random.Random(seed)
    size, wanted = draw.choice([1.0, 1e3, 2e8]), []
    for at in range(draw.randint(1, 14)):
        low, expected, high = sorted(draw.uniform(-0.3 if seed % 3 == 0 else 0, 9) * size
                                     for _ in range(3))  # fmt: skip
        target = draw.choice([None, size * draw.randint(1, 9)]) if seed % 2 else None
        kind = draw.choice(["came", "ahead", "ahead", "neither"])
        label = f"2025-{at + 1:02}"
        if kind == "ahead":
            so_far = draw.choice([0.0, low / 2])
            wanted.append(Seen(label, None, expected, low, high, so_far, target))
        else:
            wanted.append(Seen(label, expected if kind == "came" else None, target=target))
    if not any(one.expected is not None for one in wanted):
        wanted[-1] = Seen(wanted[-1].label, None, size, 0.0, 2 * size)
    called = {"known": "won", "expected": "expected", "band": "P10 to P90", "target": "target",
              "so_far": "won so far"}  # fmt: skip
    there = {
        "known": any(one.came is not None for one in wanted),
        "target": any(one.target is not None for one in wanted),
        "so_far": any(one.so_far for one in wanted),
    }
    shape = FanChart(
        [one.label for one in wanted],
        [one.came for one in wanted],
        [None if one.expected is None else Ahead(one.expected, one.low, one.high, one.so_far)
         for one in wanted],
        [one.target for one in wanted],
        lambda value: f"{value:,.1f}" if size == 1 else f"{value:,.0f}",
        {what: name for what, name in called.items() if there.get(what, True)},
    )  # fmt: skip
    look_at_fan(Chart("fan", "t", "f", ["a"], [["b"]], shape), wanted)
    aims = [one for one in shape.vega()["layer"] if one["encoding"]["y"]["field"] == "target"]
    assert len(aims) == there["target"]
    assert all(one["mark"]["point"]["shape"] == "stroke" for one in aims)  # one alone has no line


def test_what_nobody_knows_leads_nowhere() -> None:
    """Wins without amounts are no 0; open deals without amounts let nobody expect anything."""
    rows: list[dict[str, object]] = [
        {"id": n, "owner": "ana", "created_at": f"2025-0{month}-01", "outcome": "won",
         "closed_at": f"2025-0{month}-20", "amount": None if month == 3 else 100}
        for n, month in enumerate((1, 2, 3, 4))
    ]  # fmt: skip
    rows.append({"id": 9, "owner": "ana", "created_at": "2025-04-02", "outcome": "open",
                 "amount": None, "expected_close_at": "2025-06-01"})  # fmt: skip
    crm = sm.CRM(deals=rows, currency="USD", tz="UTC").as_of("2025-05-10")
    asked = sm.period("2025-01-01..2025-07-31").split("month")
    result: Any = sm.bookings_forecast(crm, asked)
    assert [cell.parts["won"] for cell in result.rows()][:4] == [100, 100, None, 100]
    assert all(cell.value is None for cell in result.rows()[4:])
    with pytest.raises(sm.SalesMetricsError, match="'fan' shows, which is two periods or more"):
        result.plot("fan")


def test_one_period_is_steps_and_groups_are_none(demo: sm.CRM) -> None:
    assert sm.bookings_forecast(demo, "2026-Q1").plot().kind == "forecast"
    with pytest.raises(sm.SalesMetricsError, match="two periods or more"):
        sm.bookings_forecast(demo, "2026-Q1").plot("fan")
    with pytest.raises(sm.SalesMetricsError, match="without groups"):
        sm.bookings_forecast(demo, ["2025-Q4", "2026-Q1"], by="owner").plot("fan")
    with pytest.raises(sm.SalesMetricsError, match="two periods or more"):
        demo.kpi("bookings", ["2025-Q3", "2025-Q4"]).plot("fan")


def fans_of(page: str) -> list[str]:
    """What is said of the pictures of a page that have a band."""
    pictures = [text for text in re.findall(r"<svg\b.*?</svg>", page) if "<path class=a" in text]
    return [re.findall("<desc>(.*?)</desc>", text)[0] for text in pictures]


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_page_of_several_periods_has_a_fan(demo: sm.CRM, lang: str) -> None:
    """Of the periods, with a target each; of the pieces where periods are split."""
    targets = [sm.Target(kpi="bookings", value=value, period=period)
               for period, value in (("2025-Q4", 7e8), ("2026-Q1", 9e8))]  # fmt: skip
    asked = ["2025-Q3", "2025-Q4", "2026-Q1"]
    taken = sm.snapshot(demo, asked, kpis=["bookings_forecast"], targets=targets)
    (fan,) = fans_of(taken.to_html(lang=lang))
    cells = sm.bookings_forecast(demo, asked).rows()
    for value in (cells[0].value, cells[1].value, cells[2].parts["expected"], 7e8):
        assert money(value or 0, "KRW", lang) in fan
    split = sm.snapshot(demo, "2025-Q4", kpis=["bookings_forecast"], every="month")
    (fan,) = fans_of(split.to_html(lang=lang))
    months = sm.bookings_forecast(demo, list(sm.period("2025-Q4").split("month"))).rows()
    for value in (months[1].value, months[2].parts["p10"], months[2].parts["p90"]):
        assert money(value or 0, "KRW", lang) in fan
    again = type(document_of(split)).model_validate_json(split.to_json())
    assert again.to_html(lang=lang) == split.to_html(lang=lang)
    alone = sm.snapshot(demo, "2025-Q4", kpis=["bookings_forecast"])
    assert fans_of(alone.to_html(lang=lang)) == []
