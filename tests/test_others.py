"""Groups that are not shown, as one: others + shown = all, exactly, or nothing is said of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import pytest
from drawn import Picture, axes_of, encoded, near
from drawn_rows import DEMO, Wanted, look_at, look_at_others, money
from test_page import held

import salesmetrics as sm
from salesmetrics.catalog import ENTRIES
from salesmetrics.report.charts import of_groups, over_time
from salesmetrics.report.page import embedded
from salesmetrics.results import Ratio, Total

GIVEN = {"limit_hours": 24, "active_for_days": 90, "margin": 0.5, "quiet_days": 30}
ADD = [name for name, one in ENTRIES.items() if one.label.adds_over]
PERIOD = "2025-Q3"


@pytest.fixture(scope="module")
def demo() -> sm.CRM:
    return sm.read(DEMO)


def asked(demo: sm.CRM, name: str, period: Any, **given: Any) -> Any:
    """The figure; None of a KPI that has no owners, or of which the demo has no table."""
    try:
        assumed = {n: GIVEN[n] for n in ENTRIES[name].label.given if n in GIVEN}
        return demo.kpi(name, period, **assumed, **given)
    except sm.SalesMetricsError:
        return None


def left_of(
    whole: Any, every: Sequence[Any], shown: Sequence[Any], rounded: bool
) -> Fraction | None:
    """What is left of all when what is shown is taken away.

    Amounts kept in parts of a minor unit (those that are weighted) are shown in whole ones,
    group by group: the groups together are at most half a unit a group from the figure of all.
    """
    if whole.denominator is None:
        known = [one for one in every if one.value is not None]
        groups = sum(Fraction(one.exact) for one in known)
        apart = abs(groups - Fraction(whole.exact or 0))
        assert apart <= Fraction(len(known), 2) if rounded else apart == 0
        return groups - sum(Fraction(one.exact) for one in shown if one.value is not None)
    above = fraction(whole.numerator) - sum(fraction(one.numerator) for one in shown)
    below = fraction(whole.denominator) - sum(fraction(one.denominator) for one in shown)
    return above / below if below else None


def is_rounded(result: Any) -> bool:
    """Whether its sums are kept in parts of a minor unit."""
    return isinstance(result, Total) and result.scale != 1


def fraction(value: Any) -> Fraction:
    return Fraction(str(value or 0))


def by_size(result: Any, period: str = PERIOD) -> list[Any]:
    known = [
        one for one in result.rows() if one.value is not None and one.period.label == period
    ]  # fmt: skip
    return sorted(known, key=lambda one: -one.value)


@pytest.mark.parametrize("name", ADD)
def test_bars_and_the_others_are_all(
    demo: sm.CRM, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_groups, "MOST", 3)
    result, whole = asked(demo, name, PERIOD, by="owner"), asked(demo, name, PERIOD)
    if result is None or not (cells := by_size(result)):
        return
    chart = result.plot("bars")
    bars, many = chart.shape.bars, len(cells)
    if many <= 3:
        assert len(bars) == many
        return
    said = f" Drawn are 3 of {many}"
    if len(bars) == 3:
        assert not isinstance(result, Total | Ratio)
        assert chart.finding.endswith(f"{said}.")
        return
    assert [bar.value for bar in bars[:3]] == [one.value for one in cells[:3]]
    assert bars[3].label == f"others ({len(result.rows()) - 3})" and bars[3].look == "n"
    left = left_of(whole.rows()[0], result.rows(), cells[:3], is_rounded(result))
    largest = max(abs(one.value) for one in cells[:3])
    assert left is not None
    if abs(left) > largest:  # it would press the bars of the others together
        assert (bars[3].value, bars[3].beyond) == (None, float(left))
        assert bars[3].text.startswith("→ ")
    else:
        assert (bars[3].value, bars[3].beyond) == (float(left), None)
    assert chart.finding.endswith(f"{said}, and the others as one.")
    assert result.plot("bars", lang="ko").shape.bars[3].label == f"그 외 {len(result.rows()) - 3}개"
    if isinstance(result, Ratio) and bars[0].interval is not None:
        assert bars[3].interval[0] <= left <= bars[3].interval[1]
        behind = sum(one.n for one in result.rows()) - sum(one.n for one in cells[:3])
        assert bars[3].text.endswith(f"n={behind:,}")


@pytest.mark.parametrize("name", ADD)
def test_rows_and_the_others_are_all(
    demo: sm.CRM, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(over_time, "MOST_ROWS", 3)
    months = sm.period("2025-Q3").split("month")
    result, whole = asked(demo, name, months, by="owner"), asked(demo, name, months)
    if result is None or not any(one.value is not None for one in result.rows()):
        return
    shape = result.plot("heat").shape
    groups = {one.group for one in result.rows()}
    if not shape.others:
        assert len(groups) <= 3 or not isinstance(result, Total | Ratio)
        return
    assert shape.rows[3:] == [f"others ({len(groups) - 3})"]
    by_label = {str(one[0]): one for one in groups}
    mine = {by_label[name] for name in shape.rows[:3] if name in by_label}
    mine = mine if len(mine) == 3 else {*mine, (None,)}
    for at, cell in enumerate(whole.rows()):
        cells = [one for one in result.rows() if one.period.label == cell.period.label]
        rest = [one for one in cells if one.group not in mine]
        if all(one.value is None for one in rest):
            assert shape.values[3][at] is None
            continue
        left = left_of(cell, cells, [c for c in cells if c.group in mine], is_rounded(result))
        assert shape.values[3][at] == float(left or 0)


ROWS: dict[int, list[dict[str, object]]] = {
    owners: [
        {"id": n, "owner": f"o{n % owners:03}", "team": f"t{n % 3}", "created_at": "2025-01-01",
         "outcome": "won" if n % 4 else "lost", "amount": None if n % 7 == 0 else f"{1 + n}.25",
         "closed_at": f"2025-02-{n % 20 + 1:02}"}
        for n in range(900)
    ]
    for owners in (60, 200)
}  # fmt: skip


def company(owners: int) -> sm.CRM:
    return sm.CRM(deals=ROWS[owners], currency="USD", tz="UTC")


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_filter_for_all_that_have_none(lang: str) -> None:
    """Of owners, and of owners with each team."""
    crm = company(200)
    taken = sm.snapshot(crm, "2025-Q1", by=["owner", "team", ("owner", "team")],
                        kpis=["bookings", "won_deals", "win_rate", "sales_cycle"])  # fmt: skip
    page = taken.to_html(lang=lang)
    found = held(page)
    many = 200 - embedded.MOST_GROUPS
    named = f"others ({many})" if lang == "en" else f"그 외 {many}개"
    assert found["names"]["owner"][-1] == named and page.count(f">{named}</option>") == 1
    kept = {label for label in found["names"]["owner"] if label != named}
    for by, groups in (("1", [()]), ("3", [("t0",), ("t1",), ("t2",)])):
        places = found["groups"][int(by)]
        for group in groups:
            at = places.index(
                "[" + ",".join(f'"{one}"' for one in (named, *group)) + "]"
            )  # fmt: skip
            rest = [
                row for row in ROWS[200]
                if row["owner"] not in kept and (not group or row["team"] == group[0])
            ]  # fmt: skip
            won = [row for row in rest if row["outcome"] == "won"]
            amount = sum(Fraction(str(row["amount"])) for row in won if row["amount"] is not None)
            texts = {kpi: found["kpis"][kpi][by][0][at] for kpi in found["kpis"]}
            assert texts["won_deals"][0].startswith(f"{len(won):,}")
            assert texts["bookings"][0] == money(amount, "USD", lang)
            assert texts["win_rate"][0] == f"{len(won) / len(rest):.1%}"
            assert texts["win_rate"][3] == f"{len(rest):,}"
            why = {"en": ["undefined", "figures of groups do not add"],
                   "ko": ["산출 불가", "그룹별 값을 합칠 수 없음"]}  # fmt: skip
            assert texts["sales_cycle"][:2] == why[lang]  # though some of them won nothing


def test_where_all_have_a_filter_there_are_no_others() -> None:
    page = sm.snapshot(company(60), "2025-Q1", by="owner", kpis=["bookings"]).to_html()
    names = held(page)["names"]["owner"]
    assert sorted(names) == [f"o{n:03}" for n in range(60)]


def test_the_table_of_a_chart_has_a_row_of_all_that_it_has_no_room_for() -> None:
    crm = company(200)
    result: Any = crm.kpi("bookings", "2025-Q1", by="owner")
    cells = by_size(result, "2025-Q1")
    left = Fraction(result.over("owner").exact) - sum(Fraction(one.exact) for one in cells[:60])
    for kind in ("bars", "pareto", "heat"):
        chart = result.plot(kind)
        assert len(chart.rows) == 200 or kind == "pareto"  # which has those above 0
        assert chart.others[0] == f"others ({len(chart.rows) - 60})"
        shown = chart.to_html()
        assert f">{chart.others[0]}</td>" in shown and shown.count("<tr>") == 62
        assert chart.others[1] == money(left, "USD", "en")
    spread = crm.kpi("deal_size", "2025-Q1", by="owner").plot("spread")
    assert spread.others == () and "others (" not in spread.to_html()


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_others_are_a_bar_of_their_own(lang: str) -> None:
    """Below the others, grey, with its share of all (Pareto), its interval (rates)."""
    result: Any = company(200).kpi("bookings", "2025-Q1", by="owner")
    cells = by_size(result, "2025-Q1")
    rows = [(one.group[0], one.value, "a") for one in cells[:15]]
    rest = Fraction(result.over("owner").exact) - sum(Fraction(one.exact) for one in cells[:15])
    for kind in ("bars", "pareto"):
        many = len([one for one in cells if one.value > 0 or kind == "bars"]) - 15
        many += (len(result.rows()) - len(cells)) if kind == "bars" else 0
        named = f"others ({many})" if lang == "en" else f"그 외 {many}개"
        wanted = [
            Wanted(name, money(value, "USD", lang), ((0, value, look),))
            for name, value, look in rows
        ]
        wanted.append(Wanted(named, "→ " + money(rest, "USD", lang), ()))
        chart = result.plot(kind, lang=lang)
        picture = look_at(chart, wanted)
        look_at_others(result, kind, wanted, lang=lang)
        spec = result.plot(kind, backend="vega", lang=lang)
        assert [one.get("beyond") for one in spec["data"]["values"]] == [None] * 15 + [float(rest)]
        assert chart.finding.endswith(drawn_said(15, many + 15 if kind == "pareto" else len(cells),
                                                 lang))  # fmt: skip
        if kind == "pareto":
            assert [row.texts[1].text for row in picture.rows()][-1] == "100%"
            track, filled = picture.rows()[-1].rects[-2:]
            assert near(filled.right, track.right)
    rate: Any = company(200).kpi("win_rate", "2025-Q1", by="owner")
    bar = rate.plot(lang=lang).shape.bars[-1]
    shown = by_size(rate, "2025-Q1")[:15]
    whole = rate.over("owner").rows()[0]
    won = whole.numerator - sum(one.numerator for one in shown)
    of = whole.denominator - sum(one.denominator for one in shown)
    assert bar.text == f"{won / of:.1%}  n={of}" and bar.value == won / of
    few = [
        {"id": n, "owner": n % 20, "created_at": "2025-01-01", "closed_at": "2025-02-01",
         "outcome": "won", "amount": 5000 if n % 20 < 15 else 10} for n in range(40)
    ]  # fmt: skip
    small: Any = sm.CRM(deals=few, currency="USD", tz="UTC").kpi("bookings", "2025-Q1", by="owner")
    row = Picture(small.plot(lang=lang)).rows()[-1]
    assert [rect.look for rect in row.rects] == ["n"] and row.texts[0].text == "$100.00"
    alone = sm.CRM(deals=[
        {"id": n, "created_at": "2025-01-01", "closed_at": "2025-02-01",
         "outcome": "won" if n < won else "lost"} for n in range(of)
    ], tz="UTC")  # fmt: skip
    low, high = alone.kpi("win_rate", "2025-Q1").interval()
    assert bar.interval == pytest.approx((low, high))
    assert bar.mark is None  # nobody whom the others say something of


def drawn_said(most: int, many: int, lang: str) -> str:
    if lang == "en":
        return f" Drawn are {most} of {many}, and the others as one."
    return f" {many}개 중 {most}개와 나머지를 하나로 표시."


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("count", [1, 2])
def test_the_others_are_a_row_in_no_shade(count: int, lang: str) -> None:
    """It would be the darkest, and all else alike."""
    parts = sm.period("2025-01-01..2025-02-28").split("month")[-count:]
    result: Any = company(200).as_of("2025-02-25").kpi("bookings", list(parts), by="owner")
    chart = result.plot("heat", lang=lang)
    picture, named = Picture(chart), "others (170)" if lang == "en" else "그 외 170개"
    rows = picture.rows()
    assert len(rows) == 31 and rows[-1].label == named
    shaded = [rect for row in rows[:-1] for rect in row.rects]
    assert {rect.look for rect in shaded} == {"a"}
    assert max(rect.opacity for rect in shaded) == pytest.approx(0.70)
    last = rows[-1].rects[-1]
    assert (last.look, last.opacity) == ("n", 0.2)
    label = parts[-1].label
    shown = sorted((one for one in result.rows() if one.period.label == label),
                   key=lambda one: -(one.value or 0))  # fmt: skip
    total = Fraction(company(200).as_of("2025-02-25").kpi("bookings", label).exact)
    rest = total - sum(Fraction(one.exact) for one in shown[:30] if one.exact is not None)
    inside = [t.text for t in picture.texts if "c" in t.looks and last.left < t.x < last.right
              and last.top < t.y < last.bottom]  # fmt: skip
    assert inside == [money(rest, "USD", lang)]
    dashed = [line for line in picture.of("o") if last.top <= line.middle <= last.bottom]
    assert len(dashed) == 1  # February is not over
    spec = result.plot("heat", backend="vega", lang=lang)
    assert named not in encoded(spec, "y", "rect")[0]
    assert encoded(spec, "y", "text")[0][-1] == named
    assert encoded(spec, "text", "text")[0][-1] == float(rest)
    axes = axes_of(result, "heat", lang=lang)
    if axes is None:
        return
    assert [t.get_text() for t in axes.get_yticklabels()][-1] == named
    assert axes.images[0].get_array().mask[-1].all()  # in no shade
    assert axes.texts[-1].get_text() == money(rest, "USD", lang)


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_parts_of_a_change_that_have_no_row_are_one(lang: str) -> None:
    """Effects sum to the change, with that of the others; of ten parts or fewer there are none."""
    rows = [
        {"id": f"{month}-{n}", "owner": f"o{n:02}", "created_at": "2025-01-01", "outcome": "won",
         "closed_at": f"2025-{month:02}-10", "amount": 100 * (n + 1) * (month - 1) ** (n % 3)}
        for month in (2, 5) for n in range(25)
    ]  # fmt: skip
    crm = sm.CRM(deals=rows, currency="USD", tz="UTC").as_of("2025-06-30")
    found = sm.explain(crm, "bookings", "2025-Q2", by="owner")
    causes = [one for one in found.level("owner").causes if one.effect or one.before or one.after]
    named = f"others ({len(causes) - 10})" if lang == "en" else f"그 외 {len(causes) - 10}개"
    lines = [line.split() for line in found.to_text(lang).splitlines()]
    (row,) = [line for line in lines if " ".join(line).startswith(named)]
    rest = (found.shown or 0) - sum(one.shown for one in causes[:10])
    assert rest and f"{rest:+,.2f}" in row
    assert "others (15)</td>" in found._repr_html_()
    assert named in sm.read_saved(found.to_json()).to_text(lang)
    few = sm.explain(crm.filter(deals={"owner": ["o01", "o02"]}), "bookings", "2025-Q2", by="owner")
    assert "others" not in few.to_text()


def sold(owner: object, *wins: tuple[str, float | None]) -> list[dict[str, object]]:
    return [
        {"id": f"{owner}-{n}", "owner": owner, "created_at": "2025-01-01", "outcome": "won",
         "closed_at": day, "amount": amount} for n, (day, amount) in enumerate(wins)
    ]  # fmt: skip


def of_owners(crm: sm.CRM, owners: Iterable[object], kpi: str) -> Any:
    return crm.filter(owner=[str(one) for one in owners]).kpi(kpi, "2025-Q2")


@pytest.mark.parametrize("lost", [100, 600, 900])
def test_others_whose_amounts_are_not_above_0_have_no_ratio(lost: int) -> None:
    """As of all together: five of 600 taken back, of others who sold as much, are 0 below."""
    rows = [
        row for n in range(60 + 5) for row in
        sold(n, ("2025-06-10", 100), ("2025-04-10", 50 if n < 60 else 500))
    ]  # fmt: skip
    rows += [row for n in range(100, 105) for row in sold(n, ("2025-06-10", -lost))]
    crm = sm.CRM(deals=rows, currency="USD", tz="UTC").as_of("2025-06-30")
    result: Any = crm.kpi("bookings_linearity", "2025-Q2", by="owner")
    last = of_owners(crm, [*range(60, 65), *range(100, 105)], "bookings_linearity")
    chart = result.plot("bars")
    assert (last.value is None) == (lost >= 600) == (chart.others == ())
    assert not chart.others or chart.others[1] == f"{last.value:.1%}"
    taken = sm.snapshot(crm, "2025-Q2", by="owner", kpis=["bookings_linearity"])
    for lang in ("en", "ko"):
        found = held(taken.to_html(lang=lang))
        kept = found["names"]["owner"][:-1]
        last = of_owners(crm, {str(row["owner"]) for row in rows} - {*kept}, "bookings_linearity")
        text, why, _, n = found["kpis"]["bookings_linearity"]["1"][0][-1]
        if last.value is None:
            assert (text, why) == (found["said"]["none"], last.reason.said(lang))
        else:
            assert text == f"{last.value:.1%}"
        assert n == str(last.n)


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_why_the_others_have_no_figure_counts_the_rows_of_all_of_them(lang: str) -> None:
    rows = [row for n in range(60) for row in sold(n, ("2025-05-10", 100))]
    for n in range(60, 70):
        rows += sold(n, *[("2025-05-10", None)] * (n % 3 + 1))
    rows = [{**row, "currency": "USD"} for row in rows]
    rows += [{**row, "currency": "EUR"} for row in sold(70, ("2025-05-11", 7))]
    crm = sm.CRM(deals=rows, currency="USD", tz="UTC", on_error="collect")
    taken = sm.snapshot(crm, "2025-Q2", by="owner", kpis=["bookings", "bookings_linearity"])
    figures = held(taken.to_html(lang=lang))["kpis"]
    for kpi in ("bookings", "bookings_linearity"):
        whole = of_owners(crm, range(60, 71), kpi)
        assert figures[kpi]["1"][0][-1][1] == whole.reason.said(lang), kpi
