"""What will close, how sure that is, and whether it was right before."""

from .ahead import bookings_forecast, coverage_needed, projected_win_rate
from .called import call_change, commit_accuracy, forecast_accuracy, forecast_bias
from .customer_lifetimes import contractual_lifetime_value, retention_curve
from .risks import risk
from .win_chances import win_probability

__all__ = [
    "bookings_forecast",
    "call_change",
    "commit_accuracy",
    "contractual_lifetime_value",
    "coverage_needed",
    "forecast_accuracy",
    "forecast_bias",
    "projected_win_rate",
    "retention_curve",
    "risk",
    "win_probability",
]
