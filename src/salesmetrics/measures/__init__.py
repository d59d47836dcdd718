"""Three shapes of answer that keep their evidence and can be added; the only division."""

from .bottlenecks import Bottleneck, Bottlenecks
from .cohorts import Age, Cohorts
from .distribution import Distribution
from .formula import Formula
from .grid import Axes, Grid
from .ratio import Ratio
from .result import Cell, Result
from .statement import Statement
from .survival import Survival
from .total import Total
from .velocity import Velocity

__all__ = [
    "Age",
    "Axes",
    "Bottleneck",
    "Bottlenecks",
    "Cell",
    "Cohorts",
    "Distribution",
    "Formula",
    "Grid",
    "Ratio",
    "Result",
    "Statement",
    "Survival",
    "Total",
    "Velocity",
]
