"""Deals that were won, lost or disqualified on a day that nobody knows: they stand open nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ..columns import Codes, Column, Times
from ..days import NEVER
from ..models import DECIDED

__all__ = ["unclosed_rows", "with_unknown_outcomes"]


def unclosed_rows(columns: Mapping[str, Column]) -> npt.NDArray[np.bool_] | None:
    """Which rows are closed without a day; None where none is."""
    outcome, closed = columns.get("outcome"), columns.get("closed_at")
    if not isinstance(outcome, Codes) or not isinstance(closed, Times):
        return None
    ends = np.array([label in DECIDED for label in outcome.labels], dtype=bool)
    found = ends[outcome.codes] & (closed.days == NEVER)
    return found if found.any() else None


def with_unknown_outcomes(columns: Mapping[str, Column]) -> dict[str, Any]:
    """As of an instant before what is known: nobody knows whether such deals were open then."""
    unclosed = unclosed_rows(columns)
    if unclosed is None:
        return dict(columns)
    outcome = columns["outcome"]
    assert isinstance(outcome, Codes)
    return {**columns, "outcome": outcome.only(~unclosed)}
