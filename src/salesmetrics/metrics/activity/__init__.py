"""KPIs of what sellers do, what that brings, and how well it is recorded."""

from .contact import (
    activities_per_win,
    activity_coverage,
    activity_volume,
    contact_frequency,
    customer_contact_frequency,
    reply_rate,
)
from .people import credited_bookings, owner_turnover, revenue_per_owner, revenue_per_team
from .recording import crm_entry_rate, data_accuracy, data_completeness

__all__ = [
    "activities_per_win",
    "activity_coverage",
    "activity_volume",
    "contact_frequency",
    "credited_bookings",
    "crm_entry_rate",
    "customer_contact_frequency",
    "data_accuracy",
    "data_completeness",
    "owner_turnover",
    "reply_rate",
    "revenue_per_owner",
    "revenue_per_team",
]
