"""Plain records and the few rules of the field that every oracle needs, written a second time.

Nothing of the library is imported here.  A world is what a company recorded: lists of dicts.  An
oracle gets the rows of one group (a `Cut`) and one period, and says what the figure has to be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from .history import FIELDS, at_event, now, stood, told

Row = dict[str, Any]
Label = tuple[Any, ...]
Figure = Fraction | int

# What is expected, not what happened: an as-of leaves it as it is.
PLANS = {"expected_close_at", "scheduled_at", "ended_at", "due_at"}
# What can be written down before it happens: it says up to when events are known last of all.
AHEAD = {
    "customers": ("started_at",),
    "subscriptions": ("started_at", "cancelled_at"),
    "owners": ("started_at",),
    "costs": ("spent_at",),
    "revenues": ("booked_at",),
}
SECOND = timedelta(seconds=1)
# The milestone without which a row does not exist yet.
BORN = {
    "owners": "started_at",
    "requests": "requested_at",
    "surveys": "sent_at",
    "checks": "checked_at",
    "deals": "created_at",
    "leads": "created_at",
    "activities": "created_at",
    "subscriptions": "started_at",
    "costs": "spent_at",
    "revenues": "booked_at",
    "visits": "visited_at",
    "touches": "touched_at",
    **dict.fromkeys(FIELDS, "changed_at"),
}
LINKED = {
    "owner": "owners",
    "customer": "customers",
    "product": "products",
    "stage": "stages",
    "lead": "leads",
    "deal": "deals",
}
CALENDAR: dict[str, Callable[[date], str]] = {
    "day": lambda day: f"{day:%Y-%m-%d}",
    "week": lambda day: f"{day:%G-W%V}",
    "month": lambda day: f"{day:%Y-%m}",
    "quarter": lambda day: f"{day.year}-Q{(day.month - 1) // 3 + 1}",
    "year": lambda day: f"{day.year}",
}


@dataclass(frozen=True)
class World:
    """All that was recorded, and up to which day it is known."""

    tables: Mapping[str, list[Row]]
    tz: str | None
    currency: str
    known: date | None = None  # the last day known
    recorded: date | None = None  # the last day on which anything happened
    cut_at: datetime | None = None  # the instant of an as-of, where one was given
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # of tables without rows

    def day(self, value: date | datetime | None) -> date | None:
        """The local calendar day."""
        if isinstance(value, datetime):
            return value.astimezone(ZoneInfo(str(self.tz))).date()
        return value

    def instant(self, value: date | datetime) -> datetime:
        """The moment; of a bare day its beginning."""
        if isinstance(value, datetime):
            return value
        return datetime.combine(value, time(), ZoneInfo(str(self.tz)))

    def rows(self, table: str) -> list[Row]:
        return self.tables.get(table, [])

    @property
    def whole(self) -> date:
        """The last day that is known to its end."""
        known = self.known or date(1972, 1, 1)
        next_day = known + timedelta(days=1)
        partly = self.cut_at is not None and self.cut_at < self.instant(next_day)
        return known - timedelta(days=1) if partly else known

    @property
    def has_history(self) -> bool:
        """Whether it says how deals changed, or which were removed."""
        removed = any(row.get("removed_at") is not None for row in self.rows("deals"))
        return removed or any(self.rows(name) for name in FIELDS)

    def find(self, table: str, key: Any) -> Row | None:
        """The record of that id."""
        return next((row for row in self.rows(table) if key is not None and row["id"] == key), None)


def complete(world: World) -> World:
    """With outcomes said by the type of the stage, and known up to the last thing that happened."""
    world = replace(world, tables={**world.tables, **told(world)})
    deals = [now(world, row | {"outcome": _outcome(world, row)}) for row in world.rows("deals")]
    tables = dict(world.tables) | ({"deals": deals} if "deals" in world.tables else {})
    events = [
        (name in AHEAD.get(table, ()), value)
        for table, rows in tables.items()
        for row in rows
        for name, value in row.items()
        if name.endswith("_at") and name not in PLANS and value is not None
    ]
    sure = [value for ahead, value in events if not ahead]
    last = max((world.day(value) for value in sure or [v for _, v in events]), default=None)  # type: ignore[type-var]
    # Of the latest day the latest time of day, if any; midnight is the day alone.
    times = [world.instant(value) for value in sure if world.day(value) == last] if world.tz else []
    latest = max(times, default=None)
    whole = latest is None or last is None or latest == world.instant(last)
    cut_at = None if whole or latest is None else latest.replace(microsecond=0) + SECOND
    return replace(world, tables=tables, known=last, recorded=last, cut_at=cut_at)


def _outcome(world: World, row: Row) -> str:
    stage = world.find("stages", row.get("stage"))
    return row.get("outcome") or (stage["type"] if stage and row.get("closed_at") else "open")


def known_enough(world: World, known: date | None, cut_at: datetime | None) -> bool:
    """Whether all that happened had happened by then."""
    if world.known is None or known is None:
        return False
    if known != world.known:
        return known > world.known
    return cut_at is None or (world.cut_at is not None and cut_at >= world.cut_at)


def unbegun(world: World, period: Any) -> bool:
    """Whether the period begins after what is known."""
    if world.cut_at is not None:
        return bool(world.instant(period.start) >= world.cut_at)
    return world.known is not None and bool(period.start > world.known)


def as_of(world: World, at: date | datetime) -> World:
    """The world as it was known: what came later is undone, and who was not there yet is not."""
    known = world.day(at - timedelta(seconds=1)) if isinstance(at, datetime) else at

    def past(value: Any) -> bool:
        if isinstance(at, datetime):
            return world.instant(value) < at
        return world.day(value) <= at  # type: ignore[operator]

    tables = {}
    cut_at = at if isinstance(at, datetime) else None
    if known_enough(world, known, cut_at):  # what is dated ahead is known as a plan
        later = replace(world, known=known, cut_at=cut_at)
        deals = [now(later, row) for row in later.rows("deals")]
        return replace(later, tables=dict(later.tables) | ({"deals": deals} if deals else {}))
    for name, rows in world.tables.items():
        then = []
        for row in rows:
            undone = {
                column
                for column, value in row.items()
                if column.endswith("_at") and column not in PLANS and value and not past(value)
            }
            if BORN.get(name) in undone:
                continue
            before = row | dict.fromkeys(undone)
            if name == "deals" and "closed_at" in undone:
                settled = ("amount", "stage", "probability", "forecast_category", "loss_reason")
                before |= {"outcome": "open"} | {c: None for c in settled if c in row}
            if name == "subscriptions" and "cancelled_at" in undone:
                before["ended_at"] = None
                if before.get("status") not in ("trialing", "incomplete"):  # never paid before
                    before["status"] = None
            then.append(before)
        tables[name] = then
    then = replace(world, tables=tables, known=known, cut_at=cut_at)
    deals = [now(then, row) for row in then.rows("deals")]
    return replace(then, tables=tables | ({"deals": deals} if "deals" in tables else {}))


@dataclass(frozen=True)
class Cut:
    """The rows of one group: of the tables a KPI is about; `world` has all of them."""

    world: World
    tables: Mapping[str, list[Row]]
    by: tuple[str, ...] = ()
    group: Label = ()

    def rows(self, table: str) -> list[Row]:
        return self.tables[table]

    def dated(self, table: str, column: str) -> list[Row]:
        """The rows that are of the group by what they were at an event; those removed are not."""
        if table != "deals":
            return self.rows(table)
        there = [r for r in self.world.rows(table) if r.get("removed_at") is None]
        return self.mine([at_event(self.world, row, column) for row in there], False)

    def standing(self, end: date) -> list[Row]:
        """The deals of the group that stood when a period ended, or that nobody can tell of."""
        then = [stood(self.world, row, end) for row in self.world.rows("deals")]
        return self.mine([row for row in then if row is not None], True)

    def mine(self, deals: list[Row], stock: bool) -> list[Row]:
        """Those of the group."""
        return [row for row in deals if label_of(self.world, row, self.by, stock) == self.group]

    def during(self, table: str, column: str, start: date, end: date) -> list[Row]:
        """The rows whose day lies in the span."""
        return [r for r in self.dated(table, column) if self.within(r.get(column), start, end)]

    def undated(self, table: str, column: str) -> list[Row]:
        return [row for row in self.dated(table, column) if row.get(column) is None]

    def within(self, value: Any, start: date, end: date) -> bool:
        day = self.world.day(value)
        return day is not None and start <= day < end

    def days(self, start: Any, end: Any) -> int | None:
        """Local calendar days from one to the other; None where one is not known."""
        first, last = self.world.day(start), self.world.day(end)
        return None if first is None or last is None else (last - first).days


@dataclass(frozen=True)
class Expected:
    """What a figure has to be.  `exact` is None where it is undefined."""

    exact: Figure | None
    n: int
    numerator: Figure | None = None
    denominator: Figure | None = None
    excluded: int = 0
    undecided: int | None = None
    more: Mapping[str, Figure | None] = field(default_factory=dict)  # other properties, by name
    money: bool = False


Oracle = Callable[..., Expected]
ORACLES: dict[str, Oracle] = {}
# What a KPI asks for by a keyword without default, for the tests of the whole catalogue.
ASSUMED: dict[str, dict[str, Any]] = {}


def oracle(function: Oracle) -> Oracle:
    """Register under the KPI's name; the variants' keywords are its keywords."""
    ORACLES[function.__name__] = function
    return function


# arithmetic ---------------------------------------------------------------------------------------


def counted(rows: Iterable[Row], excluded: int = 0) -> Expected:
    """So many rows."""
    n = len(list(rows))
    return Expected(n, n, n, None, excluded)


def before(cut: Cut, later: Any, first: Any) -> bool:
    """Whether it came before what it follows: on an earlier day, or at an earlier time of one."""
    if later is None or first is None:
        return False
    world = cut.world
    a, b = world.day(later), world.day(first)
    if a != b or world.tz is None:
        return bool(a < b)  # type: ignore[operator]
    return world.instant(later) != world.instant(a) and world.instant(later) < world.instant(first)  # type: ignore[arg-type]


def summed(amounts: list[Figure | None], undated: int = 0) -> Expected:
    """A sum of money; what is not known is left out, and all unknown is not 0."""
    known = [amount for amount in amounts if amount is not None]
    left_out = len(amounts) - len(known) + undated
    total = None if not known and left_out else sum(known, Fraction(0))
    return Expected(total, len(known), total, None, left_out, money=True)


def divided(top: Expected, bottom: Expected, excluded: int, **more: Any) -> Expected:
    """One figure by another; undefined where either is, or where there is nothing to divide by.

    Of an amount that is below 0 nothing is a share.
    """
    undefined = top.exact is None or not bottom.exact or (bottom.money and bottom.exact < 0)
    exact = None if undefined else Fraction(top.exact) / Fraction(bottom.exact)  # type: ignore[arg-type]
    return Expected(exact, bottom.n, top.exact, bottom.exact, excluded, **more)


def as_said(found: Expected, rows: list[Row], column: str) -> Expected:
    """A figure that goes by what these rows say: those that do not are named, and where none says
    it nothing is known."""
    unsaid = sum(row[column] is None for row in rows)
    known = unsaid == 0 or unsaid < len(rows)
    told = found if known else replace(found, exact=None, numerator=None)
    return replace(told, excluded=found.excluded + unsaid)


def spread(lengths: list[int], excluded: int, per: Fraction = Fraction(1)) -> Expected:
    """A distribution of whole numbers, by its median."""
    n = len(lengths)
    more = {
        "mean": Fraction(sum(lengths), n) * per if n else None,
        "p75": _quantile(lengths, Fraction(3, 4), per),
        "p90": _quantile(lengths, Fraction(9, 10), per),
        "max": max(lengths) * per if n else None,
    }
    total = sum(lengths) * per if n else None
    return Expected(_quantile(lengths, Fraction(1, 2), per), n, total, n, excluded, None, more)


def _quantile(values: list[int], share: Fraction, per: Fraction) -> Fraction | None:
    """Linear between the two nearest of n ordered values, at place (n - 1) x share."""
    if not values:
        return None
    ordered, place = sorted(values), (len(values) - 1) * share
    low = place.numerator // place.denominator
    high = min(low + 1, len(values) - 1)
    return (ordered[low] + (ordered[high] - ordered[low]) * (place - low)) * per


def money(row: Row, column: str = "amount") -> Fraction | None:
    value = row.get(column)
    return None if value is None else Fraction(Decimal(value))


def amount_now(row: Row) -> Fraction | None:
    """A deal's amount as known: an open deal without one is worth its list amount."""
    amount = money(row)
    return money(row, "list_amount") if amount is None and row["outcome"] == "open" else amount


