"""A handful of rows that the examples in docstrings and documentation are computed on."""

from __future__ import annotations

from .crm import CRM
from .tables import (
    Activities,
    Checks,
    Costs,
    Customers,
    DealCredits,
    DealLines,
    Deals,
    Deliverables,
    Expectations,
    ForecastCalls,
    Leads,
    Owners,
    Requests,
    Revenues,
    Stages,
    Subscriptions,
    Surveys,
    Touches,
    Visits,
)

__all__ = [
    "activities", "amount_changes", "checks", "contacts", "costs", "crm_with_close_dates",
    "crm_with_history",
    "customer_leads", "customers", "deal_credits", "deal_lines", "deal_rows", "deals",
    "deliverables", "expectations", "forecast_calls", "leads", "owners", "repeat_deals",
    "requests", "revenues", "stage_changes", "stages", "subscriptions", "surveys", "touches",
    "visits",
]  # fmt: skip

stages: Stages = Stages.of(
    [
        {"id": "talks", "label": "In talks", "order": 1, "type": "open", "probability": 0.2},
        {"id": "offer", "label": "Offer made", "order": 2, "type": "open", "probability": 0.6},
        {"id": "won", "label": "Won", "order": 3, "type": "won", "probability": 1},
        {"id": "lost", "label": "Lost", "order": 4, "type": "lost", "probability": 0},
        {"id": "no fit", "label": "No fit", "order": 5, "type": "disqualified", "probability": 0},
    ]
)

deal_rows: list[dict[str, object]] = [
    {"id": "1", "owner": "ana", "product": "crm", "customer": "kim & co", "stage": "won",
     "created_at": "2024-12-10", "closed_at": "2025-01-20", "outcome": "won", "amount": 30000.50},
    {"id": "2", "owner": "bo", "product": "crm", "customer": "daehan", "stage": "won",
     "created_at": "2025-01-05", "closed_at": "2025-02-04", "outcome": "won", "amount": 12000},
    {"id": "3", "owner": "bo", "product": "bi", "customer": "hansol", "stage": "lost",
     "created_at": "2025-01-12", "closed_at": "2025-03-01", "outcome": "lost", "amount": 8000},
    {"id": "4", "owner": "ana", "product": "bi", "customer": "hansol", "stage": "offer",
     "created_at": "2025-01-25", "expected_close_at": "2025-03-15", "amount": 15000,
     "probability": 0.4},
    {"id": "5", "owner": "ana", "product": "crm", "customer": "daehan", "stage": "no fit",
     "created_at": "2024-12-28", "closed_at": "2025-04-02", "outcome": "disqualified"},
]  # fmt: skip

deals: Deals = Deals.of(deal_rows, currency="EUR")

customers: Customers = Customers.of(
    [
        {"id": "kim & co", "industry": "retail", "started_at": "2025-01-20"},
        {"id": "daehan", "industry": "steel", "started_at": "2025-02-04"},
        {"id": "hansol", "industry": "paper"},
    ]
)

costs: Costs = Costs.of(
    [
        {
            "category": "marketing",
            "amount": 6000,
            "channel": "fair",
            "spent_at": "2025-01-31",
            "campaign": "fair",
        },
        {"category": "sales", "amount": 12000, "spent_at": "2025-02-28"},
        {"category": "rent", "amount": 3000, "spent_at": "2025-02-28"},
    ],
    currency="EUR",
)

leads: Leads = Leads.of(
    [
        {"id": "a", "source": "fair", "created_at": "2025-01-03T09:00:00+09:00",
         "mql_at": "2025-01-04T10:00:00+09:00", "opportunity_at": "2025-01-20T10:00:00+09:00",
         "won_at": "2025-02-19T16:00:00+09:00", "first_response_at": "2025-01-03T12:00:00+09:00"},
        {"id": "b", "source": "web", "created_at": "2025-01-10T09:00:00+09:00",
         "mql_at": "2025-01-13T09:00:00+09:00", "first_response_at": "2025-01-12T09:00:00+09:00"},
        {"id": "c", "source": "web", "created_at": "2025-01-31T09:00:00+09:00",
         "mql_at": "2025-02-03T09:00:00+09:00"},
    ],
    tz="Asia/Seoul",
)  # fmt: skip

visits: Visits = Visits.of(
    [
        {"visited_at": "2025-01-10", "visits": 300, "source": "web"},
        {"visited_at": "2025-01-20", "visits": 200, "source": "fair"},
    ]
)

stage_changes: list[dict[str, object]] = [
    {"deal": "1", "stage": "talks", "changed_at": "2024-12-10"},
    {"deal": "1", "stage": "offer", "changed_at": "2025-01-05"},
    {"deal": "1", "stage": "won", "changed_at": "2025-01-20"},
    {"deal": "2", "stage": "talks", "changed_at": "2025-01-05"},
    {"deal": "2", "stage": "offer", "changed_at": "2025-01-25"},
    {"deal": "2", "stage": "won", "changed_at": "2025-02-04"},
    {"deal": "3", "stage": "talks", "changed_at": "2025-01-12"},
    {"deal": "3", "stage": "lost", "changed_at": "2025-03-01"},
    {"deal": "4", "stage": "talks", "changed_at": "2025-01-25"},
    {"deal": "4", "stage": "offer", "changed_at": "2025-02-14"},
]

