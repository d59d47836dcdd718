"""Oracles of the KPIs of velocity."""

from __future__ import annotations

from fractions import Fraction

from .facts import Cut, Expected, divided, money, oracle, summed
from .pipeline import WON, average_deal_size, closed, sales_cycle, standing, win_rate


@oracle
def sales_velocity(cut: Cut, period, count_basis="open") -> Expected:
    stood, _ = standing(cut, period)
    rate, size = win_rate(cut, period), average_deal_size(cut, period)
    cycle = sales_cycle(cut, period).more["mean"]
    if None in (rate.exact, size.exact) or not cycle:
        return Expected(None, 0)
    return Expected(len(stood) * Fraction(rate.exact) * Fraction(size.exact) / cycle, 0)


@oracle
def realised_velocity(cut: Cut, period) -> Expected:
    won = summed([money(row) for row in closed(cut, period, WON)])
    days = (period.end - period.start).days
    return divided(won, Expected(days, won.n), won.excluded)
