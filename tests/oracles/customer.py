"""Oracles of the KPIs of customers, one customer at a time."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

from dateutil.relativedelta import relativedelta

from .cost import acquired
from .facts import Cut, Expected, Row, as_said, counted, divided, money, oracle, summed

YEAR = {
    "day": Fraction("365.25"),
    "week": Fraction(52),
    "month": Fraction(12),
    "quarter": Fraction(4),
    "year": Fraction(1),
}


NO_MONEY_YET = ("trialing", "incomplete")  # of the words that the worlds draw
GONE = ("canceled", "Unpaid")


def annual(row: Row) -> Fraction | None:
    amount, interval = money(row), row.get("interval")
    count, quantity = row.get("interval_count", 1), row.get("quantity", 1)
    if amount is None or interval is None or count is None or quantity is None:
        return None
    return amount * quantity * YEAR[interval] / count


def ended(cut: Cut, row: Row) -> date | None:
    """The first day not covered; of what is over and has none, the day it was cancelled."""
    end = cut.world.day(row["ended_at"])
    if end is None and row.get("status") in GONE:
        return cut.world.day(row.get("cancelled_at"))
    return end


def endless(cut: Cut, row: Row) -> bool:
    """Over by its status, and nothing says since when."""
    return row.get("status") in GONE and ended(cut, row) is None


def pays(cut: Cut, row: Row) -> bool:
    """Makes a paying customer for as long as it runs."""
    start, end, amount = cut.world.day(row["started_at"]), ended(cut, row), annual(row)
    nothing = amount is not None and amount <= 0
    return (
        row.get("status") not in NO_MONEY_YET
        and not nothing
        and (end is None or (start is not None and end > start))
    )


def covers(cut: Cut, row: Row, instant: date) -> bool:
    """Whether the subscription covers the day before the instant."""
    start, end = cut.world.day(row["started_at"]), ended(cut, row)
    if start is None or (end is not None and end <= start):
        return False
    if row.get("status") in NO_MONEY_YET or endless(cut, row):
        return False
    return start < instant and (end is None or end >= instant)


class Lines:
    """Each customer of the group at the start and the end of a period, subscription by its own."""

    def __init__(self, cut: Cut, period: Any, active_for: int | None, deals: bool = True) -> None:
        self.cut, self.start, self.end = cut, period.start, period.end
        self.subscriptions: dict[str, list[Row]] = defaultdict(list)
        self.won: dict[str, list[date]] = defaultdict(list)
        day = cut.world.day
        self.left_out = self.never = 0
        edges = (self.start, self.end)
        for row in cut.rows("subscriptions"):
            undated = row["started_at"] is None
            as_if = row | {"started_at": date(1970, 1, 1)} if undated else row
            never = row.get("status") in NO_MONEY_YET
            if never and not undated and ended(cut, row) is not None:
                lasts = ended(cut, row) > day(row["started_at"])
            else:
                lasts = True
            if never:
                self.never += lasts and any(self.over(as_if, edge) for edge in edges)
            elif undated or row["customer"] is None:
                self.left_out += any(self.over(as_if, edge) for edge in edges)
            else:
                self.subscriptions[row["customer"]].append(row)
        if deals and active_for is not None:
            for row in cut.dated("deals", "closed_at"):
                if won_something(row) and row["customer"] is not None:
                    self.won[row["customer"]].append(day(row["closed_at"]))
        self.active_for = active_for
        self.customers = sorted({*self.subscriptions, *self.won})
        # Of whom nobody knows whether a subscription still ran, nothing is said.
        unsure = {w: [self.unsure(w, edge) for edge in edges] for w in self.customers}
        self.at_end = sum(self.active(w, self.end) for w in self.customers)
        self.unsure_at_end = self.left_out + sum(end for _, end in unsure.values())
        self.customers = [w for w in self.customers if not any(unsure[w])]
        self.unsure_ones = sum(any(both) for both in unsure.values())
        self.left_out += self.unsure_ones

    def over(self, row: Row, instant: date) -> bool:
        start, end = self.cut.world.day(row["started_at"]), ended(self.cut, row)
        return start < instant and (end is None or end >= instant)

    def unsure(self, who: str, instant: date) -> bool:
        day = self.cut.world.day
        rows = [row for row in self.begun(who) if endless(self.cut, row)]
        maybe = any(day(row["started_at"]) < instant for row in rows)
        return maybe and not self.active(who, instant)

    def begun(self, who: str) -> list[Row]:
        return [row for row in self.subscriptions[who] if pays(self.cut, row)]

    def active(self, who: str, instant: date) -> bool:
        if self.begun(who):
            return any(covers(self.cut, row, instant) for row in self.begun(who))
        span = timedelta(days=self.active_for or 0)
        return any(instant - span <= won < instant for won in self.won[who])

    def both(self) -> list[tuple[str, bool, bool]]:
        return [(w, self.active(w, self.start), self.active(w, self.end)) for w in self.customers]

    def amount(self, who: str, instant: date) -> list[Fraction | None]:
        rows, day = self.subscriptions[who], self.cut.world.day
        maybe = [r for r in self.begun(who)
                 if endless(self.cut, r) and day(r["started_at"]) < instant]  # fmt: skip
        return [annual(r) for r in rows if covers(self.cut, r, instant)] + [None for _ in maybe]

    def amounts(self, who: str) -> tuple[Fraction, Fraction] | None:
        """A year's amount at the start and the end; None where a part is not known."""
        ends = [self.amount(who, self.start), self.amount(who, self.end)]
        if any(one is None for end in ends for one in end):
            return None
        return sum(ends[0], Fraction(0)), sum(ends[1], Fraction(0))

    def before(self, who: str) -> bool:
        day = self.cut.world.day
        return any(day(row["started_at"]) < self.start for row in self.begun(who))


