"""Oracles of the KPIs of submitted forecasts: whose call counts, and what came of the same."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

from .facts import ASSUMED, Cut, Expected, Row, label, money, oracle, summed
from .pipeline import WON, closed
from .quarters import over

AT = 20
for _name in ("forecast_bias", "forecast_accuracy", "commit_accuracy", "call_change"):
    ASSUMED[_name] = {"at_days": AT}
# Written otherwise, and the same quarter.
SAME = {"2017-10-01..2017-12-31": "2017-Q4"}


class Judged:
    """The calls of one cut and period, by who called: standing at a day and last, and what came."""

    def __init__(self, cut: Cut, period, category: str, at: int) -> None:
        self.of_team = cut.by == ("team",)
        world = cut.world
        every = world.rows("forecast_calls")
        self.of_all = not cut.by and not any(row["owner"] or row["team"] for row in every)
        calls = [row for row in cut.rows("forecast_calls") if self.counts(row, period, category)]
        by_then = period.start + timedelta(days=at)
        told = [row for row in calls if money(row) is not None]
        self.first = self.standing(cut, told, by_then)
        self.last = self.standing(cut, told, period.end)
        self.untold = sum(
            money(row) is None and cut.within(row["submitted_at"], period.start.min, by_then)
            for row in calls
        )
        came: dict[str, list[Fraction | None]] = {}
        for row in closed(cut, period, WON):
            came.setdefault(self.who(cut, row), []).append(money(row))
        self.came = {who: summed(amounts).exact for who, amounts in came.items() if who is not None}
        unknown = {who for who, amount in self.came.items() if amount is None}
        self.unpriced = len(unknown & set(self.first))
        self.first = {who: row for who, row in self.first.items() if who not in unknown}
        others = self.came.keys() - self.first.keys()
        self.without = sum(bool(self.came[who]) for who in others)
        self.ended = world.known is not None and over(cut, period.end)

    def counts(self, row: Row, period, category: str) -> bool:
        """Whether it is a call of the period, of the category, and of one of those asked about."""
        of = SAME.get(row["period"], row["period"])
        if of != SAME.get(period.label, period.label):
            return False
        if (row["category"] or "forecast") != category:
            return False
        if self.of_all:
            return True
        if self.of_team:
            return row["owner"] is None and row["team"] is not None
        return row["owner"] is not None

    def who(self, cut: Cut, row: Row) -> str | None:
        """Whose a call or a deal is."""
        if self.of_all:
            return "all"
        return label(cut.world, "deals", row, "team" if self.of_team else "owner", False)

    def standing(self, cut: Cut, calls: list[Row], before) -> dict[str, Row]:
        """The last call of each before a day; of several at one moment the largest."""
        found: dict[str, Row] = {}
        known = [row for row in calls if cut.within(row["submitted_at"], before.min, before)]
        zone = cut.world.tz

        def turn(row: Row):
            at = row["submitted_at"]
            return (cut.world.instant(at) if zone else at, money(row))

        for row in sorted(known, key=turn):
            found[str(self.who(cut, row))] = row
        return found

    def sums(self) -> tuple[Fraction, Fraction, Fraction]:
        """(called, called at last, booked), of those with a call."""
        called = sum((money(row) for row in self.first.values()), Fraction(0))  # type: ignore[misc]
        final = sum((money(self.last[who]) for who in self.first), Fraction(0))  # type: ignore[misc]
        booked = sum((Fraction(self.came.get(who) or 0) for who in self.first), Fraction(0))
        return called, final, booked

    def expected(self, cut: Cut, exact: Fraction | None) -> Expected:
        beside = self.without + self.unpriced + self.untold
        return Expected(exact, len(self.first), excluded=beside)


@oracle
def forecast_bias(cut: Cut, period, category="forecast", at_days=None) -> Expected:
    found = Judged(cut, period, category, at_days)
    called, _, booked = found.sums()
    usable = found.first and found.ended and booked > 0
    return found.expected(cut, (called - booked) / booked if usable else None)


@oracle
def forecast_accuracy(cut: Cut, period, category="forecast", at_days=None) -> Expected:
    found = Judged(cut, period, category, at_days)
    called, _, booked = found.sums()
    usable = found.first and found.ended and booked > 0
    return found.expected(cut, 1 - abs(called - booked) / booked if usable else None)


@oracle
def commit_accuracy(cut: Cut, period, at_days=None) -> Expected:
    return forecast_accuracy(cut, period, "commit", at_days)


@oracle
def call_change(cut: Cut, period, category="forecast", at_days=None) -> Expected:
    found = Judged(cut, period, category, at_days)
    called, final, _ = found.sums()
    return found.expected(cut, final / called - 1 if found.first and called > 0 else None)
