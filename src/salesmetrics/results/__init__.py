"""Three shapes of answer that keep their evidence and can be added; the only division."""

from .distribution import Distribution
from .formula import Formula
from .grid import Axes, Grid
from .ratio import Ratio
from .result import Cell, Result
from .statement import Statement
from .survival import Survival
from .total import Total

__all__ = [
    "Axes",
    "Cell",
    "Distribution",
    "Formula",
    "Grid",
    "Ratio",
    "Result",
    "Statement",
    "Survival",
    "Total",
]
