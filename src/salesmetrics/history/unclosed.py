"""Deals that were won, lost or disqualified on a day that nobody knows: they stand open nowhere."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from ..columns import Codes, Column, Times
from ..days import NEVER
from ..models import DECIDED

__all__ = ["unclosed_rows", "unknown_where_unclosed"]


def unclosed_rows(columns: Mapping[str, Column]) -> npt.NDArray[np.bool_] | None:
    """Which rows are closed without a day; None where none is."""
    outcome, closed = columns.get("outcome"), columns.get("closed_at")
    if not isinstance(outcome, Codes) or not isinstance(closed, Times):
        return None
    found = outcome.among(sorted(DECIDED)) & (closed.days == NEVER)
    return found if found.any() else None


def unknown_where_unclosed(outcome: Column, now: Mapping[str, Column]) -> Column:
    """As of an instant before what is known: nobody knows whether such deals were open then."""
    unclosed = unclosed_rows(now)
    if unclosed is None:
        return outcome
    assert isinstance(outcome, Codes)
    return outcome.only(~unclosed)
