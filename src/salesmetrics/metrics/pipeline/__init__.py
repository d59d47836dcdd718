"""KPIs of deals."""

from .by_lines import line_bookings, line_pipeline
from .expected import expected_value_per_lead
from .linearity import bookings_linearity
from .movement import pipeline_movement, slip_rate
from .outcomes import (
    bookings,
    close_rate,
    deals_created,
    lost_amount,
    lost_deals,
    win_rate,
    won_deals,
)
from .plan import (
    pipeline_coverage,
    required_deals,
    required_leads,
    required_pipeline,
    required_wins,
)
from .pushed import often_pushed_share, push_count
from .size import average_deal_size, sales_cycle
from .spread import concentration, loss_reasons
from .standing import (
    deal_age,
    open_deal_size,
    open_deals,
    open_pipeline,
    overdue_deals,
    stale_deals,
    weighted_pipeline,
)
from .through_stages import (
    bottlenecks,
    sales_cycle_estimate,
    stage_conversion,
    stage_velocity,
    time_in_stage,
)
from .value import annual_contract_value, deal_size, pipeline_created, total_contract_value
from .yields import create_and_close_share, pipeline_yield

__all__ = [
    "annual_contract_value",
    "average_deal_size",
    "bookings",
    "bookings_linearity",
    "bottlenecks",
    "close_rate",
    "concentration",
    "create_and_close_share",
    "deal_age",
    "deal_size",
    "deals_created",
    "expected_value_per_lead",
    "line_bookings",
    "line_pipeline",
    "loss_reasons",
    "lost_amount",
    "lost_deals",
    "often_pushed_share",
    "open_deal_size",
    "open_deals",
    "open_pipeline",
    "overdue_deals",
    "pipeline_coverage",
    "pipeline_created",
    "pipeline_movement",
    "pipeline_yield",
    "push_count",
    "required_deals",
    "required_leads",
    "required_pipeline",
    "required_wins",
    "sales_cycle",
    "sales_cycle_estimate",
    "slip_rate",
    "stage_conversion",
    "stage_velocity",
    "stale_deals",
    "time_in_stage",
    "total_contract_value",
    "weighted_pipeline",
    "win_rate",
    "won_deals",
]
