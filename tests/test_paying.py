"""Who pays: trials, free plans, what is over since nobody knows when; one rule for all KPIs."""

from __future__ import annotations

import pytest

import salesmetrics as sm
from salesmetrics.days import NEVER, NEVER_SECONDS

ALONE = {"active_for_days": None}
RUNNING = "taken as running: no column ended_at"
OVER = "over by their status, and not known since when"
UNPAID = "never paid by their status"


def subscriptions(*rows: dict, without: tuple[str, ...] = ()) -> sm.Subscriptions:
    given = [
        {"id": at, "amount": 100, "interval": "month", "started_at": "2025-01-01", "ended_at": None}
        | row
        for at, row in enumerate(rows)
    ]
    kept = [{k: v for k, v in row.items() if k not in without} for row in given]
    return sm.Subscriptions.of(kept, currency="USD")


STATUSES = subscriptions(
    {"customer": "a", "status": "active"},
    {"customer": "b", "status": "canceled"},
    {"customer": "c", "status": "past_due"},
    {"customer": "d", "status": "Trialing"},
    {"customer": "e", "status": "incomplete expired"},
    {"customer": "f", "status": "unpaid", "ended_at": "2025-03-10"},
)


def test_a_status_is_how_a_row_stands_now() -> None:
    mrr = sm.mrr(STATUSES, "2025-03")
    assert (mrr.value, dict(mrr.excluded)) == (200, {UNPAID: 2, OVER: 1})
    active = sm.active_customers(STATUSES, None, "2025-03", **ALONE)
    assert (active.value, dict(active.excluded)) == (2, {OVER: 1, UNPAID: 2})
    # What was paid is never erased: f left in March, and was there before.
    assert sm.mrr(STATUSES, "2025-02").value == 300
    churn = sm.customer_churn_rate(STATUSES, None, "2025-03", **ALONE)
    assert (churn.numerator, churn.denominator) == (1, 3)
    moved = sm.mrr_movements(STATUSES, "2025-03")
    assert [moved.parts[n] for n in ("opening", "new", "churn", "closing")] == [300, 0, 100, 200]
    assert dict(moved.excluded) == {OVER: 1, UNPAID: 2}
    heads = sm.customer_movements(STATUSES, None, "2025-03", **ALONE)
    assert [heads.parts[n] for n in ("opening", "lost", "closing")] == [3, 1, 2]
    cohort = sm.cohort_retention(STATUSES.as_of("2025-04-01"), None, None, "2025-01")
    assert cohort.triangle("retained")["2025-01"][:3] == [3, 3, 2]


def test_a_trial_of_an_unknown_start_is_a_trial_like_the_others() -> None:
    trials = subscriptions(
        {"customer": "a", "status": "active"},
        {"customer": "b", "status": "trialing", "started_at": None},
        {"customer": "c", "status": "trialing", "started_at": "2025-05-01"},
    )
    heads = sm.customer_movements(trials, None, "2025-03", **ALONE)
    assert dict(heads.excluded) == {UNPAID: 1}  # c begins later
    churn = sm.customer_churn_rate(trials, None, "2025-03", **ALONE)
    assert (churn.denominator, dict(churn.excluded)) == (1, {UNPAID: 1})


def test_only_what_is_over_is_not_zero() -> None:
    over = subscriptions({"customer": "a", "status": "canceled"})
    assert sm.mrr(over, "2025-03").value is None
    assert sm.mrr(over, "2024-12").value == 0
    trial = subscriptions({"customer": "a", "status": "in trial"})
    assert sm.mrr(trial, "2025-03").value == 0
    assert sm.mrr_movements(trial, "2025-03").value == 0


def test_of_another_subscription_that_runs_the_customer_is_sure() -> None:
    both = subscriptions(
        {"customer": "a", "status": "canceled", "amount": 40},
        {"customer": "a", "status": "active", "started_at": "2025-02-15"},
    )
    # At the end of January it is not known whether the first still ran; in March the second does.
    assert sm.active_customers(both, None, "2025-03", **ALONE).value == 1
    assert sm.active_customers(both, None, "2025-01", **ALONE).value == 0
    assert sm.customer_retention_rate(both, None, "2025-03", **ALONE).value == 1
    february = sm.customer_retention_rate(both, None, "2025-02", **ALONE)
    assert (february.value, dict(february.excluded)) == (None, {OVER: 1})
    assert sm.mrr_movements(both, "2025-03").value is None
    assert sm.mrr(both, "2025-03").value == 100


