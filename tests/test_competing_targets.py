"""Several targets that could be a period's: the nearest holds, and the others are told."""

from __future__ import annotations

import random
from decimal import Decimal
from itertools import combinations, pairwise

import pytest

import salesmetrics as sm
from salesmetrics.insight.goals import goals

DEALS = [
    {"id": at, "amount": 100, "outcome": "won", "created_at": "2025-01-01", "closed_at": day,
     "owner": "ana"}
    for at, day in enumerate(["2025-01-20", "2025-02-20", "2025-03-20"])
]  # fmt: skip
CRM = sm.CRM(deals=DEALS, currency="USD").as_of("2025-12-31")


def aim(value: object, period: str | None = None, kpi: str = "bookings", **more: object):
    return sm.Target(kpi=kpi, value=value, period=period, **more)


def shot(*targets: sm.Target, period: str = "2025-Q1", **more: object):
    return sm.snapshot(CRM, period, kpis=["bookings", "win_rate"], targets=targets, **more)


def test_a_dated_target_tells_what_it_stands_in_place_of() -> None:
    # Whatever the order in which they are set.
    each, dated = aim(400, "quarter"), aim(300, "2025-Q1")
    for given in ((each, dated), (dated, each)):
        found = shot(*given)
        (one,) = found.targets
        assert (one.target, one.sum_of) == (300, None)
        assert [(other.of, other.value) for other in one.instead_of] == [("quarter", 400)]
        assert (
            "bookings, company, 2025-Q1: its own target of 300.00 stands in place of 400.00 "
            "(each quarter)" in found.to_markdown()
        )
        assert "(분기) 대신 해당 기간 목표 " in found.to_markdown(lang="ko")
        (told,) = found.to_dict()["targets"]
        assert told["instead_of"] == [
            {"of": "quarter", "value": "400", "change": None, "relative_to": None}
        ]
    # A quarter without one of its own has what is set for each; the same amount twice is no matter.
    (one,) = shot(aim(400, "quarter"), aim(300, "2025-Q2")).targets
    assert (one.target, one.instead_of) == (400, ())
    (one,) = shot(aim(400, "quarter"), aim(400, "2025-Q1")).targets
    assert (one.target, one.instead_of) == (400, ())


@pytest.mark.parametrize(
    ("given", "target", "sum_of", "others"),
    [
        # Each month and each quarter: the quarter's own, whichever is set first.
        ([(100, "month"), (400, "quarter")], 400, None, [("3 x month", 300)]),
        ([(400, "quarter"), (100, "month")], 400, None, [("3 x month", 300)]),
        # One month of its own is part of the quarter's sum.
        (
            [(100, "month"), (150, "2025-02")],
            350, "2025-01, 2025-02, 2025-03", [("3 x month", 300)],
        ),
        # Months that make a quarter, beside what each quarter is to come to.
        (
            [(90, "2025-01"), (90, "2025-02"), (90, "2025-03"), (400, "quarter")],
            270, "2025-01, 2025-02, 2025-03", [("quarter", 400)],
        ),
        # ... and beside what is set for the quarter itself.
        (
            [(90, "2025-01"), (90, "2025-02"), (90, "2025-03"), (300, "2025-Q1")],
            300, None, [("2025-01, 2025-02, 2025-03", 270)],
        ),
        # A month alone says nothing of its quarter.
        ([(90, "2025-01"), (400, "quarter")], 400, None, []),
    ],
)  # fmt: skip
def test_the_nearest_holds(given, target, sum_of, others) -> None:
    (one,) = shot(*(aim(*each) for each in given)).targets
    assert (one.target, one.sum_of) == (target, sum_of)
    assert [(other.of, other.value) for other in one.instead_of] == others


def test_quarters_and_their_months_make_a_year() -> None:
    quarters = [aim(300, f"2025-Q{n}") for n in (1, 2, 3, 4)]
    months = [aim(90, f"2025-0{n}") for n in (1, 2, 3)]
    (one,) = shot(*months, *quarters, period="2025").targets
    assert (one.target, one.sum_of) == (1200, "2025-Q1, 2025-Q2, 2025-Q3, 2025-Q4")


def test_of_parts_that_make_up_a_span_few_and_long_ones_are_taken() -> None:
    """Of all ways in which days are made up without gap or overlap: the one of the fewest parts,
    and of those the one whose first part is the longest, then its second."""
    spans = [(a, b) for a in range(5) for b in range(a + 1, 6) if (a, b) != (0, 5)]
    draw = random.Random(5)
    for _ in range(300):
        mine = draw.sample(spans, draw.randint(1, 9))
        ways = [
            each
            for many in range(1, 6)
            for each in combinations(sorted(mine), many)
            if each[0][0] == 0 and each[-1][1] == 5
            and all(one[1] == two[0] for one, two in pairwise(each))
        ]  # fmt: skip
        best = min(ways, key=lambda each: (len(each), [a - b for a, b in each]), default=())
        named = [f"2025-01-0{a + 1}..2025-01-0{b}" for a, b in best]
        aims = goals(
            [aim(2**n, f"2025-01-0{a + 1}..2025-01-0{b}") for n, (a, b) in enumerate(mine)]
        )
        found = aims.of(aims.each[0].subject, sm.period("2025-01-01..2025-01-05"), True)
        total = sum(2 ** mine.index(each) for each in best)
        assert found == ((total, ", ".join(named)) if best else (None, None))


