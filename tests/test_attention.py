"""What needs a look, by hand: of each kind where it begins, what it weighs and what it says."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

import salesmetrics as sm
from salesmetrics.report.attention import Look, looks
from salesmetrics.results.words import words
from salesmetrics.snapshots.document import document_of

MONTH = {"2025-01": "2025-01-15", "2025-02": "2025-02-15"}


def closed(month: str, won: int, lost: int = 0, **more: Any) -> list[dict[str, Any]]:
    """So many won and lost deals of a month, each of 10."""
    return [
        {"id": f"{month} {outcome} {at}", "created_at": "2024-12-01", "closed_at": MONTH[month],
         "outcome": outcome, "amount": 10, **more}
        for outcome, many in (("won", won), ("lost", lost))
        for at in range(many)
    ]  # fmt: skip


def looked(
    deals: Iterable[dict[str, Any]], *kpis: str, most: int = 9, lang: Any = "en", **asked: Any
) -> list[Look]:
    crm = sm.CRM(deals=[*deals], currency="EUR").as_of("2025-02-28")
    taken = sm.snapshot(crm, "2025-02", kpis=kpis, **asked)
    return looks(document_of(taken), words(lang), most)


@pytest.mark.parametrize(
    ("before", "now", "weight"),
    [
        (20, 10, 60.0), (40, 10, 70.0), (20, 18, 44.0),
        (20, 19, None),  # by less than a tenth
        (20, 20, None), (20, 30, None),
        (20, 9, None), (9, 10, None),  # of fewer than ten, now or then
        (10, 10, None), (11, 10, None), (12, 10, 40 + 40 * 2 / 12),
    ],
)  # fmt: skip
def test_a_count_that_fell_by_a_tenth_is_worse(before: int, now: int, weight: float | None) -> None:
    deals = [*closed("2025-01", before), *closed("2025-02", now)]
    found = looked(deals, "won_deals", compare="previous")
    if weight is None:
        assert found == []
        return
    (one,) = found
    assert (one.kind, one.kpi, one.weight) == ("worse", "won_deals", pytest.approx(weight))
    assert one.text == f"won deals: {now}, it was {before} in 2025-01"


def test_a_rate_is_worse_where_chance_would_not_make_it_so() -> None:
    """30 of 40 and 10 of 40 are told apart, 20 of 40 and 16 of 40 are not."""
    for then, now, told in ((30, 10, True), (20, 16, False)):
        deals = [*closed("2025-01", then, 40 - then), *closed("2025-02", now, 40 - now)]
        found = looked(deals, "win_rate", compare="previous")
        assert [(one.kind, one.weight) for one in found] == (
            [("worse", pytest.approx(40 + 40 * 2 / 3))] if told else []
        )
    assert looked(closed("2025-02", 10, 30), "win_rate", compare="previous") == []  # than nothing


@pytest.mark.parametrize(
    ("overdue", "every", "told"), [(1, 20, True), (1, 21, False), (0, 9, False)]
)
def test_deals_wait_where_a_twentieth_of_them_is_overdue(
    overdue: int, every: int, told: bool
) -> None:
    deals = [
        {"id": at, "created_at": "2025-01-01", "outcome": "open", "amount": 10,
         "expected_close_at": "2025-02-10" if at < overdue else "2025-06-30"}
        for at in range(every)
    ]  # fmt: skip
    found = looked(deals, "open_deals", "overdue_deals")
    assert [(one.kind, one.weight, one.text) for one in found] == [
        ("waiting", 30 + 60 * overdue / every,
         f"{overdue} of {every} open deals are past their expected close")
    ] * told  # fmt: skip


def test_a_headline_without_a_figure_is_told_where_rows_are_left_out() -> None:
    deals = closed("2025-02", 2, amount=None)
    (one,) = looked([*deals, *closed("2025-01", 1)], "average_deal_size")
    assert (one.kind, one.weight, one.kpi) == ("unknown", 50, "average_deal_size")
    assert one.text.startswith("average deal size cannot be told: ")
    assert looked(closed("2025-01", 1), "average_deal_size") == []  # nothing is left out


@pytest.mark.parametrize(("won", "weight"), [(6, 100 + 40 * 0.4), (0, 140.0), (10, None)])
def test_a_missed_target_weighs_by_what_is_lacking(won: int, weight: float | None) -> None:
    target = sm.Target(kpi="bookings", value=100, period="2025-02")  # type: ignore[arg-type]
    deals = [*closed("2025-02", won), *closed("2025-01", 1)]
    found = [one for one in looked(deals, "bookings", targets=[target]) if one.kind == "target"]
    assert [one.weight for one in found] == ([] if weight is None else [pytest.approx(weight)])
    assert all("the target is" in one.text for one in found)


def test_whose_part_is_least_reached_is_named() -> None:
    each = {"ana": 6, "bo": 2, "cho": 9}
    deals = [deal | {"id": f"{who} {deal['id']}"} for who, won in each.items()
             for deal in closed("2025-02", won, owner=who)]  # fmt: skip
    targets = [
        sm.Target(kpi="bookings", value=100, period="2025-02", owner=who)  # type: ignore[arg-type]
        for who in each
    ]
    targets.append(sm.Target(kpi="bookings", value=300, period="2025-02"))  # type: ignore[arg-type]
    found = looked(deals, "bookings", by="owner", targets=targets)
    assert found[0].kind == "target"
    assert found[0].text.endswith("; furthest behind: bo (20%)")


def test_of_each_kind_the_heaviest_and_at_most_so_many() -> None:
    rows = [*closed("2025-01", 40), *closed("2025-02", 10)]
    rows += [
        {"id": f"o{at}", "created_at": "2025-01-01", "outcome": "open", "amount": 10,
         "expected_close_at": "2025-02-10"}
        for at in range(5)
    ]  # fmt: skip
    kpis = ("won_deals", "bookings", "open_deals", "overdue_deals")
    found = looked(rows, *kpis, compare="previous")
    assert [(one.kind, one.kpi) for one in found] == [
        ("waiting", "overdue_deals"), ("worse", "bookings"),
    ]  # fmt: skip
    assert [one.weight for one in found] == [90.0, 70.0]
    assert looked(rows, *kpis, compare="previous", most=1) == found[:1]


@pytest.mark.parametrize(
    ("won", "told"),
    [
        (12, False),  # 120 after 14 of 28 days: it lands at 240
        (10, False),  # at the target itself
        (9, True),
    ],
)
def test_a_target_still_running_is_behind_where_it_does_not_land(won: int, told: bool) -> None:
    crm = sm.CRM(
        deals=[deal | {"closed_at": "2025-02-03"} for deal in closed("2025-02", won)],
        currency="EUR",
    ).as_of("2025-02-14")
    target = sm.Target(kpi="bookings", value=200, period="2025-02")  # type: ignore[arg-type]
    taken = sm.snapshot(crm, "2025-02", kpis=["bookings"], targets=[target])
    found = [one for one in looks(document_of(taken), words("en"), 9) if one.kind == "target"]
    assert [one.weight for one in found] == [pytest.approx(100 + 40 * (1 - 0.9))] * told
    assert all("180.00" in one.text and "50%" in one.text for one in found)