def test_what_is_over_ends_when_it_was_cancelled() -> None:
    rows = subscriptions(
        {"customer": "a", "status": "canceled", "cancelled_at": "2025-02-10"},
        {"customer": "b", "status": "active", "cancelled_at": "2025-02-20"},  # runs on until later
        {"customer": "c", "status": "trialing", "cancelled_at": "2025-02-25"},
    )
    assert [sm.mrr(rows, f"2025-0{n}").value for n in (1, 2)] == [200, 100]
    american = subscriptions({"customer": "a", "status": "canceled", "canceled_at": "2025-02-10"})
    assert [sm.mrr(american, f"2025-0{n}").value for n in (1, 2)] == [100, 0]
    # Before that it ran, and nothing was paid for the trial.
    then = rows.as_of("2025-02-05")
    assert sm.mrr(then, "2025-01").value == 200
    assert sm.active_customers(then, None, "2025-01", **ALONE).value == 2
    cancelled = subscriptions(
        {"customer": "a", "cancelled_at": "2025-02-10"}, without=("ended_at", "status")
    )
    assert [sm.mrr(cancelled, f"2025-0{n}").value for n in (1, 2)] == [100, 0]


def test_without_a_column_of_ends_all_run() -> None:
    rows = subscriptions({"customer": "a"}, {"customer": "b"}, without=("ended_at",))
    rows = rows.as_of("2025-06-30")
    for figure in (
        sm.mrr(rows, "2025-03"),
        sm.active_customers(rows, None, "2025-03", **ALONE),
        sm.revenue_per_account(rows, None, "2025-03", **ALONE),
    ):
        assert dict(figure.assumed) == {RUNNING: 2}
    assert sm.mrr(rows, "2025-03").value == 200
    for function, tables in (
        (sm.customer_churn_rate, (rows, None)),
        (sm.customer_retention_rate, (rows, None)),
        (sm.customer_movements, (rows, None)),
    ):
        with pytest.raises(sm.NeedsError, match="ended_at"):
            function(*tables, "2025-03", **ALONE)
    for function in (
        sm.net_revenue_retention,
        sm.gross_revenue_retention,
        sm.quick_ratio,
        sm.mrr_movements,
        sm.renewal_rate,
    ):
        with pytest.raises(sm.NeedsError, match="ended_at"):
            function(rows, "2025-03")
    with pytest.raises(sm.NeedsError, match="ended_at"):
        sm.simple_lifetime_value(rows, None, "2025-03", margin=1, **ALONE)
    costs = sm.Costs.of(
        [{"amount": 10, "category": "sales", "spent_at": "2025-02-01"}], currency="USD"
    )
    with pytest.raises(sm.NeedsError, match="ended_at"):
        sm.sales_efficiency(costs, rows, "2025-03")


PLANS = subscriptions(
    {"customer": "a", "amount": 0, "ended_at": "2025-03-10"},
    {"customer": "a", "amount": 30, "started_at": "2025-03-10"},
    {"customer": "b", "amount": 49},
    {"customer": "c", "amount": 0, "ended_at": "2025-03-20"},  # a free user who leaves
    {"customer": "d", "amount": 20, "ended_at": "2025-03-05"},
    {"customer": "d", "amount": 0, "started_at": "2025-03-05"},  # from paid to free
)


def test_who_pays_nothing_is_no_customer() -> None:
    moved = sm.mrr_movements(PLANS, "2025-03").parts
    found = [moved[n] for n in ("opening", "new", "expansion", "contraction", "churn", "closing")]
    assert found == [69, 30, 0, 0, 20, 79]
    assert sm.net_revenue_retention(PLANS, "2025-03").value == pytest.approx(49 / 69)
    assert sm.customer_churn_rate(PLANS, None, "2025-03", **ALONE).value == 0.5  # d of b and d
    assert sm.active_customers(PLANS, None, "2025-02", **ALONE).value == 2
    assert sm.revenue_per_account(PLANS, None, "2025-03", **ALONE).value == 39.5
    cohorts = sm.cohort_retention(PLANS, None, None, ["2025-01", "2025-03"])
    assert cohorts.triangle("customers") == {"2025-01": [2, 2, 2], "2025-03": [1]}
    crm = sm.CRM(customers=[{"id": who} for who in "abcd"], subscriptions=PLANS, currency="USD")
    assert [sm.new_customers(crm.customers, f"2025-0{n}").value for n in (1, 2, 3)] == [2, 0, 1]
    # Of the three that ended one was paid for, and a free plan renews nothing.
    due = sm.renewal_rate(PLANS.as_of("2025-06-01"), "2025-03")
    assert (due.numerator, due.denominator) == (0, 1)


