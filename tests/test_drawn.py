"""Charts of groups and a funnel, read back from the picture: all stands where the figures are.

What is wanted comes of the results; of the charts only what they give away is read: the SVG, the
specification, the axes of matplotlib, the finding and the table.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from drawn import Picture, axes_of, encoded, is_name, near, number
from drawn_rows import Wanted, look_at, look_at_others, money, spans, ugly

import salesmetrics as sm
from salesmetrics.forecast.shrinkage import shrink_rates

SEEDS = range(12)


def rate(value: float) -> str:
    return f"{value:.1%}"


def by_size(result: Any) -> list[Any]:
    known = [cell for cell in result.rows() if cell.value is not None]
    return sorted(known, key=lambda cell: -cell.value)


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("seed", SEEDS)
def test_bars_of_amounts(seed: int, lang: str) -> None:
    result = ugly(seed).kpi("bookings", "2025-Q1", by="owner")
    cells = by_size(result)
    texts = {id(cell): money(cell.value, result.currency, lang) for cell in cells}
    wanted = [
        Wanted(cell.group[0], texts[id(cell)], ((0, cell.value, "a"),)) for cell in cells[:15]
    ]
    chart = result.plot("bars", lang=lang)
    assert look_at(chart, wanted).legend == {}
    look_at_others(result, "bars", wanted, lang=lang)
    assert [row[1] for row in chart.rows[: len(cells)]] == [texts[id(cell)] for cell in cells]
    assert [row[2] for row in chart.rows[: len(cells)]] == [f"{cell.n:,}" for cell in cells]
    assert len(chart.rows) == len(result.rows())  # also what has no figure
    if cells[0].value != cells[-1].value:
        assert texts[id(cells[0])] in chart.finding and texts[id(cells[-1])] in chart.finding
    assert ("15" in chart.finding) or len(cells) <= 15


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("seed", SEEDS)
def test_bars_of_rates_with_their_intervals(seed: int, lang: str) -> None:
    result = ugly(seed).kpi("win_rate", "2025-Q1", by="owner")
    chart, cells = result.plot("bars", lang=lang), by_size(result)
    shrunk = len(cells) > 2
    drawn_to_others = shrink_rates(
        [cell.numerator for cell in cells], [cell.denominator for cell in cells]
    ).rate
    whole = result.over("owner").value if len(cells) > 1 else None
    wanted = []
    for cell, row, mark in zip(cells, chart.rows, drawn_to_others, strict=False):
        low, high = cell.interval() or (0, 0)
        assert row[1:4] == [rate(cell.value), f"{cell.n:,}", f"{rate(low)}-{rate(high)}"]
        assert row[4:] == [rate(mark)] * shrunk
        wanted.append(
            Wanted(cell.group[0], f"{rate(cell.value)}  n={cell.n:,}", ((0, cell.value, "a"),),
                   (low, high), float(mark) if shrunk else None)
        )  # fmt: skip
    del wanted[15:]
    legend = look_at(chart, wanted, whole).legend
    assert list(legend.values()) == ["t"] * (whole is not None) + ["w"] + ["wZ"] * shrunk
    look_at_others(result, "bars", wanted, lang=lang)
    spec = result.plot("bars", backend="vega", lang=lang)
    sure = [one.whisker or (0, 0) for one in wanted]
    assert (encoded(spec, "x", "rule"), encoded(spec, "x2", "rule")) == (
        [[one[0] for one in sure]] + [[whole]] * (whole is not None),
        [[one[1] for one in sure]],
    )
    axes = axes_of(result, "bars", lang=lang)
    if axes is None:
        return
    upright = [one for one in axes.lines if list(one.get_ydata()) == [0, 1]]
    assert [one.get_xdata()[0] for one in upright] == [whole] * (whole is not None)
    legend_texts = [one.get_text() for one in axes.get_legend().get_texts()]
    assert sorted(legend_texts) == sorted(legend)


@pytest.mark.parametrize("kpi", ["bookings", "win_rate", "won_deals"])
@pytest.mark.parametrize("seed", SEEDS)
def test_what_bars_say(seed: int, kpi: str) -> None:
    """One, all alike, or the most and the least; of rates also that of all."""
    result: Any = ugly(seed).kpi(kpi, "2025-Q1", by="owner")
    chart, cells = result.plot("bars"), by_size(result)
    first, last = ((cell.group[0], told(cell.value, result)) for cell in (cells[0], cells[-1]))
    all_of = result.over("owner").value if kpi == "win_rate" else None
    if len(cells) == 1:
        wanted = f"{first[0]}: {first[1]}."
    elif cells[0].value == cells[-1].value:
        wanted = f"All {len(cells)} are {first[1]}."
    else:
        wanted = f"{first[0]} has the most, {first[1]}, and {last[0]} the least, {last[1]}"
        wanted += f", of {len(cells)}"
        wanted += "." if all_of is None else f"; of all it is {told(all_of, result)}."
    wanted += f" Drawn are 15 of {len(cells)}." if len(cells) > 15 else ""
    assert chart.finding == wanted
    assert chart.title == f"{kpi.replace('_', ' ')} by owner, 2025-Q1"
    alone = ugly(seed).kpi(kpi, "2025-Q1").plot("bars")
    whole = result.over("owner").value
    assert alone.finding == f"{kpi.replace('_', ' ')}: {told(whole, result)}."
    assert alone.title == f"{kpi.replace('_', ' ')}, 2025-Q1" and len(alone.rows) == 1
    text = told(whole, result) + (f"  n={result.over('owner').n:,}" if kpi == "win_rate" else "")
    sure = result.over("owner").interval() if kpi == "win_rate" else None
    look_at(alone, [Wanted("company", text, ((0, whole, "a"),), sure)])


def told(value: Any, result: Any) -> str:
    if result.currency is not None:
        return money(value, result.currency, "en")
    return rate(value) if isinstance(value, float) else f"{value:,}"


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("of", ["owner", "reasons"])
def test_pareto_and_its_running_share(seed: int, lang: str, of: str) -> None:
    crm = ugly(seed)
    if of == "owner":
        result: Any = crm.kpi("bookings", "2025-Q1", by="owner")
        parts = [(cell.group[0], cell.value) for cell in by_size(result)]
    else:
        result = crm.kpi("loss_reasons", "2025-Q1")
        there = {} if result.value is None else result.parts
        parts = [(name, v) for name, v in there.items() if name != "lost"]
        parts.sort(key=lambda one: -one[1])
    kept = [one for one in parts if one[1] > 0]
    if len(kept) < 2:
        with pytest.raises(sm.SalesMetricsError):
            result.plot("pareto" if of == "owner" else "reasons", lang=lang)
        return
    kind = "pareto" if of == "owner" else "reasons"
    chart = result.plot(kind, lang=lang)

    def told(value: float) -> str:
        return money(value, result.currency, lang) if of == "owner" else f"{value:,}"

    names = dict(zip([name for name, _ in kept], [row[0] for row in chart.rows], strict=True))
    wanted = [Wanted(names[name], told(v), ((0, v, "a"),)) for name, v in kept[:15]]
    total, running = sum(v for _, v in kept), 0.0
    picture = look_at(chart, wanted)
    assert len(chart.rows) == len(kept)
    few = 0
    for at, (name, value) in enumerate(kept):
        few += running < 0.8 * total * (1 - 1e-12)
        running += value
        share = running / total
        assert chart.rows[at][1:] == [told(value), rate(value / total), rate(share)]
        if at < 15:
            row = picture.rows()[at]
            assert name == kept[at][0] and row.texts[1].text == f"{share:.0%}"
            track, filled = (rect for rect in row.rects if rect.left > row.texts[0].x)
            assert (track.look, filled.look, filled.opacity) == ("n", "n", 1) and track.opacity < 1
            assert near(filled.right - filled.left, (track.right - track.left) * share)
            assert filled.left == track.left and track.right < row.texts[1].span[0]
            assert filled.top == track.top and filled.bottom == track.bottom
    assert (
        str(few) in chart.finding
        and f"{sum(v for _, v in kept[:few]) / total:.0%}" in chart.finding
    )
    assert told(kept[0][1]) in chart.finding
    below = [v for _, v in parts if v < 0]
    assert not below or told(sum(below)) in chart.finding
    look_at_others(result, kind, wanted, lang=lang)
    heads = [text.text for text in picture.texts if text.y < 16]
    assert heads == [chart.header[3]]


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kpi", ["sales_cycle", "deal_size"])
def test_quantiles(seed: int, lang: str, kpi: str) -> None:
    result = ugly(seed).kpi(kpi, "2025-Q1", by="owner")
    cells = by_size(result)
    if not cells:
        with pytest.raises(sm.SalesMetricsError):
            result.plot("spread", lang=lang)
        return
    chart = result.plot("spread", lang=lang)
    drawn = cells[:15]
    names = ("median", "p75", "p90", "mean")
    each = [[cell.statistics[name] for name in names] for cell in drawn]
    below = min(v for row in each for v in row if v is not None) < 0
    picture = Picture(chart)
    axis, rows = picture.axis(), picture.rows()
    assert len(rows) == len(drawn) and len(chart.rows) == len(cells)
    known = [v for row in each for v in row if v is not None]
    spans(axis.first[0], axis.last[0], axis.step, known if below else [0.0, *known])
    for row, cell, values, told in zip(rows, drawn, each, chart.rows, strict=False):
        median, p75, p90, mean = values
        assert is_name(row.label, cell.group[0])
        assert [text.text for text in row.texts] == [f"{told[1]}  n={cell.n:,}"]
        assert told[-1] == f"{cell.n:,}"
        for text, value in zip(told[1:5], (median, p75, p90, mean), strict=True):
            if value is None:
                assert text == "-"
            elif kpi == "deal_size":
                assert text == money(value, result.currency, lang)
            else:
                assert number(text)[0] == pytest.approx(value, abs=0.0501)
        assert all(near(a.middle, b.middle) for a in row.lines for b in row.rects) or below
        full = [rect for rect in row.rects if rect.opacity == 1]
        light = [rect for rect in row.rects if rect.opacity < 1]
        (bar,) = full
        if below:  # a stroke at the median
            assert near((bar.left + bar.right) / 2, axis.at(median)) and bar.right - bar.left < 5
        else:
            assert near(bar.left, axis.at(0)) and near(bar.right, axis.at(median))
        assert len(light) == (p75 is not None)
        assert all(near(b.left, axis.at(median)) and near(b.right, axis.at(p75)) for b in light)
        ways = [tuple(way) for way in row.whiskers]
        assert len(ways) == (p75 is not None and p90 is not None)
        assert all(near(a, axis.at(p75)) and near(b, axis.at(p90)) for a, b in ways)
        assert len(row.diamonds) == 1 and near(row.diamonds[0], axis.at(mean))
        farthest = max(axis.at(v) for v in (median, p75, p90, mean) if v is not None)
        assert 5 < row.texts[0].x - farthest < 12
    assert list(picture.legend) == list(chart.header[1:5])
    assert list(picture.legend.values()) == ["a", "a", "w", "wZ"]
    values = result.plot("spread", backend="vega", lang=lang)
    for mark, names_of in (("bar", ["p75", "median"]), ("rule", ["median"]), ("point", ["mean"])):
        wanted = [[cell.statistics[name] for cell in drawn] for name in names_of]
        assert encoded(values, "x", mark) == wanted
    assert encoded(values, "x2", "rule") == [[cell.statistics["p90"] for cell in drawn]]
    axes = axes_of(result, "spread", lang=lang)
    if axes is None:
        return
    assert axes.yaxis_inverted()
    bars = [(one.get_x(), one.get_width()) for one in axes.patches]
    lines = [list(line.get_xdata()) for line in axes.lines]
    nan = float("nan")
    light_bars, strokes = [], []
    for one in each:
        median, p75, p90, mean = (nan if v is None else v for v in one)
        light_bars += [*([] if below else [(0, median)]), (median, p75 - median)]
        strokes += [*([[median, median]] if below else []), [p75, p90], [mean]]
    assert bars == [pytest.approx(one, nan_ok=True) for one in light_bars]
    assert lines == [pytest.approx(one, nan_ok=True) for one in strokes]
    ends = [text.xy[0] for text in axes.texts]
    assert ends == [max(v for v in row if v is not None) for row in each]
    legend = [one.get_text() for one in axes.get_legend().get_texts()]
    assert sorted(legend) == sorted(chart.header[1:5])


FUNNELS = [
    (0, 0, 0, 0, 0),
    (1, 1, 1, 1, 1),
    (9, 0, 0, 0, 0),
    (300, 7, 5, 5, 1),
    (40, 30, 20, 10, 0),
]


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("counts", FUNNELS)
def test_funnels(counts: tuple[int, ...], lang: str) -> None:
    names = ["created_at", "mql_at", "sql_at", "opportunity_at", "won_at"]
    rows = [
        {"id": n, **{name: f"2025-01-{day:02}" for day, name in enumerate(names, 2)
                     if n < counts[day - 2]}}
        for n in range(counts[0])
    ]  # fmt: skip
    rows.append({"id": "later", **dict.fromkeys(names, "2025-02-03")})
    crm = sm.CRM(leads=rows, currency="USD", tz="UTC").as_of("2025-04-01")
    result: Any = crm.kpi("lead_funnel", "2025-01")
    steps = ["leads", "mql", "sql", "opportunity", "won"]
    assert tuple(result.parts[name] for name in steps) == counts
    chart = result.plot("funnel", lang=lang)
    picture = Picture(chart)
    bars = sorted((one for one in picture.rects), key=lambda one: one.top)
    assert [one.look for one in bars] == ["a"] * 5
    full = bars[0].right - bars[0].left if counts[0] else 0.0
    slopes = picture.of("n")
    assert len(slopes) == 4
    for at, (bar, count) in enumerate(zip(bars, counts, strict=True)):
        size = max(2.0, full * count / max(counts[0], 1))  # what is 0 is a stroke
        assert near(bar.right - bar.left, size)
        assert near(bar.left + bar.right, bars[0].left + bars[0].right)
        if at:
            above, slope = bars[at - 1], slopes[at - 1]
            corners = [(above.left, above.bottom), (above.right, above.bottom),
                       (bar.right, bar.top), (bar.left, bar.top)]  # fmt: skip
            assert slope.closed and len(slope.points) == 4
            for (x, y), (left, top) in zip(slope.points, corners, strict=True):
                assert near(x, left) and near(y, top)
    names_of = [t for t in picture.texts if "e" in t.looks]
    values = [t for t in picture.texts if t.looks == {"b"}]
    drops = [t for t in picture.texts if t.looks == {"m"} and t.text]
    assert [t.text for t in names_of] == [row[0] for row in chart.rows]
    assert all(t.x < bar.left for t, bar in zip(names_of, bars, strict=True))
    for at, (text, name, bar) in enumerate(zip(values, names_of, bars, strict=True)):
        share = f"  {counts[at] / counts[0]:.1%}" if at and counts[0] else ""
        assert text.text == f"{counts[at]:,}{share}" and text.x > bar.right
        assert text.y == name.y and bar.top < text.y < bar.bottom
    lost = [(a - b, (a - b) / a) for a, b in pairwise(counts) if a]
    assert [f"{n:,}" in t.text and f"{share:.0%}" in t.text
            for t, (n, share) in zip(drops, lost, strict=True)] == [True] * len(lost)  # fmt: skip
    for at, row in enumerate(chart.rows):
        before = counts[at - 1] if at else 0
        assert row[1:3] == [f"{counts[at]:,}", f"{counts[at] / before:.1%}" if before else "-"]
    assert [row[3] for row in chart.rows if row[3]] == [t.text for t in drops]
    assert f"{counts[0]:,}" in chart.finding and f"{counts[-1]:,}" in chart.finding
    if lost:
        assert f"{max(share for _, share in lost):.0%}" in chart.finding
        assert f"{counts[-1] / counts[0]:.1%}" in chart.finding
    spec = result.plot("funnel", backend="vega", lang=lang)
    assert encoded(spec, "x", "bar") == encoded(spec, "text", "text") == [list(counts)]
    assert encoded(spec, "y", "bar") == [[row[0] for row in chart.rows]]
    axes = axes_of(result, "funnel", lang=lang)
    if axes is None:
        return
    assert [(p.get_x(), p.get_width()) for p in axes.patches] == [(-n / 2, n) for n in counts]
    assert [t.get_text() for t in axes.texts] == [t.text for t in values]
    assert [t.get_text() for t in axes.get_yticklabels()] == [row[0] for row in chart.rows]
    assert axes.yaxis_inverted() and not len(axes.get_xticks())
