"""What is sold."""

from __future__ import annotations

from typing import ClassVar

from ..models import Product, Record
from .table import Table

__all__ = ["Products"]


class Products(Table):
    """What is sold."""

    __slots__ = ()
    record: ClassVar[type[Record]] = Product
    name = "products"
    spared: ClassVar[tuple[str, ...]] = ("list_amount",)
