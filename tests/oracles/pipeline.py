"""Oracles of the KPIs of deals, written from their definitions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction

from .facts import (
    Cut,
    Expected,
    Row,
    World,
    amount_now,
    counted,
    divided,
    money,
    oracle,
    spread,
    summed,
)

WON, DECIDED = {"won"}, {"won", "lost"}


def closed(cut: Cut, period: object, outcomes: set[str]) -> list[Row]:
    rows = cut.during("deals", "closed_at", period.start, period.end)  # type: ignore[attr-defined]
    return [row for row in rows if row["outcome"] in outcomes]


@oracle
def deals_created(cut: Cut, period) -> Expected:
    undated = cut.undated("deals", "created_at")
    return counted(cut.during("deals", "created_at", period.start, period.end), len(undated))


@oracle
def won_deals(cut: Cut, period) -> Expected:
    return counted(closed(cut, period, WON))


@oracle
def bookings(cut: Cut, period) -> Expected:
    return summed([money(row) for row in closed(cut, period, WON)])


@oracle
def win_rate(cut: Cut, period, of="count", losses="qualified", overdue=False) -> Expected:
    out = closed(cut, period, {"disqualified"})
    decided = closed(cut, period, DECIDED) + (out if losses == "all" else [])
    beside = len(out) if losses == "qualified" else 0
    if overdue:
        decided += [
            row
            for row in cut.during("deals", "expected_close_at", period.start, period.end)
            if row["outcome"] == "open"
            and cut.world.day(row["expected_close_at"]) <= cut.world.whole
        ]
    won = [row for row in decided if row["outcome"] == "won"]
    if of == "count":
        return divided(counted(won), counted(decided), beside)
    whole = summed([amount_now(row) for row in decided])
    return divided(summed([amount_now(row) for row in won]), whole, whole.excluded + beside)


@oracle
def close_rate(cut: Cut, period, of="count") -> Expected:
    every = cut.during("deals", "created_at", period.start, period.end)
    undated = cut.undated("deals", "created_at")
    created = [row for row in every if (cut.days(row["created_at"], row["closed_at"]) or 0) >= 0]
    out = len(every) - len(created)  # closed before they were created
    won = [row for row in created if row["outcome"] == "won"]
    still_open = sum(row["outcome"] == "open" for row in created)
    if of == "count":
        return divided(counted(won), counted(created), len(undated) + out, undecided=still_open)
    undated_won = sum(row["outcome"] == "won" for row in undated)
    whole = summed([amount_now(row) for row in created], len(undated))
    part = summed([amount_now(row) for row in won], undated_won)
    return divided(part, whole, whole.excluded + out, undecided=still_open)


@oracle
def average_deal_size(cut: Cut, period) -> Expected:
    won = closed(cut, period, WON)
    amounts = summed([money(row) for row in won])
    return divided(amounts, counted([r for r in won if money(r) is not None]), amounts.excluded)


@oracle
def sales_cycle(cut: Cut, period, start="created", outcome="won", unit="days") -> Expected:
    rows = closed(cut, period, {"won", "lost"} if outcome == "decided" else {outcome})
    lengths = [cut.days(begin(cut, row, start), row["closed_at"]) for row in rows]
    usable = [length for length in lengths if length is not None and length >= 0]
    per = {"days": Fraction(1), "weeks": Fraction(1, 7), "months": 12 / Fraction("365.25")}[unit]
    return spread(usable, len(rows) - len(usable), per)


def begin(cut: Cut, row: Row, start: str) -> object:
    if start == "lead":
        lead = cut.world.find("leads", row.get("lead"))
        return None if lead is None else lead.get("created_at")
    return row.get(f"{start}_at")


def standing(cut: Cut, period) -> tuple[list[Row], int]:
    """The deals open at the end, and how many there may have been besides."""
    world, end = cut.world, period.end
    now_known = world.recorded is not None and world.known >= world.recorded
    found, unknown = [], 0
    for row in cut.standing(end):
        if row.get("created_at") is not None or (
            stays(world, row) and now_known and world.recorded < end
        ):
            found.append(row)
        else:
            unknown += 1
    return found, unknown


def stays(world: World, row: Row) -> bool:
    """Whether the deal has not ended, by all that is known."""
    now = next(deal for deal in world.rows("deals") if deal["id"] == row["id"])
    return now["closed_at"] is None and now.get("removed_at") is None


def amount_then(row: Row) -> Fraction | None:
    """What it was worth while it stood: never what it closed at."""
    return amount_now(row)


@oracle
def open_deals(cut: Cut, period) -> Expected:
    stood, unknown = standing(cut, period)
    return counted(stood, unknown)


@oracle
def open_pipeline(cut: Cut, period) -> Expected:
    stood, unknown = standing(cut, period)
    return summed([amount_then(row) for row in stood], unknown)


@oracle
def weighted_pipeline(cut: Cut, period, probability="own") -> Expected:
    stood, unknown = standing(cut, period)

    def product(row: Row) -> Fraction | None:
        stage = cut.world.find("stages", row.get("stage"))
        of_stage = None if stage is None else stage.get("probability")
        own = row.get("probability") if probability == "own" else None
        share, amount = of_stage if own is None else own, amount_then(row)
        return None if share is None or amount is None else amount * Fraction(share)

    return summed([product(row) for row in stood], unknown)


@oracle
def lost_deals(cut: Cut, period) -> Expected:
    return counted(closed(cut, period, {"lost"}), len(closed(cut, period, {"disqualified"})))


@oracle
def lost_amount(cut: Cut, period) -> Expected:
    lost = summed([money(row) for row in closed(cut, period, {"lost"})])
    return replace(lost, excluded=lost.excluded + len(closed(cut, period, {"disqualified"})))


@oracle
def loss_reasons(cut: Cut, period, of="count") -> Expected:
    lost = closed(cut, period, {"lost"})
    return counted(lost) if of == "count" else summed([money(row) for row in lost])


@oracle
def pipeline_created(cut: Cut, period) -> Expected:
    created = cut.during("deals", "created_at", period.start, period.end)
    undated = len(cut.undated("deals", "created_at"))
    return summed([amount_now(row) for row in created], undated)


def size_in(world: World) -> int:
    return {"USD": 100, "KRW": 1, "KWD": 1000}[world.currency]


@oracle
def deal_size(cut: Cut, period) -> Expected:
    amounts = [money(row) for row in closed(cut, period, WON)]
    known = [int(amount * size_in(cut.world)) for amount in amounts if amount is not None]
    return spread(known, len(amounts) - len(known), Fraction(1, size_in(cut.world)))


@oracle
def open_deal_size(cut: Cut, period) -> Expected:
    stood, unknown = standing(cut, period)
    amounts = [amount_then(row) for row in stood]
    known = [int(amount * size_in(cut.world)) for amount in amounts if amount is not None]
    out = len(amounts) - len(known) + unknown
    return spread(known, out, Fraction(1, size_in(cut.world)))


@oracle
def annual_contract_value(cut: Cut, period) -> Expected:
    def a_year(row: Row) -> Fraction | None:
        amount, term = money(row, "recurring_amount"), row.get("term_months")
        return None if amount is None or not term else amount * 12 / term

    annual = summed([a_year(row) for row in closed(cut, period, WON)])
    return divided(annual, Expected(annual.n, annual.n), annual.excluded)


@oracle
def total_contract_value(cut: Cut, period) -> Expected:
    def whole(row: Row) -> Fraction | None:
        parts = [money(row, "one_time_amount"), money(row, "recurring_amount")]
        return money(row) if None in parts else sum(parts, Fraction(0))

    return summed([whole(row) for row in closed(cut, period, WON)])


@oracle
def deal_age(cut: Cut, period) -> Expected:
    stood, unknown = standing(cut, period)
    known = cut.world.known or period.end
    last = min(period.end - timedelta(days=1), known)
    dated = [cut.world.day(row["created_at"]) for row in stood if row["created_at"] is not None]
    return spread([max((last - day).days, 0) for day in dated], unknown + len(stood) - len(dated))


@oracle
def overdue_deals(cut: Cut, period) -> Expected:
    day, world = cut.world.day, cut.world
    now_known = world.recorded is not None and world.known >= world.recorded
    reached = now_known and world.recorded < period.end
    found, unknown = [], 0
    for row in cut.standing(period.end):
        due, made = day(row["expected_close_at"]), day(row["created_at"])
        if due is None or (world.known is not None and due > world.whole):
            continue
        if made is not None:
            found += [row] if due < period.end else []
        elif stays(world, row) and reached:
            found.append(row)
        else:
            unknown += 1
    return counted(found, unknown)


@oracle
def stale_deals(cut: Cut, period, days=30) -> Expected:
    """Of the deals that stand open, as `open_deals` has them, those nobody is at work on."""
    day, world = cut.world.day, cut.world
    known = world.known
    instant = period.end if known is None else min(period.end, known + timedelta(days=1))
    stood, unknown = standing(cut, period)
    found = []
    for row in stood:
        mine = [
            a for a in world.rows("activities") if a["deal"] == row["id"] and not a["automated"]
        ]
        ended = [(day(a["done_at"]), a) for a in mine]
        last = max([d for d, _ in ended if d is not None and d < instant], default=None)
        planned = any(
            a["scheduled_at"] is not None
            and day(a["scheduled_at"]) >= instant
            and (d is None or d >= instant)
            and (a["created_at"] is None or day(a["created_at"]) < instant)
            for d, a in ended
        )
        since = max([d for d in (day(row["created_at"]), last) if d is not None], default=None)
        if not planned and (since is None or (instant - since).days >= days):
            found.append(row)
    return counted(found, unknown)


@oracle
def concentration(cut: Cut, period, among="customers", top=5) -> Expected:
    won = closed(cut, period, WON)
    rows = [row for row in won if row["customer"] is not None or among == "deals"]
    amounts = summed([money(row) for row in rows])
    each: dict[object, Fraction] = {}
    for row in rows:
        key = row["customer"] if among == "customers" else row["id"]
        each[key] = each.get(key, Fraction(0)) + (money(row) or 0)
    ordered = sorted((a for a in each.values() if a > 0), reverse=True)
    above = sum(each.values()) > 0  # of 0 or less in all nothing is a share
    share = sum(ordered[:top], Fraction(0)) / sum(ordered) if above else None
    return Expected(share, amounts.n, share, None, amounts.excluded + len(won) - len(rows))


# plans and velocity -------------------------------------------------------------------------------


def past(cut: Cut, target: int, period, by_amount: bool = False):
    """What remains of the target, and the deal size and win rate of the year up to now."""
    known = cut.world.known or date(1972, 1, 1)
    won = summed([money(row) for row in closed(cut, period, WON)])
    # Where the amount of no won deal is known, it is not known what is left.
    left = None if won.exact is None else max(Fraction(target) - won.exact, Fraction(0))
    year = Span(known - timedelta(days=364), known + timedelta(days=1))
    size = average_deal_size(cut, year)
    rate = win_rate(cut, year, of="amount" if by_amount else "count")
    ended = cut.world.known is None or period.end <= cut.world.whole + timedelta(days=1)
    return left, won, size, rate, ended


@dataclass(frozen=True)
class Span:
    start: date
    end: date


def planned(cut: Cut, target: int, period, steps) -> Expected:
    left, _, size, rate, ended = past(cut, target, period, by_amount="amount" in steps)
    factors = {"size": size.exact, "rate": rate.exact, "amount": rate.exact}
    divisors = [factors[step] for step in steps]
    if ended or left is None or None in divisors or 0 in divisors:
        return Expected(None, 0)
    for divisor in divisors:
        left /= Fraction(divisor)
    return Expected(left, 0)


@oracle
def required_wins(cut: Cut, period, target) -> Expected:
    return planned(cut, target, period, ("size",))


@oracle
def required_deals(cut: Cut, period, target) -> Expected:
    return planned(cut, target, period, ("size", "rate"))


@oracle
def required_pipeline(cut: Cut, period, target) -> Expected:
    return planned(cut, target, period, ("amount",))


@oracle
def required_leads(cut: Cut, period, target) -> Expected:
    wins = planned(cut, target, period, ("size",))
    known = cut.world.known or date(1972, 1, 1)
    year = known - timedelta(days=364), known + timedelta(days=1)
    made = cut.during("leads", "created_at", *year)
    won = [row for row in made if row["won_at"] is not None]
    if wins.exact is None or not won:
        return Expected(None, 0)
    return Expected(wins.exact * Fraction(len(made), len(won)), 0)


@oracle
def pipeline_coverage(
    cut: Cut, period, target, against="remaining", weighted=False, among="due"
) -> Expected:
    day, known = cut.world.day, cut.world.known
    if known is None or period.end <= cut.world.whole + timedelta(days=1):
        return Expected(None, 0)

    def product(row: Row) -> Fraction | None:
        amount = amount_now(row)
        if not weighted:
            return amount
        stage = cut.world.find("stages", row.get("stage"))
        own = row.get("probability")
        share = (None if stage is None else stage.get("probability")) if own is None else own
        return None if share is None or amount is None else amount * Fraction(share)

    now_known = cut.world.recorded is not None and known >= cut.world.recorded
    found, undated = [], 0
    for row in cut.rows("deals"):
        due = day(row["expected_close_at"])
        if row["outcome"] != "open" or row.get("removed_at") is not None:
            continue
        if among == "open":
            if row["created_at"] is not None or now_known:
                found.append(product(row))
            else:
                undated += 1
            continue
        if due is None:
            continue
        if due > cut.world.whole:
            if period.start <= due < period.end:
                found.append(product(row))
        elif row["created_at"] is not None or now_known:
            found.append(product(row))
        else:  # it may not have been there then
            undated += 1
    open_ = summed(found, undated)
    won = summed([money(row) for row in closed(cut, period, WON)]).exact
    if against == "target":
        won = Fraction(0)
    if open_.exact is None or won is None or target <= won:
        return Expected(None, 0)
    left = target - won
    return Expected(open_.exact / left, 0)