# groups -------------------------------------------------------------------------------------------


def label(world: World, table: str, row: Row, name: str, stock: bool) -> Any:
    """The value of a row in a column to group by, own or linked; of a stock, while it stood."""
    head, _, tail = name.partition(".")
    settled = {"stage", "forecast_category", "loss_reason"}
    if stock and table == "deals" and row["closed_at"] is not None:
        if head == "outcome":
            return "open"
        if head in settled:
            return None
    if tail in CALENDAR and head.endswith("_at"):
        # A deal that stood has not closed yet; when it will is known all the same.
        when = row.get("closes_at", row.get(head)) if head == "closed_at" else row.get(head)
        day = world.day(when)
        return None if day is None else CALENDAR[tail](day)
    if not tail and head not in row and "owner" in row:  # of the owner: its team, its region
        head, tail = "owner", head
    value = row.get(head)
    if not tail:
        return value
    linked = world.find(LINKED[head], value)
    return None if linked is None else linked.get(tail)


def rostered(world: World, table: str, name: str) -> set[Any]:
    """The labels that are shown even where no row has them."""
    head, _, tail = name.partition(".")
    own = {*world.columns.get(table, ()), *(c for row in world.rows(table) for c in row)}
    if not tail and head not in own:
        head, tail = "owner", head
    if head not in LINKED or LINKED[head] not in world.tables or tail in CALENDAR:
        return set()
    labels = {row.get(tail) if tail else row["id"] for row in world.rows(LINKED[head])}
    return labels - {None}