amount_changes: list[dict[str, object]] = [
    {"deal": "1", "amount": 30000, "changed_at": "2024-12-10"},
    {"deal": "1", "amount": 30000.50, "changed_at": "2025-01-20"},
]

crm_with_history: CRM = CRM(
    deals=deal_rows[:4],
    stages=stages,
    stage_changes=stage_changes,
    amount_changes=amount_changes,
    currency="EUR",
)

# Deal 1 was due at the end of January, then in February; deal 4 was put off month by month.
crm_with_close_dates: CRM = CRM(
    deals=[
        {"id": "1", "owner": "ana", "created_at": "2024-12-10", "outcome": "won",
         "closed_at": "2025-02-20", "amount": 30000},
        {"id": "4", "owner": "bo", "created_at": "2024-12-20", "amount": 15000},
    ],
    close_date_changes=[
        {"deal": "1", "expected_close_at": "2025-01-31", "changed_at": "2024-12-10"},
        {"deal": "1", "expected_close_at": "2025-02-15", "changed_at": "2025-01-28"},
        {"deal": "4", "expected_close_at": "2025-01-15", "changed_at": "2024-12-20"},
        {"deal": "4", "expected_close_at": "2025-02-15", "changed_at": "2025-01-14"},
        {"deal": "4", "expected_close_at": "2025-03-14", "changed_at": "2025-02-14"},
        {"deal": "4", "expected_close_at": "2025-03-28", "changed_at": "2025-03-14"},
        {"deal": "4", "expected_close_at": "2025-04-30", "changed_at": "2025-03-27"},
    ],
    currency="EUR",
)  # fmt: skip

activities: Activities = Activities.of(
    [
        {"id": "1", "deal": "4", "kind": "call", "done_at": "2025-02-20"},
        {"id": "2", "deal": "5", "kind": "mail", "done_at": "2025-02-01"},
        {"id": "3", "deal": "5", "kind": "meeting", "created_at": "2025-02-20",
         "scheduled_at": "2025-04-02"},
    ]
)  # fmt: skip

customer_leads: Leads = Leads.of(
    [
        {"id": "1", "created_at": "2024-12-01", "won_at": "2025-01-20", "customer": "kim & co",
         "channel": "fair"},
        {"id": "2", "created_at": "2025-01-02", "won_at": "2025-02-04", "customer": "daehan",
         "referred_by": "kim & co"},
        {"id": "3", "created_at": "2025-01-09", "channel": "web"},
    ]
)  # fmt: skip

subscriptions: Subscriptions = Subscriptions.of(
    [
        {"id": "1", "customer": "kim & co", "product": "crm", "amount": 1000, "interval": "month",
         "started_at": "2024-02-01", "ended_at": "2025-02-01"},
        {"id": "2", "customer": "kim & co", "product": "crm", "amount": 1500, "interval": "month",
         "started_at": "2025-02-01", "ended_at": "2026-02-01", "renewal_of": "1"},
        {"id": "3", "customer": "daehan", "product": "crm", "amount": 6000, "interval": "year",
         "started_at": "2024-07-01", "ended_at": "2025-03-01"},
        {"id": "4", "customer": "hansol", "product": "bi", "amount": 900, "interval": "quarter",
         "started_at": "2025-03-15"},
        {"id": "5", "customer": "seoil", "product": "bi", "amount": 400, "interval": "month",
         "started_at": "2024-11-01", "ended_at": "2025-12-01"},
    ],
    currency="EUR",
)  # fmt: skip

revenues: Revenues = Revenues.of(
    [
        {"id": "1", "customer": "kim & co", "amount": 20000, "booked_at": "2024-11-30"},
        {"id": "2", "customer": "kim & co", "amount": 12000, "booked_at": "2025-01-31"},
        {"id": "3", "customer": "daehan", "amount": 18000, "booked_at": "2025-02-28"},
    ],
    currency="EUR",
)

repeat_deals: Deals = Deals.of(
    {
        "id": [1, 2, 3],
        "customer": ["kim & co", "kim & co", "kim & co"],
        "type": ["new", "upsell", "cross_sell"],
        "outcome": ["won", "won", "won"],
        "closed_at": ["2025-01-20", "2025-02-20", "2025-03-20"],
        "amount": [9000, 1000, 3000],
    },
    currency="EUR",
)

owners: Owners = Owners.of(
    [
        {"id": "ana", "team": "north", "started_at": "2023-04-01"},
        {"id": "bo", "team": "south", "started_at": "2024-09-01"},
        {"id": "cy", "team": "south", "started_at": "2024-01-01", "ended_at": "2025-02-15"},
        {"id": "di", "team": "north", "started_at": "2025-04-01"},
    ]
)