def test_a_month_by_its_days_has_what_is_set_for_each_month_and_sums_nothing() -> None:
    (one,) = shot(aim(100, "month"), period="2025-01-01..2025-01-31").targets
    assert (one.target, one.sum_of) == (100, None)
    (one,) = shot(aim(100, "month"), period="2025-01-01..2025-02-28").targets
    assert (one.target, one.sum_of) == (200, "2 x month")


def test_a_target_of_a_statistic_or_of_what_is_given_is_no_groups_own() -> None:
    january, ana = sm.period("2025-01"), (("owner", "ana"),)
    more = {"kpi": "sales_cycle", "period": "2025-01", "owner": "ana"}
    plain = aim(30, **more)
    for other in (aim(60, statistic="p90", **more), aim(20, given={"outcome": "lost"}, **more)):
        assert goals([other]).of_group("sales_cycle", ana, january) == (None, None)
        assert goals([other, plain]).of_group("sales_cycle", ana, january) == (30, None)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (5, "not int"), ({"kpi": "bookings"}, "not dict"), (None, "not NoneType"),
        ([{"kpi": "bookings"}], "targets are Target records, not dict"),
    ],
)  # fmt: skip
def test_what_is_no_list_of_targets_is_refused(given, said) -> None:
    with pytest.raises(sm.SalesMetricsError, match=said):
        goals(given)


@pytest.mark.parametrize(
    "text",
    [
        'target = [{kpi = "bookings", value = 1}, 5]', "target = 5", "target = []\nother = 1",
        'other = 1\n[[target]]\nkpi = "bookings"\nvalue = 1', "",
    ],
)  # fmt: skip
def test_a_file_of_targets_has_tables_of_targets_alone(text, tmp_path) -> None:
    (tmp_path / "plan.toml").write_text(text)
    with pytest.raises(sm.SalesMetricsError, match=r"plan\.toml: tables \[\[target\]\]"):
        goals(tmp_path / "plan.toml")
    (tmp_path / "plan.toml").write_text('[[target]]\nkpi = "bookings"\nvalue = 1')
    assert [one.value for one in goals(str(tmp_path / "plan.toml")).each] == [1]


def test_a_rate_of_its_own_period_and_one_of_any() -> None:
    any_period, dated = aim("0.5", kpi="win_rate"), aim("0.6", "2025-Q1", "win_rate")
    found = shot(any_period, dated)
    (one,) = found.targets
    assert (one.target, [(o.of, o.value) for o in one.instead_of]) == (
        Decimal("0.6"), [(None, Decimal("0.5"))],
    )  # fmt: skip
    assert "60.0% stands in place of 50.0% (any period)" in found.to_markdown()
    assert "50.0%(기간 무관)" in found.to_markdown(lang="ko")
    (one,) = shot(any_period, dated, period="2025-02").targets
    assert (one.target, one.instead_of) == (Decimal("0.5"), ())


def test_one_relative_to_what_was_competes_too() -> None:
    grown = sm.Target(kpi="bookings", change=Decimal("0.1"), relative_to="previous")
    found = shot(grown, aim(300, "quarter"))
    (one,) = found.targets
    assert (one.target, [(o.of, o.relative_to) for o in one.instead_of]) == (
        300, [(None, "previous")],
    )  # fmt: skip
    assert "stands in place of the period before +10% (any period)" in found.to_markdown()


def test_which_way_is_good_is_the_chosen_ones() -> None:
    any_period = aim("0.5", kpi="win_rate", better="lower")
    dated = aim("0.5", "2025-Q1", "win_rate", better="higher")
    for given in ((any_period, dated), (dated, any_period)):
        (one,) = shot(*given).targets
        assert (one.better, one.met) == ("higher", True)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (aim(300, "2025-Q1"), aim(400, "2025-01-01..2025-03-31")),
        (aim(300, "quarter", group={"team": "a", "owner": "b"}),
         aim(400, "quarter", group={"owner": "b", "team": "a"})),
        (aim(300, "quarter", group={"owner": ["a", "b"]}),
         aim(400, "quarter", group={"owner": ["b", "a"]})),
        (aim(300, "quarter"),
         sm.Target(kpi="bookings", period="quarter", change="0.1", relative_to="previous")),
    ],
)  # fmt: skip
def test_two_for_one_period_are_refused_however_they_are_written(one, other) -> None:
    with pytest.raises(sm.SalesMetricsError, match=r"has two targets for .*keep one"):
        shot(one, other)
