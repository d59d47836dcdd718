"""Waterfalls, stages, targets and forecasts read back from the picture."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from drawn import NEAR, Picture, axes_of, encoded, near
from drawn_rows import DEMO, Wanted, look_at, look_at_others, money

import salesmetrics as sm
from salesmetrics.examples import stages

MOVED = {
    "pipeline_movement": (
        ["created", "reopened", "pulled_in", "increased", "transferred_in"],
        ["decreased", "pushed_out", "won", "lost", "removed", "transferred_out"],
    ),
    "mrr_movements": (["new", "reactivation", "expansion"], ["contraction", "churn"]),
    "customer_movements": (["new", "returned"], ["lost"]),
}
MARKS = {"u": "▲ ", "d": "▼ "}
KINDS = {"level": "a", "unknown": "n"}


@pytest.fixture(scope="module")
def demo() -> sm.CRM:
    return sm.read(DEMO)


def steps_are_joined(picture: Picture, wanted: list[Wanted]) -> None:
    """A stroke from the end of each step to the beginning of the next, and the way it goes."""
    axis, rows = picture.axis(), picture.rows()
    joins = picture.of("x")
    assert len(joins) == len(wanted) - 1
    for join, one, (above, below) in zip(joins, wanted, pairwise(rows), strict=False):
        assert all(near(x, axis.at(one.bars[0][1])) for x, _ in join.points), one
        assert (join.points[0][1], join.points[1][1]) == pytest.approx(
            (above.rects[0].bottom, below.rects[0].top), abs=NEAR
        )
    bold = {text.text for text in picture.texts if "b" in text.looks}
    levels = {row.label for row, one in zip(rows, wanted, strict=True) if one.bars[0][2] == "a"}
    assert bold == levels


def kinds_are_told(result: Any, wanted: list[Wanted], *given: Any, **more: Any) -> None:
    spec = result.plot(*given, backend="vega", **more)
    for told, one in zip(encoded(spec, "color", "bar")[0], wanted, strict=True):
        start, end, look = one.bars[0]
        assert told in ("level", "unknown") or told == ("more" if end >= start else "less")
        assert (told in KINDS) == (look in KINDS.values())
        assert told not in KINDS or KINDS[told] == look


def pipeline(seed: int) -> sm.CRM:
    """Open and closed deals, some below 0, some without an amount, most without a history."""
    draw = random.Random(seed)
    rows: list[dict[str, object]] = []
    for n in range(draw.randint(2, 25)):
        month, outcome = draw.randint(1, 3), draw.choice(["open", "open", "won", "lost"])
        row: dict[str, object] = {
            "id": n, "created_at": f"2024-1{draw.randint(0, 2)}-05", "outcome": outcome,
            "owner": "ana", "expected_close_at": f"2025-0{draw.randint(2, 8)}-20",
            "amount": draw.choice([0, 9, -4, 250, 40] if seed % 2 else [-7, 0, -20]),
        }  # fmt: skip
        if draw.random() < 0.4:
            row["created_at"] = f"2025-0{month}-01"
        if outcome != "open":
            row["closed_at"] = f"2025-0{month}-{draw.randint(2, 28):02}"
        rows.append(row)
    return sm.CRM(deals=rows, currency="USD", tz="UTC").as_of("2025-03-31")


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize(
    "case",
    [*range(8), *((kpi, period) for kpi in MOVED for period in ("2025-Q1", "2025-Q2", "2025-Q4"))],
)
def test_movements(demo: sm.CRM, case: Any, lang: str) -> None:
    kpi, period = ("pipeline_movement", "2025-Q1") if isinstance(case, int) else case
    crm = pipeline(case) if isinstance(case, int) else demo
    given = {"active_for_days": None} if kpi == "customer_movements" else {}
    result = crm.kpi(kpi, period, **given)
    parts = result.parts
    if parts["opening"] is None or parts["closing"] is None:
        with pytest.raises(sm.SalesMetricsError):
            result.plot("movement", lang=lang)
        return
    chart = result.plot(lang=lang)
    names = [row[0] for row in chart.rows]

    def told(value: float) -> str:
        return f"{value:,}" if kpi == "customer_movements" else money(value, result.currency, lang)

    level = float(parts["opening"])
    wanted: list[Any] = [("opening", told(parts["opening"]), (0, level, "a"))]
    table = [told(parts["opening"])]
    moved: dict[str, float] = {}
    for name, sign in [(n, 1) for n in MOVED[kpi][0]] + [(n, -1) for n in MOVED[kpi][1]]:
        size = parts.get(name, 0)
        if size is None:
            unknown = "undefined" if lang == "en" else "산출 불가"
            wanted.append((name, unknown, (level, level, "n")))
            table.append(unknown)
        elif size:
            moved[name] = sign * size
            after, good = level + sign * size, sign * size > 0 or name == "won"
            text = told(abs(size))
            mark = "▲ " if sign * size > 0 else "▼ "
            wanted.append((name, mark + text, (level, after, "u" if good else "d")))
            table.append(text if sign * size > 0 else f"-{text}")
            level = after
    wanted.append(("closing", told(parts["closing"]), (0, parts["closing"], "a")))
    table.append(told(parts["closing"]))
    assert [row[1] for row in chart.rows] == table
    if lang == "en":
        assert names == [name.replace("_", " ") for name, *_ in wanted]
    all_of = [
        Wanted(name, text, (bar,)) for name, (_, text, bar) in zip(names, wanted, strict=True)
    ]
    picture = look_at(chart, all_of)
    steps_are_joined(picture, all_of)
    look_at_others(result, None, all_of, lang=lang)
    kinds_are_told(result, all_of, lang=lang)
    assert told(parts["opening"]) in chart.finding and told(parts["closing"]) in chart.finding
    said = dict(zip([name for name, *_ in wanted], names, strict=True))
    for most, sign in ((max, 1), (min, -1)):
        if moved and sign * most(moved.values()) > 0:
            name = most(moved, key=lambda one: moved[one])
            assert said[name] in chart.finding and told(abs(moved[name])) in chart.finding
    assert all(
        said[name] in chart.finding for name, v in parts.items() if v is None and name in said
    )


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("kpi", ["bookings", "win_rate", "won_deals"])
@pytest.mark.parametrize("seed", range(5))
def test_changes_of_groups(kpi: str, lang: str, seed: int) -> None:
    draw = random.Random(seed)
    people = [f"p {n}" for n in range(draw.choice([1, 3, 14]))] + ["장지호"]
    rows = [
        {"id": n, "owner": draw.choice(people), "created_at": "2024-01-01",
         "closed_at": f"{draw.choice([2024, 2025])}-02-01", "amount": draw.choice([10, 60, 0, -9]),
         "outcome": draw.choice(["won", "won", "lost"])}
        for n in range(70)
    ]  # fmt: skip
    crm = sm.CRM(deals=rows, currency="USD", tz="UTC").as_of("2025-06-30")
    found: Any = sm.explain(crm, kpi, "2025-Q1", by="owner", against="2024-Q1")
    split = next(one for one in found.splits if one.by == ("owner",))
    chart = found.plot("owner", lang=lang)
    large = sorted(split.causes, key=lambda one: -abs(one.effect))[:10]
    picture = Picture(chart)
    axis, drawn = picture.axis(), picture.rows()
    shown = [one for one in split.causes if any(one is big for big in large) and one.effect]
    rest = sum(one.effect for one in split.causes if not any(one is big for big in large))
    levels = [0.0, found.before]
    for effect in [*(one.effect for one in shown), *([rest] if rest else [])]:
        levels.append(levels[-1] + effect)
    assert levels[-1] == pytest.approx(found.after)
    names = [*(one.group["owner"] for one in shown)]
    assert [row.label for row in drawn][1 : 1 + len(names)] == names
    assert [drawn[0].label, drawn[-1].label] == ["2024-Q1", "2025-Q1"]
    bars = [(row.rects[0].left, row.rects[0].right, row.rects[0].look) for row in drawn]
    spans = [*pairwise(levels), (0.0, found.after)]
    assert len(bars) == len(spans)
    wanted = []
    for at, ((left, right, look), (start, end)) in enumerate(zip(bars, spans, strict=True)):
        low, high = sorted((start, end))
        assert near(left, axis.at(low)) and near(right, axis.at(high))
        assert look == ("a" if at in (0, len(bars) - 1) else "u" if end > start else "d")
        text = drawn[at].texts[0].text
        assert text.startswith(MARKS.get(look, "")) and (
            look == "a" or ("+" in text or "-" in text)
        )
        if kpi == "bookings":
            size = money(abs(end - start) if look != "a" else end, "USD", lang)
            sign = "" if look == "a" else "+" if end > start else "-"
            assert text == MARKS.get(look, "") + sign + size
        wanted.append(Wanted(drawn[at].label, text, ((start, end, look),)))
    steps_are_joined(look_at(chart, wanted), wanted)
    look_at_others(found, "owner", wanted, lang=lang)
    kinds_are_told(found, wanted, "owner", lang=lang)
    assert [row[0] for row in chart.rows] == [one.group["owner"] for one in split.causes]
    assert large[0].group["owner"] in chart.finding


def test_a_change_of_factors_is_the_one_that_is_drawn_unasked(demo: sm.CRM) -> None:
    found: Any = sm.explain(demo, "bookings", "2025-Q3", by="owner")
    assert found.splits[0].kind == "factors"
    rows = Picture(found.plot()).rows()
    names = [one.name.replace("_", " ") for one in found.splits[0].causes]
    assert [row.label for row in rows[1:-1]] == names == [row[0] for row in found.plot().rows]
    with pytest.raises(sm.SalesMetricsError, match="by"):
        found.plot("colour")


def staged(seed: int) -> sm.CRM:
    """Deals that went on or were lost in the first quarters of two years, or in one of them."""
    draw = random.Random(seed)
    years = [[2024, 2025], [2025], [2024], [2024, 2025]][seed % 4]
    rows, changes = [], []
    for n in range(draw.randint(3, 20)):
        year, way = draw.choice(years), draw.choice(["lost", "offer", "offer lost", None])
        row: dict[str, object] = {"id": n, "created_at": f"{year}-01-03", "amount": 5}
        changes.append({"deal": n, "stage": "talks", "changed_at": f"{year}-01-03"})
        for month, stage in enumerate((way or "").split(), 1):
            changes.append({"deal": n, "stage": stage, "changed_at": f"{year}-0{month}-20"})
        if way in ("lost", "offer lost"):
            row |= {"outcome": "lost", "closed_at": f"{year}-0{len(way.split())}-20"}
        rows.append(row)
    return sm.CRM(deals=rows, stages=stages, stage_changes=changes, currency="USD", tz="UTC").as_of(
        "2025-05-01"
    )


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("case", [*range(12), "2025-Q1", "2024-Q1", "2023-Q2", "2025-Q4"])
def test_stages_beside_the_year_before(demo: sm.CRM, case: Any, lang: str) -> None:
    crm, period = (staged(case), "2025-Q1") if isinstance(case, int) else (demo, case)
    result: Any = crm.kpi("bottlenecks", period)
    told = result.detail()
    if not told:
        with pytest.raises(sm.SalesMetricsError):
            result.plot("stages", lang=lang)
        return
    chart = result.plot("stages", lang=lang)

    def percent(value: float | None) -> str:
        return "-" if value is None else f"{value:.0%}"

    wanted = []
    for one, row in zip(told, chart.rows, strict=True):
        now, before = one["conversion"], one["baseline_conversion"]
        days = ["-" if one[n] is None else f"{one[n]:,.1f}" for n in ("days", "baseline_days")]
        assert row[1:] == [percent(now), percent(before), *days, f"{one['left']:,}"]
        bars = () if now is None else ((0, now, "a"),)
        wanted.append(
            Wanted(row[0], f"{percent(now)}  n={one['left']:,}", bars, None,
                   None if before is None else float(before))
        )  # fmt: skip
    legend = look_at(chart, wanted).legend
    assert list(legend.values()) == ["wZ"] * any(one.diamond is not None for one in wanted)
    look_at_others(result, "stages", wanted, lang=lang)
    if told[0]["rank"] is None:
        assert chart.finding == result.reason.said(lang) + "."
    elif lang == "en":
        lost = (told[0]["lost_conversion"] or 0) > 0
        assert ("lost most" in chart.finding) is lost
        assert f"{chart.rows[0][1]} went on, {chart.rows[0][2]} the" in chart.finding
        assert chart.rows[0][0] in chart.finding


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("target", [1, 300, 40_000])
@pytest.mark.parametrize("seed", range(5))
def test_pipeline_and_target(seed: int, target: float, lang: str) -> None:
    crm = pipeline(2 * seed + 1)
    result: Any = crm.kpi("pipeline_coverage", "2025-Q1", target=target)
    parts = result.parts
    chart = result.plot("coverage", lang=lang)
    looks = {
        "target": "n",
        "won": "u",
        "remaining": "d",
        "pipeline": "a",
        "due": "a",
        "overdue": "a",
    }
    wanted = [
        Wanted(row[0], money(parts[name], "USD", lang), ((0, parts[name], look),))
        for (name, look), row in zip(looks.items(), chart.rows, strict=True)
    ]
    look_at(chart, wanted)
    look_at_others(result, "coverage", wanted, lang=lang)
    assert [row[1] for row in chart.rows] == [one.text for one in wanted]
    assert money(parts["pipeline"], "USD", lang) in chart.finding
    assert money(abs(parts["remaining"]), "USD", lang) in chart.finding
    if parts["remaining"] > 0 and result.value is not None:
        assert f"{result.value:,.1f}" in chart.finding or f"{result.value:,.2f}" in chart.finding


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("target", [None, 1e8, 7e8, 1.2e9])
@pytest.mark.parametrize("known", ["2025-10-05", "2025-11-20", "2025-12-30"])
def test_forecasts(demo: sm.CRM, known: str, target: float | None, lang: str) -> None:
    given: dict[str, Any] = {} if target is None else {"target": target}
    result: Any = sm.bookings_forecast(demo.as_of(known), "2025-Q4", **given)
    parts, chart = result.parts, result.plot(lang=lang)

    def told(value: float) -> str:
        return money(value, "KRW", lang)

    after = parts["won"] + parts["from_open"]
    steps = [("won", 0, parts["won"], "a"), ("from_open", parts["won"], after, "u"),
             ("from_new", after, after + parts["from_new"], "u"),
             ("expected", 0, parts["expected"], "a")]  # fmt: skip
    picture = Picture(chart)
    labels = [row.label for row in picture.rows()]
    wanted = [
        Wanted(label, MARKS.get(look, "") + told(parts[name]), ((start, end, look),),
               (parts["p10"], parts["p90"]) if name == "expected" else None)
        for label, (name, start, end, look) in zip(labels, steps, strict=True)
    ]  # fmt: skip
    look_at(chart, wanted, target)
    steps_are_joined(picture, wanted)
    look_at_others(result, None, wanted, lang=lang)
    kinds_are_told(result, wanted, lang=lang)
    if lang == "en":
        assert labels == ["won", "from open", "from new", "expected"]
    assert list(picture.legend.values()) == ["t"] * (target is not None) + ["w"]
    names = ["expected", "won", "from_open", "from_new", "p10", "p50", "p90"]
    names += ["target", "target_chance"] * (target is not None) + ["run_rate"]
    texts = [told(parts[name]) for name in names]
    if target is not None:
        chance = parts["target_chance"]
        texts[names.index("target_chance")] = chance_told(chance)
        assert chance_told(chance) in chart.finding and told(target) in chart.finding
    assert [row[1] for row in chart.rows] == texts
    assert all(told(parts[name]) in chart.finding for name in ("expected", "won", "p10", "p90"))
    assert chart.finding.endswith(".")
    axes = axes_of(result, lang=lang)
    if axes is None:
        return
    upright = [line.get_xdata()[0] for line in axes.lines if list(line.get_ydata()) == [0, 1]]
    assert upright == ([] if target is None else [target])


def chance_told(chance: float) -> str:
    """Only what is none or certain is told as 0 % or 100 %."""
    if 0 < chance < 0.01:
        return "<1%"
    return ">99%" if 0.99 < chance < 1 else f"{chance:.0%}"


@pytest.mark.parametrize(
    ("baseline", "lang", "named", "said"),
    [
        (None, "en", "the year before", "the year before."),
        (None, "ko", "전년 동기", "전년 동기 "),
        ("2025-Q2", "en", "2025-Q2", " in 2025-Q2."),
        ("2025-Q2", "ko", "2025-Q2", ", 2025-Q2 "),
    ],
)
def test_what_stages_are_compared_with_is_named(
    baseline: str | None, lang: str, named: str, said: str
) -> None:
    """In the finding, the legend and the table; as a column of the rows where it was given."""
    demo = sm.read(Path(__file__).parents[1] / "examples" / "demo", currency="KRW", tz="Asia/Seoul")
    result = demo.kpi("bottlenecks", "2025-Q3", baseline=baseline)
    chart = result.plot("stages", lang=lang)
    assert said in chart.finding and chart.header[2] == named and named in chart.header[4]
    assert list(Picture(chart).legend) == [named]
    assert {row.get("baseline") for row in result.detail()} == {baseline}
