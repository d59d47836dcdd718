"""Cohorts at every age: against the slow way, a worked table, and two sets of real data."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, strategies as st
from oracles import as_of, cuts
from oracles.cohort import subscriber_ages
from worlds import MONTHS, crm_of, instants, known_world, worlds

import salesmetrics as sm
from salesmetrics.examples import subscriptions

DATA = Path(__file__).parents[1] / "../shared/data"
PLAYBOOK, RETAIL = DATA / "mrr_playbook", DATA / "online_retail"
QUARTER = tuple(sm.period(label) for label in MONTHS)


def needs(path):
    return pytest.mark.skipif(not path.exists(), reason=f"the data set {path.name} is not there")


@given(data=st.data(), world=worlds(("subscriptions",), 12))
def test_every_age_against_the_slow_way(data, world):
    crm, then = crm_of(world), known_world(world)
    when = data.draw(st.none() | st.sampled_from(instants(world.tz)))
    if when is not None:
        crm, then = crm.as_of(when), as_of(then, when)
    by = data.draw(st.sampled_from([(), ("product",)]))
    found = sm.cohort_retention(crm.subscriptions, None, None, QUARTER, by=by)
    groups = cuts(then, ("subscriptions",), by, True)
    assert set(groups) == set(found.groups)
    for g, group in enumerate(found.groups):
        for p, month in enumerate(QUARTER):
            expected, _ = subscriber_ages(groups[group], month)
            ages = found.ages(p, g)
            assert len(ages) == len(expected)
            pays = [
                {who: None if None in each else sum(each) for who, each in age["pays"].items()}
                for age in expected
            ]
            unpriced = {who for age in pays for who, each in age.items() if each is None}
            for number, (age, want) in enumerate(zip(ages, expected, strict=True)):
                assert age.age == number
                assert (age.customers, age.retained) == (want["customers"], want["retained"])
                assert age.retained + age.gone == age.customers
                assert age.unfinished == want["unfinished"]
                assert age.unpriced == len(unpriced)
                was, now = (
                    {who: each for who, each in one.items() if who not in unpriced}
                    for one in (pays[0], pays[number])
                )
                moved = [Fraction(now[who] - was[who]) for who in now]
                assert age.revenue == Fraction(sum(now.values()), 12)
                assert age.gained == sum(m for m in moved if m > 0) / 12
                assert age.lost == -sum(m for m in moved if m < 0) / 12
                base = sum(was.values())
                rate = Fraction(sum(now.values()), base) if base else None
                assert age.revenue_retention == rate


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("of", ["revenues", "deals"])
def test_purchases_against_a_replay(seed, of):
    draw = random.Random(seed)
    start, rows = date(2025, 1, 1), []
    for number in range(120):
        day = start + timedelta(days=draw.choice([0, 30, 31, 58, 59, 89, 90, 119, 120, 200]))
        amount = draw.choice([10, 20, 35, 0, -5, None])
        rows.append({"id": str(number), "at": day, "amount": amount})
        rows[-1]["customer"] = draw.choice([None, *"abcdefghijklmnop"])
        rows[-1]["outcome"] = draw.choice(["won", "won", "lost"]) if of == "deals" else "won"
    if of == "revenues":
        table = [{k: r[k] for k in ("id", "customer", "amount")} | {"booked_at": r["at"]}
                 for r in rows]  # fmt: skip
        given_tables = (None, sm.Revenues.of(table, currency="USD"), None)
    else:
        table = [{k: r[k] for k in ("id", "customer", "amount", "outcome")} | {"closed_at": r["at"]}
                 for r in rows]  # fmt: skip
        given_tables = (None, None, sm.Deals.of(table, currency="USD"))
    months = sm.period("2025-H1").split("month")
    found = sm.cohort_retention(*given_tables, months)
    rows = [row for row in rows if row["outcome"] == "won"]
    least = 1 if of == "revenues" else 0  # a deal that was won for nothing makes a customer
    bought = [row for row in rows if row["amount"] is None or row["amount"] >= least]
    first = {}
    for row in sorted(bought, key=lambda row: row["at"]):
        first.setdefault(row["customer"], row["at"])
    last = max(row["at"] for row in rows)
    for p, month in enumerate(months):
        cohort = {who for who, day in first.items() if who and day in month}
        ages = found.ages(p)
        assert len(ages) == sum(other.start <= last for other in months[p:]) + (last.month > 6)
        mine = [row for row in rows if row["customer"] in cohort]
        seen = [row for row in mine if row["at"] >= month.start]
        unpriced = {row["customer"] for row in seen if row["amount"] is None}
        sums = []
        for age in ages:
            here = [row for row in mine if age.start <= row["at"] < age.end]
            assert age.customers == len(cohort)
            assert age.retained == len({row["customer"] for row in here if row in bought})
            sums.append(defaultdict(int))
            for row in here:
                if row["customer"] not in unpriced:
                    sums[-1][row["customer"]] += row["amount"]
            assert age.revenue == sum(sums[-1].values())
            moved = [sums[-1][who] - sums[0][who] for who in cohort]
            assert age.gained == sum(each for each in moved if each > 0)
            assert age.lost == -sum(each for each in moved if each < 0)
            assert age.unpriced == len(unpriced)
        nobody = [row for row in bought if row["customer"] is None and row["at"] in month]
        assert sum(found.cell(p, 0).excluded.values()) == len(nobody)


def test_a_worked_triangle():
    """Three join in January, of whom one leaves in February and one grows; one joins in March."""
    rows = [
        ("a", 100, "2025-01-05", "2025-02-10"),
        ("b", 100, "2025-01-20", "2025-03-01"),
        ("b", 150, "2025-03-01", None),
        ("c", 60, "2025-01-31", None),
        ("d", 80, "2025-03-15", None),
        ("e", 80, "2025-01-10", "2025-01-25"),
    ]
    names = ("customer", "amount", "started_at", "ended_at")
    contracts = sm.Subscriptions.of(
        [
            {"id": str(n), "interval": "month", **dict(zip(names, row, strict=True))}
            for n, row in enumerate(rows)
        ],
        currency="EUR",
    ).as_of("2025-03-20")
    found = sm.cohort_retention(contracts, None, None, sm.period("2025-Q1").split("month"))
    assert found.triangle("customers") == {"2025-01": [4, 4, 4], "2025-02": [0, 0], "2025-03": [1]}
    assert found.triangle("retained") == {"2025-01": [3, 2, 2], "2025-02": [0, 0], "2025-03": [1]}
    assert found.triangle("retention")["2025-02"] == [None, None]
    assert found.triangle("revenue")["2025-01"] == [260, 160, 210]
    assert found.triangle("lost")["2025-01"] == [0, 100, 100]
    assert found.triangle("gained")["2025-01"] == [0, 0, 50]
    assert found.triangle("unfinished")["2025-01"] == [False, False, True]
    assert [cell.value for cell in found] == [0.5, None, None]
    assert found.cell(2, 0).reason == "nobody started in the period, or it is not over"
    shot = sm.snapshot(sm.CRM(subscriptions=contracts), "2025-01", kpis=["cohort_retention"])
    (table,) = [one["table"] for one in shot.to_dict()["kpis"]]
    assert [row["values"]["retained"] for row in table] == [3, 2, 2]
    with pytest.raises(sm.SalesMetricsError, match="Did you mean 'retained'"):
        found.triangle("retaned")


def test_what_it_refuses():
    with pytest.raises(sm.NeedsError, match="subscriptions, revenues or won deals"):
        sm.cohort_retention(None, None, None, "2025")
    with pytest.raises(sm.SalesMetricsError, match="give a period"):
        sm.cohort_retention(subscriptions, None, None, sm.ALL_TIME)


@needs(PLAYBOOK)
def test_cohorts_of_the_playbook():
    """Against the playbook's own table of customers by month."""
    sold = pd.read_csv(PLAYBOOK / "subscription_periods.csv", dtype={"customer_id": str})
    contracts = sm.Subscriptions.of(
        [
            {"id": row.subscription_id, "customer": row.customer_id, "interval": "month"}
            | {"amount": row.monthly_amount, "started_at": row.start_date}
            | {"ended_at": row.end_date if isinstance(row.end_date, str) else None}
            for row in sold.itertuples()
        ],
        currency="USD",
    )
    theirs = pd.read_csv(
        PLAYBOOK / "expected_mrr_full_2017start.csv",
        dtype={"customer_id": str},
        parse_dates=["date_month", "first_active_month"],
    )
    months = sm.period(date(2017, 9, 1), date(2019, 9, 1)).split("month")
    found = sm.cohort_retention(contracts, None, None, months)
    checked = 0
    for p, month in enumerate(months):
        cohort = theirs[theirs.first_active_month == pd.Timestamp(month.start)]
        for age in found.ages(p):
            then = cohort[cohort.date_month == pd.Timestamp(age.start)]
            if age.unfinished or pd.Timestamp(age.start) > theirs.date_month.max():
                continue
            assert age.customers == cohort.customer_id.nunique()
            assert age.retained == int(then.is_active.sum())
            assert age.revenue == int(then.mrr.sum())
            checked += age.customers > 0
    assert checked > 100


