"""What deals are worth as contracts, a year and in all, and when an open one became overdue."""

from __future__ import annotations

from collections.abc import Mapping
from math import lcm

import numpy as np

from ..columns import MISSING, Column, Numbers, Times, by_name, in_one_scale, later_of

__all__ = ["contract_columns"]


def contract_columns(columns: Mapping[str, Column]) -> dict[str, Column]:
    """The derived columns of deals, as far as what they are made of was given."""
    found: dict[str, Column] = {}
    recurring, term = (
        by_name(columns, "recurring_amount", Numbers),
        by_name(columns, "term_months", Numbers),
    )
    if recurring is not None and term is not None:
        found["annual_amount"] = _a_year(recurring, term)
    amount, once = by_name(columns, "amount", Numbers), by_name(columns, "one_time_amount", Numbers)
    if recurring is not None and once is not None:
        both = _sum(recurring, once)
        found["contract_amount"] = both if amount is None else both.otherwise(amount)
    elif amount is not None:
        found["contract_amount"] = amount
    created, expected = (
        by_name(columns, "created_at", Times),
        by_name(columns, "expected_close_at", Times),
    )
    if created is not None and expected is not None:
        found["overdue_at"] = later_of(created, expected)
    return found


def _a_year(recurring: Numbers, term: Numbers) -> Numbers:
    """Recurring amount x 12 / months of term, exact: in parts that every term divides."""
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