def won_something(row: Row) -> bool:
    """A won deal makes a customer, but for a return."""
    amount = money(row)
    return row["outcome"] == "won" and not (amount is not None and amount < 0)


@oracle
def new_customers(cut: Cut, period) -> Expected:
    rows = [r for r in cut.rows("customers")
            if cut.within(acquired(cut, r), period.start, period.end)]  # fmt: skip
    return counted(rows)


@oracle
def customer_referrals(cut: Cut, period) -> Expected:
    rows = [r for r in cut.rows("customers") if r["referred_by"] is not None
            and cut.within(acquired(cut, r), period.start, period.end)]  # fmt: skip
    return counted(rows)


@oracle
def referrals(cut: Cut, period) -> Expected:
    rows = cut.during("leads", "created_at", period.start, period.end)
    undated = [r for r in cut.undated("leads", "created_at") if r["referred_by"] is not None]
    return counted([r for r in rows if r["referred_by"] is not None], len(undated))


@oracle
def active_customers(cut: Cut, period, active_for_days) -> Expected:
    lines = Lines(cut, period, active_for_days)
    return counted([{} for _ in range(lines.at_end)], lines.unsure_at_end + lines.never)


@oracle
def customer_retention_rate(cut: Cut, period, active_for_days) -> Expected:
    lines = Lines(cut, period, active_for_days)
    there = [(start, end) for _, start, end in lines.both() if start]
    kept = counted([{} for _, end in there if end])
    return divided(kept, counted([{} for _ in there]), lines.left_out + lines.never)


@oracle
def customer_churn_rate(cut: Cut, period, active_for_days) -> Expected:
    lines = Lines(cut, period, active_for_days)
    there = [(start, end) for _, start, end in lines.both() if start]
    gone = counted([{} for _, end in there if not end])
    return divided(gone, counted([{} for _ in there]), lines.left_out + lines.never)


