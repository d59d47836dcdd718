"""The forecast of a period put together: by group and in total, all from one joint model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
from ...results.estimate import Estimate, Fact, estimated_cell
from ...results.grid import group_order
from ...results.records import Contribution
from ...tables import Deals
from ...tables.deal_lives import FAR
from ...tables.grouping import By
from .learned import METHODS
from .period_model import LEFT_OUT, Past, PeriodModel, Unpriced, past_of, priced
from .standing_open import OpenDeals, day_of, open_deals_of
from .win_chances import notes_of

__all__ = ["Outlook"]

Target = Any  # one amount of the whole, or a mapping from groups
# Said once for a figure; what concerns deals is counted in `excluded`.
COUNTED = ("no_amount", "no_chance")


@dataclass(frozen=True, slots=True)
class Outlook:
    """Everything a forecast is made of, in minor units; read for the whole or for a group."""

    deals: Deals
    period: Period
    past: Past
    mine: OpenDeals
    model: PeriodModel
    won: Total  # won so far, by group
    wins: Any  # its window, which knows the group of every deal, for the deals not yet created
    kept: Any  # positions of the open deals that a filter leaves
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
        won = deals.during("closed_at", period, by=by).total("amount", where="won")
        wins = deals.during("closed_at", period, by=by)
        model = PeriodModel.of(past, mine, period, window)
        return cls(deals, period, past, mine, model, won, wins, kept, window)

    @property
    def unit(self) -> int:
        """Minor units in a major one."""
        assert self.deals.currency is not None
        return int(10 ** digits(self.deals.currency))

    @property
    def groups(self) -> tuple[tuple[Any, ...], ...]:
        """All groups that have open deals, wins or wins to come."""
        mine = {self.mine.labels[at] for at in self.mine.groups[self.kept].tolist()}
        coming = {label for label in self._source_groups() if label is not None}
        return tuple(sorted({*mine, *self.won.groups, *coming}, key=group_order))

    def open_of(self, group: tuple[Any, ...] | None) -> Any:
        """Positions of the open deals of a group, or of all."""
        if group is None:
            return self.kept
        place = self.mine.labels.index(group) if group in self.mine.labels else -1
        return self.kept[self.mine.groups[self.kept] == place]

    def sources_of(self, group: tuple[Any, ...] | None) -> Any:
        """Positions of the past deals that stand for a group's new ones."""
        labels = self._source_groups()
        there = [label is not None and (group is None or label == group) for label in labels]
        return np.flatnonzero(np.array(there, dtype=bool))

    def _source_groups(self) -> list[tuple[Any, ...] | None]:
        """The group of each deal that stands for new ones; None where a filter leaves it out.

        What came of owners who have left comes of others from now on, nobody knows of whom: their
        deals stand for those of no owner.
        """
        wins, source = self.wins, self.model.model.new.source
        labels, by = wins.axes.groups, wins.axes.by
        found: list[tuple[Any, ...] | None] = []
        gone = np.zeros(len(source), dtype=bool)
        if "owner" in by and wins.table.has("owner.ended_at"):
            gone = wins.table.times("owner.ended_at").days[source] <= self.past.lives.today
        for at, row in enumerate(source.tolist()):
            if wins.allowed is not None and not wins.allowed[row]:
                found.append(None)
                continue
            label = labels[0 if wins.groups is None else int(wins.groups[row])]
            if gone[at]:
                label = tuple(
                    None if name == "owner" else part for name, part in zip(by, label, strict=True)
                )
            found.append(label)
        return found

    def rows_of(self, group: tuple[Any, ...] | None) -> Any:
        """The deals of a group, closed ones too."""
        if group is None or self.wins.groups is None:
            return None if self.wins.allowed is None else np.flatnonzero(self.wins.allowed)
        labels = self.wins.axes.groups
        place = labels.index(group) if group in labels else -1
        mine = self.wins.groups == place
        return np.flatnonzero(mine if self.wins.allowed is None else mine & self.wins.allowed)

    def won_of(self, group: tuple[Any, ...] | None) -> tuple[Fraction, Cell | None]:
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
        return self._prices_none(np.arange(len(self.mine.rows)))

    def _prices_none(self, deals: Any) -> bool:
        there = self.model.span.until and len(deals)
        return bool(there and np.isnan(self.mine.amount[deals]).all())

    def distribution(
        self, group: tuple[Any, ...] | None, target: int | None
    ) -> BookingsDistribution:
        """Of a group or of the whole."""
        return self.model.model.distribution(
            won=float(self.won_of(group)[0]),
            target=target,
            deals=self.open_of(group),
            new_deals=self.sources_of(group),
        )

    def cell(self, axes: Axes, at: int, group: tuple[Any, ...] | None, target: int | None) -> Cell:
        """One figure: expected bookings, with its distribution and what it is made of."""
        found, unit = self.distribution(group, target), self.unit
        won, behind = self.won_of(group)
        deals = self.open_of(group)
        existing, new = Fraction(found.existing), Fraction(found.new)
        why = None if found.undefined is None else _reason(found.undefined)
        if self.prices_none:  # groups are read as the whole is: what they expect sums to it
            why = self.past.why_unpriced(len(self.mine.rows))
        expected = None if why is not None else (won + existing + new) / unit
        rate = self.past.run_rate(self.period, self.rows_of(group)).expected
        chance = None if target is None else found.chance(target)
        unknown = self._prices_none(deals)
        if unknown and target is not None and won < target:
            chance = None  # what the open deals may bring is not 0
        if not len(deals) and not won and not new and self.model.span.until:
            chance = None  # nobody knows of a group that has nothing yet
        # Of wins whose amounts nobody knows the forecast counts none, and does not say 0.
        untold = behind is not None and behind.exact is None and bool(behind.excluded)
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
            "run_rate": None if self._rate_untold(group) else _major(rate, unit),
            "open_deals": len(deals),
        }
        cell = estimated_cell(
            axes, at, 0 if group is None else axes.groups.index(group),
            None if expected is None else float(expected), len(deals), why,
            parts=parts,
            excluded={**({} if behind is None else behind.excluded), **self._left_out(deals)},
            assumed={**({} if behind is None else behind.assumed), **self._stand_ins(deals)},
            unfinished=self.model.span.until > 0,
        )  # fmt: skip
        return replace(cell, exact=expected)

    def _rate_untold(self, group: tuple[Any, ...] | None) -> bool:
        """Whether there were wins and no amount is known of any."""
        lives, rows = self.past.lives, self.rows_of(group)
        rows = slice(None) if rows is None else rows
        won = lives.outcome[rows] == 1
        return bool(won.any() and np.isnan(lives.amount[rows][won]).all())

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
        for flag in self.distribution(None, target).flags:
            if flag.code not in COUNTED:
                found.append(_flag(flag, self.unit))
        gaps = int(np.isnan(self.mine.amount[self.kept]).sum())
        if self.prices_none:
            found.append(self.past.why_unpriced(len(self.mine.rows)))
        elif gaps:
            found.append(Reason("unpriced_left_out", deals=gaps, open=len(self.kept)))
        apart = self._apart()
        if apart:
            found.append(Reason("amount_without_chance", amount=round(apart / self.unit)))
        return tuple(dict.fromkeys(found))

    def _apart(self) -> float:
        chances = self.model.chances
        if chances is None:
            return 0.0
        return float(np.nansum(self.mine.amount[self.kept][np.isnan(chances.won[self.kept])]))

    def contributions(self) -> Estimate:
        """What each open deal contributes: amount x chance, in the same joint model."""
        mine, model, unit = self.mine, self.model, self.unit
        each = tuple((mine.ids[at],) for at in self.kept.tolist())
        axes = Axes((self.period,), ("deal",), each, non_additive=("period", "deal"))
        cells, facts = [], []
        for place, at in enumerate(self.kept.tolist()):
            chance = np.nan if model.chances is None else model.chances.won[at]
            amount = mine.amount[at]
            worth = Fraction(float(model.model.contribution[at])) / unit
            known = not (np.isnan(chance) or np.isnan(amount)) or not model.span.until
            code = {"field": "amount"} if np.isnan(amount) else {}
            why = Reason("no_field" if code else "no_chance_known", **code)
            cell = estimated_cell(
                axes, 0, place, float(worth) if known else None, 1, why,
                parts={
                    "chance": None if np.isnan(chance) else float(chance),
                    "amount": None if np.isnan(amount) else float(amount / unit),
                },
            )  # fmt: skip
            cells.append(replace(cell, exact=worth if known else None))
            facts.append(self._facts(at))
        evidence = mine.evidence.put_together("contribution of deals")
        evidence = replace(evidence, what=named("contribution of deals"))
        return Estimate(
            axes, evidence, "money", (tuple(cells),), self.deals.currency, (tuple(facts),)
        )

    def _facts(self, at: int) -> Mapping[str, Fact]:
        mine, chances = self.mine, self.model.chances
        due = int(mine.due[at])
        return {
            "stage": mine.stage[at],
            "owner": mine.owner[at],
            "method": METHODS[0 if chances is None else int(chances.method[at])],
            "expected_close_at": None if due >= FAR else day_of(due),
        }

    def listed(self) -> Iterable[Contribution]:
        """Deals won so far, and open ones with what they contribute."""
        for one in self.won.records():
            worth = None if one.contribution is None else Fraction(one.contribution)
            yield replace(one, part="won", period=self.period.label, contribution=worth)
        for at in self.kept.tolist():
            due = int(self.mine.due[at])
            day: date | None = None if due >= FAR else day_of(due)
            worth = Fraction(float(self.model.model.contribution[at])) / self.unit
            group = self.mine.labels[int(self.mine.groups[at])]
            yield Contribution(
                "deals",
                self.mine.ids[at],
                int(self.mine.rows[at]),
                self.period.label,
                group,
                day,
                worth,
                None,
                "open",
            )


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
