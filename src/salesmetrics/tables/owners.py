"""The roster of sellers."""

from __future__ import annotations

from ..models import Owner
from .table import Table

__all__ = ["Owners"]


class Owners(Table):
    """The roster of sellers, with their team, region and manager."""

    __slots__ = ()
    record = Owner
    name = "owners"
    born = "started_at"
