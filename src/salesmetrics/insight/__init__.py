"""What results mean: beside what they were, and beside what they should be.

And how far the data behind them can be trusted.
"""

from .compare import Comparison, compare
from .quality import Effect, Finding, QualityReport, quality
from .scorecards import Scorecard, scorecards
from .targets import Attainment, read_targets

__all__ = [
    "Attainment",
    "Comparison",
    "Effect",
    "Finding",
    "QualityReport",
    "Scorecard",
    "compare",
    "quality",
    "read_targets",
    "scorecards",
]
