"""KPIs of what selling costs."""

from .acquisition import cac_payback, customer_acquisition_cost, lagged_acquisition_cost, ltv_to_cac
from .campaigns import campaign_contribution, campaign_roi
from .each import cost_per_lead, cost_per_opportunity, cost_per_win
from .profit import sales_efficiency, sales_profit_margin

__all__ = [
    "cac_payback",
    "campaign_contribution",
    "campaign_roi",
    "cost_per_lead",
    "cost_per_opportunity",
    "cost_per_win",
    "customer_acquisition_cost",
    "lagged_acquisition_cost",
    "ltv_to_cac",
    "sales_efficiency",
    "sales_profit_margin",
]
