"""What results mean: beside what they were, beside what they should be, and what changed.

And how far the data behind them can be trusted.
"""

from .changes import Change, Changes, diff
from .compare import Comparison, compare
from .history import History, read_snapshots
from .quality import Effect, Finding, QualityReport, quality
from .scorecards import Scorecard, scorecards
from .targets import Attainment, read_targets

__all__ = [
    "Attainment",
    "Change",
    "Changes",
    "Comparison",
    "Effect",
    "Finding",
    "History",
    "QualityReport",
    "Scorecard",
    "compare",
    "diff",
    "quality",
    "read_snapshots",
    "read_targets",
    "scorecards",
]
