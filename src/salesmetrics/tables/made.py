"""What is asked of a table that is made already."""

from __future__ import annotations

from ..errors import SalesMetricsError
from .rows import Rows

__all__ = ["agree"]


def agree(table: Rows, currency: str | None, tz: str | None) -> None:
    """Refuse to have its money or its days otherwise than they were made."""
    zone = None if table.zone is None else table.zone.name
    for what, own, asked in (("currency", table.currency, currency), ("tz", zone, tz)):
        if own is not None and asked is not None and own != asked:
            raise SalesMetricsError(
                f"these {table.name} were made with {what}={own!r}; to have them with "
                f"{what}={asked!r}, make them anew from their rows"
            )
