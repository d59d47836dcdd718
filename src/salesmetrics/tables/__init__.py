"""Tables: the columns of each kind of record, and the verbs that read them."""

from .changes import AmountChanges, CloseDateChanges, OwnerChanges, StageChanges
from .deals import Deals
from .leads import Leads, Visits
from .records import Activities, Costs, Revenues, Subscriptions
from .sharing import batches
from .stages import Customers, Owners, Products, Stages
from .table import Table
from .window import Window

__all__ = [
    "Activities",
    "AmountChanges",
    "CloseDateChanges",
    "Costs",
    "Customers",
    "Deals",
    "Leads",
    "OwnerChanges",
    "Owners",
    "Products",
    "Revenues",
    "StageChanges",
    "Stages",
    "Subscriptions",
    "Table",
    "Visits",
    "Window",
    "batches",
]
