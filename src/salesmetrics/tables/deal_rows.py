"""Rows made of the history of deals: their versions, and their stays in stages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, TypeVar

import numpy as np

from ..columns import MISSING, Codes, Column, Numbers, Repeated, Times
from ..history.stays import BILLION, ENDED, EXITS, stays, steps
from ..history.versions import Taken, held_at, versions
from ..models import Deal, Record
from ..reading.raw import Raw
from .deal_sets import DEAL_SETS
from .rows import Condition, Mask, Rows

__all__ = [
    "DealVersions", "Stays", "cut", "past_with_owners", "span_of", "stays_of", "versions_of",
    "with_owners_at",
]  # fmt: skip

HELD = ("owner", "team")  # what a deal has of people

R = TypeVar("R", bound=Rows)


class DealVersions(Rows):
    """Stretches of open deals: `created_at` and `closed_at` are when each began and ended."""

    __slots__ = ()
    record: ClassVar[type[Record]] = Deal
    name = "deals"
    born: ClassVar[str | None] = "created_at"
    row_sets: ClassVar[Mapping[str, Callable[..., Mask]]] = DEAL_SETS
    derived: ClassVar[tuple[str, ...]] = ("overdue_at", "step_probability")
    made_from: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "step_probability": ("stage_changes",),
        "overdue_at": ("created_at", "expected_close_at"),
    }

    def times_of_whole(self, name: str) -> Times:
        """A version begins and ends with a change; the deal was created and closed once."""
        columns = self.columns
        assert isinstance(columns, Taken)
        own = name not in ("created_at", "closed_at")
        found = columns[name] if own else columns.source(name).take(columns.rows)
        assert isinstance(found, Times)
        return found

    @property
    def from_history(self) -> tuple[str, ...]:
        """The fields that are read as they were at the time; the others are as they are now."""
        return self.past


def _exit(number: int) -> Callable[[Rows], Mask]:
    return lambda rows: np.asarray(rows.codes("exit").codes == number)


class Stays(Rows):
    """Deals in stages: `entered_at`, `left_at`, and `exit`, how each left.

    The other columns are those of the deal; owner and team are those it had when it entered.
    """

    __slots__ = ()
    record: ClassVar[type[Record]] = Deal
    name = "stays"
    born: ClassVar[str | None] = "entered_at"
    derived: ClassVar[tuple[str, ...]] = ("entered_at", "left_at", "exit", "next_stage")
    # A closed stage is no step to leave.
    rostered: ClassVar[Condition] = (("stage.type", ("open",)),)
    row_sets: ClassVar[Mapping[str, Callable[..., Mask]]] = {
        **{name: _exit(number) for number, name in enumerate(EXITS, 1)},
        "that ended": lambda rows: ENDED.take(rows.codes("exit").codes),
        "won": lambda rows: rows.is_label("outcome", "won"),
    }

    @property
    def from_history(self) -> tuple[str, ...]:
        """The fields that are read as they were at the time; the others are as they are now."""
        return self.past


def versions_of(deals: Rows) -> DealVersions:
    """The open stretches of these deals, with the fields as they were in each."""
    taken = versions(deals)
    history = deals.history
    if history is not None and history.types is not None and "stage" in history.tracks:
        # A history of its own: that of the deals keeps these rows, and would hold itself.
        whole = deals if deals.run is not None else replace(deals, history=replace(history))
        taken.later["step_probability"] = partial(_step_probability, whole)
    return _made(DealVersions, deals, taken, _tracked(deals))


def stays_of(deals: Rows) -> Stays:
    """The stays of these deals in stages that are known and open."""
    taken = stays(deals)
    fields = tuple(name for name in _tracked(deals) if name in ("stage", *HELD))
    return _made(Stays, deals, taken, fields)


def with_owners_at(deals: R, time: str) -> R:
    """The deals, each with the owner and the team it had at the time of an event."""
    tracks = {} if deals.history is None else deals.history.tracks
    then = {name: held_at(deals, name, time) for name in HELD if name in tracks}
    columns = {**deals.columns, **then}
    past = past_with_owners(deals)
    return replace(deals, columns=columns, history=None, run=None, past=past)


def _tracked(deals: Rows) -> tuple[str, ...]:
    """The fields of which a change is known, be it of a deal that is not in this batch."""
    history = deals.whole.history
    return () if history is None else history.fields


def past_with_owners(deals: Rows) -> tuple[str, ...]:
    """The fields read from history, owner and team among them where their changes are known."""
    fields = _tracked(deals)
    return tuple(dict.fromkeys((*deals.past, *(f for f in fields if f in HELD))))


def _made(kind: type[R], deals: Rows, taken: Taken, past: tuple[str, ...]) -> R:
    return kind(
        size=len(taken.rows),
        given={},
        columns=taken,
        extra=TakenExtra(deals.extra, taken.rows),
        currency=deals.currency,
        zone=deals.zone,
        rates=deals.rates,
        known=deals.known,
        complete=deals.complete,
        links=deals.links,
        past=past,
    )


class TakenExtra(Mapping[str, Raw]):
    """Further columns of another table at some of its rows, each taken when it is asked for."""

    def __init__(self, columns: Mapping[str, Raw], rows: Any) -> None:
        self.whole: Mapping[str, Raw] = columns
        self._rows: Any = rows

    def __getitem__(self, name: str) -> Raw:
        return self.whole[name].take(self._rows)

    def __iter__(self) -> Iterator[str]:
        return iter(self.whole)

    def __len__(self) -> int:
        return len(self.whole)


def span_of(made: Rows, deals: slice) -> slice:
    """Where the rows made of some of the deals stand."""
    if not isinstance(made.columns, Taken):
        return deals
    rows = made.columns.rows
    assert isinstance(rows, Repeated)  # made of all deals, in their order
    return rows.made_of(deals)


def cut(made: R, deals: slice) -> R:
    """The rows made of some of the deals."""
    columns = made.columns
    if not isinstance(columns, Taken):
        return made.some(deals)
    assert isinstance(columns.rows, Repeated)
    part = columns.cut(span_of(made, deals), columns.rows.some(deals))
    extra = made.extra
    if isinstance(extra, TakenExtra):
        extra = TakenExtra(extra.whole, part.rows)
    return replace(made, size=len(part.rows), columns=part, extra=extra)


def _step_probability(deals: Rows, versions: Mapping[str, Column]) -> Numbers:
    """The product of the conversions from each version's stage on, learned from all deals."""
    kept: dict[Any, Any] = {} if deals.run is None else deals.run.made
    if "steps" not in kept:
        kept["steps"] = steps(deals.whole)
    stage = versions["stage"]
    assert isinstance(stage, Codes)
    found = kept["steps"][stage.codes]
    why = np.where(found < 0, MISSING, 0).astype(np.uint8)
    return Numbers.of(np.maximum(found, 0), why, BILLION)
