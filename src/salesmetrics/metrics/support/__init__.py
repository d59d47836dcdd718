"""KPIs of sales support: requests, reports and materials, and how satisfied people are."""

from .material import (
    insights_delivered,
    material_update_interval,
    material_update_rate,
    report_punctuality,
    report_usage,
)
from .satisfaction import satisfaction_score
from .turnaround import completion_rate, turnaround_time, turnaround_time_estimate

__all__ = [
    "completion_rate",
    "insights_delivered",
    "material_update_interval",
    "material_update_rate",
    "report_punctuality",
    "report_usage",
    "satisfaction_score",
    "turnaround_time",
    "turnaround_time_estimate",
]
