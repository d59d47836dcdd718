"""Tables: the columns of each kind of record, and the verbs that read them."""

from .activities import Activities
from .changes import (
    AmountChanges,
    CloseDateChanges,
    ForecastCategoryChanges,
    OwnerChanges,
    StageChanges,
    TeamChanges,
)
from .checks import Checks
from .costs import Costs
from .customers import Customers
from .deal_credits import DealCredits
from .deal_lines import DealLines
from .deals import Deals
from .deliverables import Deliverables
from .expectations import Expectations
from .forecast_calls import ForecastCalls
from .into import (
    IntoActivities,
    IntoAmountChanges,
    IntoChecks,
    IntoCloseDateChanges,
    IntoCosts,
    IntoCustomers,
    IntoDealCredits,
    IntoDealLines,
    IntoDeals,
    IntoDeliverables,
    IntoExpectations,
    IntoForecastCalls,
    IntoForecastCategoryChanges,
    IntoLeads,
    IntoOwnerChanges,
    IntoOwners,
    IntoProducts,
    IntoRequests,
    IntoRevenues,
    IntoStageChanges,
    IntoStages,
    IntoSubscriptions,
    IntoSurveys,
    IntoTeamChanges,
    IntoTouches,
    IntoVisits,
)
from .leads import Leads
from .owners import Owners
from .products import Products
from .requests import Requests
from .revenues import Revenues
from .run import batches
from .stages import Stages
from .subscriptions import Subscriptions
from .surveys import Surveys
from .table import Table
from .touches import Touches
from .visits import Visits
from .window import Window

__all__ = [
    "Activities",
    "AmountChanges",
    "Checks",
    "CloseDateChanges",
    "Costs",
    "Customers",
    "DealCredits",
    "DealLines",
    "Deals",
    "Deliverables",
    "Expectations",
    "ForecastCalls",
    "ForecastCategoryChanges",
    "IntoActivities",
    "IntoAmountChanges",
    "IntoChecks",
    "IntoCloseDateChanges",
    "IntoCosts",
    "IntoCustomers",
    "IntoDealCredits",
    "IntoDealLines",
    "IntoDeals",
    "IntoDeliverables",
    "IntoExpectations",
    "IntoForecastCalls",
    "IntoForecastCategoryChanges",
    "IntoLeads",
    "IntoOwnerChanges",
    "IntoOwners",
    "IntoProducts",
    "IntoRequests",
    "IntoRevenues",
    "IntoStageChanges",
    "IntoStages",
    "IntoSubscriptions",
    "IntoSurveys",
    "IntoTeamChanges",
    "IntoTouches",
    "IntoVisits",
    "Leads",
    "OwnerChanges",
    "Owners",
    "Products",
    "Requests",
    "Revenues",
    "StageChanges",
    "Stages",
    "Subscriptions",
    "Surveys",
    "Table",
    "TeamChanges",
    "Touches",
    "Visits",
    "Window",
    "batches",
]
