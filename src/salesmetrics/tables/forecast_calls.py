"""Forecasts that people submitted."""

from __future__ import annotations

from typing import ClassVar

from ..models import ForecastCall, Record
from .table import Table

__all__ = ["ForecastCalls"]


class ForecastCalls(Table):
    """What sellers and managers said that a period will bring, each time that they said it."""

    __slots__ = ()
    record: ClassVar[type[Record]] = ForecastCall
    name = "forecast_calls"
    born: ClassVar[str | None] = "submitted_at"
    dated_by: ClassVar[str | None] = "submitted_at"
