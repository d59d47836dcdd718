"""What a figure cannot do without, declared by name, and which of it a table lacks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..reasons import Reason, column_needed, tables_needed
from .filtering import cannot_meet
from .rows import Rows

__all__ = ["lacking_of", "told_by"]

# The changes of deals, and the field whose track they become.
TRACKS = {
    "stage_changes": "stage",
    "amount_changes": "amount",
    "close_date_changes": "expected_close_at",
    "owner_changes": "owner",
    "forecast_category_changes": "forecast_category",
}


def lacking_of(
    given: Mapping[str, Rows],
    tables: Iterable[str],
    optional: Iterable[str],
    needs: Iterable[str],
    beside: Mapping[str, tuple[str, ...]],
) -> list[Reason]:
    """What a KPI of these tables lacks: tables, what it needs of those given, and columns that
    they are filtered by.

    Tables `beside` tell something of the rows, such as these columns of deals, and are read whole.
    """
    wanted, needed = [*tables], [*needs]
    missing = [name for name in wanted if name not in given and name not in set(optional)]
    there = [given[name] for name in wanted if name in given]
    unread = [each for table in there for each in _lacking_in(table, needed)]
    mine = [table for table in there if table.name not in beside]
    told = [column_needed("deals", name) for name in told_by(there, beside)]
    unfit = [column for table in mine for column in cannot_meet(table) if column not in told]
    return [*map(tables_needed, missing), *unread, *unfit]


def told_by(tables: Iterable[Rows], beside: Mapping[str, tuple[str, ...]]) -> set[str]:
    """The columns that these tables tell of deals."""
    return {name for one in tables for name in beside.get(one.name, ()) if one.has(name)}


def _lacking_in(table: Rows, needs: Iterable[str]) -> list[Reason]:
    """Of these needs, what is this table's to have and is not there.

    `deals.type` is a column; `stage_changes` a history of deals; `stages` what types its stages.
    """
    history: Any = getattr(table, "history", None)
    tracks = {} if history is None else history.tracks
    found = []
    for need in needs:
        name, _, column = need.partition(".")
        if column:
            if name == table.name and not table.has(column):
                found.append(column_needed(name, column))
        elif table.name != "deals":
            continue
        elif need in TRACKS:
            if TRACKS[need] not in tracks:
                found.append(tables_needed(need))
        elif history is not None and "stage" in tracks and history.types is None:
            found.append(tables_needed(need))
    return found