def standing_amounts(cut: Cut, period: Any) -> tuple[list[Fraction | None], int, int]:
    """A year's amounts of what stands at the end, how many rows may have stood besides, and how
    many were never paid."""
    world, day = cut.world, cut.world.day
    now_known = world.recorded is not None and world.known >= world.recorded
    reached = now_known and world.recorded < period.end
    amounts, unknown, never = [], 0, 0
    for row in cut.rows("subscriptions"):
        start, end = day(row["started_at"]), ended(cut, row)
        there = end is None or end >= period.end
        out = row.get("status") in NO_MONEY_YET
        if out or endless(cut, row):
            stands = end is None and reached
            if start is not None:
                stands = start < period.end and there and (end is None or end >= start)
            never, unknown = never + (stands and out), unknown + (stands and not out)
        elif start is None:
            if end is None and reached:
                amounts.append(annual(row))
            elif there:
                unknown += 1
        elif start < period.end and there and (end is None or end >= start):
            amounts.append(annual(row))
    return amounts, unknown, never


@oracle
def arr(cut: Cut, period) -> Expected:
    amounts, unknown, never = standing_amounts(cut, period)
    return with_never(summed(amounts, unknown), never)


def with_never(found: Expected, never: int) -> Expected:
    """With rows for which nothing was ever paid: they are left out, and are worth nothing."""
    return replace(found, excluded=found.excluded + never)


@oracle
def mrr(cut: Cut, period) -> Expected:
    amounts, unknown, never = standing_amounts(cut, period)
    return with_never(summed([None if a is None else a / 12 for a in amounts], unknown), never)


def priced(lines: Lines, which: Any) -> tuple[list[tuple[Fraction, Fraction]], int]:
    """A month's amounts at both ends of the customers of a kind, and how many are not known."""
    rows = [lines.amounts(who) for who, start, end in lines.both() if which(who, start, end)]
    known = [(old / 12, new / 12) for old, new in (row for row in rows if row is not None)]
    return known, len(rows) - len(known)


def total(amounts: list[Fraction], unknown: int) -> Expected:
    return summed([*amounts, *[None] * unknown])


@oracle
def net_revenue_retention(cut: Cut, period) -> Expected:
    lines = Lines(cut, period, None, deals=False)
    known, unknown = priced(lines, lambda who, start, end: start)
    out = unknown + lines.left_out
    return divided(
        total([new for _, new in known], out),
        total([old for old, _ in known], out),
        out + lines.never,
    )


@oracle
def gross_revenue_retention(cut: Cut, period) -> Expected:
    lines = Lines(cut, period, None, deals=False)
    known, unknown = priced(lines, lambda who, start, end: start)
    out = unknown + lines.left_out
    kept = [
        min(old, new)
        for (old, new), stays in zip(
            known,
            [end for who, start, end in lines.both() if start and lines.amounts(who) is not None],
            strict=True,
        )
        if stays
    ]
    left = len(known) - len(kept)
    return divided(
        total([*kept, *[Fraction(0)] * left], out),
        total([old for old, _ in known], out),
        out + lines.never,
    )


@oracle
def revenue_per_account(cut: Cut, period, active_for_days, revenue="recurring") -> Expected:
    if revenue == "recurring":
        lines = Lines(cut, period, None, deals=False)
        known, unknown = priced(lines, lambda who, start, end: end)
        out = unknown + lines.left_out
        each = total([new for _, new in known], out)
        return divided(each, counted([{} for _ in known]), out + lines.never)
    lines = Lines(cut, period, active_for_days)
    won = [r for r in cut.during("deals", "closed_at", period.start, period.end)
           if r["outcome"] == "won"]  # fmt: skip
    amount = summed([money(row) for row in won])
    active = counted([{} for _ in range(lines.at_end)])
    return divided(amount, active, amount.excluded + lines.unsure_at_end + lines.never)


