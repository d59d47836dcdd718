"""B2B sales KPIs: right, explainable, exact.

Records become tables, tables give exact totals for a period and a group, and a KPI is a short
function that divides them last.
"""

from .catalog import KPIS, entry
from .crm import CRM
from .errors import (
    ColumnError,
    DataError,
    Fault,
    MoneyError,
    NeedsError,
    PeriodError,
    SalesMetricsError,
    UndefinedError,
    ZoneError,
)
from .io import presets, read
from .measures import Cell, Distribution, Ratio, Result, Total
from .metrics.cost import customer_acquisition_cost
from .metrics.pipeline import (
    average_deal_size,
    bookings,
    close_rate,
    deals_created,
    open_deals,
    open_pipeline,
    sales_cycle,
    weighted_pipeline,
    win_rate,
    won_deals,
)
from .models import (
    Activity,
    Cost,
    Customer,
    Deal,
    Lead,
    Owner,
    Product,
    Revenue,
    Stage,
    Subscription,
    Target,
)
from .money import ExchangeRates
from .periods import ALL_TIME, FiscalYear, Period, period, trailing
from .snapshot import Snapshot, snapshot
from .tables import (
    Activities,
    Costs,
    Customers,
    Deals,
    Leads,
    Owners,
    Products,
    Revenues,
    Stages,
    Subscriptions,
)

__version__ = "0.1.0"

__all__ = [
    "ALL_TIME",
    "CRM",
    "KPIS",
    "Activities",
    "Activity",
    "Cell",
    "ColumnError",
    "Cost",
    "Costs",
    "Customer",
    "Customers",
    "DataError",
    "Deal",
    "Deals",
    "Distribution",
    "ExchangeRates",
    "Fault",
    "FiscalYear",
    "Lead",
    "Leads",
    "MoneyError",
    "NeedsError",
    "Owner",
    "Owners",
    "Period",
    "PeriodError",
    "Product",
    "Products",
    "Ratio",
    "Result",
    "Revenue",
    "Revenues",
    "SalesMetricsError",
    "Snapshot",
    "Stage",
    "Stages",
    "Subscription",
    "Subscriptions",
    "Target",
    "Total",
    "UndefinedError",
    "ZoneError",
    "average_deal_size",
    "bookings",
    "close_rate",
    "customer_acquisition_cost",
    "deals_created",
    "entry",
    "open_deals",
    "open_pipeline",
    "period",
    "presets",
    "read",
    "sales_cycle",
    "snapshot",
    "trailing",
    "weighted_pipeline",
    "win_rate",
    "won_deals",
]
