"""Hypothesis strategies: small companies whose records sit at the edges of periods.

A row is drawn as a string of bytes, one a field, each of which picks from that field's pool: one
draw a row, and it shrinks towards the first and simplest of every pool.  The fields are those of
the record, so that a field or a table that is added is drawn without a change here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from oracles import ASSUMED, World, complete
from oracles.history import FIELDS, now, told
from oracles.pauses import PAUSES

import salesmetrics as sm
from salesmetrics.catalog import Entry
from salesmetrics.crm import TABLES
from salesmetrics.metrics.planning import Targets
from salesmetrics.models import Kind, choices, kinds_of
from salesmetrics.tables.changes import FieldChanges

ZONES = (None, "UTC", "Asia/Seoul", "Australia/Lord_Howe")
CURRENCIES = {"USD": 2, "KRW": 0, "KWD": 3}
EDGES = tuple(
    date.fromisoformat(day)
    # On the first of these the clocks of Lord Howe go forward.
    for day in ("2017-10-01", "2017-11-01", "2017-11-15", "2017-12-01", "2018-01-01")
)
MONTHS = ("2017-10", "2017-11", "2017-12")
# Overlapping, adjoining and apart, one before and one after everything; not in order.
PERIODS = ("2017-Q4", *MONTHS, "2017-10-15..2017-11-14", "2017", "2016-02", "2018", "2017-11-15")
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)

MINOR = (
    100, 0, None, 1, -1, 250, 250, 2**55, -(2**55), 2**55 - 1, 10**16 + 7, 333_333_333_333_333,
    None, 99_999, -4_000_000_000_001, 7 * 10**15 + 3,
)  # fmt: skip
SHARES = tuple(
    None if text is None else Decimal(text)
    for text in ("0.5", None, "0", "1", "0.333", "0.1", "0.123456789", None)
)
WORDS: Mapping[str, Sequence[Any]] = {
    "owner": ("ana", "bo", None, "cho", "ghost"),  # cho may have nothing, ghost is on no roster
    "customer": ("customer 0", "customer 1", None, "customer 2", "nobody"),
    "lead": ("lead 0", "lead 1", None, "lead 2", "none such"),
    "deal": ("deal 0", "deal 1", None, "deal 2", "none such"),
    "product": ("crm", "bi", None),
    "stage": ("talks", "offer", None, "odd"),
    "pauses": (*PAUSES, None),
    "category": ("sales", "marketing", "rent", None, "cost of sales"),
    "channel": ("web", None, "fair"),
    "region": ("north", "south", None),
    "industry": ("steel", "paper", None),
    "referred_by": (None, "customer 0", "somebody"),
    "status": ("active", None, "canceled", "trialing", "Unpaid", "odd", "incomplete"),
    "period": ("2017-Q4", "2017-10", "2017-Q4", "2017-10-01..2017-12-31", "2017", None, "some day"),
    "team": ("east", "west", None, "south"),
    "renewal_of": (None, "subscription 0", "subscription 1"),
}
STAGES: list[dict[str, Any]] = [
    {"id": "talks", "order": 1, "type": "open", "probability": Decimal("0.2")},
    {"id": "offer", "order": 2, "type": "open", "probability": Decimal("0.6")},
    {"id": "odd", "order": 3, "type": "open", "probability": None},
    {"id": "won", "order": 4, "type": "won", "probability": Decimal(1)},
    {"id": "lost", "order": 5, "type": "lost", "probability": Decimal(0)},
    {"id": "junk", "order": 6, "type": "disqualified", "probability": None},
]
STAGE_OF = {stage["type"]: stage["id"] for stage in STAGES if stage["type"] != "open"}
ROSTER: list[dict[str, Any]] = [
    {"id": "ana", "team": "east", "region": "north", "started_at": date(2017, 10, 1)},
    {"id": "bo", "team": "west", "region": "north", "ended_at": date(2018, 1, 1)},
    {"id": "cho", "team": None, "region": "south"},
    {"id": "dan", "team": "east", "region": "south", "started_at": date(2016, 2, 15)}
    | {"ended_at": date(2017, 11, 15)},
    {"id": "eve", "team": "west", "region": "north", "started_at": date(2016, 2, 15)}
    | {"ended_at": date(2017, 12, 1)},
]
FIXED = {"stages": STAGES, "owners": ROSTER}
MOST_ROWS = {"deals": 12}
# Columns that are no field: grouped by all the same.
EXTRA = {"customers": {"channel": WORDS["channel"]}}
# Not drawn: one currency a world, mixed ones have tests of their own.
LEFT_OUT = {"currency", "name", "removed_at", "merged_into"}
# KPIs that are of history alone are replayed part by part in test_history_replay.py and
# test_history_speed.py.
# Columns to group by; used with a KPI where all its tables have them.
GROUPINGS: tuple[tuple[str, ...], ...] = (
    (), ("owner",), ("product",), ("stage",), ("channel",), ("owner", "product"), ("team",),
    ("customer.industry",), ("customer",), ("stage.type",), ("owner.region", "customer.industry"),
    ("created_at.month",), ("closed_at.week", "owner"), ("industry",), ("region",), ("source",),
    ("campaign",), ("kind",), ("category",), ("outcome",),
)  # fmt: skip


def moments(zone: str | None) -> tuple[Any, ...]:
    """The pool of times: edges of periods, a second and a day on either side, and nothing."""
    days = [edge + n * DAY for edge in EDGES for n in (0, -1, 1)]
    if zone is None:
        return (*days, None, None, None, date(2016, 2, 29), date(2018, 6, 30))
    midnights = [datetime.combine(edge, time(), ZoneInfo(zone)).astimezone(UTC) for edge in EDGES]
    steps = (0 * DAY, -SECOND, SECOND, -DAY, DAY)
    instants = [midnight + step for midnight in midnights for step in steps]
    return (*instants, *days, *[None] * 6, date(2016, 2, 29), date(2018, 6, 30))


@cache  # three times a table in every example; the answer is only ever read
def pools(name: str, zone: str | None, currency: str) -> Mapping[str, Sequence[Any]]:
    """What each field of a table may hold."""
    record = TABLES[name].record
    found: dict[str, Sequence[Any]] = {}
    for column, kind in kinds_of(record).items():
        if column in LEFT_OUT or kind is Kind.KEY:
            continue
        if column == "pauses" and zone is None:
            found[column] = (None,)  # they are instants
            continue
        if kind in (Kind.MILESTONE, Kind.PLAN):
            found[column] = moments(zone)
        elif kind is Kind.MONEY:
            found[column] = [
                None if minor is None else Decimal(minor).scaleb(-CURRENCIES[currency])
                for minor in MINOR
            ]
        elif kind is Kind.CHOICE:
            found[column] = (*choices(record, column), None)
        else:
            found[column] = {
                Kind.FLAG: (False, True, None),
                Kind.WHOLE: (1, None, 0, 12, 7),
                Kind.PROPORTION: SHARES,
            }.get(kind) or WORDS.get(column, ("a", None, "b"))
    return found | EXTRA.get(name, {})


def fitted(name: str, row: dict[str, Any]) -> dict[str, Any]:
    """What has to agree within a row."""
    if name == "subscriptions":
        return fitted_subscription(row)
    if name == "leads":  # what is said only, and not dated, has tests of its own
        said = {
            step: None if row[step] is not None and row[step] != (row[f"{step}_at"] is not None)
            else row[step]
            for step in ("mql", "sql", "opportunity", "won")
        }  # fmt: skip
        return row | said
    if name == "surveys":
        return row | {"scale": None if row["scale"] is None else 12}
    if name == "deal_credits":  # a deal is one owner's: shared ones have tests of their own
        number = row["id"].rpartition(" ")[2]
        return row | {
            "deal": f"deal {number}", "owner": row["owner"] or "ana", "share": Decimal(1)
        }  # fmt: skip
    if name == "deal_lines":
        return row | {"deal": row["deal"] or "deal 0"}
    if name == "touches":
        return row | {"customer": row["customer"] or ("nobody" if row["lead"] is None else None)}
    if name == "checks":
        checked = (row["checked_fields"] or 0) + 1
        return row | {"checked_fields": checked, "correct_fields": checked // 2}
    if name != "deals":
        return row
    outcome, closed = row["outcome"], row["closed_at"]
    if outcome == "open":
        return row | {"closed_at": None}
    if outcome is None:  # the type of the stage says it, or the deal is open
        return row | ({"stage": "lost"} if closed is not None else {})
    # A decided deal has a close date; half of them say so by their stage as well.
    stage = STAGE_OF[outcome] if row["stage"] else None
    return row | {"closed_at": closed or date(2017, 11, 15), "stage": stage}


def fitted_subscription(row: dict[str, Any]) -> dict[str, Any]:
    """It does not renew itself; an end that may lie before its start is none; 0 months are 1."""
    row = row | {"interval_count": 1 if row["interval_count"] == 0 else row["interval_count"]}
    start, end = row["started_at"], row["ended_at"]
    if start is not None and end is not None:
        first, last = (at.date() if isinstance(at, datetime) else at for at in (start, end))
        row = row | {"ended_at": None if (last - first).days < 1 else end}
    return row | {"renewal_of": None if row["renewal_of"] == row["id"] else row["renewal_of"]}


def said_open(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Where no close is told, or others are said to be open, a deal without an outcome is not
    open, but says nothing: here it says so.  What says nothing stands in test_nothing_says.py."""
    by_stage = {stage["id"] for stage in STAGES if stage["type"] == "open"}
    some = any(row["outcome"] == "open" for row in rows) or any(
        row["outcome"] is None and row["stage"] in by_stage for row in rows
    )
    if not some and any(row["closed_at"] for row in rows):
        return rows
    silent = [row["outcome"] is None and row["closed_at"] is None for row in rows]
    return [
        row | {"outcome": "open"} if one else row for row, one in zip(rows, silent, strict=True)
    ]


