"""What deals are worth as contracts, a year and in all, and when an open one became overdue."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import lcm

import numpy as np

from ..columns import MISSING, Column, Numbers, Times, in_one_scale, later_of

__all__ = ["contract_columns"]


def contract_columns(columns: Mapping[str, Column]) -> dict[str, Callable[[], Column]]:
    """The derived columns of deals, as far as what they are made of was given, to be made."""
    both = {"recurring_amount", "one_time_amount"} <= {*columns}
    found: dict[str, Callable[[], Column]] = {}
    if {"recurring_amount", "term_months"} <= {*columns}:
        found["annual_amount"] = lambda: _a_year(columns)
    if both or "amount" in columns:
        found["contract_amount"] = lambda: _in_all(columns) if both else columns["amount"]
    if {"created_at", "expected_close_at"} <= {*columns}:
        found["overdue_at"] = lambda: _overdue(columns)
    return found


def _overdue(columns: Mapping[str, Column]) -> Times:
    created, expected = columns["created_at"], columns["expected_close_at"]
    assert isinstance(created, Times) and isinstance(expected, Times)
    return later_of(created, expected)


def _in_all(columns: Mapping[str, Column]) -> Numbers:
    recurring, once = columns["recurring_amount"], columns["one_time_amount"]
    assert isinstance(recurring, Numbers) and isinstance(once, Numbers)
    both, amount = _sum(recurring, once), columns.get("amount")
    return both.otherwise(amount) if isinstance(amount, Numbers) else both


def _a_year(columns: Mapping[str, Column]) -> Numbers:
    """Recurring amount x 12 / months of term, exact: in parts that every term divides."""
    recurring, term = columns["recurring_amount"], columns["term_months"]
    assert isinstance(recurring, Numbers) and isinstance(term, Numbers)
    months, known = term.values, (term.reasons() < MISSING) & (term.values > 0)
    terms = sorted(set(months[known].tolist()))
    scale = lcm(*terms) if terms else 1
    factor = {months: 12 * scale // months for months in terms}
    wide = recurring.bound * 12 * scale >= 2**63
    times = np.array(
        [factor.get(each, 0) for each in months.tolist()], dtype=object if wide else np.int64
    )
    values = recurring.values.astype(object) if wide else recurring.values
    why = np.where(known, recurring.reasons(), MISSING).astype(np.uint8)
    return Numbers.of(values * times, why, recurring.scale * scale)


def _sum(a: Numbers, b: Numbers) -> Numbers:
    one, two = in_one_scale(a, b)
    wide = one.bound + two.bound >= 2**63
    values = one.values.astype(object) if wide else one.values
    why = np.maximum(one.reasons(), two.reasons()).astype(np.uint8)
    return Numbers.of(np.where(why < MISSING, values + two.values, 0), why, one.scale)
