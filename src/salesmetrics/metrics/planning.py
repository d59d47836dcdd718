"""What a target needs: what is left of it, and the rates that past deals went at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from hashlib import blake2b
from math import prod
from typing import Any, TypeAlias

from ..days import EPOCH, day_number
from ..errors import ColumnError, NeedsError, SalesMetricsError, shown
from ..history.known import whole_day_of
from ..models import values
from ..money import minor_units
from ..periods import Period, Periods, as_periods, trailing
from ..reasons import Reason, named, tables_needed
from ..results import Axes, Formula, Ratio, Total
from ..results.definition import combined
from ..results.formula import Part, formula
from ..results.grid import Group, grid_by_cell, group_order
from ..results.result import Evidence
from ..tables import IntoDeals, IntoLeads
from ..tables.deals import Deals
from ..tables.grouping import By, as_by, grouping
from ..tables.leads import Leads

__all__ = [
    "Amount",
    "AmountByGroup",
    "Plan",
    "Rate",
    "Targets",
    "given_share",
    "size_of",
    "step_product",
    "unchanged_by_close",
]

BEFORE_ALL = date(1972, 1, 1)


def unchanged_by_close(by: By) -> By:
    """Columns to group by that a deal's close does not change: figures of open and won deals."""
    decided = {name for fields in Deals.before.values() for name in fields}
    for name in as_by(by):
        if name.partition(".")[0] in decided:
            raise ColumnError(Reason("changed_by_close", by=name))
    return by


# What is given as a number: exact, a float for the decimal that it prints as.
Amount: TypeAlias = int | float | Decimal
Rate: TypeAlias = int | float | Decimal | Fraction


@dataclass(frozen=True, eq=False)
class Targets:
    """What is to be won: of each group and period its own, which is never another's."""

    amount: Callable[[tuple[str, ...], Group, Period], Any]
    groups: Callable[[tuple[str, ...]], tuple[Group, ...]]
    name: str = ""

    @staticmethod
    def given(target: Any, by: tuple[str, ...]) -> Targets:
        """One amount for the whole in each period, or a mapping of each group's own."""
        if not isinstance(target, Mapping):
            return Targets(lambda columns, _, __: None if columns else target, lambda _: ())
        own = {(k if isinstance(k, tuple) else (k,)): amount for k, amount in target.items()}
        return Targets(
            lambda columns, group, _: own.get(group) if columns == by else None,
            lambda columns: tuple(own) if columns == by else (),
        )

    def digest(self) -> str:
        """A short name of its content."""
        return blake2b(self.name.encode(), digest_size=6).hexdigest()


# One amount of the whole for each period, or of each group its own.
AmountByGroup: TypeAlias = Amount | Mapping[Any, Amount] | Targets


