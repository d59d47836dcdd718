"""Visits to a site."""

from __future__ import annotations

from typing import ClassVar

from ..models import Record, Visit
from .table import Table

__all__ = ["Visits"]


class Visits(Table):
    """Visits to a site, counted by day and source."""

    __slots__ = ()
    record: ClassVar[type[Record]] = Visit
    name = "visits"
    born: ClassVar[str | None] = "visited_at"
