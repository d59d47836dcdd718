"""What differs between two snapshots, a line a KPI, by hand."""

from __future__ import annotations

import json
from typing import Any

import pytest

from salesmetrics.snapshots.change import Change
from salesmetrics.snapshots.differences import Changes
from salesmetrics.snapshots.grouped_changes import KpiChange, _shown, grouped, turned


def periods(*sides: list[str]) -> Change:
    before, after = (json.dumps([{"label": one} for one in side]) for side in sides)
    return Change("document", None, "periods", before, after)


def value(before: Any, after: Any, group: Any = (), kpi: str = "won_deals", **more: Any) -> Change:
    return Change("value", kpi, "value", before, after, more.get("period", "2025-01"), group)


ANA, BO = (("owner", "ana"),), (("owner", "bo"),)
PART = (("row", 0), ("column", "won"))


@pytest.mark.parametrize(
    ("before", "after", "is_turned"),
    [(["2025-01"], ["2025-02"], True), (["2025-01", "2025-02"], ["2025-02"], False),
     (["2025-01"], ["2025-01", "2025-02"], False), (["2025-01", "2025-02"], ["2025-03"], True)],
)  # fmt: skip
def test_other_periods_are_those_of_which_none_is_the_same(
    before: list[str], after: list[str], is_turned: bool
) -> None:
    one = periods(before, after)
    assert turned([one]) is is_turned and not turned([]) and not turned([value(1, 2)])
    assert bool(Changes((one,)).turn) is is_turned
    rest = "; no figure of one is in the other" * is_turned
    assert grouped([one]) == [f"snapshot: {', '.join(before)} -> {', '.join(after)}{rest}"]


def test_a_line_a_kpi_and_period() -> None:
    n = Change("n", "won_deals", "n", 4, 6, "2025-01", ())
    every = [
        value(4, 6), n, value(1, 2, ANA), value(3, 4, BO), value(1, 3, PART), value(2, 3, PART),
        Change("n", "won_deals", "n", 1, 2, "2025-01", ANA),
        Change("appeared", "won_deals", "figure", None, 5, "2025-01", (("owner", "cho"),)),
        Change("disappeared", "won_deals", "figure", 5, None, "2025-01", (("owner", "dan"),)),
        Change("disappeared", "won_deals", "figure", 5, None, "2025-01", (("owner", "eve"),)),
        value(1, 1.5, kpi="bookings", period="2025-02"),
    ]  # fmt: skip
    first, second = grouped(every)
    assert first == KpiChange(
        "won_deals", "2025-01", whole=every[0], n=n, groups=2, most=every[2], parts=2, appeared=1,
        disappeared=2,
    )  # fmt: skip
    assert str(first) == (
        "won_deals (2025-01): 4 -> 6 (+50.0%), n 4 -> 6, 2 groups, most owner='ana' 1 -> 2 "
        "(+100.0%), 2 of its parts, 1 figures appeared, 2 figures disappeared"
    )
    assert str(second) == "bookings (2025-02): 1 -> 1.5 (+50.0%)"
    assert str(grouped([value(1, 2, ANA)])[0]) == (
        "won_deals (2025-01): 1 group, most owner='ana' 1 -> 2 (+100.0%)"
    )
    assert str(KpiChange("won_deals", None)) == "won_deals: row counts of groups"


def test_the_group_that_moved_most_is_the_first_of_those_alike() -> None:
    for changes, most in (
        ([value(2, 3, ANA), value(4, 6, BO)], ANA), ([value(2, 3, ANA), value(4, 7, BO)], BO),
        ([value(2, 9, ANA), value(0, 1, BO)], BO), ([value(0, 1, ANA), value(None, 1, BO)], ANA),
        ([value(4, 1, ANA), value(4, 6, BO)], ANA),
    ):  # fmt: skip
        (line,) = grouped(changes)
        assert isinstance(line, KpiChange) and line.most is not None and line.most.group == most


def test_what_is_said_of_the_documents_themselves() -> None:
    aims = [Change("document", "bookings", "target", 5, n, "2025-01", ()) for n in (6, 7)]
    defined = Change("definition", "bookings", "definition", "a", "b")
    figure = Change("appeared", "bookings", "figure", None, 5, "2025-01", ())
    two, *others = grouped([*aims, defined])
    assert str(two).startswith("2 targets set otherwise, first ") and others == [defined]
    assert str(grouped(aims[:1])[0]).startswith("1 target set otherwise, first ")
    other = periods(["2025-01"], ["2025-02"])
    assert len(grouped([other, *aims, figure])) == 1  # said once, by the periods
    same = periods(["2025-01"], ["2025-01", "2025-02"])
    assert len(grouped([same, *aims, figure])) == 3


@pytest.mark.parametrize(
    ("one", "beyond", "kept"),
    [(value(10, 11), 0.1, False), (value(10, 12), 0.1, True), (value(10, 8), 0.1, True),
     (value(10, 9), 0.1, False), (value(0, 1), 0.1, True), (value(None, 1), 9.0, True),
     (Change("n", "won_deals", "n", 1, 9, "2025-01", ()), 0.1, False),
     (Change("document", None, "known_until", "a", "b"), 0.1, False),
     (Change("document", None, "currency", "EUR", "USD"), 0.1, True),
     (periods(["2025-01"], ["2025-02"]), 0.1, False),
     (Change("appeared", "won_deals", "figure", None, 5, "2025-01", ()), 0.1, True)],
)  # fmt: skip
def test_what_moved_beyond_a_share(one: Change, beyond: float, kept: bool) -> None:
    assert bool(Changes((one,)).filter(beyond=beyond)) is kept
    assert bool(Changes((one,)).filter()) and len(Changes((one, one)).filter()) == 2


def test_figures_that_are_of_one_period_alone_did_not_move() -> None:
    gone = Change("disappeared", "won_deals", "figure", 5, None, "2025-01", ())
    aim = Change("document", "won_deals", "target", 5, None, "2025-01", ())
    other = periods(["2025-01"], ["2025-02"])
    assert not Changes((other, gone, aim)).filter(beyond=0.1)
    assert len(Changes((other, gone, aim)).filter()) == 3
    same = periods(["2025-01"], ["2025-01", "2025-02"])
    assert [*Changes((same, gone, aim)).filter(beyond=0.1)] == [gone, aim]
    both = Changes((gone, value(1, 2, kpi="bookings"), Change("document", None, "by", "a", "b")))
    assert [one.kpi for one in both.filter(["bookings"])] == ["bookings", None]


@pytest.mark.parametrize(
    ("value_", "text"),
    [(None, "nothing"), (1234, "1,234"), (999.94, "999.9"), (1000.0, "1,000"), (-1000.4, "-1,000"),
     (0.12346, "0.1235"), (-0.0, "0"), ("x", "x")],
)  # fmt: skip
def test_values_in_a_line(value_: Any, text: str) -> None:
    assert _shown(value_) == text
