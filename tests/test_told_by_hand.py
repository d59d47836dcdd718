"""Figures of a document as people read them, by hand: what each is, and how it changed."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest
from test_attention import closed

import salesmetrics as sm
from salesmetrics.report.findings import WORDS, _count
from salesmetrics.report.front import page_snapshot
from salesmetrics.report.markdown import view_markdown
from salesmetrics.report.page.page_charts import _a_month
from salesmetrics.report.page.tiles import change_said
from salesmetrics.report.ranking import ranked
from salesmetrics.report.told import Told, clear, told
from salesmetrics.results.display import View
from salesmetrics.results.text_table import width
from salesmetrics.results.triangle_view import OF, triangle_lines
from salesmetrics.results.words import words
from salesmetrics.snapshots import schema as form
from salesmetrics.snapshots.document import document_of

KINDS = {  # money, a rate, a sum, a flow, drawn from 0, of what comes
    "won_deals": (False, False, True, True, True, False),
    "bookings": (True, False, True, True, True, False),
    "win_rate": (False, True, False, False, False, False),
    "open_deals": (False, False, True, False, True, False),
    "open_pipeline": (True, False, True, False, True, False),
    "average_deal_size": (True, False, False, False, True, False),
    "sales_cycle": (False, False, False, False, False, False),
    "bookings_forecast": (True, False, True, False, True, True),
}


def figures(
    deals: list[dict[str, Any]], *kpis: str, lang: Any = "en", **asked: Any
) -> dict[str, Told]:
    crm = sm.CRM(deals=deals, currency="EUR").as_of("2025-02-28")
    taken = sm.snapshot(crm, "2025-02", kpis=kpis, **asked)
    return told(document_of(taken), words(lang))


@pytest.mark.parametrize("kpi", KINDS)
def test_what_a_figure_is(kpi: str) -> None:
    one = figures([*closed("2025-01", 3, 1), *closed("2025-02", 2, 1)], kpi)[kpi]
    kinds = (one.is_money, one.is_rate, one.is_sum, one.is_flow, one.from_zero, one.is_ahead)
    assert kinds == KINDS[kpi]


def change(then: tuple[int, int], now: tuple[int, int], kpi: str, lang: str = "en") -> str:
    deals = [*closed("2025-01", *then), *closed("2025-02", *now)]
    one = figures(deals, kpi, lang=lang, compare="previous")[kpi]
    return one.change(one.whole["2025-02"].compared[0])


@pytest.mark.parametrize(
    ("then", "now", "kpi", "said"),
    [
        ((4, 0), (2, 0), "won_deals", "-50.0% worse"),
        ((4, 0), (5, 0), "won_deals", "+25.0% better"),
        ((0, 4), (0, 2), "lost_deals", "-50.0% better"),
        ((4, 0), (4, 0), "won_deals", "+0.0%"),
        ((2, 0), (21, 0), "won_deals", "+950.0% better"),
        ((2, 0), (22, 0), "won_deals", "11x better"),  # ten times more
        ((0, 1), (3, 0), "won_deals", "+3 better"),  # than none
        ((30, 10), (10, 30), "win_rate", "-50.0 pp worse"),
        ((10, 30), (30, 10), "win_rate", "+50.0 pp better"),
        ((0, 0), (3, 0), "win_rate", "-"),
    ],
)
def test_how_a_figure_changed(
    then: tuple[int, int], now: tuple[int, int], kpi: str, said: str
) -> None:
    assert change(then, now, kpi) == said


def test_a_change_that_chance_makes_is_said_with_half_its_interval() -> None:
    deals = [*closed("2025-01", 2, 2), *closed("2025-02", 3, 1)]
    one = figures(deals, "win_rate", compare="previous")["win_rate"]
    compared = one.whole["2025-02"].compared[0]
    low, high = compared.interval or (0, 0)
    text = one.change(compared)
    assert text.startswith("+25.0 pp")
    assert f"{(high - low) * 50:.0f}" in text
    assert "better" not in text


def test_values_are_told_in_their_unit() -> None:
    deals = [*closed("2025-02", 2, 1)]
    each = figures(deals, "won_deals", "bookings", "win_rate", "sales_cycle")
    assert each["win_rate"].text(0.123) == "12.3%"
    assert each["win_rate"].text(None) == "undefined"
    assert each["won_deals"].text(1234) == "1,234"
    assert each["bookings"].text(1234.5, short=False) == "€1,234.50"
    assert each["sales_cycle"].text(1) == "1 day"
    assert each["sales_cycle"].text(2) == "2 days"
    assert each["sales_cycle"].text(2.25) == "2.2 days"
    korean = figures(deals, "sales_cycle", lang="ko")["sales_cycle"]
    assert korean.text(1) == "1일"


@pytest.mark.parametrize(
    ("period", "target", "a_month"),
    [
        ("2025-Q1", 300, 100.0), ("2024-11-01..2025-02-28", 400, 100.0), ("2025-01", 90, 90.0),
        ("2025-01-15..2025-03-14", 300, None),  # which is of no whole months
        ("2025-01-01..2025-03-14", 300, None), ("2025-01-15..2025-02-28", 300, None),
    ],
)  # fmt: skip
def test_what_a_target_is_a_month(period: str, target: int, a_month: float | None) -> None:
    aim = sm.Target(kpi="bookings", value=target, period=period)  # type: ignore[arg-type]
    crm = sm.CRM(deals=closed("2025-01", 3), currency="EUR").as_of("2025-03-31")
    document = document_of(page_snapshot(crm, period, targets=[aim]))  # which draws months
    figure = told(document, words("en"))["bookings"]
    assert _a_month(document, figure, document.periods[-1].label) == a_month


@pytest.mark.parametrize(
    ("left", "remarks", "line"),
    [(1, False, "| --- | ---: | ---: |"), (1, True, "| --- | ---: | --- |"),
     (2, False, "| --- | --- | ---: |")],
)  # fmt: skip
def test_names_and_remarks_stand_to_the_left_in_markdown(
    left: int, remarks: bool, line: str
) -> None:
    view = View("", ["a", "b", "c"], [["x", "1", "2"]], left, remarks)
    assert view_markdown(view).splitlines()[1] == line


def test_findings_are_counted_in_words() -> None:
    clean = {"id": "a", "created_at": "2025-01-01", "outcome": "open"}
    turned = {"id": "b", "created_at": "2025-01-09", "closed_at": "2025-01-02", "outcome": "lost"}
    nothing = sm.quality(sm.CRM(), kpis=[])
    some = sm.quality(sm.CRM(deals=[clean, turned]), kpis=[])
    assert _count(nothing, "en") == WORDS["en"]["none"]
    assert _count(some, "en").startswith(f"{len(some.findings)} ")
    assert len(some.findings) > 1


def compared(change: float | None, direction: str | None, interval: list[float] | None) -> Any:
    return form.Compared.model_construct(
        change=change, points=None, relative=None, direction=direction, interval=interval,
        period=None, base=0, base_n=0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("interval", "is_clear"),
    [(None, True), ([-1.0, 1.0], False), ([0.0, 1.0], False), ([-1.0, 0.0], False),
     ([0.1, 1.0], True), ([-1.0, -0.1], True)],
)  # fmt: skip
def test_an_interval_that_touches_0_is_not_clear(
    interval: list[float] | None, is_clear: bool
) -> None:
    for direction, mark in (("better", "u"), ("worse", "d"), ("same", ""), (None, "")):
        one = compared(3, direction, interval)
        assert clear(one) is is_clear
        figure = figures(closed("2025-02", 2), "won_deals")["won_deals"]
        cell = figure.whole["2025-02"].model_copy(update={"compared": [one]})
        assert change_said(figure, cell)[1] == (mark if is_clear else "")


def test_changes_of_what_was_nothing_are_counted() -> None:
    figure = figures(closed("2025-02", 2), "won_deals")["won_deals"]
    said = [figure.change(compared(n, "better", None)) for n in (2, 0, -2, None)]
    assert said == ["+2 better", "+0", "-2 better", "-"]


@pytest.mark.parametrize(
    ("room", "left"),
    [(200, 6), (88, 6), (87, 5), (80, 5), (79, 4), (68, 4), (67, 3), (52, 3), (51, 1), (9, 1)],
)
def test_ranks_stand_in_columns_as_far_as_there_is_room(room: int, left: int) -> None:
    """Figures end below each other; the share goes first, and a rate never without its n.

    The heads are of 17, 8, 5, 9, 8, 13 and 7 letters, with three blanks after each: 88.
    """
    deals = [deal | {"id": f"{who} {deal['id']}", "owner": who, "amount": 10 ** len(who)}
             for who, won in (("ana", 6), ("bo", 12), ("장지호", 1), ("c", 2))
             for deal in closed("2025-02", won, 3)]  # fmt: skip
    crm = sm.CRM(deals=deals, currency="EUR").as_of("2025-02-28")
    taken = sm.snapshot(crm, "2025-02", by="owner", kpis=["bookings", "won_deals", "win_rate"])
    document = document_of(taken)
    said = words("en")
    head, *rows, more = ranked(document, told(document, said), said, "2025-02", 3, room)
    ends = [  # the screen indents the first line itself
        [width(line[: found.end()]) for found in re.finditer(r"\S+(?: \S+)*", line)][1:]
        for line in (f"  {head}", *rows)
    ]
    assert ends == [ends[0]] * 4 and len(ends[0]) == left
    assert [line.split()[0] for line in rows] == ["ana", "bo", "장지호"]
    assert more == "  ... 1 more: --by owner --all"
    assert ("share" in head, "won deals" in head) == (left > 5, left > 4)
    assert ("interval" in head, "decided" in head) == (left > 3, left > 1)


def test_cohorts_are_named_by_their_periods_in_words() -> None:
    """By its label where there are no words for it; what is not over is marked."""
    values = {"cohort": 4, "customers": 4, "retained": 0.5, "unfinished": True}
    parts: Any = [
        SimpleNamespace(
            group={"owner": who},
            period=period,
            values=dict.fromkeys((of for of, _ in OF), 4) | values,
        )
        for who, period in (("ana", "2025-01"), ("bo", "2025-02"), ("cho", None))
    ]
    _, lines, notes = triangle_lines(parts, "cohort_retention", {"2025-01": "January"}, words("en"))
    names = [line[:2] for line in lines[:: len(lines) // 3]]
    assert names == [["ana", "January"], ["bo", "2025-02"], ["cho", ""]]
    assert notes == ["* period not over"]
