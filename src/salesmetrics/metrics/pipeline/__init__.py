"""KPIs of deals."""

from .outcomes import bookings, close_rate, deals_created, win_rate, won_deals
from .size import average_deal_size, sales_cycle
from .standing import open_deals, open_pipeline, weighted_pipeline

__all__ = [
    "average_deal_size",
    "bookings",
    "close_rate",
    "deals_created",
    "open_deals",
    "open_pipeline",
    "sales_cycle",
    "weighted_pipeline",
    "win_rate",
    "won_deals",
]
