"""What differs between two snapshots."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ..catalog import entry
from ..doors import door
from .change import Change, What, relative
from .grouped_changes import KpiChange, grouped, turned
from .schema import Document, DocumentFigure, read_document

__all__ = ["Change", "Changes", "diff"]


@dataclass(frozen=True, slots=True, repr=False)
class Changes:
    """Every change between two snapshots; false when there is none."""

    changes: tuple[Change, ...]

    def __bool__(self) -> bool:
        return bool(self.changes)

    def __len__(self) -> int:
        return len(self.changes)

    def __iter__(self) -> Iterator[Change]:
        return iter(self.changes)

    def grouped(self) -> list[Change | KpiChange | str]:
        """A line a KPI and period, after what changed of the documents themselves."""
        return grouped(self.changes)

    def filter(self, kpis: Iterable[str] | None = None, beyond: float | None = None) -> Changes:
        """Those of some KPIs (with what is of none), and values that moved by more than a share.

        What is no number, or was 0 or nothing, has moved beyond any share; row counts beside a
        value are left to it, and so are figures that are not there because their period is not.
        """
        names = None if kpis is None else {entry(name).name for name in kpis}
        other = turned(self.changes)
        return Changes(
            tuple(
                one
                for one in self.changes
                if (names is None or one.kpi is None or one.kpi in names)
                and (
                    beyond is None or (_is_beyond(one, beyond) and not (other and _is_of_one(one)))
                )
            )
        )

    @property
    def turn(self) -> Changes:
        """That the second is of other periods than the first; nothing where it is not."""
        other = turned(self.changes)
        return Changes(tuple(one for one in self.changes if other and one.field == "periods"))

    def to_records(self) -> list[dict[str, Any]]:
        """A dict a change."""
        return [
            {
                "what": one.what,
                "kpi": one.kpi,
                "period": one.period,
                "group": dict(one.group),
                "field": one.field,
                "before": one.before,
                "after": one.after,
            }
            for one in self.changes
        ]

    def __repr__(self) -> str:
        return door("changes_text", str)(self)


def diff(before: Any, after: Any) -> Changes:
    """What changed from one snapshot to another.

    Named are the facts of the document (what is known, the periods, the groupings), KPIs and
    groups that appeared or disappeared, changed definitions, needs, values and row counts.

    Args:
        before: a snapshot, its `to_dict()`, its JSON, or a file of that.
        after: the same.

    >>> from salesmetrics import CRM, examples, snapshot
    >>> crm = CRM(deals=examples.deals)
    >>> then, now = (snapshot(crm, "2025-Q1", as_of=day, kpis=["won_deals"])
    ...              for day in ("2025-01-31", "2025-03-31"))
    >>> diff(then, now)
    snapshot: known_until 2025-01-31 -> 2025-03-31
    won_deals (2025-Q1): value 1 -> 2
    won_deals (2025-Q1): n 1 -> 2
    >>> bool(diff(then, then))
    False
    """
    old, new = read_document(before), read_document(after)
    changes = [*_facts(old, new)]
    then, now = ({one.kpi: one for one in doc.kpis} for doc in (old, new))
    lacked, lacks = ({one.kpi: one.needs.text for one in doc.needs} for doc in (old, new))
    for name in dict.fromkeys([*then, *now, *lacked, *lacks]):
        if name in then and name in now:
            changes += _figure(then[name], now[name])
        elif name in then or name in now:
            what: What = "appeared" if name in now else "disappeared"
            changes.append(Change(what, name, "kpi", None, None))
        if lacked.get(name) != lacks.get(name):
            changes.append(Change("needs", name, "needs", lacked.get(name), lacks.get(name)))
    return Changes(tuple(changes))


def _is_of_one(one: Change) -> bool:
    """Whether it is there in one document only; of other periods all are."""
    return one.field in ("figure", "target")


def _is_beyond(one: Change, limit: float) -> bool:
    if one.what == "document" and one.field in ("known_until", "periods"):
        return False  # another night, another quarter: that is what was asked for
    if one.what == "n":
        return False
    share = relative(one)
    return share is None or abs(share) > limit


def _facts(old: Document, new: Document) -> Iterator[Change]:
    """What the whole document says of itself."""
    then, now = old.model_dump(), new.model_dump()
    for name in ("known_until", "currency", "scorecard", "periods", "by", "every", "assumptions"):
        if then[name] != now[name]:
            yield Change("document", None, name, _plain(then[name]), _plain(now[name]))
    yield from _aims(old, new)


def _aims(old: Document, new: Document) -> Iterator[Change]:
    """Targets that are set otherwise; what they came to follows from the values."""
    then, now = (
        {
            (
                one.kpi,
                tuple(one.group.items()),
                one.period,
                one.statistic,
                tuple(one.given.items()),
            ): one.target
            for one in doc.targets
        }
        for doc in (old, new)
    )
    for key in dict.fromkeys([*then, *now]):
        if then.get(key) != now.get(key):
            kpi, group, period = key[:3]
            yield Change("document", kpi, "target", then.get(key), now.get(key), period, group)


def _figure(old: DocumentFigure, new: DocumentFigure) -> Iterator[Change]:
    for field in ("definition", "of", "variant", "unit", "better"):
        before, after = getattr(old, field), getattr(new, field)
        if before != after:
            yield Change("definition", old.kpi, field, _plain(before), _plain(after))
    lacked, lacks = ({by: why.text for by, why in one.ungrouped.items()} for one in (old, new))
    if lacked != lacks:
        yield Change("needs", old.kpi, "ungrouped", _plain(lacked), _plain(lacks))
    then, now = _cells(old), _cells(new)
    for place in dict.fromkeys([*then, *now]):
        group, period = place
        if place not in now:
            yield Change("disappeared", old.kpi, "figure", then[place][0], None, period, group)
        elif place not in then:
            yield Change("appeared", old.kpi, "figure", None, now[place][0], period, group)
        else:
            (value, exact, n), (value_now, exact_now, n_now) = then[place], now[place]
            if exact != exact_now or value != value_now:
                yield Change("value", old.kpi, "value", value, value_now, period, group)
            if n != n_now:
                yield Change("n", old.kpi, "n", n, n_now, period, group)


def _cells(figure: DocumentFigure) -> dict[tuple[Any, str | None], tuple[Any, Any, int | None]]:
    """Every figure by its place: single ones, the steps of a series, the rows of a table."""
    found: dict[tuple[Any, str | None], tuple[Any, Any, int | None]] = {}
    for cell in figure.figures:
        found[tuple(cell.group.items()), cell.period] = cell.value, cell.exact, cell.n
    for piece in figure.series:
        found[tuple(piece.group.items()), piece.period.label] = piece.value, piece.exact, piece.n
    for at, row in enumerate(figure.table):
        for name, value in row.values.items():
            place = (*row.group.items(), ("row", at), ("column", name))
            found[place, row.period] = value, None, None
    return found


def _plain(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value