@oracle
def repeat_purchase_rate(cut: Cut, period, variant="again") -> Expected:
    days: dict[str, set[date]] = defaultdict(set)
    nobody = 0
    for row in cut.rows("revenues"):
        day, amount = cut.world.day(row["booked_at"]), money(row)
        if day is None or (amount is not None and amount <= 0):
            continue
        if row["customer"] is None:
            nobody += day < period.end
        else:
            days[row["customer"]].add(day)
    before = {who for who, bought in days.items() if min(bought) < period.start}
    again = {who for who in before if any(period.start <= d < period.end for d in days[who])}
    if variant == "ever":
        upto = {who: [d for d in bought if d < period.end] for who, bought in days.items()}
        before = {who for who, bought in upto.items() if bought}
        again = {who for who in before if len(upto[who]) > 1}
    part, whole = counted([{} for _ in again]), counted([{} for _ in before])
    return divided(part, whole, nobody)


@oracle
def revenue(cut: Cut, period) -> Expected:
    rows = cut.during("revenues", "booked_at", period.start, period.end)
    return summed([money(row) for row in rows], len(cut.undated("revenues", "booked_at")))


@oracle
def revenue_concentration(cut: Cut, period, top=5) -> Expected:
    rows = cut.during("revenues", "booked_at", period.start, period.end)
    named = [row for row in rows if row["customer"] is not None]
    # Without a customer a record is no part of it, on whatever day it was.
    undated = [row for row in cut.undated("revenues", "booked_at") if row["customer"] is not None]
    known = summed([money(row) for row in named])
    each: dict[str, Fraction] = {}
    for row in named:
        each[row["customer"]] = each.get(row["customer"], Fraction(0)) + (money(row) or 0)
    ordered = sorted((amount for amount in each.values() if amount > 0), reverse=True)
    above = sum(each.values()) > 0  # of 0 or less in all nothing is a share
    share = sum(ordered[:top], Fraction(0)) / sum(ordered) if above else None
    out = known.excluded + len(rows) - len(named) + len(undated)
    return Expected(share, known.n, share, None, out)


@oracle
def repeat_revenue_share(cut: Cut, period) -> Expected:
    """A record is of an existing customer where one above 0 of the whole company is earlier."""
    world = cut.world
    when = world.day if world.tz is None else world.instant

    def again(row: Row) -> bool:
        return any(
            other["customer"] == row["customer"]
            and (other["amount"] is None or other["amount"] > 0)
            and other["booked_at"] is not None
            and (row["booked_at"] is None or when(other["booked_at"]) < when(row["booked_at"]))
            for other in world.rows("revenues")
        )

    rows = cut.during("revenues", "booked_at", period.start, period.end)
    named = [row for row in rows if row["customer"] is not None]
    # Without a customer a record is no part of it, on whatever day it was.
    undated = [row for row in cut.undated("revenues", "booked_at") if row["customer"] is not None]
    whole = summed([money(row) for row in named], len(undated))
    # A record without a day is taken as later than those that have one, as a won deal is.
    part = summed([money(row) for row in named if again(row)], sum(map(again, undated)))
    return divided(part, whole, whole.excluded + len(rows) - len(named))


@oracle
def revenue_growth(cut: Cut, period, against="previous") -> Expected:
    from .lead import BEFORE

    if against == "previous":
        start, end = BEFORE[period.label]
    else:
        start, end = (edge - relativedelta(years=1) for edge in (period.start, period.end))
    now, then = revenue(cut, period), revenue(cut, Month(start, end))
    if now.exact is None or then.exact is None or then.exact <= 0:
        return Expected(None, then.n)
    return Expected((now.exact - then.exact) / then.exact, then.n)


def existing(cut: Cut, row: Row) -> bool:
    """Whether the customer had a won close before this one."""
    when = cut.world.instant if cut.world.tz else cut.world.day
    mine = when(row["closed_at"])
    return any(
        won_something(other)
        and other.get("removed_at") is None
        and other["customer"] == row["customer"]
        and when(other["closed_at"]) < mine
        for other in cut.world.rows("deals")
    )


