"""What is asked of a table that is made already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import SalesMetricsError

if TYPE_CHECKING:
    from .table import Table

__all__ = ["agree"]


def agree(table: Table, currency: str | None, tz: str | None) -> None:
    """Refuse to have its money or its days otherwise than they were made."""
    zone = None if table.zone is None else table.zone.name
    for what, own, asked in (("currency", table.currency, currency), ("tz", zone, tz)):
        if own is not None and asked is not None and own != asked:
            raise SalesMetricsError(
                f"these {table.name} were made with {what}={own!r}; to have them with "
                f"{what}={asked!r}, make them anew from their rows"
            )