def made(zone: str | None, currency: str, drawn: Mapping[str, list[bytes]]) -> World:
    tables: dict[str, list[dict[str, Any]]] = {}
    for name, rows in drawn.items():
        if name in FIXED:
            tables[name] = [dict(row) for row in FIXED[name]]
            continue
        pool = pools(name, zone, currency)
        tables[name] = [
            fitted(
                name,
                {"id": f"{name.removesuffix('s')} {at}"}
                | {c: p[byte % len(p)] for (c, p), byte in zip(pool.items(), row, strict=False)},
            )
            for at, row in enumerate(rows)
        ]
    if tables.get("costs"):  # what is nowhere recorded has no cost of 0: see test_customers_worked
        day = {"spent_at": date(2017, 10, 20), "amount": Decimal(3)}
        for category in ("sales", "marketing", "cost of sales"):
            row = dict.fromkeys(("id", *pools("costs", zone, currency)))
            tables["costs"].append(row | day | {"id": f"{category} cost", "category": category})
    if "deals" in tables:
        tables["deals"] = said_open(tables["deals"])
    columns = {name: ("id", *pools(name, zone, currency)) for name in tables}
    return World(tables, zone, currency, columns=columns)


def worlds(tables: Sequence[str] | None = None, most: int = 5) -> st.SearchStrategy[World]:
    """Companies with these tables (all of them), from empty ones on, tied and undated rows in."""
    named = [name for name, kind in TABLES.items() if not issubclass(kind, FieldChanges)]
    names = [name for name in named if tables is None or name in tables]

    def of(zone: str | None, currency: str) -> st.SearchStrategy[World]:
        drawn = {
            name: st.just([])
            if name in FIXED
            else st.lists(
                _bytes(len(pools(name, zone, currency))), max_size=MOST_ROWS.get(name, most)
            )
            for name in names
        }
        return st.fixed_dictionaries(drawn).map(lambda rows: made(zone, currency, rows))

    zones = st.sampled_from(ZONES)
    return st.tuples(zones, st.sampled_from(sorted(CURRENCIES))).flatmap(lambda both: of(*both))


