"""KPIs of deals."""

from .movement import pipeline_movement, slip_rate
from .outcomes import bookings, close_rate, deals_created, win_rate, won_deals
from .size import average_deal_size, sales_cycle
from .stages import sales_cycle_estimate, stage_conversion, time_in_stage
from .standing import open_deals, open_pipeline, weighted_pipeline

__all__ = [
    "average_deal_size",
    "bookings",
    "close_rate",
    "deals_created",
    "open_deals",
    "open_pipeline",
    "pipeline_movement",
    "sales_cycle",
    "sales_cycle_estimate",
    "slip_rate",
    "stage_conversion",
    "time_in_stage",
    "weighted_pipeline",
    "win_rate",
    "won_deals",
]
