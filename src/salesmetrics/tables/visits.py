"""Visits to a site."""

from __future__ import annotations

from ..models import Visit
from .table import Table

__all__ = ["Visits"]


class Visits(Table):
    """Visits to a site, counted by day and source."""

    __slots__ = ()
    record = Visit
    name = "visits"
    born = "visited_at"
