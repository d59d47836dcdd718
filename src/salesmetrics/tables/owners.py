"""The roster of sellers."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ..days import NEVER
from ..models import Owner, Record
from .rows import Mask
from .table import Table

__all__ = ["Owners"]


class Owners(Table):
    """The roster of sellers, with their team, region and manager."""

    __slots__ = ()
    record: ClassVar[type[Record]] = Owner
    name = "owners"
    spared: ClassVar[tuple[str, ...]] = ("started_at",)
    born: ClassVar[str | None] = "started_at"


def _left(owners: Owners) -> Mask:
    """Owners whose end has come, by what is known."""
    known = NEVER - 1 if owners.known is None else owners.known.day
    return np.asarray(owners.times("ended_at").days <= known)


Owners.row_sets = {"that left": _left}
