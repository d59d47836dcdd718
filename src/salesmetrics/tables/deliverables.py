"""Reports, insights and guides, by edition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar, Self

import numpy as np

from ..columns import Codes, Column, Times, chosen, joined_times, never
from ..days import NEVER, NEVER_SECONDS
from ..models import Deliverable, Record
from .deadlines import before_deadline, in_time, past_deadline
from .row_sets import labelled
from .rows import Rows
from .said import SAYING
from .stood import Stood
from .surveys import _came
from .table import Mask, Table
from .ties import turns

__all__ = ["Deliverables", "updated_within"]


class Deliverables(Table):
    """Reports, insights and guides, one row for each edition.

    `refreshed_at` is when an edition was last updated, else published; `previous_at` when the
    same `material` was last published or updated before.
    """

    __slots__ = ()
    record: ClassVar[type[Record]] = Deliverable
    name = "deliverables"
    derived: ClassVar[tuple[str, ...]] = ("refreshed_at", "previous_at", "replaced_at")
    always: ClassVar[tuple[str, ...]] = ("due_at",)

    def _derived(self) -> dict[str, Column]:
        columns = dict(super()._derived())
        published = columns.get("published_at")
        if not isinstance(published, Times):
            return columns
        updated = columns.get("updated_at")
        again = (
            updated if isinstance(updated, Times) else published.until(np.zeros(self.size, bool))
        )
        came = again.days != NEVER
        columns["refreshed_at"] = Times(
            np.where(came, again.seconds, published.seconds),
            np.where(came, again.days, published.days).astype(np.uint16),
        )
        material = columns.get("material")
        codes = material.codes if isinstance(material, Codes) else np.zeros(self.size, np.uint8)
        columns["previous_at"] = _previous(codes, published, again)
        return columns

    def editions(self) -> Self:
        """The guides, a row for each time that one was published or updated.

        `refreshed_at` is that time, and `replaced_at` the next one of the same material (of the
        row itself where it names none).
        """
        if "editions" not in self.kept:
            self.kept["editions"] = self._editions()
        found: Self = self.kept["editions"]
        return found

    def _editions(self) -> Self:
        guide, published = self.is_label("kind", "guide"), self.times("published_at")
        updated = self.times("updated_at") if self.has("updated_at") else never(self.size)
        first = chosen(published.days == NEVER, updated, published)
        again = np.flatnonzero(guide & (published.days != NEVER) & (updated.days != NEVER))
        rows = np.concatenate([np.arange(self.size), again])
        refreshed = joined_times([first, updated.take(again)])
        codes = self.codes("material").codes if self.has("material") else guide * 0
        named = guide[rows] & (codes[rows] != 0)
        material = np.where(named, codes[rows].astype(np.int64), -1 - rows)
        order = turns(self, rows, material, refreshed.seconds)
        rows, refreshed, material = rows[order], refreshed.take(order), material[order]
        followed = np.append(material[1:] == material[:-1], np.zeros(min(len(rows), 1), bool))
        then = refreshed.take(np.append(np.arange(len(rows))[1:], 0)[: len(rows)])
        # What is no guide, or none yet, stands for no time, and keeps its group; what does not say
        # of which kind it is may be one.
        guide |= self.codes("kind").codes == 0
        nothing = ~guide[rows] | (refreshed.days == NEVER)
        epoch = Times(None, np.zeros(len(rows), np.uint16), refreshed.zone)
        refreshed = chosen(nothing, epoch, refreshed)
        replaced = chosen(nothing, epoch, then.until(followed))
        made = self.some(rows)
        columns = {"refreshed_at": refreshed, "replaced_at": replaced}
        return replace(
            made,
            columns={**made.columns, **columns},
            run=None,
            origin=object(),
            restricted_to=("by edition",),
            remade=lambda whole: whole.editions(),
        )


def _previous(material: Any, published: Times, again: Times) -> Times:
    """Of each row's last date, the latest one of the same material before it."""
    size = len(material)
    rows = np.concatenate([np.arange(size), np.arange(size)])
    seconds = np.concatenate([published.seconds, again.seconds])
    days = np.concatenate([published.days, again.days])
    names = np.concatenate([material, material]).astype(np.int64)
    # Without a material a row is one of its own.
    names = np.where(names == 0, -1 - rows, names)
    came = np.flatnonzero(days != NEVER)
    order = came[np.lexsort((seconds[came], names[came]))]
    name, second = names[order], seconds[order]
    other = np.ones(len(order), dtype=bool)  # than the one before it: a material or a time
    other[1:] = (name[1:] != name[:-1]) | (second[1:] != second[:-1])
    time = np.cumsum(other) - 1
    earlier = np.append(np.flatnonzero(other), -1)[time - 1]  # a place in the order, -1 before all
    last = np.where(again.days != NEVER, again.seconds, published.seconds)
    found = (earlier >= 0) & (name[earlier] == name) & (second == last[rows[order]])
    before = Times(np.full(size, NEVER_SECONDS), np.full(size, NEVER, dtype=np.uint16))
    before.seconds[rows[order[found]]] = second[earlier[found]]
    before.days[rows[order[found]]] = days[order[earlier[found]]]
    return before


def updated_within(editions: Rows, days: int) -> Callable[[Stood], Mask]:
    """Guides that were published or updated in the last days before an end, or what is known."""
    guide = editions.is_label("kind", "guide")
    return lambda stood: guide[stood.of] & ~stood.for_days(days + 1)


Deliverables.row_sets = {
    "report": labelled("kind", "report"),
    "insight": labelled("kind", "insight"),
    "guide": labelled("kind", "guide"),
    "used": labelled("used", True),
    **SAYING,
    "with an edition before": lambda rows: _came(rows, "previous_at"),
    "past their deadline": lambda rows: past_deadline(rows, "due_at"),
    "before their deadline": lambda rows: before_deadline(rows, "due_at"),
    "published in time": lambda rows: in_time(rows, "due_at", "published_at"),
}
