"""The records: one row of each kind, checked when it is made, and no arithmetic."""

from .customer import Cost, Customer, Interval, Revenue, Subscription
from .deal import (
    DECIDED,
    AmountChange,
    CloseDateChange,
    Deal,
    DealCredit,
    DealLine,
    ForecastCategoryChange,
    Outcome,
    OwnerChange,
    Product,
    Stage,
    StageChange,
)
from .lead import Lead, Touch, Visit
from .record import Kind, Record, choices, kinds_of
from .seller import Activity, ForecastCall, Owner, TeamChange
from .support import Check, Deliverable, Expectation, Request, Survey
from .target import Statistic, Target

__all__ = [
    "DECIDED",
    "Activity",
    "AmountChange",
    "Check",
    "CloseDateChange",
    "Cost",
    "Customer",
    "Deal",
    "DealCredit",
    "DealLine",
    "Deliverable",
    "Expectation",
    "ForecastCall",
    "ForecastCategoryChange",
    "Interval",
    "Kind",
    "Lead",
    "Outcome",
    "Owner",
    "OwnerChange",
    "Product",
    "Record",
    "Request",
    "Revenue",
    "Stage",
    "StageChange",
    "Statistic",
    "Subscription",
    "Survey",
    "Target",
    "TeamChange",
    "Touch",
    "Visit",
    "choices",
    "kinds_of",
]  # fmt: skip
