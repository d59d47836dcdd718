"""What results mean: beside what they were, and beside what they should be.

And how far the data behind them can be trusted.
"""

from .causes import Cause, CauseLevel, Explanation
from .compare import Comparison, compare
from .explain import explain
from .quality import Effect, Finding, QualityReport, quality
from .scorecards import Scorecard, scorecards
from .targets import Attainment, read_targets

__all__ = [
    "Attainment",
    "Cause",
    "CauseLevel",
    "Comparison",
    "Effect",
    "Explanation",
    "Finding",
    "QualityReport",
    "Scorecard",
    "compare",
    "explain",
    "quality",
    "read_targets",
    "scorecards",
]
