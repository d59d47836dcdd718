"""What a period will bring, as one joint model: open deals, deals not yet created, its width."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ...days import day_number
from ...errors import PeriodError
from ...forecast.arrays import in_any_order
from ...forecast.bookings import BookingsModel, bookings_model
from ...forecast.common_factor import PRIOR, overdispersion
from ...forecast.new_deals import NewDeals, past_new_deals
from ...forecast.run_rate import RunRate, run_rate
from ...forecast.spells import Spells
from ...kpi import Choices
from ...periods import Period
from ...reasons import Reason
from ...tables import Deals
from ...tables.deal_lives import FAR, DealLives, deal_lives
from .learned import Chances, Learned, learn, spells_of
from .standing_open import OpenDeals

__all__ = [
    "BY_WINS",
    "LEFT_OUT",
    "PRICED_BY_WINS",
    "Past",
    "PeriodModel",
    "SpanAhead",
    "Unpriced",
    "past_of",
    "priced",
]

Days = npt.NDArray[np.int64]
REPLAYED = 8  # periods of the past that say how wide a range has to be
ALIKE_DAYS = 7  # about the same day of a past period
LEAST_DAYS = 120  # of history before a day that is replayed
FEWEST = 5  # wins of a product whose mean stands in by itself
RECENT = 730  # days of wins that stand in for amounts
Unpriced = Literal["left_out", "mean_of_wins"]  # what is done with deals without an amount
LEFT_OUT: Unpriced = "left_out"
BY_WINS: Unpriced = "mean_of_wins"
LAG = 60  # days before the first close recorded from which new deals are watched


@dataclass(frozen=True, slots=True)
class SpanAhead:
    """A period seen from a day: days ahead until the eve of it, and until its last day."""

    before: int
    until: int
    length: int
    earlier: tuple[tuple[int, int], ...]  # the same of past periods: (day seen from, last day)

    @classmethod
    def of(cls, period: Period, today: int) -> SpanAhead:
        start, end = day_number(period.start), day_number(period.end)
        elapsed = today - start
        found, past = [], period
        for _ in range(REPLAYED):
            try:
                past = past.previous()
            except PeriodError:
                break
            found.append((day_number(past.start) + elapsed, day_number(past.end) - 1))
        usable = tuple((at, last) for at, last in found if at < last <= today)
        until = max(end - 1 - today, 0)
        return cls(min(max(start - 1 - today, 0), until), until, period.days, usable)


@dataclass(frozen=True, slots=True)
class Past:
    """Deals as the models take them; what is learned on a day is learned once."""

    lives: DealLives
    spells: Spells | None
    first: int  # the first day from which deals were recorded and closed
    kept: dict[Any, Any]

    def learned(self, day: int, window: int | None) -> Learned:
        """The models of what was known at the end of a day."""
        key = (day, window)
        if key not in self.kept:
            self.kept[key] = learn(self.lives, day, window=window, spells=self.spells)
        found: Learned = self.kept[key]
        return found

    def new_deals(self, day: int, span: SpanAhead, window: int | None) -> NewDeals:
        """Deals not yet created on a day that will be won in the span, from all such past days."""
        lives = self.lives
        mine = np.flatnonzero((lives.outcome >= 0) & (lives.created < FAR))
        won = np.where(lives.outcome[mine] == 1, lives.closed[mine], FAR)
        given: dict[str, Any] = {"first": self.first, "window": window}
        same = [at + np.arange(-ALIKE_DAYS, ALIKE_DAYS + 1) for at, last in span.earlier
                if last <= day and at - ALIKE_DAYS >= self.first]  # fmt: skip
        if len(same) >= REPLAYED // 2:
            given["origins"] = np.concatenate(same)
        found, lately = (
            past_new_deals(lives.created[mine], won, lives.amount[mine], day, ahead, **given)
            for ahead in (span.until, span.before)
        )
        found = replace(found, source=mine[found.source])
        # Of a period that has not begun: less what comes before it.
        sooner = np.zeros(len(lives.created))
        sooner[mine[lately.source]] = lately.rates
        return replace(found, rates=np.maximum(found.rates - sooner[found.source], 0))

    def wider(self, span: SpanAhead, window: int | None) -> float:
        """How many times more variance past forecasts showed than independent deals would."""
        expected, spread, actual = [], [], []
        lives = self.lives
        for day, last in span.earlier:
            if day - self.first < LEAST_DAYS:
                continue
            learned = self.learned(day, window)
            if learned.why is not None:
                continue
            rows = learned.open_deals()
            chance = np.nan_to_num(learned.chances(rows, last - day).won)
            worth = _filled(lives.worth[rows], lives.amount)
            ahead = SpanAhead(0, last - day, last - day, span.earlier)
            new = self.new_deals(day, ahead, window)
            expected.append(in_any_order(worth * chance) + new.expected)
            variance = in_any_order(worth**2 * chance * (1 - chance))
            variance += in_any_order(new.rates * new.amounts**2)
            spread.append(float(np.sqrt(variance)))
            inside = (lives.outcome == 1) & (lives.closed > day) & (lives.closed <= last)
            actual.append(float(np.nansum(lives.amount[inside])))
        return overdispersion(expected, spread, actual) if expected else PRIOR

    def why_unpriced(self, deals: int) -> Reason:
        """What to say where so many open deals are there and none has an amount."""
        if np.isnan(self.lives.amount).all():  # nor has any win, whose mean could stand in
            return Reason("no_amounts", deals=deals)
        return Reason("no_open_priced", deals=deals)

    @property
    def wins(self) -> Days:
        """The deals that were won."""
        return np.flatnonzero(self.lives.outcome == 1)

    def run_rate(self, period: Period, wins: Days | None = None) -> RunRate:
        """Bookings of the four spans of this length before the period, of some wins or of all."""
        lives, at = self.lives, self.wins if wins is None else wins
        eve = min(day_number(period.start) - 1, lives.today)
        return run_rate(lives.closed[at], lives.amount[at], eve, period.days, first=self.first)


@dataclass(frozen=True, slots=True)
class PeriodModel:
    """The joint model of one period and what it was made of; `chances` are of the open deals."""

    span: SpanAhead
    model: BookingsModel
    learned: Learned | None
    chances: Chances | None

    @classmethod
    def of(
        cls,
        past: Past,
        mine: OpenDeals,
        period: Period,
        window: int | None,
        wider: float | None = None,
    ) -> PeriodModel:
        """From what is known: the future of the deals that stand open, and of those to come.

        `wider` is how much wider than of independent deals the range has to be, where that is
        known already; else past periods are replayed for it.
        """
        rows = (mine.rows.tobytes(), mine.stands_in.tobytes())
        key = (period.start, period.end, window, wider, *rows)
        if key not in past.kept:
            past.kept[key] = cls._made(past, mine, period, window, wider)
        found: PeriodModel = past.kept[key]
        return found

    @classmethod
    def _made(
        cls, past: Past, mine: OpenDeals, period: Period, window: int | None, wider: float | None
    ) -> PeriodModel:
        today = past.lives.today
        span = SpanAhead.of(period, today)
        worth = np.maximum(mine.amount, 0)  # a credit that is still open brings nothing in
        if not span.until:
            nothing = bookings_model(worth, np.zeros(len(worth)), horizon=0)
            return cls(span, nothing, None, None)
        learned = past.learned(today, window)
        chances = learned.chances(mine.rows, span.until, mine.given)
        if span.before:
            chances = chances.between(learned.chances(mine.rows, span.before, mine.given))
        model = bookings_model(
            worth * np.where(mine.stands_in, 1.0, learned.kept_share(mine.rows)),
            chances.won,
            new=past.new_deals(today, span, window),
            horizon=span.until,
            wider=past.wider(span, window) if wider is None else wider,
            learned=learned.closed,
        )
        return cls(span, model, learned, chances)


def past_of(deals: Deals) -> Past:
    """The past of a table of deals, made once for all figures that are asked of it."""
    if "past" not in deals.kept:
        lives = deal_lives(deals)
        spells = spells_of(lives.stays, len(lives.outcome))
        deals.kept["past"] = Past(lives, spells, _first(lives), {})
    found: Past = deals.kept["past"]
    return found


def _first(lives: DealLives) -> int:
    mine = (lives.outcome >= 0) & (lives.created < FAR)
    created = lives.created[mine]
    closed = lives.closed[mine & (lives.outcome > 0)]
    begun = int(created.min()) if len(created) else lives.today
    return max(begun, int(closed.min()) - LAG) if len(closed) else begun


def priced(mine: OpenDeals, past: Past, deals: Deals, unpriced: Unpriced) -> OpenDeals:
    """The open deals, those without an amount left out of money or at the mean of past wins."""
    return _by_wins(mine, past, deals) if PRICED_BY_WINS[unpriced] else mine


PRICED_BY_WINS = Choices("unpriced", {LEFT_OUT: False, BY_WINS: True})


def _by_wins(mine: OpenDeals, past: Past, deals: Deals) -> OpenDeals:
    """Open deals without an amount at the mean of those won lately, of their product if enough.

    A company that prices deals at the close alone has no pipeline otherwise.
    """
    lives, gaps = past.lives, np.isnan(mine.amount)
    won = (lives.outcome == 1) & (lives.amount >= 0) & (lives.closed > lives.today - RECENT)
    wins = np.flatnonzero(won)
    if not gaps.any() or not len(wins):
        return mine
    mean = np.full(len(mine.rows), float(lives.amount[wins].mean()))
    if deals.has("product"):
        code = deals.codes("product").codes.astype(np.int64)
        count = np.bincount(code[wins], minlength=int(code.max(initial=0)) + 1)
        sums = np.bincount(code[wins], lives.amount[wins], minlength=len(count))
        own = np.where(count >= FEWEST, sums / np.maximum(count, 1), np.nan)[code[mine.rows]]
        mean = np.where(np.isnan(own), mean, own)
    return replace(mine, amount=np.where(gaps, np.rint(mean), mine.amount), stands_in=gaps)


def _filled(worth: npt.NDArray[np.float64], won: npt.NDArray[np.float64]) -> Any:
    """Where an amount is not known, the mean of those won."""
    known = won[~np.isnan(won)]
    return np.where(np.isnan(worth), known.mean() if len(known) else 0.0, np.maximum(worth, 0))