def histories(tables: Sequence[str] | None = None, most: int = 5) -> st.SearchStrategy[World]:
    """The same, whose deals were reopened, repriced, put off, handed over or removed."""
    changes = st.lists(_bytes(4), max_size=16)
    gone = st.lists(_bytes(2), max_size=2)
    return st.builds(with_changes, worlds(tables, most), changes, gone)


def companies() -> st.SearchStrategy[World]:
    """With history or without."""
    return worlds() | histories()


def with_changes(world: World, changes: list[bytes], gone: list[bytes]) -> World:
    """A change a string of bytes: of which table and deal, when, and to what."""
    deals = [dict(row) for row in world.rows("deals")]
    if not deals:
        return world
    pool = pools("deals", world.tz, world.currency)
    values: dict[str, Sequence[Any]] = {
        "stage_changes": [stage["id"] for stage in (*STAGES, STAGES[1])],
        "amount_changes": pool["amount"],
        "close_date_changes": pool["expected_close_at"],
        "owner_changes": WORDS["owner"],
        "forecast_category_changes": [one for one in pool["forecast_category"] if one],
    }
    when = [moment for moment in moments(world.tz) if moment is not None]
    tables: dict[str, list[dict[str, Any]]] = {}
    for which, of, at, to in changes:
        name, deal = list(values)[which % len(values)], deals[of % len(deals)]
        deal["created_at"] = deal["created_at"] or EDGES[0]
        born = world.day(deal["created_at"])
        later = [moment for moment in when if world.day(moment) >= born]  # type: ignore[operator]
        tables.setdefault(name, []).append(
            {
                "deal": deal["id"],
                FIELDS[name]: values[name][to % len(values[name])],
                "changed_at": later[at % len(later)] if later else deal["created_at"],
            }
        )
    for of, at in gone:
        deal, born = deals[of % len(deals)], world.day(deals[of % len(deals)]["created_at"])
        later = [moment for moment in when if born is not None and world.day(moment) > born]  # type: ignore[operator]
        deal["removed_at"] = later[at % len(later)] if later else None
    deals = [{"removed_at": None} | deal for deal in deals]
    told_of = replace(world, tables={**world.tables, **tables, "deals": deals})
    said = replace(told_of, tables={**told_of.tables, **told(told_of)})
    rows = [now(said, row) for row in deals]
    rows = said_open(rows)
    return replace(told_of, tables=told_of.tables | {"deals": rows})


