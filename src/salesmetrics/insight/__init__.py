"""What results mean: beside what they were, beside what they should be, and what changed."""

from .changes import Change, Changes, diff
from .compare import Comparison, compare
from .history import History, read_snapshots
from .scorecards import Scorecard, scorecards
from .targets import Attainment, read_targets

__all__ = [
    "Attainment",
    "Change",
    "Changes",
    "Comparison",
    "History",
    "Scorecard",
    "compare",
    "diff",
    "read_snapshots",
    "read_targets",
    "scorecards",
]
