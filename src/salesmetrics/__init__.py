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
from .metrics.lead import (
    converted_leads,
    lead_conversion_rate,
    lead_response_time,
    lead_volume,
    qualified_leads,
    response_sla_rate,
    time_to_convert,
    visit_to_lead_rate,
    visits,
)
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
    Visit,
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
    Visits,
)
from .worktime import WorkCalendar

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
    "Visit",
    "Visits",
    "WorkCalendar",
    "ZoneError",
    "average_deal_size",
    "bookings",
    "close_rate",
    "converted_leads",
    "customer_acquisition_cost",
    "deals_created",
    "entry",
    "lead_conversion_rate",
    "lead_response_time",
    "lead_volume",
    "open_deals",
    "open_pipeline",
    "period",
    "presets",
    "qualified_leads",
    "read",
    "response_sla_rate",
    "sales_cycle",
    "snapshot",
    "time_to_convert",
    "trailing",
    "visit_to_lead_rate",
    "visits",
    "weighted_pipeline",
    "win_rate",
    "won_deals",
]
