"""TOML as configurations, presets, targets and scorecards are written in."""

from __future__ import annotations

import tomllib
from decimal import Decimal, InvalidOperation
from typing import Any

from ..errors import shown
from ..models import values

__all__ = ["toml_of"]


def toml_of(data: bytes) -> dict[str, Any]:
    """What a TOML file says, its numbers as the decimals written.

    Raises:
        ValueError: no TOML, not UTF-8, a number beyond all use, or nested too deep.
    """
    try:
        return tomllib.loads(data.decode("utf-8-sig"), parse_float=_decimal)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def _decimal(text: str) -> Decimal:
    """A float of TOML: `nan` and `inf` are left to be refused where they stand."""
    try:
        read = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{shown(text)}: an exponent beyond all use") from None
    if read.is_finite():
        try:
            values.bounded(read)
        except ValueError as wrong:
            raise ValueError(f"{text}: {wrong}") from None
    return read
