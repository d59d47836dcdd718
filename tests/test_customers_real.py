"""Recurring revenue, churn and repeat purchases on real data, figured a second time by others."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest
from dateutil.relativedelta import relativedelta

import salesmetrics as sm

DATA = Path(__file__).parents[1] / "../shared/data"
PLAYBOOK, TELCO, RETAIL = DATA / "mrr_playbook", DATA / "telco", DATA / "online_retail"


def needs(path: Path) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not path.exists(), reason=f"the data set {path.name} is not there")


# The movements of the mrr playbook ----------------------------------------------------------------


@pytest.fixture(scope="module")
def periods_sold() -> pd.DataFrame:
    return pd.read_csv(PLAYBOOK / "subscription_periods.csv", dtype={"customer_id": str})


@pytest.fixture(scope="module")
def subscriptions(periods_sold: pd.DataFrame) -> sm.Subscriptions:
    rows = [
        {
            "id": row.subscription_id,
            "customer": row.customer_id,
            "amount": row.monthly_amount,
            "interval": "month",
            "started_at": row.start_date,
            "ended_at": None if pd.isna(row.end_date) else row.end_date,
        }
        for row in periods_sold.itertuples()
    ]
    return sm.Subscriptions.of(rows, currency="USD")


@pytest.fixture(scope="module")
def by_hand(periods_sold: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Each month's movements, from the mere idea: what every customer pays in every month."""
    paid: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in periods_sold.itertuples():
        month = pd.Period(row.start_date, "M")
        last = pd.Period(row.end_date, "M")
        while month < last:
            paid[str(month)][row.customer_id] += int(row.monthly_amount)
            month += 1
    found = {}
    seen: set[str] = set()
    before: dict[str, int] = {}
    for month in map(str, pd.period_range("2017-09", "2020-02", freq="M")):
        now = paid[month]
        kept = before.keys() & now.keys()
        joined = now.keys() - before.keys()
        found[month] = {
            "opening": sum(before.values()),
            "closing": sum(now.values()),
            "new": sum(now[who] for who in joined if who not in seen),
            "reactivation": sum(now[who] for who in joined if who in seen),
            "expansion": sum(max(now[who] - before[who], 0) for who in kept),
            "contraction": sum(max(before[who] - now[who], 0) for who in kept),
            "churn": sum(before[who] for who in before.keys() - now.keys()),
            "lost customers": len(before.keys() - now.keys()),
            "customers before": len(before),
        }
        seen |= now.keys()
        before = dict(now)
    return found


@needs(PLAYBOOK)
def test_months_of_the_playbook(
    subscriptions: sm.Subscriptions, by_hand: dict[str, dict[str, int]]
) -> None:
    months = tuple(sm.period(month) for month in by_hand)
    mrr = sm.mrr(subscriptions, months)
    kept = sm.net_revenue_retention(subscriptions, months)
    gross = sm.gross_revenue_retention(subscriptions, months)
    quick = sm.quick_ratio(subscriptions, months)
    churn = sm.customer_churn_rate(subscriptions, None, months, active_for_days=None)
    for month, hand in by_hand.items():
        assert mrr.at(period=month).value == hand["closing"]
        start, lost = hand["opening"], hand["contraction"] + hand["churn"]
        gained = hand["new"] + hand["reactivation"] + hand["expansion"]
        assert start + gained - lost == hand["closing"]
        assert kept.at(period=month).exact == (
            Fraction(start + hand["expansion"] - lost, start) if start else None
        )
        assert gross.at(period=month).exact == (Fraction(start - lost, start) if start else None)
        assert quick.at(period=month).exact == (Fraction(gained, lost) if lost else None)
        assert churn.at(period=month).numerator == hand["lost customers"]
        assert churn.at(period=month).denominator == hand["customers before"]


COLUMNS = {
    "mrr": "closing",
    "opening_mrr": "opening",
    "new_mrr": "new",
    "reactivation_mrr": "reactivation",
    "expansion_mrr": "expansion",
    "contraction_mrr": "contraction",
    "churned_mrr": "churn",
}


@needs(PLAYBOOK)
@pytest.mark.parametrize("file", ["full_2017start", "original_2018start"])
def test_the_playbooks_own_figures(by_hand: dict[str, dict[str, int]], file: str) -> None:
    published = pd.read_csv(PLAYBOOK / f"expected_monthly_{file}.csv")
    for row in published.to_dict("records"):
        month = row["month"][:7]
        assert {c: abs(row[c]) for c in COLUMNS} == {
            c: by_hand[month][n] for c, n in COLUMNS.items()
        }
    # In December 2017 nothing stood and nothing moved, and the log has no line.  The original's
    # calendar begins in 2018 whatever the data: what was before it is lost.
    missing = {month for month in by_hand if month not in {row[:7] for row in published["month"]}}
    lost = set() if file == "full_2017start" else {"2017-09", "2017-10", "2017-11"}
    assert missing == {"2017-12"} | lost
    assert not any(by_hand["2017-12"].values())


