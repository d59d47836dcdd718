"""Tables: the columns of each kind of record, and the verbs that read them."""

from .changes import AmountChanges, CloseDateChanges, OwnerChanges, StageChanges
from .credits import DealCredits, Touches
from .deals import Deals
from .leads import Leads, Visits
from .records import Activities, Costs, Revenues, Subscriptions
from .sharing import batches
from .stages import Customers, Owners, Products, Stages
from .support import Checks, Deliverables, Expectations, Requests, Surveys
from .table import Table
from .window import Window

__all__ = [
    "Activities",
    "AmountChanges",
    "Checks",
    "CloseDateChanges",
    "Costs",
    "Customers",
    "DealCredits",
    "Deals",
    "Deliverables",
    "Expectations",
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
    "Touches",
    "Visits",
    "Window",
    "batches",
]