@needs(RETAIL)
def test_cohorts_of_the_shop():
    """Half a million lines of invoices, by pandas."""
    lines = pd.read_parquet(RETAIL / "online_retail.parquet")
    lines = lines[lines.CustomerID.notna()]
    lines["amount"] = lines.Quantity * lines.UnitPrice
    invoices = lines.groupby(["InvoiceNo", "CustomerID"], as_index=False).agg(
        amount=("amount", "sum"), at=("InvoiceDate", "min")
    )
    invoices["cents"] = (invoices.amount * 100).round().astype("int64")
    revenues = sm.Revenues.of(
        {
            "id": invoices.index.astype(str).tolist(),
            "customer": invoices.CustomerID.astype("int64").astype(str).tolist(),
            "amount": (invoices.cents / 100).tolist(),
            "booked_at": invoices["at"].dt.date.tolist(),
        },
        currency="GBP",
    )
    invoices["month"] = invoices["at"].dt.to_period("M")
    bought = invoices[invoices.cents > 0]
    invoices["cohort"] = invoices.CustomerID.map(bought.groupby("CustomerID").month.min())
    bought = invoices[invoices.cents > 0]
    customers = bought.groupby(["cohort", "month"]).CustomerID.nunique()
    revenue = invoices.groupby(["cohort", "month"]).cents.sum()
    months = sm.period(date(2010, 12, 1), date(2012, 1, 1)).split("month")
    found = sm.cohort_retention(None, revenues, None, months)
    sizes = bought.drop_duplicates("CustomerID").cohort.value_counts()
    for p, month in enumerate(months):
        cohort = pd.Period(month.label, "M")
        assert len(found.ages(p)) == 13 - p
        for age in found.ages(p):
            key = cohort, pd.Period(age.start, "M")
            assert age.customers == sizes[cohort]
            assert age.retained == customers.get(key, 0)
            assert age.revenue * 100 == revenue.get(key, 0)  # cents
            assert age.unfinished == (age.start == date(2011, 12, 1))
    first = found.triangle("retained")["2010-12"]
    assert first[:4] == [885, 324, 286, 340]


