"""What is sold."""

from __future__ import annotations

from ..models import Product
from .table import Table

__all__ = ["Products"]


class Products(Table):
    """What is sold."""

    __slots__ = ()
    record = Product
    name = "products"