class Plan:
    """A target of one period, what was won of it, and what is still to come.

    The rates come from `history`, by default the 365 days up to what is known; one that is given
    is taken instead.
    """

    deals: Deals
    by: By
    periods: tuple[Period, ...]
    day: int
    history: tuple[Period, ...]
    won: Total
    leads: Leads | None
    target: Total
    remaining: Total
    ended: Mapping[int, Reason]

    def __init__(
        self,
        deals: IntoDeals,
        period: Periods | str,
        by: By,
        target: Any,
        history: Any = None,
        leads: IntoLeads | None = None,
    ) -> None:
        self.deals, self.by = Deals.of(deals), unchanged_by_close(by)
        self.periods = as_periods(period)
        nothing = self.deals.known is None
        if nothing:  # no event was recorded that could tell the instant
            self.deals = self.deals.as_of(BEFORE_ALL)
        self.day = day_number(BEFORE_ALL) if self.deals.known is None else self.deals.known.day
        self.history = self._history(history)
        won = self.deals.during("closed_at", self.periods, by=by).total("amount", where="won")
        self.won = won.excluded_by_definition(Reason("no_field", field="closed_at")).non_additive()
        self.leads = None if leads is None else Leads.of(leads)
        also = self.deals.now(by).axes.groups  # who has won nothing yet
        if self.deals.has("expected_close_at"):
            also += self.deals.during("expected_close_at", self.periods, by=by).axes.groups
        if self.leads is not None:
            also += grouping(self.leads, as_by(by)).groups
        self.target = target_total(target, self.won, also)
        self.remaining = self.target.minus(self.won.as_far_as_known())
        self.ended = periods_ended(self.periods, whole_day_of(self.deals.known) + 1)
        if nothing:
            self.ended = dict.fromkeys(range(len(self.periods)), Reason("no_instant"))

    def _history(self, given: Any) -> tuple[Period, ...]:
        found = trailing(365, date.fromordinal(self.day + EPOCH)) if given is None else given
        periods = as_periods(found)
        if len(periods) != 1:
            raise SalesMetricsError("history is one period, from which the rates are taken")
        return periods

    def coverage(self, against: str, weight: str | tuple[str, ...], every: bool = False) -> Formula:
        """Open deals that may still close in the period (or all), over what they have to cover."""
        now = self.deals.now(self.by)
        if every:
            whole = now.total("amount", where="open", weight=weight)
            return self._covered(whole.non_additive(self.periods), against, {})
        overdue = now.total("amount", where="late", weight=weight).non_additive(self.periods)
        coming = self.deals.during("expected_close_at", self.periods, by=self.by)
        due = coming.total("amount", where="upcoming", weight=weight).non_additive()
        undated = now.count("unscheduled").non_additive(self.periods)
        both = due.together(overdue).excluding(Reason("unscheduled"), undated)
        return self._covered(both, against, {"due": due, "overdue": overdue})

    def _covered(self, pipeline: Total, against: str, parts: dict[str, Part]) -> Formula:
        remaining = {"remaining": self.remaining}
        return formula(
            "pipeline coverage",
            "ratio",
            {"pipeline": pipeline},
            remaining if against == "remaining" else {"target": self.target},
            context={
                **parts,
                "won": self.won,
                **({"target": self.target} if against == "remaining" else remaining),
            },
            above_0={"remaining": Reason("target_met"), "target": Reason("target_zero")},
            refused=self.ended,
        )

    def needed(self, what: str, bottom: dict[str, Part], whole: bool = True) -> Formula:
        """What remains of the target, divided by these."""
        return formula(
            what,
            "money" if not whole else what.removeprefix("required "),
            {"remaining": self.remaining},
            bottom,
            context={"target": self.target, "won": self.won},
            never_below_0=frozenset({"remaining"}),
            refused=self.ended,
            needed=True,
            whole=whole,
            currency=None if whole else self.deals.currency,
        )

    def deal_size(self, given: Any) -> Part:
        """Won amount of a deal: as given, else of the history."""
        if given is not None and self.deals.currency is not None:
            minor = minor_units(given, self.deals.currency)
            unit = minor_units(1, self.deals.currency)
            return _above_0("deal_size", Fraction(minor, unit))
        closed = self.deals.during("closed_at", self.history, by=self.by)
        amount = closed.total("amount", where="won")
        return Ratio(self._shown(amount), self._shown(amount.counted()))

    def win_rate(self, given: Any, of: Any = "count") -> Part:
        """Won over decided: as given, else of the history."""
        if given is not None:
            return _share("win_rate", given)
        closed = self.deals.during("closed_at", self.history, by=self.by)
        won, decided = closed.measure(of, where="won"), closed.measure(of, where="decided")
        return Ratio(self._shown(won), self._shown(decided))

    def lead_to_won(self, given: Any) -> Part:
        """Leads won over leads created: as given, else of the history."""
        if given is not None:
            return _share("lead_to_won", given)
        if self.leads is None:
            raise NeedsError(
                Reason(
                    "any_of",
                    items=(tables_needed("leads"), Reason("argument", name="lead_to_won")),
                ),
                "the lead-to-won rate is told by leads",
            )
        created = self.leads.during("created_at", self.history, by=self.by)
        return Ratio(self._shown(created.count("won")), self._shown(created.count()))

    def _shown(self, total: Total) -> Total:
        return total.non_additive(self.periods)


def _share(name: str, given: Any) -> Fraction:
    rate = _above_0(name, _fraction(name, given))
    if rate > 1:
        raise SalesMetricsError(f"{name} is {shown(given)}; a rate lies between 0 and 1")
    return rate