def sold(cut: Cut, period: Any) -> tuple[list[Row], int]:
    won = [r for r in cut.during("deals", "closed_at", period.start, period.end)
           if r["outcome"] == "won"]  # fmt: skip
    named = [row for row in won if row["customer"] is not None]
    return named, len(won) - len(named)


def of_existing(cut: Cut, period: Any, *kinds: str) -> Expected:
    named, nobody = sold(cut, period)
    rows = [row for row in named if existing(cut, row)]
    whole = summed([money(row) for row in rows])
    part = summed([money(row) for row in rows if row["type"] in kinds])
    told = as_said(replace(part, excluded=0), rows, "type")
    return divided(told, whole, whole.excluded + nobody + told.excluded)


@oracle
def upsell_share(cut: Cut, period, with_cross_sell=False) -> Expected:
    return of_existing(cut, period, "upsell", *["cross_sell"] * with_cross_sell)


@oracle
def cross_sell_share(cut: Cut, period) -> Expected:
    return of_existing(cut, period, "cross_sell")


@oracle
def existing_revenue_share(cut: Cut, period) -> Expected:
    named, nobody = sold(cut, period)
    whole = summed([money(row) for row in named])
    part = summed([money(row) for row in named if existing(cut, row)])
    return divided(part, whole, whole.excluded + nobody)


def moved(lines: Lines) -> dict[str, Expected]:
    """Gains and losses of a month, by kind."""

    def of(which: Any, what: Any, stood: bool = False) -> Expected:
        known, unknown = priced(lines, which)
        # Of whom nothing is sure: they may have stood, but are none of those who moved.
        out = unknown + lines.left_out - (0 if stood else lines.unsure_ones)
        return total([what(*row) for row in known], out)

    old, new = (lambda a, b: a), (lambda a, b: b)
    return {
        "opening": of(lambda w, s, e: s, old, True),
        "new": of(lambda w, s, e: e and not s and not lines.before(w), new),
        "reactivation": of(lambda w, s, e: e and not s and lines.before(w), new),
        "expansion": of(lambda w, s, e: s and e, lambda a, b: max(b - a, 0)),
        "contraction": of(lambda w, s, e: s and e, lambda a, b: max(a - b, 0)),
        "churn": of(lambda w, s, e: s and not e, old),
        "closing": of(lambda w, s, e: e, new, True),
    }


@oracle
def quick_ratio(cut: Cut, period) -> Expected:
    lines = Lines(cut, period, None, deals=False)
    grown = [b if not s else b - a for (a, b), s in known_with_start(lines) if not s or b > a]
    shrunk = [a if not e else a - b for (a, b), e in known_with_end(lines) if not e or b < a]
    # Of a customer at both ends whose amounts are not known it is not known which way it went:
    # it is left out above and below.
    gone = sum(lines.amounts(w) is None for w, s, e in lines.both() if s)
    won = sum(lines.amounts(w) is None for w, s, e in lines.both() if e)
    rows = lines.left_out - lines.unsure_ones
    top, bottom = total(grown, won + rows), total(shrunk, gone + rows)
    return divided(top, bottom, max(won, gone) + lines.left_out + lines.never)


def known_with_start(lines: Lines) -> list[tuple[tuple[Fraction, Fraction], bool]]:
    found = [(lines.amounts(w), s) for w, s, e in lines.both() if e]
    return [((a[0] / 12, a[1] / 12), s) for a, s in found if a is not None]


def known_with_end(lines: Lines) -> list[tuple[tuple[Fraction, Fraction], bool]]:
    found = [(lines.amounts(w), e) for w, s, e in lines.both() if s]
    return [((a[0] / 12, a[1] / 12), e) for a, e in found if a is not None]


@oracle
def mrr_movements(cut: Cut, period) -> Expected:
    lines = Lines(cut, period, None, deals=False)
    known, unknown = priced(lines, lambda w, s, e: s or e)
    out = unknown + lines.left_out
    change = total([new - old for old, new in known], out)
    return Expected(change.exact, change.n, change.exact, None, out + lines.never)