def test_purchases_are_asked_for_beside_subscriptions():
    crm = sm.CRM(
        subscriptions=[
            {"id": 1, "customer": "a", "started_at": "2024-11-01", "ended_at": None,
             "amount": 9, "interval": "month"}
        ],
        deals=[
            {"id": at, "customer": who, "outcome": "won", "closed_at": day, "amount": 100}
            for at, (who, day) in enumerate(
                [("a", "2025-01-31"), ("a", "2025-03-01"), ("b", "2025-01-02"),
                 ("b", "2025-02-28"), ("c", "2025-02-01"), ("c", "2025-03-31")]
            )
        ],
        currency="USD",
    )  # fmt: skip
    months = sm.period("2025-Q1").split("month")
    assert crm.kpi("cohort_retention", months).triangle("customers")["2025-01"][:1] == [0]
    found = crm.kpi("cohort_retention_by_purchase", months)
    assert found.triangle("retained") == {"2025-01": [2, 1, 1], "2025-02": [1, 1], "2025-03": [0]}
    assert found.triangle("revenue")["2025-01"] == [200, 100, 100]
    assert found.identity.title("en") == "cohort retention by purchase"


def test_a_triangle_is_shown_with_a_line_a_cohort_and_a_column_an_age():
    rows = [
        {"id": "1", "customer": "a", "amount": 100, "interval": "month", "started_at": "2025-01-01",
         "ended_at": "2025-02-15"},
        {"id": "2", "customer": "b", "amount": 300, "interval": "month", "started_at": "2025-01-01",
         "ended_at": None},
        {"id": "3", "customer": "c", "amount": 50, "interval": "month", "started_at": "2025-02-01",
         "ended_at": None},
    ]  # fmt: skip
    crm = sm.CRM(subscriptions=rows, currency="EUR").as_of("2025-03-10")
    found = crm.kpi("cohort_retention", ["2025-01", "2025-02"])
    lines = [line.split() for line in str(found).splitlines()]
    assert lines[1:3] == [["age", "age", "age"], ["period", "start", "0", "1", "2"]]
    assert lines[4:8] == [
        ["2025-01", "customers", "2", "100.0%", "50.0%", "50.0%*"],
        ["2025-01", "revenue", "400", "100.0%", "75.0%", "75.0%*"],
        ["2025-02", "customers", "1", "100.0%", "100.0%*"],
        ["2025-02", "revenue", "50", "100.0%", "100.0%*"],
    ]
    assert "* period not over" in str(found)
    taken = sm.snapshot(crm, ["2025-01", "2025-02"], kpis=["cohort_retention"], by="customer")
    assert "50.0%*" in taken.to_text() and "50.0%*" in taken.to_markdown().replace("\\", "")
    assert sm.read_document(taken.to_json()).to_text("ko") == taken.to_text("ko")
    assert "* 진행 중" in taken.to_text("ko")
    assert len(found.detail()) == 5  # a row an age, as before
