"""Small worlds with history, drawn with dates at the edges of periods, and their replay by hand.

The replay reads dict records one by one and shares no code with the library.
"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

from hypothesis import strategies as st

EDGES = [date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1), date(2025, 4, 1)]
DAYS = sorted({edge + timedelta(days=d) for edge in EDGES for d in (-1, 0, 1, 14)})
STAGES = [
    {"id": "talks", "order": 1, "type": "open", "probability": 0.2},
    {"id": "demo", "order": 2, "type": "open", "probability": 0.4},
    {"id": "offer", "order": 3, "type": "open", "probability": 0.65},
    {"id": "won", "order": 4, "type": "won"},
    {"id": "lost", "order": 5, "type": "lost"},
]
TYPE = {stage["id"]: stage["type"] for stage in STAGES}
ORDER = {stage["id"]: stage["order"] for stage in STAGES}
PROBABILITY = {stage["id"]: Fraction(str(stage.get("probability", 0))) for stage in STAGES}
OPEN = ["talks", "demo", "offer"]
AMOUNTS = [0, 1, 70, 100, 99_999, 2**55 // 100]
TABLES = {
    "stage_changes": "stage",
    "amount_changes": "amount",
    "close_date_changes": "expected_close_at",
    "owner_changes": "owner",
}


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
        now = {field: deal["events"][table][-1][1] for table, field in TABLES.items()}
        kind, closed = closing(deal, date.max)
        row = {"id": deal["id"], "created_at": deal["created_at"], **now}
        row |= {"outcome": kind, "closed_at": closed, "removed_at": deal["removed_at"]}
        listed.append(row)
        for table, field in TABLES.items():
            for day, value in deal["events"][table]:
                tables[table].append({"deal": deal["id"], field: value, "changed_at": day})
    return {"deals": listed, "stages": STAGES, "currency": "EUR", **tables}


def value_at(deal, table, end):
    """The value at the end of a period that ends before `end`; None before the first."""
    found = None
    for day, value in deal["events"][table]:
        if day < end:
            found = value
    return found


def closing(deal, end):
    """Outcome and close as known before `end`."""
    kind, since = "open", None
    for day, stage in deal["events"]["stage_changes"]:
        if day < end:
            if TYPE[stage] != kind:
                since = day
            kind = TYPE[stage]
    return (kind, since) if kind != "open" else ("open", None)


def removed(deal, end):
    return deal["removed_at"] is not None and deal["removed_at"] < end


def is_open(deal, end):
    return deal["created_at"] < end and not removed(deal, end) and closing(deal, end)[0] == "open"


def stays(deal):
    """(stage, entered, left, exit) of each stay in an open stage."""
    found = []
    moves = []
    for day, stage in deal["events"]["stage_changes"]:
        if not moves or moves[-1][1] != stage:
            moves.append((day, stage))
    for at, (day, stage) in enumerate(moves):
        if TYPE[stage] != "open":
            continue
        if at + 1 == len(moves):
            found.append((stage, day, None, "still_there"))
            continue
        then, following = moves[at + 1]
        how = "lost" if TYPE[following] == "lost" else "advanced"
        if TYPE[following] == "open" and ORDER[following] < ORDER[stage]:
            how = "moved_back"
        found.append((stage, day, then, how))
    return found