@oracle
def customer_lifetime_value(cut: Cut, period, margin) -> Expected:
    before = [r for r in cut.rows("revenues")
              if cut.within(r["booked_at"], date(1970, 1, 1), period.end)]  # fmt: skip
    day, world = cut.world.day, cut.world
    now_known = world.recorded is not None and world.known >= world.recorded
    reached = now_known and world.recorded < period.end
    undated = cut.undated("revenues", "booked_at")
    if reached:  # a record without a date is there by now
        before, undated = before + undated, []
    named = [row for row in before if row["customer"] is not None]
    undated = [row for row in undated if row["customer"] is not None]
    who = {row["customer"] for row in named if row["booked_at"] is not None
           and (money(row) is None or money(row) > 0)}  # fmt: skip
    won = [row for row in cut.dated("deals", "closed_at") if row["outcome"] == "won"]
    won = [row for row in won if won_something(row)]
    who |= {row["customer"] for row in won if row["customer"] is not None
            and day(row["closed_at"]) < period.end}  # fmt: skip
    income = summed([money(row) for row in named], len(undated))
    earned = summed([None if money(r) is None else money(r) * Fraction(margin) for r in named],
                    len(undated))  # fmt: skip
    nobody = len(before) - len(named)
    return divided(earned, counted([{} for _ in who]), income.excluded + nobody)


def own_share(cut: Cut, mine: Expected, of_all: Expected) -> Expected:
    undefined = mine.exact is None or not of_all.exact or of_all.exact < 0
    exact = None if undefined else Fraction(mine.exact) / Fraction(of_all.exact)
    return Expected(exact, of_all.n, mine.exact, of_all.exact, max(mine.excluded, of_all.excluded))


def won_amounts(rows: list[Row], cut: Cut, period: Any) -> Expected:
    return summed([money(row) for row in rows if row["outcome"] == "won"
                   and row.get("removed_at") is None
                   and cut.within(row["closed_at"], period.start, period.end)])  # fmt: skip


@oracle
def segment_contribution(cut: Cut, period) -> Expected:
    mine = won_amounts(cut.dated("deals", "closed_at"), cut, period)
    return own_share(cut, mine, won_amounts(cut.world.rows("deals"), cut, period))


@oracle
def segment_revenue_share(cut: Cut, period) -> Expected:
    def revenue(rows: list[Row]) -> Expected:
        dated = [r for r in rows if cut.within(r["booked_at"], period.start, period.end)]
        return summed([money(row) for row in dated], sum(r["booked_at"] is None for r in rows))

    return own_share(cut, revenue(cut.rows("revenues")), revenue(cut.world.rows("revenues")))


def margin_of(cut: Cut, deals: list[Row], costs: list[Row], period: Any) -> Expected:
    won = won_amounts(deals, cut, period)
    dated = [r for r in costs if cut.within(r["spent_at"], period.start, period.end)]
    spent = summed([money(row) for row in dated], sum(r["spent_at"] is None for r in costs))
    out = won.excluded + spent.excluded
    known = won.n > 0 or not out
    left = Fraction(won.exact or 0) - Fraction(spent.exact or 0)
    return Expected(left if known else None, won.n, left if known else None, None, out)


@oracle
def segment_margin(cut: Cut, period) -> Expected:
    mine = margin_of(cut, cut.dated("deals", "closed_at"), cut.rows("costs"), period)
    world = cut.world
    return own_share(cut, mine, margin_of(cut, world.rows("deals"), world.rows("costs"), period))


@dataclass
class Ended:
    """Contracts that ended in a period: what each came to, and what of it went on."""

    due: list[Fraction | None]
    kept: list[Fraction | None]
    renewed: list[Fraction | None]
    lapsed: list[Row]
    beside: int = 0