def label_of(world: World, deal: Row, by: tuple[str, ...], stock: bool) -> Label:
    return tuple(label(world, "deals", deal, name, stock) for name in by)


def cuts(
    world: World,
    tables: tuple[str, ...],
    by: tuple[str, ...],
    stock: bool,
    ends: Iterable[date] = (),
    also: Iterable[Label] = (),
) -> dict[Label, Cut]:
    """The rows of every group, group by group."""
    if not by:
        return {(): Cut(world, {name: world.rows(name) for name in tables})}
    found: dict[Label, dict[str, list[Row]]] = {}
    for table in tables:
        for row in world.rows(table):
            group = tuple(label(world, table, row, name, stock) for name in by)
            found.setdefault(group, {name: [] for name in tables})[table].append(row)
        for value in rostered(world, table, by[0]) if len(by) == 1 else ():
            found.setdefault((value,), {name: [] for name in tables})
    if "deals" in tables and world.has_history:
        # With history a deal may be of another group at an end, or when something happened.
        deals = world.rows("deals")
        events = ("created_at", "closed_at", "expected_close_at")
        seen = [(at_event(world, row, column), False) for row in deals for column in events]
        then = [stood(world, row, end) for row in deals for end in ends]
        for row, stands in [*seen, *((row, True) for row in then if row is not None)]:
            group = label_of(world, row, by, stands)
            found.setdefault(group, {name: [] for name in tables})
        for group in also:  # what a deal was between all of these
            found.setdefault(group, {name: [] for name in tables})
    return {group: Cut(world, rows, by, group) for group, rows in found.items()}
