"""Deals as they stood: their changes, replayed record by record up to a day or to an event."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .facts import Row, World

FIELDS = {
    "stage_changes": "stage",
    "amount_changes": "amount",
    "close_date_changes": "expected_close_at",
    "owner_changes": "owner",
    "forecast_category_changes": "forecast_category",
}
# What the close of a deal settles: what it was before is not known without changes.
SETTLED = ("amount", "stage", "probability", "forecast_category", "loss_reason")


def moment(world: World, value: date | datetime) -> datetime:
    """When it was, also where the world has no zone and knows nothing but days."""
    if world.tz is None and not isinstance(value, datetime):
        return datetime.combine(value, time())
    return world.instant(value)


def told(world: World) -> dict[str, list[Row]]:
    """The changes in order of time, each deal's first one from its creation on.

    What held before a change that says nothing of it is not known.
    """
    made = {row["id"]: row.get("created_at") for row in world.rows("deals")}
    found: dict[str, list[Row]] = {}
    for table, field in FIELDS.items():
        rows = sorted(
            world.rows(table),
            key=lambda row: (moment(world, row["changed_at"]), *turn(world, field, row[field])),
        )
        seen: set[Any] = set()
        found[table] = []
        for row in rows:
            born, at = made[row["deal"]], moment(world, row["changed_at"])
            first, came = row["deal"] not in seen, moment(world, born)
            if first and at > came:
                found[table].append({"deal": row["deal"], field: None, "changed_at": born})
            # On the day of the creation, before its time of day: from the creation on.
            early = at < came and world.day(row["changed_at"]) == world.day(born)
            found[table].append(row | {"changed_at": born} if early else row)
            seen.add(row["deal"])
    return {table: rows for table, rows in found.items() if table in world.tables}


def turn(world: World, field: str, value: Any) -> tuple[Any, ...]:
    """Which of several values of one instant comes first, where nothing says what was before."""
    if value is None:
        return (0,)
    if field == "stage":
        stage = world.find("stages", value) or {}
        order = stage.get("order")
        closes = stage.get("type", "open") != "open"
        return (1, closes, order is None, order or 0, value)
    return (1, moment(world, value) if field == "expected_close_at" else value)


def changes(world: World, table: str, deal: Any) -> list[Row]:
    return [row for row in world.rows(table) if row["deal"] == deal]


def kind_of(world: World, stage: Any) -> str:
    found = world.find("stages", stage)
    return "open" if found is None else found["type"]


def close_of(world: World, moves: list[Row]) -> tuple[str, Any]:
    """The outcome that changes of stage come to, and when the deal took it."""
    kind, since = "open", None
    for row in moves:
        if kind_of(world, row["stage"]) != kind:
            kind, since = kind_of(world, row["stage"]), row["changed_at"]
    return kind, None if kind == "open" else since


def now(world: World, row: Row) -> Row:
    """A deal as its changes say that it is; other fields are not of the close that they are of."""
    moves = changes(world, "stage_changes", row["id"])
    found = dict(row)
    if moves:
        kind, since = close_of(world, moves)
        if kind != "open" and since != row.get("closed_at"):
            found |= {name: None for name in SETTLED if name in row}
        found |= {"outcome": kind, "closed_at": since}
    for table, field in FIELDS.items():
        if mine := changes(world, table, row["id"]):
            found[field] = mine[-1][field]
    return found


def stood(world: World, row: Row, end: date) -> Row | None:
    """The deal as it was when a period ended; None where it stood open no more, or not yet."""
    day = world.day
    gone, closed = day(row.get("removed_at")), day(row.get("closed_at"))
    if gone is not None and gone < end:
        return None
    made = day(row.get("created_at"))
    moves = [m for m in changes(world, "stage_changes", row["id"]) if day(m["changed_at"]) < end]
    if moves:
        if close_of(world, moves)[0] != "open":
            return None
    elif closed is not None and (closed < end or (made is not None and closed < made)):
        return None
    if made is not None and made >= end:
        return None
    found = row | {"outcome": "open", "closed_at": None, "closes_at": row.get("closed_at")}
    if closed is not None:
        found |= {name: None for name in SETTLED if name in row}
    for table, field in FIELDS.items():
        mine = [c for c in changes(world, table, row["id"]) if day(c["changed_at"]) < end]
        if mine:
            found[field] = mine[-1][field]
    return found


def at_event(world: World, row: Row, column: str) -> Row:
    """The deal with the owner of an event; of a close told as a day, the last one of that day."""
    when, held = row.get(column), changes(world, "owner_changes", row["id"])
    if when is None or not held:
        return row

    def by_then(change: Row) -> bool:
        at, event = moment(world, change["changed_at"]), moment(world, when)
        as_a_day = column == "closed_at" and event == moment(world, world.day(when))
        return at <= event or (as_a_day and world.day(change["changed_at"]) == world.day(when))

    mine = [change for change in held if by_then(change)]
    return row | {"owner": mine[-1]["owner"]} if mine else row
