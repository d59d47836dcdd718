"""The forecast of a period put together: by group and in total, all from one joint model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np

from ...forecast.bookings import BookingsDistribution
from ...forecast.undefined import Flag, Undefined
from ...money import digits
from ...periods import Period
from ...reasons import Reason, named, reason_told
from ...results import Axes, Cell, Total
from ...results.estimate import Estimate, Fact, estimated_cell, float_or_none
from ...results.grid import group_order
from ...results.records import Contribution
from ...tables import Deals
from ...tables.deal_lives import FAR
from ...tables.grouping import By, allowed_rows
from ...tables.verbs import During
from .category_yields import category_yields
from .learned import METHODS
from .period_model import LEFT_OUT, Past, PeriodModel, Unpriced, past_of, priced
from .standing_open import OpenDeals, day_of, open_deals_of
from .win_chances import notes_of

__all__ = ["Outlook"]

Group = tuple[Any, ...]
Target = Any  # one amount of the whole, or a mapping from groups
# Said once for a figure; what concerns deals is counted in `excluded`.
COUNTED = ("no_amount", "no_chance")


@dataclass(frozen=True, slots=True)
class _Members:
    """Rows or positions of them: all, and those of each group."""

    every: Any
    each: Mapping[Group, Any]

    @classmethod
    def by(cls, labels: Sequence[Group], codes: Any, every: Any) -> _Members:
        """Put apart by their codes, in their order."""
        ends = np.cumsum(np.bincount(codes, minlength=len(labels)))
        parts = np.split(every[np.argsort(codes, kind="stable")], ends[:-1])
        return cls(
            every, {group: part for group, part in zip(labels, parts, strict=False) if len(part)}
        )

    def of(self, group: Group | None) -> Any:
        """Those of a group, or all."""
        return self.every if group is None else self.each.get(group, self.every[:0])


@dataclass(frozen=True, slots=True)
class Outlook:
    """Everything a forecast is made of, in minor units; read for the whole or for a group."""

    deals: Deals
    period: Period
    past: Past
    mine: OpenDeals
    model: PeriodModel
    won: Total  # won so far, by group
    # What a filter leaves, all and by group:
    open: _Members  # positions of the open deals
    sources: _Members  # positions of the past deals that stand for new ones
    wins: _Members  # rows of the deals won, then and now
    window: int | None

    @classmethod
    def of(
        cls,
        deals: Deals,
        period: Period,
        by: By,
        window: int | None,
        unpriced: Unpriced = LEFT_OUT,
    ) -> Outlook:
        """Of one period, as the deals are known."""
        # The model is that of the whole company: a filter reads it as a group does.
        past, mine = past_of(deals.unfiltered), open_deals_of(deals.unfiltered, by)
        mine = priced(mine, past, deals.unfiltered, unpriced)
        asked = open_deals_of(deals, by) if deals.condition else mine
        kept = np.flatnonzero(np.isin(mine.rows, asked.rows))
        closed = deals.during("closed_at", period, by=by)
        model = PeriodModel.of(past, mine, period, window)
        groups = np.zeros(deals.size, np.int64) if closed.groups is None else closed.groups
        allowed, source, wins = closed.allowed, model.model.new.source, past.wins
        fresh = np.flatnonzero(_asked_to_come(closed, source, past.lives.today))
        wins = wins if allowed is None else wins[allowed[wins]]
        labels = closed.axes.groups
        return cls(
            deals, period, past, mine, model, closed.total("amount", where="won"),
            _Members.by(mine.labels, mine.groups[kept], kept),
            _Members.by(*_to_come(closed, groups, source[fresh], past.lives.today), fresh),
            _Members.by(labels, groups[wins], wins),
            window,
        )  # fmt: skip

    @property
    def unit(self) -> int:
        """Minor units in a major one."""
        assert self.deals.currency is not None
        return int(10 ** digits(self.deals.currency))

    @property
    def groups(self) -> tuple[tuple[Any, ...], ...]:
        """All groups that have open deals, wins or wins to come."""
        return tuple(
            sorted({*self.open.each, *self.won.groups, *self.sources.each}, key=group_order)
        )

    def won_of(self, group: Group | None) -> tuple[Fraction, Cell | None]:
        """(won so far in minor units, the cell that says so)."""
        total = self.won
        for name in total.by if group is None else ():
            total = total.over(name)
        if group is not None and group not in total.groups:
            return Fraction(0), None
        cell = total.cell(0, 0 if group is None else total.groups.index(group))
        return Fraction(cell.exact or 0) * self.unit, cell

    @property
    def prices_none(self) -> bool:
        """Whether no open deal of the company has an amount: what they bring is not 0."""
        return self._prices_none(self.mine.amount)

    def _prices_none(self, amounts: Any) -> bool:
        return bool(self.model.span.until and len(amounts) and np.isnan(amounts).all())

    def distribution(self, group: Group | None, target: int | None) -> BookingsDistribution:
        """Of a group or of the whole."""
        return self._distribution(group, target, self.won_of(group)[0])

    def _distribution(
        self, group: Group | None, target: int | None, won: Fraction
    ) -> BookingsDistribution:
        return self.model.model.distribution(
            won=float(won),
            target=target,
            deals=self.open.of(group),
            new_deals=self.sources.of(group),
        )

    def cell(self, axes: Axes, at: int, group: Group | None, target: int | None) -> Cell:
        """One figure: expected bookings, with its distribution and what it is made of."""
        won, behind = self.won_of(group)
        found, unit = self._distribution(group, target, won), self.unit
        deals = self.open.of(group)
        existing, new = Fraction(found.existing), Fraction(found.new)
        why = None if found.undefined is None else _reason(found.undefined)
        if self.prices_none:  # groups are read as the whole is: what they expect sums to it
            why = self.past.why_unpriced(len(self.mine.rows))
        # Of wins whose amounts nobody knows the forecast counts none, and does not say 0.
        untold = behind is not None and behind.exact is None and bool(behind.excluded)
        if untold and behind is not None and not self.model.span.until:  # it is all that came
            why = behind.why
        expected = None if why is not None else (won + existing + new) / unit
        wins = self.wins.of(group)
        rate = self.past.run_rate(self.period, wins).expected
        chance = None if target is None else found.chance(target)
        unknown = self._prices_none(self.mine.amount[deals])
        if unknown and target is not None and won < target:
            chance = None  # what the open deals may bring is not 0
        if not len(deals) and not won and not new and self.model.span.until:
            chance = None  # nobody knows of a group that has nothing yet
        quantiles = {
            f"p{q}": None if why is not None else _major(found.quantile(q / 100), unit)
            for q in (10, 50, 90)
        }
        parts = {
            "expected": None if expected is None else float(expected),
            "won": None if untold else float(won / unit),
            "from_open": None if found.undefined or unknown else float(existing / unit),
            "from_new": None if found.undefined else float(new / unit),
            **quantiles,
            "target": None if target is None else float(Fraction(target, unit)),
            "target_chance": _major(chance, 1),
            "run_rate": None if self._untold(wins) else _major(rate, unit),
            "open_deals": len(deals),
        }
        return estimated_cell(
            axes, at, 0 if group is None else axes.groups.index(group),
            expected, len(deals), why,
            parts=parts,
            excluded={**({} if behind is None else behind.excluded), **self._left_out(deals)},
            assumed={**({} if behind is None else behind.assumed), **self._stand_ins(deals)},
            unfinished=self.model.span.until > 0,
        )  # fmt: skip

    def _untold(self, wins: Any) -> bool:
        """Whether there were wins and no amount is known of any."""
        return bool(len(wins) and np.isnan(self.past.lives.amount[wins]).all())

    def _stand_ins(self, deals: Any) -> dict[Reason, int]:
        count = int(self.mine.stands_in[deals].sum()) if self.model.span.until else 0
        return {Reason("amount_of_wins"): count} if count else {}

    def _left_out(self, deals: Any) -> dict[Reason, int]:
        if not self.model.span.until:
            return {}
        unpriced = np.isnan(self.mine.amount[deals])
        found = {Reason("no_field", field="amount"): int(unpriced.sum())}
        if self.model.chances is not None:
            without = np.isnan(self.model.chances.won[deals]) & ~unpriced
            found[Reason("no_chance_known")] = int(without.sum())
        return {why: count for why, count in found.items() if count}

    def notes(self, target: int | None) -> tuple[Reason, ...]:
        """What has to be said of the forecast."""
        if not self.model.span.until:
            return (Reason("period_over"),)
        learned = self.model.learned
        assert learned is not None
        found = list(notes_of(learned, self.past.lives.lacking, self.window))
        for flag in self.model.model.flags_beside(float(self.won_of(None)[0]), target):
            if flag.code not in COUNTED:
                found.append(_flag(flag, self.unit))
        gaps = int(np.isnan(self.mine.amount[self.open.every]).sum())
        if self.prices_none:
            found.append(self.past.why_unpriced(len(self.mine.rows)))
        elif gaps:
            found.append(Reason("unpriced_left_out", deals=gaps, open=len(self.open.every)))
        apart = self._apart()
        if apart:
            found.append(Reason("amount_without_chance", amount=round(apart / self.unit)))
        return tuple(dict.fromkeys(found))

    def _apart(self) -> float:
        chances = self.model.chances
        if chances is None:
            return 0.0
        return float(
            np.nansum(self.mine.amount[self.open.every][np.isnan(chances.won[self.open.every])])
        )

    def contributions(self) -> Estimate:
        """What each open deal contributes: amount x chance, in the same joint model."""
        mine, model, unit = self.mine, self.model, self.unit
        kept = self.open.every.tolist()
        each = tuple((name,) for name in mine.ids.take(kept).labels())
        axes = Axes((self.period,), ("deal",), each, non_additive=("period", "deal"))
        cells = []
        for place, at in enumerate(kept):
            chance = np.nan if model.chances is None else float(model.chances.won[at])
            amount = float(mine.amount[at])
            worth = Fraction(float(model.model.contribution[at])) / unit
            known = not (np.isnan(chance) or np.isnan(amount)) or not model.span.until
            code = {"field": "amount"} if np.isnan(amount) else {}
            why = None if known else Reason("no_field" if code else "no_chance_known", **code)
            cells.append(
                estimated_cell(
                    axes, 0, place, worth if known else None, 1, why,
                    parts={
                        "chance": float_or_none(chance), "amount": float_or_none(amount / unit),
                    },
                )
            )  # fmt: skip
        facts = tuple(self._facts(at) for at in kept)
        evidence = mine.evidence.put_together("contribution of deals")
        evidence = replace(evidence, what=named("contribution of deals"))
        return Estimate(axes, evidence, "money", (tuple(cells),), self.deals.currency, (facts,))

    def categories(self) -> Estimate:
        """What is due in each forecast category, and what of it is expected by its own yield."""
        kept = np.zeros(len(self.mine.rows), dtype=bool)
        kept[self.open.every] = True
        mine = replace(self.mine, amount=self.mine.amount[kept], due=self.mine.due[kept],
                       rows=self.mine.rows[kept])  # fmt: skip
        earlier = [one for one in self.model.span.earlier if one[0] >= self.past.first]
        return category_yields(self.deals, self.period, mine, earlier, self.unit)

    def _facts(self, at: int) -> Mapping[str, Fact]:
        mine, chances = self.mine, self.model.chances
        due = int(mine.due[at])
        return {
            "stage": mine.name("stage", at),
            "owner": mine.name("owner", at),
            "method": METHODS[0 if chances is None else int(chances.method[at])],
            "expected_close_at": None if due >= FAR else day_of(due),
        }

    def listed(self) -> Iterable[Contribution]:
        """Deals won so far, and open ones with what they contribute."""
        for one in self.won.records():
            worth = None if one.contribution is None else Fraction(one.contribution)
            yield replace(one, part="won", period=self.period.label, contribution=worth)
        ids = self.mine.ids.labels()
        for at in self.open.every.tolist():
            due = int(self.mine.due[at])
            day: date | None = None if due >= FAR else day_of(due)
            worth = Fraction(float(self.model.model.contribution[at])) / self.unit
            group = self.mine.labels[int(self.mine.groups[at])]
            yield Contribution(
                "deals",
                ids[at],
                int(self.mine.rows[at]),
                self.period.label,
                group,
                day,
                worth,
                None,
                "open",
            )


def _to_come(closed: During, groups: Any, source: Any, today: int) -> tuple[tuple[Group, ...], Any]:
    """Groups, and whose wins to come each deal stands for that stands for new ones.

    What came of owners who have left comes of others from now on, nobody knows of whom: their
    deals stand for those of no owner.
    """
    by, labels, codes = closed.axes.by, closed.axes.groups, groups[source]
    if "owner" not in by:
        return labels, codes
    at = by.index("owner")
    nobodys = [(*label[:at], None, *label[at + 1 :]) for label in labels]
    place = {label: code for code, label in enumerate(dict.fromkeys((*labels, *nobodys)))}
    to = np.array([place[group] for group in nobodys], dtype=np.int64)
    return tuple(place), np.where(_of_leavers(closed, source, today), to[codes], codes)


def _asked_to_come(closed: During, source: Any, today: int) -> Any:
    """Which of these deals a filter leaves; those that stand for no owner's are of no owner."""
    table = closed.table
    asked = dict(table.condition)
    allowed = np.ones(len(source), bool) if closed.allowed is None else closed.allowed[source]
    if "owner" not in asked:
        return allowed
    labels = asked.pop("owner")
    rest = allowed_rows(replace(table, condition=tuple(asked.items())))
    nobodys = (rest is None or rest[source]) & np.full(len(source), None in labels)
    return np.where(_of_leavers(closed, source, today), nobodys, allowed)


def _of_leavers(closed: During, source: Any, today: int) -> Any:
    """Whether the owner of each of these deals has left."""
    if not closed.table.has("owner.ended_at"):
        return np.zeros(len(source), dtype=bool)
    return closed.table.times("owner.ended_at").days[source] <= today


def _major(value: float | Undefined | None, unit: int) -> float | None:
    return None if value is None or isinstance(value, Undefined) else float(value) / unit


def _reason(why: Undefined) -> Reason:
    return reason_told(why.code, why.params)


def _flag(flag: Flag, unit: int) -> Reason:
    """A flag with its amounts in major units."""
    money = ("amount", "won", "target") if flag.code in MONEY else ()
    params = {
        name: round(value / unit) if name in money and not isinstance(value, str) else value
        for name, value in flag.params.items()
    }
    if flag.code == "without_new_deals":
        params["why"] = reason_told(str(params["why"]), {})
    return reason_told(flag.code, params)


MONEY = ("one_deal_decides", "target_reached", "target_not_positive")