def step_product(rates: Any) -> Fraction:
    """The product of step rates that were given."""
    if isinstance(rates, (str, bytes)) or not isinstance(rates, Sequence) or not rates:
        raise SalesMetricsError(
            f"step_rates is {shown(rates)}; give those of the steps, [0.33, 1, 0.3]"
        )
    return prod((_share("step_rates", rate) for rate in rates), start=Fraction(1))


def size_of(given: Any, like: Total) -> Fraction:
    """The amount of a deal that was given, in major units."""
    if like.currency is None:
        raise SalesMetricsError("a deal size needs a currency; pass currency= for the table")
    return _above_0(
        "deal_size", Fraction(minor_units(given, like.currency), minor_units(1, like.currency))
    )


def _above_0(name: str, given: Fraction) -> Fraction:
    if given <= 0:
        raise SalesMetricsError(f"{name} is {float(given)}; it has to be above 0")
    return given


def _fraction(name: str, given: Any) -> Fraction:
    """The number that was written: a float is the decimal it prints as."""
    try:
        if isinstance(given, bool):
            raise TypeError
        if isinstance(given, Fraction) or (isinstance(given, str) and "/" in given):
            return Fraction(given)
        number = values.bounded(given)  # refuses 1e999999999, which would fill the memory
        if number is None:
            raise TypeError
        return Fraction(number)
    except (TypeError, ValueError, ZeroDivisionError):
        raise SalesMetricsError(f"{name} is {shown(given)}; give a plain number") from None


def given_share(name: str, given: Any) -> Fraction:
    """A share above 0 and up to 1 that was given, exact."""
    return _share(name, given)


def target_total(target: Any, like: Total, also: Sequence[Group] = ()) -> Total:
    """A target in major units, of each period, as a total beside one of the same money.

    One amount is that of the whole, which is no group's; a mapping, `{"ana": 100_000, ...}`, has
    each group's own, and `Targets` that of each group and period.  A group without one has no
    target, which is not a target of 0.  `also` are groups that other tables have.
    """
    if like.currency is None:
        raise SalesMetricsError("a target needs a currency; pass currency= where the table is made")
    if isinstance(target, Mapping) and not like.by:
        raise SalesMetricsError("a target for each group needs by=; for the whole give one amount")
    aims = target if isinstance(target, Targets) else Targets.given(target, like.by)
    named_groups = aims.groups(like.by)
    groups = tuple(like.groups)
    if not {*named_groups, *also} <= set(groups):
        groups = tuple(sorted({*groups, *named_groups, *also}, key=group_order))
    axes = Axes(like.periods, like.by, groups, non_additive=("period",))
    minor = [
        [_minor(aims.amount(like.by, group, one), like.currency) for group in groups]
        for one in axes.periods
    ]
    amounts = [[each or 0 for each in row] for row in minor]
    missing = [[int(each is None) for each in row] for row in minor]
    size = len(axes.periods) * len(groups)
    return Total(
        axes,
        Evidence(
            named("target"),
            "target",
            like.known_until,
            definition=combined("target"),
            zone=like.evidence.zone,
            ahead=True,
            source=(),
        ),
        "target",
        grid_by_cell(axes, amounts, sum(map(sum, amounts))),
        grid_by_cell(axes, 0, 0),
        currency=like.currency,
        excluded_rows={Reason("no_target_of_its_own"): grid_by_cell(axes, missing, size)}
        if any(map(any, missing))
        else {},
    )


def _minor(amount: Any, currency: str) -> int | None:
    """In minor units; None where there is none."""
    if amount is None:
        return None
    minor = minor_units(amount, currency)
    if minor < 0:
        raise SalesMetricsError(f"a target of {amount} is below 0; give what is to be reached")
    return minor


def periods_ended(periods: Sequence[Period], day: int) -> dict[int, Reason]:
    """The periods that ended by a day (since 1970-01-01), where nothing is left to come."""
    reason = Reason("period_ended")
    return {at: reason for at, one in enumerate(periods) if day_number(one.end) <= day}
