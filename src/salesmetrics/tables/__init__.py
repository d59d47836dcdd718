"""Tables: the columns of each kind of record, and the verbs that read them."""

from .deals import Deals
from .leads import Leads, Visits
from .records import Activities, Costs, Revenues, Subscriptions
from .sharing import batches
from .stages import Customers, Owners, Products, Stages
from .table import Table
from .window import Window

__all__ = [
    "Activities",
    "Costs",
    "Customers",
    "Deals",
    "Leads",
    "Owners",
    "Products",
    "Revenues",
    "Stages",
    "Subscriptions",
    "Table",
    "Visits",
    "Window",
    "batches",
]
