"""The history of forecast categories: what stood in each, and what came of it, by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import salesmetrics as sm

DEMO = Path(__file__).parents[1] / "examples" / "demo"
STAGES = [
    {"id": "talks", "order": 1, "type": "open"},
    {"id": "won", "order": 2, "type": "won"},
    {"id": "lost", "order": 3, "type": "lost"},
]
# Deal, outcome, close, amount, and its categories since.
DEALS: list[tuple[str, str, str | None, int, list[tuple[str, str]]]] = [
    ("a", "won", "2025-02-10", 100,
     [("2024-10-01", "pipeline"), ("2024-12-20", "commit"), ("2025-02-10", "closed")]),
    ("b", "lost", "2025-02-20", 50, [("2024-12-01", "commit"), ("2025-02-20", "omitted")]),
    ("c", "open", None, 30, [("2024-11-01", "pipeline")]),
    ("d", "won", "2025-03-20", 60,
     [("2024-11-01", "pipeline"), ("2025-01-20", "commit"), ("2025-03-20", "closed")]),
]  # fmt: skip


def company() -> sm.CRM:
    deals, stages, categories, dues, amounts = [], [], [], [], []
    for key, outcome, closed, amount, told in DEALS:
        born = told[0][0]
        deals.append({"id": key, "created_at": born, "closed_at": closed, "outcome": outcome,
                      "amount": amount, "forecast_category": told[-1][1]})  # fmt: skip
        stages.append({"deal": key, "stage": "talks", "changed_at": born})
        if closed:
            stages.append({"deal": key, "stage": outcome, "changed_at": closed})
        dues.append({"deal": key, "expected_close_at": "2025-03-01", "changed_at": born})
        amounts.append({"deal": key, "amount": amount, "changed_at": born})
        categories += [
            {"deal": key, "forecast_category": value, "changed_at": at} for at, value in told
        ]
    return sm.CRM(
        deals=deals, stages=STAGES, stage_changes=stages, forecast_category_changes=categories,
        close_date_changes=dues, amount_changes=amounts, currency="USD",
    )  # fmt: skip


def of(result: sm.Result) -> dict[Any, Any]:
    return {cell.group[0]: cell.value for cell in result.rows() if cell.n}


def test_what_stood_in_each_category_then() -> None:
    crm = company()
    assert of(sm.open_pipeline(crm.deals, "2024-12", by="forecast_category")) == {
        "pipeline": 90, "commit": 150,
    }  # fmt: skip
    then = crm.as_of("2025-01-25").deals
    assert of(sm.open_pipeline(then, "2025-01", by="forecast_category")) == {
        "pipeline": 30, "commit": 210,
    }  # fmt: skip


def test_each_category_has_a_yield_of_its_own() -> None:
    """Commit when the quarter began: a (100, won) and b (50, lost); pipeline: c (open), d (won)."""
    deals = company().deals
    worth = sm.pipeline_yield(deals, "2025-Q1", by="forecast_category", of="amount")
    assert of(worth) == {
        "pipeline": 60 / 90, "commit": 100 / 150,
    }  # fmt: skip
    counted = sm.pipeline_yield(deals, "2025-Q1", by="forecast_category")
    assert of(counted) == {"pipeline": 0.5, "commit": 0.5}


def test_without_history_the_category_before_the_close_is_not_known() -> None:
    crm = company()
    bare = sm.CRM(
        deals=[{"id": "a", "created_at": "2024-10-01", "closed_at": "2025-02-10", "outcome": "won",
                "amount": 1, "forecast_category": "closed"}],
        currency="USD",
    )  # fmt: skip
    assert of(sm.open_deals(bare.deals, "2024-12", by="forecast_category")) == {None: 1}
    assert "forecast_category" in sm.open_deals(crm.deals, "2024-12").from_history


def test_the_demonstration_company_has_yields_to_show() -> None:
    crm = sm.read(DEMO)
    found = sm.pipeline_yield(crm.deals, "2025-Q3", by="forecast_category")
    rates = {cell.group[0]: cell.value for cell in found.rows() if cell.value is not None}
    assert {"pipeline", "best_case", "commit"} <= set(rates)
    assert rates["commit"] > rates["pipeline"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "OpportunityHistory",
            "OpportunityId,StageName,Amount,CloseDate,ForecastCategory,CreatedDate\n"
            "A,Prospecting,100,2025-03-01,Pipeline,2025-01-01T00:00:00Z\n"
            "A,Prospecting,100,2025-03-01,Forecast,2025-02-10T00:00:00Z\n"
            "A,Closed Won,100,2025-03-01,Closed,2025-03-01T00:00:00Z\n",
        ),
        (
            "OpportunityFieldHistory",
            "OpportunityId,Field,OldValue,NewValue,CreatedDate\n"
            "A,created,,,2025-01-01T00:00:00Z\n"
            "A,ForecastCategoryName,Pipeline,Commit,2025-02-10T00:00:00Z\n"
            "A,StageName,Prospecting,Closed Won,2025-03-01T00:00:00Z\n"
            "A,ForecastCategoryName,Commit,Closed,2025-03-01T00:00:00Z\n",
        ),
    ],
)
def test_salesforce_tells_it_in_its_histories(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / "Opportunity.csv").write_text(
        "Id,CreatedDate,CloseDate,Amount,StageName,IsClosed,IsWon,ForecastCategoryName\n"
        "A,2025-01-01T00:00:00Z,2025-03-01,100,Closed Won,1,1,Closed\n",
        encoding="utf-8",
    )
    (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    crm = sm.read(tmp_path, preset="salesforce", currency="USD", tz="UTC")
    months = ["2025-01", "2025-02"]
    found = sm.open_deals(crm.deals, months, by="forecast_category")
    stood = {(cell.period.label, cell.group[0]): cell.value for cell in found.rows() if cell.value}
    assert stood == {("2025-01", "pipeline"): 1, ("2025-02", "commit"): 1}


def quarters(history: bool = True) -> sm.CRM:
    """Of what stood on the 45th day of the last quarter of 2024, 100 of 400 were won in it."""
    told = [  # category, due, outcome, close, amount
        ("commit", "2024-12-20", "won", "2024-12-10", 100),
        ("commit", "2024-12-20", "lost", "2024-12-15", 100),
        ("pipeline", "2024-12-30", "lost", "2024-12-28", 200),
        ("commit", "2025-03-10", "open", None, 50),
        ("pipeline", "2025-04-10", "open", None, 70),
        ("pipeline", "2025-03-31", "open", None, None),
    ]
    deals, categories, dues, amounts = [], [], [], []
    for at, (category, due, outcome, closed, amount) in enumerate(told):
        born = "2024-10-01" if closed else "2025-02-14"
        row = {"deal": str(at), "changed_at": born}
        deals.append({"id": str(at), "created_at": born, "closed_at": closed, "outcome": outcome,
                      "amount": amount,
                      "forecast_category": "closed" if closed else category})  # fmt: skip
        categories.append(row | {"forecast_category": category})
        if closed:
            categories.append(
                {"deal": str(at), "changed_at": closed, "forecast_category": "closed"}
            )
        dues.append(row | {"expected_close_at": due})
        amounts.append(row | {"amount": amount})
    old = {"id": "old", "created_at": "2024-09-01", "closed_at": "2024-09-20", "outcome": "lost"}
    return sm.CRM(
        deals=[*deals, old | {"amount": 1, "forecast_category": "closed"}],
        close_date_changes=dues, amount_changes=amounts, currency="USD",
        forecast_category_changes=categories if history else None,
    )  # fmt: skip


def test_a_forecast_says_what_each_category_is_worth() -> None:
    """Commit: 100 of 200, and ten deals of 400 / 3 at 100 of 400; pipeline: 0 of 200, and those."""
    found = sm.bookings_forecast(quarters(), "2025-Q1").part("categories")
    drawn = 10 * 400 / 3
    commit, pipeline = (100 + drawn / 4) / (200 + drawn), (drawn / 4) / (200 + drawn)
    cells = {cell.group[0]: cell for cell in found.rows()}
    assert set(cells) == {"commit", "pipeline"}
    assert cells["commit"].parts["yield"] == pytest.approx(commit)
    assert cells["commit"].parts["due"] == 50
    assert cells["commit"].value == pytest.approx(50 * commit)
    assert cells["commit"].parts["deals_before"] == 2
    assert dict(cells["commit"].excluded) == {}
    # What is due in April is not due in the quarter, and one without an amount is named.
    assert cells["pipeline"].parts["yield"] == pytest.approx(pipeline)
    assert (cells["pipeline"].value, cells["pipeline"].parts["due"]) == (None, None)
    assert cells["pipeline"].reason == "no amount is known: 1 no amount"
    assert dict(cells["pipeline"].excluded) == {"no amount": 1}


def test_categories_need_their_history_and_days_to_come() -> None:
    bare = sm.bookings_forecast(quarters(history=False), "2025-Q1")
    with pytest.raises(sm.NotFoundError, match="categories"):
        bare.part("categories")
    with pytest.raises(sm.NotFoundError, match="categories"):
        sm.bookings_forecast(quarters(), "2024-Q4").part("categories")
    nothing = sm.bookings_forecast(quarters().as_of("2024-10-15"), "2024-Q4").part("categories")
    assert {str(cell.reason) for cell in nothing.rows()} == {
        "nothing was due in the periods before"
    }
