"""What results say they are: which add, which refuse, and what they are called."""

from __future__ import annotations

import json
import pickle
from datetime import date

import pytest

import salesmetrics as sm
from salesmetrics.catalog import ENTRIES
from salesmetrics.results.definition import Measured, both_are, combined, difference

STAGES = [
    {"id": "discovery", "order": 1, "type": "open"},
    {"id": "proposal", "order": 2, "type": "open"},
    {"id": "won", "order": 3, "type": "won"},
    {"id": "lost", "order": 4, "type": "lost"},
]
ROWS = [
    {"id": "a", "created_at": "2025-01-02", "closed_at": "2025-01-20", "outcome": "won",
     "amount": 100, "type": "upsell", "customer": "x", "owner": "ana", "stage": "won"},
    {"id": "b", "created_at": "2025-01-03", "closed_at": "2025-01-25", "outcome": "won",
     "amount": 300, "type": "cross_sell", "customer": "x", "owner": "bo", "stage": "won"},
    {"id": "c", "created_at": "2025-01-04", "closed_at": "2025-01-28", "outcome": "lost",
     "amount": 50, "type": "new", "customer": "y", "owner": "ana", "stage": "lost"},
    {"id": "d", "created_at": "2025-01-05", "outcome": "open", "amount": 70, "owner": "bo",
     "stage": "proposal", "expected_close_at": "2025-01-20"},
]  # fmt: skip
CHANGES = [
    {"deal": "a", "stage": "discovery", "changed_at": "2025-01-02"},
    {"deal": "a", "stage": "proposal", "changed_at": "2025-01-10"},
    {"deal": "a", "stage": "won", "changed_at": "2025-01-20"},
    {"deal": "c", "stage": "discovery", "changed_at": "2025-01-04"},
    {"deal": "c", "stage": "lost", "changed_at": "2025-01-28"},
]
Q1 = sm.period("2025-Q1")


def company(**others: object) -> sm.CRM:
    return sm.CRM(
        deals=ROWS,
        stages=STAGES,
        stage_changes=CHANGES,
        costs=[{"id": 1, "category": "sales", "amount": 10, "spent_at": "2025-01-05"}],
        customers=[{"id": "x"}, {"id": "y"}],
        activities=[{"id": 1, "deal": "d", "done_at": "2025-01-06"}],
        currency="USD",
        **others,
    )  # type: ignore[arg-type]


one, two = company(), company()


