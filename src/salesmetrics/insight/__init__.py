"""What results mean: against what they were, and against what they should be.

And how far the data behind them can be trusted.
"""

from .alerts import Alert, AlertReport, alerts
from .causes import Cause, CauseLevel, Explanation
from .compare import Comparison, compare
from .explain import explain
from .quality import Effect, Finding, QualityReport, quality
from .rules import Rule, read_rules
from .scorecards import Scorecard, scorecards
from .targets import Attainment, read_targets

__all__ = [
    "Alert",
    "AlertReport",
    "Attainment",
    "Cause",
    "CauseLevel",
    "Comparison",
    "Effect",
    "Explanation",
    "Finding",
    "QualityReport",
    "Rule",
    "Scorecard",
    "alerts",
    "compare",
    "explain",
    "quality",
    "read_rules",
    "read_targets",
    "scorecards",
]