touches: Touches = Touches.of(
    [
        {"customer": "kim & co", "campaign": "fair", "touched_at": "2024-11-20"},
        {"customer": "kim & co", "campaign": "newsletter", "touched_at": "2024-12-10"},
        {"customer": "daehan", "campaign": "fair", "touched_at": "2025-12-01"},
    ]
)

deal_credits: DealCredits = DealCredits.of(
    [{"deal": "2", "owner": "bo", "share": 0.8}, {"deal": "2", "owner": "ana", "share": 0.2}]
)

deal_lines: DealLines = DealLines.of(
    [
        {"deal": "1", "product": "crm", "amount": 25500.50},
        {"deal": "1", "product": "bi", "amount": 4000},
        {"deal": "4", "product": "crm", "amount": 15000},
    ],
    currency="EUR",
)

contacts: Activities = Activities.of(
    [
        {"id": "1", "kind": "call", "owner": "ana", "deal": "4", "customer": "hansol",
         "direction": "outbound", "done_at": "2025-01-27", "replied": False},
        {"id": "2", "kind": "mail", "owner": "ana", "deal": "4", "customer": "hansol",
         "direction": "outbound", "done_at": "2025-03-10", "replied": True},
        {"id": "3", "kind": "mail", "owner": "bo", "deal": "2", "customer": "daehan",
         "direction": "outbound", "done_at": "2025-01-20", "replied": False},
        {"id": "4", "kind": "call", "owner": "bo", "deal": "2", "direction": "inbound",
         "done_at": "2025-01-22"},
        {"id": "5", "kind": "meeting", "owner": "bo", "deal": "3", "scheduled_at": "2025-02-20"},
    ]
)  # fmt: skip

requests: Requests = Requests.of(
    [
        {"id": "1", "kind": "proposal", "requested_at": "2025-01-06T10:00",
         "completed_at": "2025-01-06T15:00", "pauses": "2025-01-06T11:00/2025-01-06T13:00"},
        {"id": "2", "kind": "inquiry", "requested_at": "2025-01-10T17:00",
         "completed_at": "2025-01-13T11:00"},
        {"id": "3", "kind": "inquiry", "requested_at": "2025-01-14T09:00",
         "completed_at": "2025-01-14T12:00"},
        {"id": "4", "kind": "contract", "requested_at": "2025-01-31T16:00"},
    ],
    tz="Asia/Seoul",
)  # fmt: skip

deliverables: Deliverables = Deliverables.of(
    [
        {"id": "1", "kind": "report", "due_at": "2025-01-31", "published_at": "2025-01-31",
         "used": True},
        {"id": "2", "kind": "report", "due_at": "2025-02-28", "published_at": "2025-03-03"},
        {"id": "3", "kind": "insight", "published_at": "2025-02-10"},
        {"id": "4", "kind": "guide", "material": "price list", "published_at": "2025-01-06"},
        {"id": "5", "kind": "guide", "material": "price list", "published_at": "2025-02-03"},
    ]
)  # fmt: skip

surveys: Surveys = Surveys.of(
    [
        {"id": "1", "kind": "internal", "sent_at": "2025-01-10", "answered_at": "2025-01-11",
         "score": 4, "scale": 5},
        {"id": "2", "kind": "customer", "sent_at": "2025-02-10", "answered_at": "2025-02-20",
         "score": 5, "scale": 5},
        {"id": "3", "kind": "customer", "sent_at": "2025-02-10", "scale": 5},
    ]
)  # fmt: skip

checks: Checks = Checks.of(
    [
        {"id": "1", "record": "customer", "checked_at": "2025-01-31", "checked_fields": 12,
         "correct_fields": 12},
        {"id": "2", "record": "deal", "checked_at": "2025-02-28", "checked_fields": 8,
         "correct_fields": 7},
    ]
)  # fmt: skip

expectations: Expectations = Expectations.of(
    [
        {"id": "1", "record": "forecast", "due_at": "2025-01-31", "recorded_at": "2025-01-31"},
        {"id": "2", "record": "forecast", "due_at": "2025-01-31", "recorded_at": "2025-02-03"},
        {"id": "3", "record": "forecast", "due_at": "2025-02-28"},
    ]
)

forecast_calls: ForecastCalls = ForecastCalls.of(
    [
        {"owner": "ana", "period": "2025-Q1", "amount": 40000, "submitted_at": "2025-01-20"},
        {"owner": "ana", "period": "2025-Q1", "amount": 32000, "submitted_at": "2025-03-01"},
        {"owner": "bo", "period": "2025-Q1", "amount": 10000, "submitted_at": "2025-01-21"},
        {"owner": "ana", "period": "2025-Q1", "category": "commit", "amount": 25000,
         "submitted_at": "2025-01-20"},
        {"owner": "bo", "period": "2025-Q1", "category": "commit", "amount": 10000,
         "submitted_at": "2025-01-21"},
    ],
    currency="EUR",
)  # fmt: skip
