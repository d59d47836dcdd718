"""What a function may be given for a table: the table, or rows that its `.of` reads.

`IntoDeals` stands for `Deals`, records or dicts of deals, columns by name, a data frame or a
database cursor; so do the others for their tables.  A number or a text is none of them, which a
type checker says before anything runs.
"""

from __future__ import annotations

from typing import TypeAlias

from ..models import (
    Activity,
    AmountChange,
    Check,
    CloseDateChange,
    Cost,
    Customer,
    Deal,
    DealCredit,
    DealLine,
    Deliverable,
    Expectation,
    ForecastCall,
    ForecastCategoryChange,
    Lead,
    Owner,
    OwnerChange,
    Product,
    Request,
    Revenue,
    Stage,
    StageChange,
    Subscription,
    Survey,
    TeamChange,
    Touch,
    Visit,
)
from ..reading.into_rows import IntoRows
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
from .leads import Leads
from .owners import Owners
from .products import Products
from .requests import Requests
from .revenues import Revenues
from .stages import Stages
from .subscriptions import Subscriptions
from .surveys import Surveys
from .touches import Touches
from .visits import Visits

__all__ = [
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
]

IntoActivities: TypeAlias = Activities | IntoRows[Activity]
"""Activities, or rows that `Activities.of` reads."""
IntoAmountChanges: TypeAlias = AmountChanges | IntoRows[AmountChange]
"""Amount changes, or rows that `AmountChanges.of` reads."""
IntoChecks: TypeAlias = Checks | IntoRows[Check]
"""Checks, or rows that `Checks.of` reads."""
IntoCloseDateChanges: TypeAlias = CloseDateChanges | IntoRows[CloseDateChange]
"""Close date changes, or rows that `CloseDateChanges.of` reads."""
IntoCosts: TypeAlias = Costs | IntoRows[Cost]
"""Costs, or rows that `Costs.of` reads."""
IntoCustomers: TypeAlias = Customers | IntoRows[Customer]
"""Customers, or rows that `Customers.of` reads."""
IntoDealCredits: TypeAlias = DealCredits | IntoRows[DealCredit]
"""Deal credits, or rows that `DealCredits.of` reads."""
IntoDealLines: TypeAlias = DealLines | IntoRows[DealLine]
"""Deal lines, or rows that `DealLines.of` reads."""
IntoDeals: TypeAlias = Deals | IntoRows[Deal]
"""Deals, or rows that `Deals.of` reads."""
IntoDeliverables: TypeAlias = Deliverables | IntoRows[Deliverable]
"""Deliverables, or rows that `Deliverables.of` reads."""
IntoExpectations: TypeAlias = Expectations | IntoRows[Expectation]
"""Expectations, or rows that `Expectations.of` reads."""
IntoForecastCalls: TypeAlias = ForecastCalls | IntoRows[ForecastCall]
"""Forecast calls, or rows that `ForecastCalls.of` reads."""
IntoLeads: TypeAlias = Leads | IntoRows[Lead]
"""Leads, or rows that `Leads.of` reads."""
IntoForecastCategoryChanges: TypeAlias = ForecastCategoryChanges | IntoRows[ForecastCategoryChange]
"""Changes of forecast category, or rows that `ForecastCategoryChanges.of` reads."""
IntoOwnerChanges: TypeAlias = OwnerChanges | IntoRows[OwnerChange]
"""Owner changes, or rows that `OwnerChanges.of` reads."""
IntoOwners: TypeAlias = Owners | IntoRows[Owner]
"""Owners, or rows that `Owners.of` reads."""
IntoProducts: TypeAlias = Products | IntoRows[Product]
"""Products, or rows that `Products.of` reads."""
IntoRequests: TypeAlias = Requests | IntoRows[Request]
"""Requests, or rows that `Requests.of` reads."""
IntoRevenues: TypeAlias = Revenues | IntoRows[Revenue]
"""Revenues, or rows that `Revenues.of` reads."""
IntoStageChanges: TypeAlias = StageChanges | IntoRows[StageChange]
"""Stage changes, or rows that `StageChanges.of` reads."""
IntoStages: TypeAlias = Stages | IntoRows[Stage]
"""Stages, or rows that `Stages.of` reads."""
IntoSubscriptions: TypeAlias = Subscriptions | IntoRows[Subscription]
"""Subscriptions, or rows that `Subscriptions.of` reads."""
IntoSurveys: TypeAlias = Surveys | IntoRows[Survey]
"""Surveys, or rows that `Surveys.of` reads."""
IntoTeamChanges: TypeAlias = TeamChanges | IntoRows[TeamChange]
"""Team changes, or rows that `TeamChanges.of` reads."""
IntoTouches: TypeAlias = Touches | IntoRows[Touch]
"""Touches, or rows that `Touches.of` reads."""
IntoVisits: TypeAlias = Visits | IntoRows[Visit]
"""Visits, or rows that `Visits.of` reads."""
