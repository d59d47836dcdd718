"""What will close, how sure that is, and whether it was right before."""

from .ahead import bookings_forecast, coverage_needed, projected_win_rate
from .win_chances import win_probability

__all__ = ["bookings_forecast", "coverage_needed", "projected_win_rate", "win_probability"]