@pytest.mark.parametrize(
    ("mine", "theirs", "why"),
    [
        (sm.won_deals(one.deals, Q1), sm.lost_deals(two.deals, Q1), "where won and lost"),
        (
            sm.win_rate(one.deals, Q1),
            sm.win_rate(two.deals, Q1, losses="all"),
            "decided and closed",
        ),
        (sm.upsell_share(one.deals, Q1), sm.cross_sell_share(two.deals, Q1), "upsell"),
        (
            sm.win_rate(one.deals, Q1, from_stage="discovery"),
            sm.win_rate(two.deals, Q1, from_stage="proposal"),
            "discovery",
        ),
        (sm.bookings(one.deals, Q1), sm.won_deals(two.deals, Q1), "amount and rows"),
        (
            sm.deals_created(one.deals, Q1),
            sm.won_deals(two.deals, Q1),
            "times created_at and closed_at",
        ),
        (sm.sales_cycle(one.deals, Q1), sm.deal_size(two.deals, Q1), "days"),
        (sm.open_deals(one.deals, Q1), sm.overdue_deals(two.deals, Q1), "overdue_at"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.title,
)
def test_unlike_figures_do_not_add(mine: sm.Result, theirs: sm.Result, why: str) -> None:
    with pytest.raises(sm.SalesMetricsError, match="do not add") as refused:
        mine + theirs
    assert why in str(refused.value)


def test_other_months_of_cost_and_other_days_of_silence_do_not_add() -> None:
    costs = [
        sm.customer_acquisition_cost(crm.costs, crm.customers, Q1, **{LAG: months})
        for crm, months in ((one, 0), (two, 1))
    ]
    with pytest.raises(sm.SalesMetricsError, match="months_earlier 0 and 1"):
        costs[0] + costs[1]
    silent = [
        sm.stale_deals(crm.deals, crm.activities, Q1, **{STALE: days})
        for crm, days in ((one, 30), (two, 60))
    ]
    with pytest.raises(sm.SalesMetricsError, match="do not add"):
        silent[0] + silent[1]


LAG = next(n for n in ENTRIES["customer_acquisition_cost"].label.keywords if n.startswith("lag"))
STALE = next(n for n in ENTRIES["stale_deals"].label.keywords if "days" in n)


def test_figures_of_one_definition_add_whatever_they_are_called() -> None:
    both = sm.won_deals(one.deals, Q1) + one_window(two.deals)
    assert both.value == 4
    assert both.title == "won deals"
    rates = sm.win_rate(one.deals, Q1) + sm.win_rate(two.deals, Q1)
    assert (rates.numerator, rates.denominator) == (4, 6)
    assert rates.identity is not None
    assert rates.identity.name == "win_rate"


def one_window(deals: sm.Deals) -> sm.Total:
    return deals.during("closed_at", Q1).count("won")


def test_what_is_known_currency_zone_and_rows_are_refused_by_themselves() -> None:
    then = sm.won_deals(one.as_of("2025-01-22").deals, Q1)
    with pytest.raises(sm.SalesMetricsError, match="known until 2025-01-22"):
        then + sm.won_deals(two.deals, Q1)
    seoul, berlin = (company(tz=tz) for tz in ("Asia/Seoul", "Europe/Berlin"))
    with pytest.raises(sm.SalesMetricsError, match="in the zone Asia/Seoul"):
        sm.won_deals(seoul.deals, Q1) + sm.won_deals(berlin.deals, Q1)
    with pytest.raises(sm.SalesMetricsError, match="of the same rows"):
        sm.win_rate(one.deals, Q1) + sm.win_rate(one.deals, Q1)
    for deals in (one.deals, two.deals):  # of one table too: they share no rows
        with pytest.raises(sm.SalesMetricsError, match="different periods"):
            sm.won_deals(one.deals, "2025-01") + sm.won_deals(deals, "2025-02")


def test_names_keywords_and_parts() -> None:
    rate = sm.win_rate(one.deals, Q1, of="amount")
    assert rate.identity is not None
    assert (rate.identity.name, rate.identity.keywords) == ("win_rate_by_amount", ())
    staged = sm.win_rate(one.deals, Q1, from_stage="proposal")
    assert staged.identity is not None
    assert staged.identity.keywords == (("from_stage", "proposal"),)
    assert staged.title == "win rate (from_stage=proposal)"
    speed = sm.sales_velocity(one.deals, Q1)
    assert speed.title == "sales velocity"
    part = speed.part("deal size")
    assert isinstance(part, sm.Result)
    assert part.identity is None
    assert rate.top.identity is None
    by_owner = sm.won_deals(one.deals, Q1, by="owner")
    assert by_owner.over("owner").identity == by_owner.identity
    assert sm.sales_cycle(one.deals, Q1).in_unit("weeks").title == "sales cycle"


def test_a_result_prints_what_it_is() -> None:
    assert str(sm.win_rate(one.deals, Q1)) == (
        "win rate 66.7 % (2025-Q1; 2 of 3; period not over; as they were then: stage)"
    )
    assert str(sm.sales_cycle(one.deals, Q1)).startswith("sales cycle 20 days, median (mean 20; ")
    assert str(sm.bookings(one.deals, Q1)).startswith("bookings 400.00 USD (2025-Q1; n=2")
    costs = sm.cost_per_win(one.costs, one.deals, Q1)
    assert str(costs).startswith("cost per win 5.00 USD a deal (2025-Q1; n=2")
    nothing = str(sm.win_rate(one.deals, "2020"))
    assert nothing.startswith("win rate undefined (2020; n=0; no decided deals")


def test_a_saved_result_knows_its_name_and_not_its_tables() -> None:
    rate = sm.win_rate(one.deals, Q1, by="owner")
    again = pickle.loads(pickle.dumps(rate))
    assert again == rate
    assert again.identity == rate.identity
    with pytest.raises(sm.SalesMetricsError, match=r"records\(crm\)"):
        again.records()
    assert again.records(one) == rate.records()
    assert len(pickle.dumps(sm.won_deals(one.deals, Q1))) < 4_000


def test_records_are_ready_for_json() -> None:
    records = sm.sales_cycle(one.deals, [Q1, "2024-Q4"], by="owner").to_records()
    read = json.loads(json.dumps(records))
    assert read == records
    assert {row["kpi"] for row in read} == {"sales_cycle"}
    assert read[0]["start"] == date(2025, 1, 1).isoformat()
    assert {"mean", "median", "p75", "p90"} <= set(read[0])


def test_no_rows_are_nobodys_twice() -> None:
    """Empty halves of a table add to nothing; rows twice do not add."""
    nothing = sm.Deals.of([], currency="USD")
    assert (sm.won_deals(nothing, "2025") + sm.won_deals(nothing, "2025")).exact == 0


def test_what_no_row_says_fits_what_the_others_do() -> None:
    """The scale of scores is that of the rows; a month without an answer has none."""

    def month(*scored: tuple[int, int]) -> sm.Surveys:
        rows = [
            {"id": f"{score} of {scale}", "answered_at": "2025-01-05", "score": score}
            | {"scale": scale}
            for score, scale in scored
        ]
        sent = {"id": "sent", "answered_at": "2025-01-05", "score": None, "scale": None}
        return sm.Surveys.of([sent, *rows])

    for measure in ("score", "top_box"):
        five, ten, none = (
            sm.satisfaction_score(month(*scored), "2025-01", measure=measure)
            for scored in (((5, 5), (4, 5)), ((10, 10),), ())
        )
        assert (none + five).exact == (five + none).exact == five.exact
        for one, other in ((five, ten), (none + five, ten), (ten, none + five)):
            with pytest.raises(sm.SalesMetricsError, match="not the same figure"):
                one + other


def test_where_two_definitions_differ_first() -> None:
    won = Measured("deals", "during", ("closed_at",), where=("won",))
    lost = Measured("deals", "during", ("closed_at",), where=("lost",))
    rate, turned = combined("ratio", won, lost), combined("ratio", lost, won)
    assert difference(won, won) is None
    assert difference(won, lost) == "where won and lost"
    assert difference(rate, turned) == "where won and lost"
    assert difference(rate, combined("sum", lost, won)) == "ratio and sum"  # not of their parts
    assert difference(rate, won) == "ratio and deals during"
    assert difference(won, rate) == "deals during and ratio"
    assert difference(rate, combined("ratio", won, lost, given=(3,))) == "none and 3"


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        (("scored", 100), ("scored", 100), ("scored", 100)),
        (("scored", None), ("scored", 100), ("scored", 100)),  # no row says of how many
        (("scored", 100), ("scored", 10), None),
        (("scored", None), ("rated", 100), None),
        (("scored", None), "scored", None),
        ("won", ("won", None), None),
        ("won", "lost", None),
    ],
)
def test_what_only_rows_would_say_fits_whatever_it_is_elsewhere(one, other, both):
    def measured(row_set):
        return Measured("answers", "during", ("answered_at",), where=("rated", row_set))

    expected = None if both is None else measured(both)
    assert both_are(measured(one), measured(other)) == expected
    assert both_are(measured(other), measured(one)) == expected
    parts = [combined("ratio", measured(each), measured("won")) for each in (one, other)]
    assert both_are(*parts) == (expected and combined("ratio", expected, measured("won")))
