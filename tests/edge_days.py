"""Small worlds with history, drawn with dates at the edges of periods: see oracles/replay.py."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import strategies as st
from oracles.history import FIELDS as TABLES
from oracles.replay import ORDER, STAGES, closing

EDGES = [date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1), date(2025, 4, 1)]
DAYS = sorted({edge + timedelta(days=d) for edge in EDGES for d in (-1, 0, 1, 14)})
OPEN = ["talks", "demo", "offer"]
AMOUNTS = [0, 1, 70, 100, 99_999, 2**55 // 100]


@st.composite
def deals(draw, first=0, after=None, most=6):
    """Deals, each with its creation and its events of four kinds, all on or after creation."""
    found = []
    for number in range(draw(st.integers(1, most))):
        created = draw(st.sampled_from(DAYS if after is None else [d for d in DAYS if d > after]))
        found.append({"id": str(first + number), "created_at": created, "removed_at": None})
        found[-1]["events"] = draw(events(created, created, True))
        later = [d for d in DAYS if d > created]
        if later and draw(st.integers(0, 7)) == 0:
            found[-1]["removed_at"] = draw(st.sampled_from(later))
    return found


@st.composite
def events(draw, created, since, begin):
    """Events by table in time; with `begin` one of each at the creation."""
    days = [d for d in DAYS if d >= since]
    found = {}
    for table, values in {
        "stage_changes": st.sampled_from([*OPEN, *OPEN, "won", "lost"]),
        "amount_changes": st.sampled_from(AMOUNTS),
        "close_date_changes": st.sampled_from([*DAYS, None]),
        "owner_changes": st.sampled_from(["ana", "bo", "cho"]),
        "forecast_category_changes": st.sampled_from(["pipeline", "best_case", "commit"]),
    }.items():
        start = values if table != "stage_changes" else st.sampled_from(OPEN)
        rows = [(created, draw(start))] if begin else []
        moves = draw(st.lists(st.sampled_from(days), max_size=4)) if days else []
        rows += [(day, draw(values)) for day in sorted(moves)]
        found[table] = sorted(rows, key=lambda row: (row[0], turn(table, row[1])))
    return found


def turn(table, value):
    """Of several values of one day the lower comes first, and none before all; stages that close
    are the last in their order here.
    """
    if value is None:
        return (0,)
    return (1, ORDER[value] if table == "stage_changes" else value)


def rows_of(world):
    """The tables that a CRM takes; current fields are what the last events say."""
    listed = []
    tables = {table: [] for table in TABLES}
    for deal in world:
        told = {table: deal["events"][table] for table in TABLES if table in deal["events"]}
        now = {TABLES[table]: rows[-1][1] for table, rows in told.items()}
        kind, closed = closing(deal, date.max)
        row = {"id": deal["id"], "created_at": deal["created_at"], **now}
        row |= {"outcome": kind, "closed_at": closed, "removed_at": deal["removed_at"]}
        listed.append(row)
        for table, rows in told.items():
            for day, value in rows:
                change = {"deal": deal["id"], TABLES[table]: value, "changed_at": day}
                tables[table].append(change)
    for table in TABLES:  # what no deal tells of, nobody tracked
        if world and not any(table in deal["events"] for deal in world):
            del tables[table]
    return {"deals": listed, "stages": STAGES, "currency": "EUR", **tables}