def test_who_only_returned_something_is_no_customer() -> None:
    records = sm.Revenues.of(
        [
            {"id": 1, "customer": "a", "amount": 100, "booked_at": "2025-01-05"},
            {"id": 2, "customer": "b", "amount": 50, "booked_at": "2025-01-05"},
            {"id": 3, "customer": "c", "amount": -20, "booked_at": "2025-01-06"},
        ],
        currency="USD",
    )
    value = sm.customer_lifetime_value(records, None, "2025-Q1", margin=1)
    assert (value.value, value.n) == (65, 2)
    later = records.as_of("2025-06-30")
    assert sm.repeat_purchase_rate(later, None, "2025-Q2").denominator == 2
    deals = sm.Deals.of(
        [
            {"id": at, "customer": who, "amount": amount, "outcome": "won", "closed_at": day}
            for at, (who, amount, day) in enumerate(
                [("a", 0, "2025-01-05"), ("b", -20, "2025-01-06"), ("c", None, "2025-01-07"),
                 ("b", 30, "2025-02-01")]
            )
        ],
        currency="USD",
    )  # fmt: skip
    crm = sm.CRM(customers=[{"id": who} for who in "abc"], deals=deals, currency="USD")
    assert [sm.new_customers(crm.customers, f"2025-0{n}").value for n in (1, 2)] == [2, 1]
    assert sm.active_customers(None, deals, "2025-01", active_for_days=90).value == 2
    assert sm.cohort_retention(None, None, deals, "2025-01").n == 2
    assert sm.customer_lifetime_value(None, deals, "2025-01", margin=1).n == 2
    assert sm.repeat_purchase_rate(None, deals, "2025-02").denominator == 2
    assert sm.existing_revenue_share(deals, "2025-02").value == 0  # b bought nothing before


def test_terms_of_several_intervals_and_seats() -> None:
    def mrr(**terms: object) -> float | None:
        rows = subscriptions({"customer": "a", "started_at": "2025-01-10", **terms})
        return sm.mrr(rows, "2025-03").value

    assert mrr(amount=300, interval_count=3) == 100
    assert mrr(amount=20, quantity=5) == 100
    assert mrr(amount=600, interval="month", interval_count=6) == 100  # half a year
    assert mrr(amount=2400, interval="year", interval_count=2) == 100
    assert mrr(amount=10, interval_count=7, quantity=3) == 4.29  # 30 / 7, rounded once
    assert mrr(amount=20, quantity=0) == 0
    assert mrr(amount=20, quantity=None) is None
    for wrong in ({"interval_count": 0}, {"quantity": -1}):
        with pytest.raises(sm.DataError, match="a number is needed"):
            mrr(**wrong)


def test_without_ends_in_a_snapshot_too() -> None:
    rows = [
        {
            "id": at,
            "customer": at % 7,
            "amount": 10,
            "interval": "month",
            "started_at": "2025-01-01",
        }
        for at in range(100)
    ]
    crm = sm.CRM(subscriptions=rows, currency="USD").as_of("2025-06-30")
    taken = sm.snapshot(crm, "2025-Q1", kpis=["mrr", "arr"])
    assert [taken[name].value for name in ("mrr", "arr")] == [1000, 12000]


def test_statuses_are_findings() -> None:
    rows = subscriptions(
        {"customer": "a", "status": "active"},
        {"customer": "b", "status": "canceled"},
        {"customer": "c", "status": "On Hold"},
        {"customer": "d", "status": "on hold"},
    )
    report = sm.quality(sm.CRM(subscriptions=rows, currency="USD").as_of("2025-06-30"), "2025-03")
    (over,) = report.of("over_without_end")
    (odd,) = report.of("status_unheard_of")
    assert (over.rows, odd.rows) == (1, 2)
    assert "'On Hold', 'on hold'" in odd.words()


def test_the_last_day_covered_is_that_before_the_end() -> None:
    """Without an end there is none, nor before the first day that there is."""
    ends: list[str | None] = ["2025-03-01", None, "1970-01-02", "1970-01-01"]
    rows = [{"id": at, "started_at": "1970-01-01", "ended_at": end} for at, end in enumerate(ends)]
    last = sm.Subscriptions.of(rows, tz="UTC").times("last_covered_at")
    assert last.days.tolist() == [20147, NEVER, 0, NEVER]  # 2025-02-28 is day 20,147
    assert last.seconds.tolist() == [20147 * 86_400, NEVER_SECONDS, 0, NEVER_SECONDS]
