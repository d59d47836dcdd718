"""What became of the rows of a table on their way in: given, used, refused, left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from ..errors import Fault
from ..reasons import Reason, RowsByReason, as_reason, without_advice

__all__ = ["RowsRead", "all_read", "refused_by_reason", "rows_read"]

MOST_REASONS = 20


@dataclass(frozen=True, slots=True)
class RowsRead:
    """How many rows of a table were given, and what became of them.

    `refused` are those that cannot be used, by field and reason (a row with several counts at its
    first); `left_out` those that a preset or mapping leaves out, such as deleted ones.  `unread`
    are cells of rows that are used, which cannot be read and count as missing.
    """

    table: str
    given: int
    used: int
    refused: RowsByReason = field(default_factory=dict)
    left_out: RowsByReason = field(default_factory=dict)
    unread: RowsByReason = field(default_factory=dict)  # cells of used rows, taken for missing
    # Which tables these are rows of, so that batches of one count once in a sum.
    sources: frozenset[str] = field(default=frozenset(), compare=False, repr=False)

    @property
    def refused_rows(self) -> int:
        """How many cannot be used, whatever the reason."""
        return sum(self.refused.values())

    @property
    def left_out_rows(self) -> int:
        """How many were left out by rule."""
        return sum(self.left_out.values())

    @property
    def unread_cells(self) -> int:
        """How many cells of used rows count as missing."""
        return sum(self.unread.values())

    @property
    def is_empty(self) -> bool:
        """Whether a table was given without a row; customers may be made of the names in deals."""
        return not self.given and self.table != "customers"

    @property
    def losses(self) -> tuple[Reason, ...]:
        """What could not be used, in a few words: rows, and cells of others; none where all was."""
        found = [Reason("no_rows_given", table=self.table)] if self.is_empty else []
        if self.refused:
            rows = {"refused": self.refused_rows, "given": self.given}
            found.append(Reason("refused_rows", table=self.table, **rows))
        if self.unread:
            found.append(Reason("unread_cells", table=self.table, cells=self.unread_cells))
        return tuple(found)

    def to_dict(self) -> dict[str, Any]:
        """In plain types, ready for JSON."""
        return {
            "table": self.table,
            "given": self.given,
            "used": self.used,
            "refused": _listed(self.refused),
            "left_out": _listed(self.left_out),
            "unread": _listed(self.unread),
        }

    def without(self, left_out: Mapping[Any, int]) -> RowsRead:
        """With the rows that were left out before these were looked at."""
        told = {as_reason(why): rows for why, rows in left_out.items() if rows}
        given = self.given + sum(told.values())
        return replace(self, given=given, left_out={**self.left_out, **told})

    def with_faults(self, faults: Sequence[Fault]) -> RowsRead:
        """With all the rows that turned out not to be usable."""
        refused = refused_by_reason(faults)
        used = self.given - self.left_out_rows - sum(refused.values())
        return replace(self, used=used, refused=refused)

    def __add__(self, other: RowsRead) -> RowsRead:
        """The rows of both; those of one table, of which both may be batches, once."""
        if self.sources & other.sources:
            return self if self.sources >= other.sources else other
        return RowsRead(
            self.table,
            self.given + other.given,
            self.used + other.used,
            _both(self.refused, other.refused),
            _both(self.left_out, other.left_out),
            _both(self.unread, other.unread),
            self.sources | other.sources,
        )


def rows_read(
    table: str, given: int, faults: Sequence[Fault], unread: Sequence[Fault] = ()
) -> RowsRead:
    """The rows of one table, which is like no other even where its rows are."""
    mine = frozenset((uuid4().hex,))
    cells = by_reason(unread)
    return RowsRead(table, given, given, unread=cells, sources=mine).with_faults(faults)


def all_read(*each: Iterable[RowsRead]) -> tuple[RowsRead, ...]:
    """The rows of all of them, table by table."""
    found: dict[str, RowsRead] = {}
    for one in (one for several in each for one in several):
        found[one.table] = found[one.table] + one if one.table in found else one
    return tuple(found.values())


def refused_by_reason(faults: Iterable[Fault]) -> dict[Reason, int]:
    """Refused rows by the first thing that is wrong with each, the most frequent first."""
    first: dict[int, Fault] = {}
    for fault in faults:
        first.setdefault(fault.row, fault)
    return by_reason(first.values())


def by_reason(faults: Iterable[Fault]) -> dict[Reason, int]:
    """Faults by field and reason, the most frequent first."""
    alike = Counter((fault.field, fault.reason, fault.other is not None) for fault in faults)
    counts: dict[Reason, int] = {}
    for (name, reason, again), rows in alike.items():
        why = Reason("id_again") if again else without_advice(reason)
        told = Reason("of_part", part=name, reason=why)
        counts[told] = counts.get(told, 0) + rows
    ordered = sorted(counts.items(), key=lambda one: -one[1])
    most = dict(ordered[:MOST_REASONS])
    if rest := sum(rows for _, rows in ordered[MOST_REASONS:]):
        most[Reason("other_reasons")] = rest
    return most


def _both(one: RowsByReason, other: RowsByReason) -> dict[Any, int]:
    found = dict(one)
    for why, rows in other.items():
        found[why] = found.get(why, 0) + rows
    return found


def _listed(rows: RowsByReason) -> list[dict[str, Any]]:
    return [{**as_reason(why).to_dict(), "rows": count} for why, count in rows.items()]
