"""Edges that random companies miss: the last day of grace, the sixth customer, a year ago."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

import salesmetrics as sm


def contract(at: int, start: str, end: str | None, **more: Any) -> dict[str, Any]:
    return {"id": at, "customer": "a", "product": "crm", "amount": 100, "interval": "month",
            "started_at": start, "ended_at": end, **more}  # fmt: skip


def rate(rows: list[dict[str, Any]], known: str, retained: Any = "count", **how: Any) -> sm.Ratio:
    contracts = sm.Subscriptions.of(rows, currency="USD").as_of(known)
    return sm.renewal_rate(contracts, "2025-03", retained=retained, **how)


# Its last covered day is 31 March, so it is due in March, and a renewal may start until 1 May.
DUE = contract(1, "2024-04-01", "2025-04-01")


@pytest.mark.parametrize(
    ("start", "renewed"),
    [("2025-05-01", 1), ("2025-05-02", 0), ("2025-01-01", 1), ("2024-12-31", 0), ("2024-04-01", 0)],
)
def test_a_renewal_starts_within_ninety_days_before_and_thirty_after(
    start: str, renewed: int
) -> None:
    found = rate([DUE, contract(2, start, None)], "2025-06-30")
    assert (found.numerator, found.denominator) == (renewed, 1)
    other = rate([DUE, contract(2, start, None, product="bi")], "2025-06-30")
    assert (other.numerator, other.denominator) == (0, 1)


def test_a_contract_is_pending_through_the_last_day_of_grace() -> None:
    waiting = rate([DUE], "2025-04-30")
    assert (waiting.value, dict(waiting.excluded)) == (None, {"pending": 1})
    assert (rate([DUE], "2025-05-01").value, rate([DUE], "2025-05-01").excluded) == (0.0, {})
    assert rate([DUE], "2025-04-01", grace_days=0).value == 0.0


def test_a_contract_renews_one() -> None:
    """Two that end together and one that follows: one was renewed."""
    rows = [DUE, contract(2, "2024-04-01", "2025-04-01"), contract(3, "2025-04-01", None)]
    found = rate(rows, "2025-06-30")
    assert (found.numerator, found.denominator) == (1, 2)
    assert rate(rows, "2025-06-30", retained="net").exact == Fraction(1, 2)


def test_what_names_the_contract_it_renews_does_so_whenever_it_starts() -> None:
    late = contract(2, "2025-06-20", None, renewal_of="1", product="bi", amount=250)
    assert rate([DUE, late], "2025-06-30").value == 1.0
    assert rate([DUE, late], "2025-06-30", retained="net").value == 2.5
    assert rate([DUE, late], "2025-06-30", retained="gross").value == 1.0
    less = late | {"amount": 40}
    assert rate([DUE, less], "2025-06-30", retained="gross").value == 0.4


def test_what_is_renewed_by_name_takes_no_other_contract() -> None:
    """Both end in March; 3 names the first, so 4, which names none, renews the second."""
    second = contract(2, "2024-05-01", "2025-04-01")
    named, other = contract(3, "2025-04-01", None, renewal_of="1"), contract(4, "2025-04-01", None)
    rows = [DUE, second, named, other | {"amount": 70}]
    found = rate(rows, "2025-06-30")
    assert (found.numerator, found.denominator) == (2, 2)
    assert rate(rows, "2025-06-30", retained="net").exact == Fraction(170, 200)
    alone = rate([DUE, named, other], "2025-06-30", retained="net")
    assert alone.exact == 1  # not 2: the other renews nothing


def test_a_contract_without_an_end_takes_no_renewal_from_another() -> None:
    endless = contract(2, "2024-01-01", None)
    found = rate([DUE, endless, contract(3, "2025-04-01", None)], "2025-06-30")
    assert (found.numerator, found.denominator) == (1, 1)


def test_a_contract_that_renews_itself() -> None:
    auto = DUE | {"auto_renew": True}
    assert rate([auto], "2025-03-31").value == 1.0
    assert rate([auto], "2025-03-30").excluded == {"pending": 1}


def deal(at: int, **more: Any) -> dict[str, Any]:
    return {
        "id": at,
        "created_at": "2024-01-01",
        "outcome": "won",
        "closed_at": "2025-01-20",
    } | more


def test_short_and_long_terms_are_brought_to_a_year() -> None:
    rows = [
        deal(1, recurring_amount=700, term_months=7),
        deal(2, recurring_amount=3600, term_months=36),
        deal(3, recurring_amount=100, term_months=1),
        deal(4, recurring_amount=100, term_months=0),
        deal(5, recurring_amount=None, term_months=12),
    ]
    value = sm.annual_contract_value(sm.Deals.of(rows, currency="USD"), "2025-01")
    assert (value.value, value.denominator) == (1200.0, 3)
    assert value.excluded == {"no recurring_amount or term_months": 2}


def test_whole_contracts_by_their_parts_else_by_their_amount() -> None:
    rows = [
        deal(1, one_time_amount=50, recurring_amount=100, amount=7),
        deal(2, one_time_amount=None, recurring_amount=100, amount=7),
        deal(3, one_time_amount=50, recurring_amount=None, amount=None),
    ]
    value = sm.total_contract_value(sm.Deals.of(rows, currency="USD"), "2025-01")
    assert (value.value, value.excluded) == (157.0, {"no amount": 1})


def test_concentration_of_seven_customers() -> None:
    rows = [deal(at, customer=f"c{at}", amount=10 * (at + 1)) for at in range(7)]
    rows += [deal(8, customer="gives back", amount=-5), deal(9, amount=1000)]
    found = sm.concentration(sm.Deals.of(rows, currency="USD"), "2025-01")
    assert found.parts["top 1"] == 70 / 280
    assert found.parts["top 5"] == 250 / 280
    assert found.parts["top 20 %"] == 130 / 280  # two of seven, rounded up
    assert found.parts["herfindahl index"] == pytest.approx(
        sum((10 * n / 280) ** 2 for n in range(1, 8))
    )
    assert (found.parts["count"], found.excluded) == (7, {"no customer": 1})
    single = sm.concentration(sm.Deals.of(rows, currency="USD"), "2025-01", among="deals")
    assert single.parts["top 1"] == 1000 / 1280


def test_lines_of_reasons_sum_to_what_was_lost() -> None:
    lost = {"outcome": "lost"}
    rows = [
        deal(1, **lost, loss_reason="price", owner="ana"),
        deal(2, **lost, loss_reason=None, owner="ana"),
        deal(3, **lost, loss_reason="missing", owner="bo"),
        deal(4, loss_reason="price"),
    ]
    reasons = sm.loss_reasons(sm.Deals.of(rows), "2025-01")
    lines = dict(reasons.parts)
    assert lines == {"lost": 3, "price": 1, "missing (given)": 1, "missing": 1}
    by = sm.loss_reasons(sm.Deals.of(rows), "2025-01", by="owner").to_records()
    assert [(row["owner"], row["price"], row["lost"]) for row in by] == [
        ("ana", 1, 2), ("bo", 0, 1), (None, 0, 0),
    ]  # fmt: skip


def test_sizes_and_rates_come_from_the_year_up_to_now() -> None:
    rows = [
        deal(1, closed_at="2024-02-01", amount=100),  # the first of 365 days to 30 January 2025
        deal(2, closed_at="2024-01-31", amount=9999),
        deal(3, closed_at="2025-01-30", outcome="lost", amount=300),
        deal(4, closed_at="2025-01-31", outcome="lost", amount=300),
    ]
    deals = sm.Deals.of(rows, currency="USD").as_of("2025-01-30")
    assert sm.required_wins(deals, "2025-Q1", target=1000).exact == 10
    assert sm.required_deals(deals, "2025-Q1", target=1000).exact == 20
    assert sm.required_pipeline(deals, "2025-Q1", target=1000).exact == 4000
    given = sm.required_wins(deals, "2025-Q1", target=9999, history="2024-01")
    assert given.exact == 1


def test_churn_of_the_six_months_up_to_the_end() -> None:
    rows = [contract(at, "2024-01-01", None, customer=f"c{at}") for at in range(8)]
    rows.append(contract(9, "2024-01-01", "2025-01-01", customer="left in January"))
    rows.append(contract(10, "2024-01-01", "2024-12-31", customer="left before"))
    contracts = sm.Subscriptions.of(rows, currency="USD").as_of("2025-06-30")
    value = sm.simple_lifetime_value(contracts, None, "2025-06", margin=1, active_for_days=None)
    assert value.part("monthly churn").cell(0, 0).exact == Fraction(1, 9 + 5 * 8)


def test_nothing_done_for_thirty_days() -> None:
    deals = [{"id": "d", "created_at": "2025-01-01", "outcome": "open"}]
    for done, stale in (("2025-03-02", 1), ("2025-03-03", 0)):
        for automated in (False, True):
            acts = [{"id": 1, "deal": "d", "done_at": done, "automated": automated},
                    {"id": 2, "deal": "x", "done_at": "2025-04-30"}]  # fmt: skip
            known = sm.CRM(deals=deals, activities=acts).as_of("2025-03-31")
            found = sm.stale_deals(known.deals, known.activities, "2025-03")
            assert found.value == (1 if automated else stale)


def test_the_lag_is_measured_on_the_new_customers() -> None:
    leads = [
        {"id": 1, "created_at": "2025-01-10", "customer": "a"},
        {"id": 2, "created_at": "2025-02-20", "customer": "a"},
        {"id": 3, "created_at": "2025-02-09", "customer": "b"},
        {"id": 4, "created_at": "2025-03-31", "customer": "d"},  # March has begun
    ]
    customers = [
        {"id": "a", "started_at": "2025-03-11"},
        {"id": "b", "started_at": "2025-03-31"},
        {"id": "c", "started_at": "2025-03-31"},
    ]
    costs = [
        {"category": "sales", "amount": 10, "spent_at": "2025-01-03"},
        {"category": "sales", "amount": 300, "spent_at": "2025-01-06"},
        {"category": "sales", "amount": 600, "spent_at": "2025-02-05"},
        {"category": "sales", "amount": 9000, "spent_at": "2025-03-05"},
    ]
    # 60 and 50 days: 55 before March is 5 January to 4 February.
    crm = sm.CRM(leads=leads, customers=customers, costs=costs, currency="USD")
    crm = crm.as_of("2025-03-31")  # costs and starts can be planned: leads alone say February
    cost = sm.lagged_acquisition_cost(crm.costs, crm.customers, crm.leads, "2025-03")
    assert (cost.value, cost.assumed) == (100.0, {"days of lag": 55})
    months = sm.customer_acquisition_cost(crm.costs, crm.customers, "2025-03", lag_months=1)
    assert months.value == 200.0


def test_a_deal_is_as_old_as_since_its_creation_whatever_changed_meanwhile() -> None:
    from salesmetrics.examples import crm_with_history

    age = sm.deal_age(crm_with_history.deals, "2025-02")
    # Deals 3 and 4 were open, created on 12 and 25 January; the latter changed its stage since.
    assert (age.n, age.mean) == (2, (47 + 34) / 2)


def test_a_deal_that_was_deleted_is_not_stale() -> None:
    deals = [
        {"id": "kept", "created_at": "2025-01-01", "outcome": "open"},
        {"id": "gone", "created_at": "2025-01-01", "outcome": "open", "removed_at": "2025-02-01"},
    ]
    acts = [{"id": 1, "deal": "x", "done_at": "2025-04-30"}]
    crm = sm.CRM(deals=deals, activities=acts)
    assert sm.stale_deals(crm.deals, crm.activities, "2025-03").value == 1


def test_what_a_derived_column_lacks_is_named() -> None:
    with pytest.raises(sm.NeedsError) as lacking:
        sm.new_customers([{"id": "a"}], "2025-03")
    assert lacking.value.needs == "customers.started_at"
    deals = sm.Deals.of([deal(1, amount=5)], currency="USD")
    with pytest.raises(sm.NeedsError) as lacking:
        sm.annual_contract_value(deals, "2025-01")
    assert lacking.value.needs == "deals.recurring_amount"


def test_no_cost_is_sought_where_no_lag_is_known() -> None:
    costs = [
        {"category": "sales", "amount": None, "spent_at": "2025-03-05"},
        {"category": "sales", "amount": 5, "spent_at": "2025-03-06"},
    ]
    customers = [{"id": "a", "started_at": "2025-03-11"}]
    leads = [{"id": 1, "created_at": "2025-03-12", "customer": "a"}]
    crm = sm.CRM(costs=costs, customers=customers, leads=leads, currency="USD")
    cost = sm.lagged_acquisition_cost(crm.costs, crm.customers, crm.leads, "2025-03")
    assert (cost.value, dict(cost.excluded)) == (None, {"lag without a known lead": 1})


def test_a_customer_won_on_an_unknown_day_is_left_out_and_counted() -> None:
    """New in no period that is known; over all time one of those who were won."""
    begun = {"created_at": "2025-01-01"}
    deals = [
        {"id": 1, "customer": "a", "outcome": "won", **begun},
        {"id": 2, "customer": "b", "outcome": "won", "closed_at": "2025-01-20", **begun},
        {"id": 3, "customer": "c", "outcome": "lost", "closed_at": "2025-02-20", **begun},
        {"id": 4, "customer": "e", "outcome": "won", **begun},
        {"id": 5, "customer": "e", "outcome": "won", "closed_at": "2025-02-03", **begun},
    ]
    customers = [{"id": name, "started_at": "2025-02-01"} for name in "abcde"]
    crm = sm.CRM(deals=deals, customers=customers, currency="USD")
    for label, value in (("2025-01", 1), ("2025-02", 3)):  # c, d and e: as their rows and deals say
        found = sm.new_customers(crm.customers, label)
        assert (found.value, found.excluded) == (value, {"no first day as a customer": 1})
    found = sm.new_customers(crm.customers)
    assert (found.value, found.assumed) == (5, {"undated: no first day as a customer": 1})
    assert sm.new_customers(crm.as_of("2025-01-31").customers, "2025-01").value == 1


def test_contracts_that_ended_without_a_renewal_and_why() -> None:
    def contract(at: int, customer: str | None, end: str, **more: Any) -> dict[str, Any]:
        start = {"started_at": "2024-01-01", "amount": 100 * at, "interval": "year"}
        return {"id": at, "customer": customer, "product": "p", "ended_at": end} | start | more

    rows = [
        contract(1, "a", "2025-01-15", churn_reason="price"),
        contract(2, "b", "2025-01-20", churn_reason="price"),
        contract(3, "c", "2025-02-01"),  # its last covered day is January 31
        contract(4, "d", "2025-01-31", churn_reason="moved"),  # renewed all the same
        contract(5, "d", "2026-01-31", started_at="2025-02-10"),
        contract(6, "e", "2025-02-02"),  # ends in February
        contract(7, None, "2025-01-10"),
        contract(8, "f", "2025-01-31", amount=None, churn_reason="lapsed"),
    ]
    table = sm.Subscriptions.of(rows, currency="USD")
    lost = sm.contract_churn_rate(table.as_of("2025-06-30"), "2025-01")
    assert (lost.numerator, lost.denominator) == (4, 5)
    assert lost.excluded == {"no customer": 1}
    assert lost.value == 1 - sm.renewal_rate(table.as_of("2025-06-30"), "2025-01").value
    worth = sm.contract_churn_rate(table.as_of("2025-06-30"), "2025-01", of="amount")
    assert (worth.numerator, worth.denominator) == (600, 1000)  # of 1, 2 and 3; with 4
    why = sm.churn_reasons(table.as_of("2025-06-30"), "2025-01")
    assert dict(why.parts) == {"lapsed": 4, "lapsed (given)": 1, "price": 2, "missing": 1}
    by_amount = sm.churn_reasons(table.as_of("2025-06-30"), "2025-01", of="amount")
    assert dict(by_amount.parts) == {
        "lapsed": 600, "lapsed (given)": None, "price": 300, "missing": 300,
    }  # fmt: skip
    # On February 10 contracts 3 and 8 may still be renewed, contracts 1 and 2 too.
    early = sm.contract_churn_rate(table.as_of("2025-02-10"), "2025-01")
    assert (early.numerator, early.denominator) == (0, 1)
    assert early.excluded == {"pending": 4, "no customer": 1}
    assert sm.churn_reasons(table.as_of("2025-02-10"), "2025-01").value == 0
    bare = [{key: value for key, value in row.items() if key != "churn_reason"} for row in rows]
    with pytest.raises(sm.NeedsError, match="subscriptions have no column 'churn_reason'"):
        sm.churn_reasons(sm.Subscriptions.of(bare, currency="USD"), "2025-01")
