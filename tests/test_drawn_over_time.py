"""Courses and tables in shades read back from the picture: points, runs, shades, dashed cells."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby, pairwise
from math import isnan, nan
from typing import Any

import pytest
from drawn import Picture, axes_of, encoded, is_name, near
from drawn_rows import money, ugly

import salesmetrics as sm

Value = float | None
KPIS = ("bookings", "win_rate", "won_deals", "sales_cycle")


def months(count: int) -> list[Any]:
    """The last months up to June 2025, which is not over."""
    return [*sm.period("2023-01-01..2025-06-30").split("month")[-count:]]


def years(seed: int, kpi: str, count: int) -> Any:
    """A figure of months with gaps, below 0 and of 0; before a first one there is nothing."""
    draw = random.Random(seed)
    share, begun = draw.choice([0.2, 0.6, 1.0]), draw.choice([0, 0, 9, count - 2])
    rows: list[dict[str, object]] = []
    for one in months(count)[begun:]:
        for _ in range(draw.choice([1, 3]) if draw.random() < share else 0):
            closed = one.start + timedelta(days=draw.randint(0, 12))
            rows.append(
                {"id": len(rows), "owner": "ana", "closed_at": closed,
                 "created_at": closed - timedelta(days=draw.randint(3, 90)),
                 "outcome": draw.choice(["won", "won", "lost"]),
                 "amount": draw.choice([0, 8, 350, -20] if seed % 2 else [1e9, 3_200_000_000])}
            )  # fmt: skip
    rows.append(
        {"id": "one", "created_at": date(2025, 1, 2), "closed_at": date(2025, 4, 3),
         "outcome": "won", "amount": 12, "owner": "ana"}
    )  # fmt: skip
    known = "2025-05-20" if seed == 2 else "2025-06-15"  # one month is not over, or two
    crm = sm.CRM(deals=rows, currency="USD", tz="UTC").as_of(known)
    return crm.kpi(kpi, months(count))


def runs(values: Sequence[Value], but: Sequence[bool]) -> list[list[int]]:
    """The places of values that stand beside one another."""
    there = [value is not None and not out for value, out in zip(values, but, strict=True)]
    grouped = groupby(range(len(values)), key=lambda at: there[at])
    return [list(places) for known, places in grouped if known]


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("count", [2, 12, 19, 24, 30])
@pytest.mark.parametrize("kpi", KPIS)
@pytest.mark.parametrize("seed", range(3))
def test_courses(seed: int, kpi: str, count: int, lang: str) -> None:
    result = years(seed, kpi, count)
    cells = result.rows()
    now, before = cells[-12:], cells[-24:-12]
    values = [cell.value for cell in now]
    earlier = [None] * (len(now) - len(before)) + [cell.value for cell in before]
    not_over = [cell.unfinished for cell in now]
    late = 2 if seed == 2 else 1
    assert not_over == [False] * (len(now) - late) + [True] * late
    if all(value is None for value in values):
        with pytest.raises(sm.SalesMetricsError):
            result.plot("trend", lang=lang)
        return
    chart = result.plot("trend", lang=lang)
    picture = Picture(chart)
    axis, last = picture.axis(across=False), len(now) - 1
    (left, _), (right, _) = picture.of("g")[0].points

    def x(at: int) -> float:
        return left + (right - left) * at / last

    def points(places: Sequence[int], of: Sequence[Value]) -> list[tuple[float, float]]:
        return [(x(at), axis.at(of[at] or 0.0)) for at in places]

    def same(drawn: Any, wanted: Any) -> None:
        assert len(drawn) == len(wanted), (drawn, wanted)
        for one, other in zip(sorted(drawn), sorted(wanted), strict=True):
            assert len(one) == len(other)
            assert all(near(a, c) and near(b, d) for (a, b), (c, d) in zip(one, other, strict=True))

    whole = runs(values, not_over)
    dots = [[point] for run in whole for point in points(run, values)]
    same([one.points for one in picture.of("k")], dots)
    same([one.points for one in picture.of("l")], [points(r, values) for r in whole if len(r) > 1])
    open_ones = [at for at in range(len(now)) if not_over[at] and values[at] is not None]
    open_dots = [c[:2] for c in picture.circles if c[2] == "h"]
    same([[one] for one in open_dots], [points([at], values) for at in open_ones])
    ways = [[at - 1, at] for at in open_ones if at - 1 in {at for run in whole for at in run}]
    same([one.points for one in picture.of("o")], [points(way, values) for way in ways])
    past = runs(earlier, [False] * len(now))
    same([one.points for one in picture.of("p")], [points(r, earlier) for r in past if len(r) > 1])
    alone = [c[:2] for c in picture.circles if c[2] == "p"]
    same([[one] for one in alone], [points(r, earlier) for r in past if len(r) == 1])
    # The scale: from 0 what is a sum, no number without need.
    known = [v for v in (*values, *earlier) if v is not None]
    low, high, from_zero = min(known), max(known), kpi in ("bookings", "won_deals")
    low = min(low, 0) if from_zero else low
    edge = 1e-6 * axis.step
    assert axis.first[0] <= low + edge and high - edge <= axis.last[0]
    if high > low:
        assert axis.first[0] + axis.step > low and axis.last[0] - axis.step < high
    # Its labels: the last period and as many before as there is room for, below their points.
    labels = [t for t in picture.texts if t.y > picture.high - 20]
    names = [cell.period.label for cell in now]
    labels = sorted((t for t in labels if t.text in names), key=lambda one: one.x)
    at = [names.index(t.text) for t in labels]
    assert at[-1] == last and len({b - a for a, b in pairwise(at)}) <= 1
    assert len(at) > 3 or len(at) == len(now)
    assert all(near(t.x, x(i)) for t, i in zip(labels[:-1], at, strict=False))
    assert labels[-1].span[0] < x(last) <= labels[-1].span[1]
    wanted = ["l", *(["p"] if before else []), "o"]
    assert list(picture.legend.values()) == wanted
    # The table, the finding.
    assert [row[0].split(" ")[0] for row in chart.rows] == names
    assert ["(" in row[0] for row in chart.rows] == not_over
    for row, value, past_value in zip(chart.rows, values, earlier, strict=True):
        assert len(row) == 2 + bool(before)
        assert row[1] == told(kpi, value, lang)
        if before:
            assert row[2] == ("-" if past_value is None else told(kpi, past_value, lang))
    over = [i for i, v in enumerate(values) if v is not None and not not_over[i]] or open_ones
    assert names[over[-1]] in chart.finding and told(kpi, values[over[-1]], lang) in chart.finding
    if earlier[over[-1]] is not None:
        assert told(kpi, earlier[over[-1]], lang) in chart.finding
    elif len({values[i] for i in over}) > 1:
        assert told(kpi, max(values[i] for i in over), lang) in chart.finding
    _others(result, names, values, earlier if before else None, not_over, from_zero, lang)


def _others(
    result: Any, names: list[str], values: list[Value], earlier: list[Value] | None,
    not_over: list[bool], from_zero: bool, lang: str,
) -> None:  # fmt: skip
    both = values + (earlier or [])
    spec = result.plot("trend", backend="vega", lang=lang)
    assert encoded(spec, "y", "line") == [both]
    assert encoded(spec, "x", "line") == [names * (1 if earlier is None else 2)]
    assert len(set(encoded(spec, "color", "line")[0])) == 1 + (earlier is not None)
    assert spec["encoding"]["y"]["scale"] == {"zero": from_zero}
    told = [one["unfinished"] for one in spec["data"]["values"]]
    assert told == not_over + [False] * (len(both) - len(values))
    axes = axes_of(result, "trend", lang=lang)
    if axes is None:
        return
    lines = [list(line.get_ydata()) for line in axes.lines if len(line.get_xdata())]
    over = [nan if v is None or out else v for v, out in zip(values, not_over, strict=True)]
    wanted = [over]
    for at, value in enumerate(values):
        if not_over[at]:
            way = [values[at - 1]] if at and not not_over[at - 1] else []
            wanted.append([nan if v is None else v for v in (*way, value)])
    if earlier is not None:
        wanted.append([nan if v is None else v for v in earlier])
    assert len(lines) == len(wanted)
    assert all(one == pytest.approx(other, nan_ok=True)
               for one, other in zip(lines, wanted, strict=True))  # fmt: skip
    assert [one.get_text() for one in axes.get_xticklabels()] == names
    if from_zero:
        assert axes.get_ylim()[0] <= 0


def told(kpi: str, value: Value, lang: str) -> str:
    if value is None:
        return "undefined" if lang == "en" else "산출 불가"
    if kpi == "bookings":
        return money(value, "USD", lang)
    if kpi == "win_rate":
        return f"{value:.1%}"
    if kpi == "won_deals":
        return f"{value:,}"
    number = f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"
    return f"{number}일" if lang == "ko" else f"{number} day{'' if value == 1 else 's'}"


def look_at_cells(
    result: Any, chart: Any, columns: list[str], values: list[list[Value]],
    open_cells: set[tuple[int, int]], texts: list[list[str]], **given: Any,
) -> None:  # fmt: skip
    """A shade for each value, from the least to the most; dashed what is not over."""
    picture = Picture(chart)
    rows = picture.rows()
    assert len(rows) == len(values)
    assert all(is_name(row.label, told[0]) for row, told in zip(rows, chart.rows, strict=False))
    left = next(t.x for t in picture.texts if t.text == rows[0].label and "e" in t.looks) + 7
    size = max(rect.right - rect.left for rect in picture.rects) + 2
    farthest = max(rect.left - 1 - left for rect in picture.rects)
    if place := round(farthest / size):  # places have one decimal, and many make more
        size = farthest / place
    assert size * len(columns) <= picture.wide - left and size <= 64.1
    known = [v for row in values for v in row if v is not None]
    low, high = min(known), max(known)
    written = [t for t in picture.texts if t.looks == {"c"}]
    assert len(written) in (0, len(known))
    dashed = set()
    for i, (row, mine) in enumerate(zip(rows, values, strict=True)):
        places = [(rect.left - 1 - left) / size for rect in row.rects]
        drawn = [round(at) for at in places]
        assert all(abs(at - j) * size <= 0.2 for at, j in zip(places, drawn, strict=True))
        assert drawn == [j for j, v in enumerate(mine) if v is not None]
        for rect, j in zip(row.rects, drawn, strict=True):
            value = mine[j]
            assert value is not None and rect.look == "a"
            share = (value - low) / (high - low) if high > low else 0.0
            assert abs(rect.opacity - (0.08 + 0.62 * share)) <= 0.0051
            assert abs(rect.right - rect.left - size + 2) <= 0.11
            for line in picture.of("o"):
                xs, ys = zip(*line.points, strict=True)
                within = rect.left <= min(xs) and max(xs) <= rect.right
                if within and rect.top <= min(ys) and max(ys) <= rect.bottom:
                    assert line.closed and len(set(line.points)) == 4
                    assert max(xs) - min(xs) + 3 >= rect.right - rect.left
                    assert max(ys) - min(ys) + 3 >= rect.bottom - rect.top
                    dashed.add((i, j))
            inside = [t.text for t in written
                      if rect.left < t.x < rect.right and rect.top < t.y < rect.bottom]  # fmt: skip
            assert inside == ([texts[i][j]] if written else [])
            if written:
                text = next(t for t in written if t.text == inside[0])
                assert text.span[1] - text.span[0] <= size
    assert dashed == {(i, j) for i, j in open_cells if values[i][j] is not None}
    assert len(picture.of("o")) == len(dashed)
    heads = sorted((t for t in picture.texts if t.y == 16), key=lambda t: t.x)
    at = [columns.index(t.text) for t in heads]
    assert at[-1] == len(columns) - 1
    for head, j in zip(heads, at, strict=True):
        middle = left + size * (j + 0.5)
        assert near(head.x, middle) or (j == at[-1] and head.x < middle < head.span[1])
    assert [row[1:] for row in chart.rows[: len(texts)]] == texts
    assert list(chart.header[1:]) == columns
    flat = [(told[0], column, v) for told, row in zip(chart.rows, values, strict=False)
            for column, v in zip(columns, row, strict=True) if v is not None]  # fmt: skip
    spec = result.plot(chart.kind, backend="vega", **given)
    channels = [encoded(spec, name, "rect")[0] for name in ("y", "x", "color")]
    assert list(zip(*channels, strict=True)) == flat
    axes = axes_of(result, chart.kind, **given)
    if axes is None:
        return
    image = axes.images[0]
    grid = image.get_array().filled(nan)
    shown = [[None if isnan(v) else v for v in row] for row in grid.tolist()]
    assert shown == values
    most = high if high > low else low + 1
    assert image.get_clim() == pytest.approx((low, 2 * most - low))
    assert [t.get_text() for t in axes.get_xticklabels()] == columns
    assert [t.get_text() for t in axes.get_yticklabels()] == [r[0] for r in chart.rows][
        : len(values)
    ]
    beside = {(t.get_position()[1], t.get_position()[0]): t.get_text() for t in axes.texts}
    every = {(i, j): texts[i][j] for i, row in enumerate(values)
             for j, v in enumerate(row) if v is not None}  # fmt: skip
    assert beside in ({}, every)
    if len(columns) < 3:
        assert beside == every


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("count", [1, 2, 6, 14])
@pytest.mark.parametrize("kpi", ["bookings", "win_rate"])
@pytest.mark.parametrize("seed", range(8))
def test_groups_by_months(seed: int, kpi: str, count: int, lang: str) -> None:
    result = ugly(seed).kpi(kpi, months(count), by="owner")
    by_group: dict[Any, dict[str, Any]] = {}
    for cell in result.rows():
        by_group.setdefault(cell.group[0], {})[cell.period.label] = cell
    columns = [one.label for one in months(count)]
    if all(cell.value is None for cell in result.rows()):
        with pytest.raises(sm.SalesMetricsError):
            result.plot("heat", lang=lang)
        return
    chart = result.plot("heat", lang=lang)
    ranked = sorted(
        by_group, key=lambda one: -sum(cell.value or 0 for cell in by_group[one].values())
    )
    assert all(is_name(row[0], name) for row, name in zip(chart.rows, ranked, strict=True))
    cells = [[by_group[name].get(column) for column in columns] for name in ranked]
    values = [[None if cell is None else cell.value for cell in row] for row in cells]
    texts = [
        ["" if v is None else money(v, result.currency, lang) if kpi == "bookings" else f"{v:.1%}"
         for v in row]
        for row in values
    ]  # fmt: skip
    open_cells = {(i, j) for i, row in enumerate(cells) for j, cell in enumerate(row)
                  if cell is not None and cell.unfinished}  # fmt: skip
    look_at_cells(result, chart, columns, values, open_cells, texts, lang=lang)
    flat = [(v, texts[i][j], j) for i, row in enumerate(values)
            for j, v in enumerate(row) if v is not None]  # fmt: skip
    for one in (max(flat, key=lambda cell: cell[0]), min(flat, key=lambda cell: cell[0])):
        assert one[1] in chart.finding
        assert columns[one[2]] in chart.finding or len({v for v, *_ in flat}) == 1


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("seed", range(8))
def test_cohorts_by_their_age(seed: int, lang: str) -> None:
    draw = random.Random(seed)
    people = draw.randint(2, 20)
    rows = [
        {"id": n, "customer": f"c{draw.randrange(people)}", "amount": 4,
         "booked_at": f"2025-{draw.choice([1, 2, 3, 4, 5, 6]):02}-{draw.randint(1, 14):02}"}
        for n in range(draw.choice([3, 12, 50]))
    ]  # fmt: skip
    crm = sm.CRM(revenues=rows, currency="USD", tz="UTC").as_of("2025-06-15")
    result: Any = crm.kpi("cohort_retention", months(6), purchases=True)
    there = {(one["period"], one["age"]): one for one in result.detail()}
    cohorts = [name for name in dict.fromkeys(name for name, _ in there)
               if there[name, 0]["customers"]]  # fmt: skip
    ages = sorted({age for _, age in there})
    if len(cohorts) < 2:
        with pytest.raises(sm.SalesMetricsError):
            result.plot("cohort", lang=lang)
        return
    chart = result.plot(lang=lang)
    assert chart.kind == "cohort" and [row[0] for row in chart.rows] == cohorts
    cells = [[there.get((name, age)) for age in ages] for name in cohorts]
    values = [[None if one is None else one["retention"] for one in row] for row in cells]
    open_cells = {(i, j) for i, row in enumerate(cells) for j, one in enumerate(row)
                  if one is not None and one["unfinished"]}  # fmt: skip
    texts = [["" if v is None else f"{v:.0%}" for v in row] for row in values]
    look_at_cells(result, chart, [str(age) for age in ages], values, open_cells, texts, lang=lang)
    over = [[one for one in column if one is not None and not one["unfinished"]]
            for column in zip(*cells, strict=True)]  # fmt: skip
    reached = [
        age for age, column in zip(ages, over, strict=True) if 2 * len(column) >= len(cohorts)
    ]
    told_of = over[ages.index(max(reached, default=0))]
    began, kept = (sum(one[name] for one in told_of) for name in ("customers", "retained"))
    for text in (f"{began:,}", f"{kept:,}", f"{kept / began:.1%}" if began else "-",
                 str(max(reached, default=0)), str(len(told_of))):  # fmt: skip
        assert text in chart.finding