def contracts_ended(cut: Cut, period: Any, early_days: int, grace_days: int) -> Ended:
    """Contract by contract; who renews whom is looked for among all contracts."""
    day, world = cut.world.day, cut.world
    rows = world.rows("subscriptions")
    order = {row["id"]: at for at, row in enumerate(rows)}
    ends = [r for r in rows if r["started_at"] is not None and ended(cut, r) is not None
            and pays(cut, r)]  # fmt: skip
    after: dict[str, list[Row]] = {row["id"]: [] for row in rows}
    for row in rows:
        if row["renewal_of"] in after and row["started_at"] is not None and pays(cut, row):
            after[row["renewal_of"]].append(row)
    free = [r for r in rows if r["started_at"] is not None and r["renewal_of"] is None
            and pays(cut, r)]  # fmt: skip
    free.sort(key=lambda r: (day(r["started_at"]), order[r["id"]]))
    for row in sorted(ends, key=lambda r: (ended(cut, r), day(r["started_at"]), order[r["id"]])):
        if after[row["id"]] or row["customer"] is None:
            continue
        for other in free:
            late = (day(other["started_at"]) - ended(cut, row)).days
            same = (other["customer"], other["product"]) == (row["customer"], row["product"])
            if (
                same
                and -early_days <= late <= grace_days
                and day(other["started_at"]) > day(row["started_at"])
            ):
                after[row["id"]] = [other]
                free.remove(other)
                break
    found = Ended([], [], [], [])
    for row in cut.rows("subscriptions"):
        if row not in ends:
            continue
        end = ended(cut, row)
        if not period.start <= end - timedelta(days=1) < period.end:
            continue
        itself = (
            row["auto_renew"] and not after[row["id"]] and end - timedelta(days=1) <= world.whole
        )
        if after[row["id"]] or itself:
            next_ = [annual(r) for r in (after[row["id"]] or [row])]
            new = None if None in [annual(row), *next_] else sum(next_, Fraction(0))
            found.due.append(annual(row) if new is not None else None)
            found.renewed.append(new)
            found.kept.append(None if new is None else min(new, annual(row)))
        elif row["customer"] is None or end + timedelta(days=grace_days) > world.whole:
            found.beside += 1
        else:
            found.due.append(annual(row))
            found.lapsed.append(row)
    return found


@oracle
def renewal_rate(cut: Cut, period, retained="count", early_days=90, grace_days=30) -> Expected:
    found = contracts_ended(cut, period, early_days, grace_days)
    if retained == "count":
        every = counted([{} for _ in found.due])
        return divided(counted([{} for _ in found.renewed]), every, found.beside)
    whole = summed(found.due)
    part = summed(found.kept if retained == "gross" else found.renewed)
    return divided(part, whole, whole.excluded + found.beside)


@oracle
def contract_churn_rate(cut: Cut, period, of="count", early_days=90, grace_days=30) -> Expected:
    found = contracts_ended(cut, period, early_days, grace_days)
    if of == "count":
        return divided(counted(found.lapsed), counted([{} for _ in found.due]), found.beside)
    whole = summed(found.due)
    part = summed([annual(row) for row in found.lapsed])
    return divided(part, whole, whole.excluded + found.beside)


@oracle
def churn_reasons(cut: Cut, period, of="count", early_days=90, grace_days=30) -> Expected:
    lapsed = contracts_ended(cut, period, early_days, grace_days).lapsed
    return counted(lapsed) if of == "count" else summed([annual(row) for row in lapsed])


@dataclass(frozen=True)
class Month:
    start: date
    end: date


@oracle
def simple_lifetime_value(cut: Cut, period, margin, active_for_days) -> Expected:
    each = revenue_per_account(cut, period, active_for_days)
    ends = [period.end - relativedelta(months=back) for back in range(6, -1, -1)]
    gone, there = 0, 0
    for start, end in pairwise(ends):
        for _, at_start, at_end in Lines(cut, Month(start, end), active_for_days).both():
            there += at_start
            gone += at_start and not at_end
    if each.exact is None or not gone:
        return Expected(None, 0)
    return Expected(Fraction(each.exact) * Fraction(margin) * there / gone, 0)