@needs(PLAYBOOK)
def test_the_movements_of_the_playbook(
    subscriptions: sm.Subscriptions, by_hand: dict[str, dict[str, int]]
) -> None:
    months = tuple(sm.period(month) for month in by_hand)
    moved = sm.mrr_movements(subscriptions, months)
    for record in moved.to_records():
        hand = by_hand[record["period"]]
        assert {name: record[name] for name in COLUMNS.values()} == {
            name: hand[name] for name in COLUMNS.values()
        }
    # A customer of a whole year is one line, however often it moved within.
    year = sm.mrr_movements(subscriptions, "2019")
    assert year.parts["opening"] == by_hand["2018-12"]["closing"]
    assert year.parts["closing"] == by_hand["2019-12"]["closing"]
    assert year.parts["new"] < sum(by_hand[f"2019-{m:02}"]["new"] for m in range(1, 13))
    assert year.parts["transient"] > 0


# Churn of the telephone company -------------------------------------------------------------------


@needs(TELCO)
def test_churn_of_the_telco() -> None:
    """Its customers began `tenure` months ago; those who left did so in the last month."""
    table = pd.read_csv(TELCO / "Telco-Customer-Churn.csv")
    today = date(2020, 1, 1)
    rows = pd.DataFrame(
        {
            "id": table["customerID"],
            "customer": table["customerID"],
            "amount": table["MonthlyCharges"],
            "interval": "month",
            "started_at": [today - relativedelta(months=int(t)) for t in table["tenure"]],
            "ended_at": [date(2019, 12, 20) if c == "Yes" else None for c in table["Churn"]],
            "contract": table["Contract"],
        }
    )
    # Whoever began this very month cannot have ended before.
    rows = rows[~((table["tenure"] < 1) & (table["Churn"] == "Yes"))]
    subscriptions = sm.Subscriptions.of(rows, currency="USD")
    there, left = table["tenure"] >= 2, table["Churn"] == "Yes"
    churn = sm.customer_churn_rate(subscriptions, None, "2019-12", active_for_days=None)
    assert churn.exact == Fraction(int((there & left).sum()), int(there.sum()))
    kept = sm.customer_retention_rate(subscriptions, None, "2019-12", active_for_days=None)
    assert kept.exact + churn.exact == 1
    by = sm.customer_churn_rate(subscriptions, None, "2019-12", by="contract", active_for_days=None)
    for contract, part in table[there].groupby("Contract"):
        cell = by.at(contract=contract)
        assert (cell.numerator, cell.denominator) == ((part["Churn"] == "Yes").sum(), len(part))
    cents = (table["MonthlyCharges"] * 100).round().astype(int)
    stayed = Fraction(int(cents[there & ~left].sum()), int(cents[there].sum()))
    assert sm.net_revenue_retention(subscriptions, "2019-12").exact == stayed
    assert sm.gross_revenue_retention(subscriptions, "2019-12").exact == stayed
    standing = int(cents[(table["tenure"] >= 1) & ~left].sum())
    assert sm.mrr(subscriptions, "2019-12").exact * 100 == standing


# Repeat purchases of the shop ---------------------------------------------------------------------


@needs(RETAIL)
def test_repeat_purchases_of_the_shop() -> None:
    duckdb = pytest.importorskip("duckdb")
    lines = duckdb.sql(
        f"""SELECT CustomerID::BIGINT AS customer, CAST(InvoiceDate AS DATE) AS booked_at,
            ROUND(Quantity * UnitPrice, 2) AS amount
            FROM '{RETAIL / "online_retail.parquet"}'"""
    ).df()
    lines["customer"] = lines["customer"].astype("Int64").astype("string")
    revenues = sm.Revenues.of(lines, currency="GBP")
    sold = lines[(lines["amount"] > 0) & lines["customer"].notna()]
    sold = sold[["customer", "booked_at"]].drop_duplicates()
    for label in ("2011-06", "2011-Q3", "2011-12"):
        period = sm.period(label)
        before, again, ever, twice = duckdb.sql(
            f"""WITH each AS (SELECT customer,
                COUNT(*) FILTER (booked_at < '{period.start}') AS before,
                COUNT(*) FILTER (booked_at >= '{period.start}'
                    AND booked_at < '{period.end}') AS inside
                FROM sold GROUP BY customer)
            SELECT COUNT(*) FILTER (before > 0), COUNT(*) FILTER (before > 0 AND inside > 0),
                COUNT(*) FILTER (before + inside > 0), COUNT(*) FILTER (before + inside > 1)
            FROM each"""
        ).fetchall()[0]
        rate = sm.repeat_purchase_rate(revenues, None, period)
        assert (rate.numerator, rate.denominator) == (again, before)
        upto = sm.repeat_purchase_rate(revenues, None, period, variant="ever")
        assert (upto.numerator, upto.denominator) == (twice, ever)
        assert rate.excluded["no customer"] > 0
    pence = (lines["amount"] * 100).round().astype("int64").sum()
    assert sm.revenue(revenues, None).exact * 100 == int(pence)


@needs(PLAYBOOK)
def test_the_customers_of_the_playbook(subscriptions: sm.Subscriptions) -> None:
    published = pd.read_csv(PLAYBOOK / "expected_monthly_full_2017start.csv")
    months = tuple(sm.period(month[:7]) for month in published["month"])
    moved = sm.customer_movements(subscriptions, None, months, active_for_days=None)
    for p, row in enumerate(published.to_dict("records")):
        found = moved.cell(p, 0).parts
        assert found["opening"] == row["opening_customers"]
        assert found["new"] == row["new_customers"]
        assert found["returned"] == row["reactivated_customers"]
        assert found["lost"] == row["churned_customers"]
        assert found["closing"] == row["active_customers"]
        assert found["transient"] == 0
