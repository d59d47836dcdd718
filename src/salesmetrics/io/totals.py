"""The row of totals that reports end on, told by its structure: sums of the rows above it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np

from ..models import Kind, values
from ..reading.raw import Raw

__all__ = ["is_total"]

DATED = (Kind.MILESTONE, Kind.PLAN, Kind.CHOICE, Kind.REFERENCE)
SUMMED = (Kind.MONEY, Kind.WHOLE)


def is_total(columns: Mapping[str, Raw], kinds: Mapping[str, Kind]) -> bool:
    """Whether the last row sums the others.

    It has no date, no choice and at most two texts, and its amounts are the sums of the rows above:
    of two rows at least, not all of them 0.
    """
    ours = {name: raw for name, raw in columns.items() if name in kinds}
    size = len(next(iter(ours.values()), ()))
    if size < 3:
        return False
    last = size - 1
    texts = 0
    summed = []
    for name, raw in ours.items():
        if values.is_missing(raw.at(last)):
            continue
        if kinds[name] in DATED:
            return False
        if kinds[name] in SUMMED:
            summed.append(name)
        elif kinds[name] is not Kind.PROPORTION:
            texts += 1
    dated = [raw for name, raw in ours.items() if kinds[name] in DATED]
    if texts > 2 or not summed or not any(not values.is_missing(raw.at(0)) for raw in dated):
        return False
    money = [name for name in summed if kinds[name] is Kind.MONEY]
    return bool(money) and all(_sums(ours[name]) for name in money)


def _sums(raw: Raw) -> bool:
    """Whether the last number is the sum of the others, and these are more than one."""
    above = raw.take(np.arange(len(raw) - 1))
    codes, labels = above.labelled()
    try:
        told = [_number(raw, label) for label in labels]
        last = _number(raw, raw.at(len(raw) - 1))
    except ValueError:
        return False
    times = np.bincount(codes[codes >= 0], minlength=len(told)).tolist()
    known = sum(many for many, one in zip(times, told, strict=True) if one is not None)
    found = sum(
        (one * many for one, many in zip(told, times, strict=True) if one is not None), Decimal(0)
    )
    return last is not None and last != 0 and known > 1 and found == last


def _number(raw: Raw, cell: Any) -> Decimal | None:
    return values.number(cell if raw.form is None else raw.form.read(cell))
