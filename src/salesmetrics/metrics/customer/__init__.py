"""KPIs of customers."""

from .existing import cross_sell_share, existing_revenue_share, upsell_share
from .gained import active_customers, customer_referrals, new_customers, referrals
from .grown import revenue_growth
from .kept import (
    cohort_retention,
    customer_churn_rate,
    customer_movements,
    customer_retention_rate,
    renewal_rate,
    repeat_purchase_rate,
)
from .lapsed import churn_reasons, contract_churn_rate
from .recurring import (
    arr,
    gross_revenue_retention,
    mrr,
    mrr_movements,
    net_revenue_retention,
    quick_ratio,
)
from .revenue_mix import repeat_revenue_share, revenue_concentration, segment_revenue_share
from .worth import (
    customer_lifetime_value,
    revenue,
    revenue_per_account,
    segment_contribution,
    segment_margin,
    simple_lifetime_value,
)

__all__ = [
    "active_customers",
    "arr",
    "churn_reasons",
    "cohort_retention",
    "contract_churn_rate",
    "cross_sell_share",
    "customer_churn_rate",
    "customer_lifetime_value",
    "customer_movements",
    "customer_referrals",
    "customer_retention_rate",
    "existing_revenue_share",
    "gross_revenue_retention",
    "mrr",
    "mrr_movements",
    "net_revenue_retention",
    "new_customers",
    "quick_ratio",
    "referrals",
    "renewal_rate",
    "repeat_purchase_rate",
    "repeat_revenue_share",
    "revenue",
    "revenue_concentration",
    "revenue_growth",
    "revenue_per_account",
    "segment_contribution",
    "segment_margin",
    "segment_revenue_share",
    "simple_lifetime_value",
    "upsell_share",
]
