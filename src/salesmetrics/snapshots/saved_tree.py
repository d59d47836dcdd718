"""JSON that was saved: however hostile, it ends in a tree of plain values or in an error."""

from __future__ import annotations

import json
from math import isfinite
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from ..errors import SalesMetricsError
from ..io.found import content, refusing

__all__ = ["checked", "tree_of"]

MOST = 2**63  # beyond which no figure is counted
R = TypeVar("R", bound=BaseModel)


def tree_of(source: Any) -> tuple[str, Any]:
    """What to call it in an error, and the tree: of an object's `to_dict()`, a path, or a text."""
    where = "the document"
    if hasattr(source, "to_dict"):
        return where, source.to_dict()
    if not isinstance(source, (str, Path)):
        return where, source
    text = str(source)
    written: str | bytes = text.lstrip("\ufeff")
    if not text.lstrip("\ufeff \t\r\n").startswith("{"):
        where, written = str(source), content(Path(source))
    with refusing(f"{where} is no JSON"):
        # Of bytes: UTF-8 or UTF-16, with a mark or without.
        return where, json.loads(
            written, parse_float=_finite, parse_int=_countable, parse_constant=_no_number
        )


def checked(record: type[R], tree: Any, says: str) -> R:
    """The tree as this record; else the first thing that is wrong with it, and where."""
    try:
        return record.model_validate(tree)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        at = ".".join(str(part) for part in first["loc"])
        raise SalesMetricsError(f"{says}: {at}: {first['msg']}") from None


def _finite(text: str) -> float:
    value = float(text)
    return value if isfinite(value) else _no_number(text)


def _countable(text: str) -> int:
    return int(text) if len(text) < 20 and abs(int(text)) < MOST else _no_number(text)


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text[:20]} is no number that a figure can be")
