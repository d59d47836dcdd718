"""How long customers stay: the published cohorts as contracts, and worth by hand."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

import salesmetrics as sm

# Fader and Hardie 2007, table 1: customers there at the start and after each renewal, of 1,000.
HIGH_END = (1000, 869, 743, 653, 593, 551, 517, 491)
REGULAR = (1000, 631, 468, 382, 326, 289, 262, 241)
BEGIN = date(2010, 1, 1)


def term(number):
    """The day on which the term of a number ends: years of 365.25 days."""
    return BEGIN + timedelta(days=round(number * 365.25))


def contracts(cohort, customers="c", amount=1200):
    """A contract a term, each renewing the one before, of a cohort of customers."""
    rows = []
    for renewals in range(len(cohort) - 1):
        for number in range(cohort[renewals]):
            stays = number < cohort[renewals + 1]
            rows.append(
                {"id": f"{customers}{number}-{renewals}", "customer": f"{customers}{number}",
                 "started_at": term(renewals),
                 "ended_at": None if stays and renewals + 2 == len(cohort) else term(renewals + 1),
                 "amount": amount, "interval": "year"}
            )  # fmt: skip
    return rows


def known(rows, renewals):
    table = sm.Subscriptions.of(rows, currency="EUR")
    return table.as_of(term(renewals) + timedelta(days=31))


@pytest.mark.parametrize(
    ("cohort", "method", "after_12"), [(HIGH_END, "bdw", 0.404), (REGULAR, "sbg", 0.170)]
)
def test_the_published_cohorts(cohort, method, after_12):
    """Seven renewals seen; the share after twelve as the papers forecast it (0.394 and 0.173)."""
    found = sm.retention_curve(known(contracts(cohort), 7))
    assert found.facts_at(0, 0)["method"] == method
    assert found.rows()[0].parts["left"] == 1000 - cohort[7]
    assert found.rows()[0].parts["renewals_seen"] == sum(cohort[:7])
    curve = found.part("curve")
    for age in range(7):
        cell = curve.at(renewal=age + 1)
        assert cell.parts["seen"] == pytest.approx(cohort[age + 1] / 1000)
        assert cell.n == cohort[age]
        assert cell.parts["low"] < cell.value < cell.parts["high"]
    assert curve.at(renewal=12).value == pytest.approx(after_12, abs=0.0006)
    assert "7 renewals were seen" in str(found)


def test_one_curve_beyond_what_was_seen_is_said_whatever_the_others_are():
    """Of the second product nobody came to a renewal yet, so it has no curve."""
    rows = [one | {"product": "crm"} for one in contracts((100, 80, 60))]
    young = {"id": "y", "customer": "y", "product": "bi", "started_at": term(1), "ended_at": None,
             "amount": 1, "interval": "year"}  # fmt: skip
    both = sm.retention_curve(known([*rows, young], 1), by="product")
    assert both.at(product="crm").reason is None
    assert both.at(product="bi").reason is not None
    assert any(note.code == "extrapolated" for note in both.notes)
    alone = sm.retention_curve(known([young], 1))
    assert not any(note.code == "extrapolated" for note in alone.notes)


def test_cohorts_of_any_age_count_together():
    late = [
        row | {"started_at": row["started_at"] + timedelta(days=731),
               "ended_at": row["ended_at"] and row["ended_at"] + timedelta(days=731)}
        for row in contracts((400, 300, 250, 220, 200, 190), "late")
    ]  # fmt: skip
    found = sm.retention_curve(known([*contracts(REGULAR), *late], 7)).rows()[0].parts
    assert found["customers"] == 1400
    assert found["renewals_seen"] == sum(REGULAR[:7]) + 400 + 300 + 250 + 220 + 200
    table = known([*contracts(REGULAR), *late], 7)
    assert sm.retention_curve(table, "2010").parts["renewals_seen"] == sum(REGULAR[:7])
    by = sm.retention_curve(table, by="started_at.year")
    assert by.at(started_at_year="2010").parts["customers"] == 1000


def test_worth_by_hand():
    """One renewal seen, 20 of 100 left: S(t) = 0.8^t; 0.8 / 1.1 / (1 - 0.8 / 1.1) = 2.6667."""
    table = known(contracts((100, 80)), 1)
    life = sm.retention_curve(table)
    assert life.parts["lifetime_terms"] == pytest.approx(5)
    assert life.value == pytest.approx(sum(0.8**t for t in range(10)))
    assert "one renewal was seen only" in str(life)
    worth = sm.contractual_lifetime_value(table, margin=0.5)
    assert worth.parts["discounted_terms"] == pytest.approx(1 + 8 / 3)
    assert worth.value == pytest.approx(1200 * 0.5 * (1 + 8 / 3))
    free = sm.contractual_lifetime_value(table, margin=0.5, discount=0)
    assert free.value == pytest.approx(1200 * 0.5 * 5)


def test_a_gap_within_grace_is_a_renewal_and_a_longer_one_is_none():
    rows = contracts((100, 80))
    for number, days in ((0, 30), (1, 31)):
        row = {"id": f"again{number}", "customer": f"c{number + 90}", "ended_at": None}
        row |= {"started_at": term(1) + timedelta(days=days), "amount": 5, "interval": "year"}
        rows.append(row)
    found = sm.retention_curve(known(rows, 1)).rows()[0].parts
    assert found["left"] == 19


@pytest.mark.parametrize(
    ("cohort", "at", "code"),
    [((5, 4), 0, "no_renewals"), ((50, 50, 50), 2, "nobody_left"), ((50, 0, 0), 2, "all_left")],
)
def test_where_there_is_no_curve(cohort, at, code):
    found = sm.retention_curve(known(contracts(cohort), at))
    assert (found.value, found.reason.code) == (None, code)
    assert found.parts["after_1"] is None
    worth = sm.contractual_lifetime_value(known(contracts(cohort), at), margin=0.5)
    assert worth.value is None


def test_what_cannot_be():
    table = known(contracts((100, 80)), 1)
    for wrong in ({"term_months": 0}, {"discount": -1}, {"discount": True}):
        with pytest.raises(sm.SalesMetricsError, match="is "):
            sm.retention_curve(table, **wrong)
    with pytest.raises(sm.SalesMetricsError, match="margin"):
        sm.contractual_lifetime_value(table, margin=75)
    few = sm.retention_curve(known(contracts((10, 8, 7)), 2))
    assert "10 customers, fewer than 30" in str(few)


def test_nobody_has_no_groups():
    then = sm.Subscriptions.of(contracts((2, 1)), currency="EUR").as_of(BEGIN - timedelta(days=1))
    assert list(sm.retention_curve(then, "2010", by="customer")) == []
    assert list(sm.contractual_lifetime_value(then, "2010", margin=0.7, by="customer")) == []
    assert sm.retention_curve(then, "2010").reason.code == "no_renewals"
