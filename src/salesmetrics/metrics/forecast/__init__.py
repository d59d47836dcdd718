"""What will close, how sure that is, and whether it was right before."""

from .win_chances import win_probability

__all__ = ["win_probability"]
