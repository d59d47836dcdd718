"""Days as whole numbers since 1970-01-01, and what stands for a time that never was."""

from __future__ import annotations

from datetime import date

import numpy as np

__all__ = ["NEVER_SECONDS", "day_number"]

EPOCH = date(1970, 1, 1).toordinal()
NEVER = 65_535  # the day of what has not happened; later than every other


def day_number(day: date) -> int:
    """Days since 1970-01-01, held within what a table can store."""
    return min(max(day.toordinal() - EPOCH, 0), NEVER)


NEVER_SECONDS = np.iinfo(np.int64).max