def _bytes(size: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=size, max_size=size)


def crm_of(world: World) -> sm.CRM:
    """The same company in the library; a table without rows still has its columns."""
    given = {
        name: rows if rows else {column: [] for column in world.columns[name]}
        for name, rows in world.tables.items()
    }
    return sm.CRM(**given, currency=world.currency, tz=world.tz)


def known_world(world: World) -> World:
    """The world as the oracles read it."""
    return complete(world)


def fits(by: Sequence[str], tables: Sequence[str]) -> bool:
    """Whether every one of these tables can be grouped so."""
    return all(_has(table, name) for table in tables for name in by)


def _has(table: str, name: str) -> bool:
    head, _, tail = name.partition(".")
    own = {*TABLES[table].record.model_fields, *EXTRA.get(table, {})} - LEFT_OUT
    if head in own:
        return True
    return not tail and "owner" in own and head in TABLES["owners"].record.model_fields


# Figures of open and of won deals together cannot be grouped by what the close changes.
SETTLED = {"stage", "outcome", "loss_reason", "forecast_category"}
OPEN_AND_WON = {
    "pipeline_coverage", "required_wins", "required_deals", "required_leads", "required_pipeline",
    "sales_velocity", "coverage_needed", "bookings_forecast",
}  # fmt: skip
CREDITING = {"touches", "deal_credits", "deal_lines"}
LINKED = ("stages", "owners", "customers", "leads", "deals", "subscriptions", "activities")


def needed(entry: Entry) -> tuple[str, ...]:
    """The tables a KPI is about, and those its rows are linked to."""
    return (*entry.label.tables, *LINKED)


def groupings(entry: Entry) -> list[tuple[str, ...]]:
    """The columns that all tables of a KPI have."""
    return list(_groupings(entry.label.name, entry.label.tables))


@cache  # asked for every KPI in every example
def _groupings(label: str, tables: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    refused = SETTLED if label in OPEN_AND_WON else set()
    if "forecast_calls" in tables:
        return ((), ("owner",), ("team",))  # somebody called, for somebody
    if CREDITING & set(tables):
        # Groups are those of touches, shares and lines: test_credits.py and test_lines.py.
        return ((),)
    return tuple(
        by
        for by in GROUPINGS
        if fits(by, tables) and not {n.partition(".")[0] for n in by} & refused
    )


def measured(
    entry: Entry,
    tables: Mapping[str, Any],
    periods: Any,
    by: tuple[str, ...] = (),
    target: Any = None,
) -> sm.Result:
    """The KPI of these tables, with what it asks for; one `target` is the whole's alone."""
    given = {**ASSUMED.get(entry.label.name, {}), **entry.keywords}
    if (
        by and "target" in given and target is None
    ):  # one amount is the whole's: each group has its own of as much
        each = given["target"]
        given["target"] = Targets(lambda *_: each, lambda _: ())
    return entry.function(*(tables[name] for name in entry.label.tables), periods, by=by, **given)


def instants(zone: str | None) -> tuple[date | datetime, ...]:
    """Moments to look back from: edges of periods as days, and as instants around midnight."""
    if zone is None:
        return EDGES
    midnights = [datetime.combine(edge, time(), ZoneInfo(zone)).astimezone(UTC) for edge in EDGES]
    return (*EDGES, *(m + step for m in midnights for step in (0 * DAY, -SECOND, SECOND)))


def nothing() -> World:
    """A company with all tables and no rows but those of the roster and the stages."""
    names = [name for name in TABLES if not name.endswith("_changes")]
    columns = {name: ("id", *pools(name, "UTC", "USD")) for name in names}
    return World({name: [] for name in names}, "UTC", "USD", columns=columns)
