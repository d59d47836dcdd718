"""What will close, how sure that is, and whether it was right before."""

from .ahead import bookings_forecast
from .win_chances import win_probability

__all__ = ["bookings_forecast", "win_probability"]
