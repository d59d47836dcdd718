"""CRM: the tables that belong together, and the links between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from .columns import Codes, Column, common_labels
from .errors import DataError, Fault, NeedsError, SalesMetricsError
from .history.known import Instant, Known
from .money import ExchangeRates
from .reasons import tables_needed
from .tables import (
    Activities,
    AmountChanges,
    Checks,
    CloseDateChanges,
    Costs,
    Customers,
    DealCredits,
    Deals,
    Deliverables,
    Expectations,
    Leads,
    OwnerChanges,
    Owners,
    Products,
    Requests,
    Revenues,
    StageChanges,
    Stages,
    Subscriptions,
    Surveys,
    Table,
    Touches,
    Visits,
)
from .tables.acquired import with_acquired, with_origin
from .tables.answers import with_answers
from .tables.changes import FieldChanges
from .tables.past import with_history
from .tables.table import Link, Mask, OnError

__all__ = ["CRM", "TABLES"]

T = TypeVar("T", bound=Table)

TABLES: dict[str, type[Table]] = {
    kind.name: kind
    for kind in (
        Stages,
        Owners,
        Products,
        Customers,
        Leads,
        Deals,
        StageChanges,
        AmountChanges,
        CloseDateChanges,
        OwnerChanges,
        Subscriptions,
        Activities,
        Costs,
        Revenues,
        Visits,
        Requests,
        Deliverables,
        Surveys,
        Checks,
        Expectations,
        DealCredits,
        Touches,
    )
}
# Which column names a row of which table.
LINKS = {
    "owner": "owners",
    "customer": "customers",
    "product": "products",
    "stage": "stages",
    "lead": "leads",
    "deal": "deals",
}


class CRM:
    """Tables of one company: checked alike, linked, and known up to the same moment.

    Every table is optional and takes what its `.of` takes.  `currency`, `tz` and `rates` are
    given once for all.  `crm.deals` and the others are the tables; `crm.as_of(...)` is the same
    company as it was known then.
    """

    def __init__(
        self,
        *,
        deals: Any = None,
        stage_changes: Any = None,
        amount_changes: Any = None,
        close_date_changes: Any = None,
        owner_changes: Any = None,
        leads: Any = None,
        customers: Any = None,
        owners: Any = None,
        stages: Any = None,
        products: Any = None,
        subscriptions: Any = None,
        activities: Any = None,
        costs: Any = None,
        revenues: Any = None,
        visits: Any = None,
        requests: Any = None,
        deliverables: Any = None,
        surveys: Any = None,
        checks: Any = None,
        expectations: Any = None,
        deal_credits: Any = None,
        touches: Any = None,
        currency: str | None = None,
        tz: str | None = None,
        rates: ExchangeRates | None = None,
        on_error: OnError = "raise",
    ) -> None:
        given = {
            "stages": stages,
            "owners": owners,
            "products": products,
            "customers": customers,
            "leads": leads,
            "deals": deals,
            "stage_changes": stage_changes,
            "amount_changes": amount_changes,
            "close_date_changes": close_date_changes,
            "owner_changes": owner_changes,
            "subscriptions": subscriptions,
            "activities": activities,
            "costs": costs,
            "revenues": revenues,
            "visits": visits,
            "requests": requests,
            "deliverables": deliverables,
            "surveys": surveys,
            "checks": checks,
            "expectations": expectations,
            "deal_credits": deal_credits,
            "touches": touches,
        }
        tables: dict[str, Table] = {}
        for name, rows in given.items():
            if rows is None:
                continue
            context = {"stages": tables.get("stages")} if name == "deals" else {}
            tables[name] = TABLES[name].of(
                rows, currency=currency, tz=tz, rates=rates, on_error=on_error, **context
            )
        zones = {table.zone.name for table in tables.values() if table.zone is not None}
        if len(zones) > 1:
            raise SalesMetricsError(
                f"the tables count days in {', '.join(sorted(zones))}; make them with one tz="
            )
        currencies = {table.currency for table in tables.values() if table.currency}
        if len(currencies) > 1:
            raise SalesMetricsError(
                f"the tables are in {', '.join(sorted(currencies))}; pass currency= for the one to "
                "report in, and rates= to convert the others"
            )
        days = [t.known for t in tables.values() if t.known is not None]
        latest = max(days, key=lambda known: known.day) if days else None
        tables = {name: table.settled(latest, latest) for name, table in tables.items()}
        self._tables = _linked(_with_past(tables, on_error))
        self.files: tuple[Any, ...] = ()  # where `read` says what it found in which file
        self.not_found: tuple[tuple[str, str], ...] = ()  # tables a preset knows: what was sought

    @classmethod
    def _of_tables(cls, tables: Mapping[str, Table]) -> CRM:
        crm = cls.__new__(cls)
        crm._tables = _linked(dict(tables))
        crm.files, crm.not_found = (), ()
        return crm

    @property
    def tables(self) -> Mapping[str, Table]:
        """The tables there are, by name."""
        return dict(self._tables)

    @property
    def known(self) -> Known | None:
        """Up to when events are known."""
        return next((table.known for table in self._tables.values()), None)

    @property
    def currency(self) -> str | None:
        """The reporting currency."""
        return next((t.currency for t in self._tables.values() if t.currency), None)

    @property
    def faults(self) -> Mapping[str, tuple[Fault, ...]]:
        """What was rejected, by table."""
        return {name: table.rejected for name, table in self._tables.items() if table.rejected}

    def as_of(self, instant: Instant) -> CRM:
        """The company as it was known then: a date means the end of that day."""
        return CRM._of_tables({name: table.as_of(instant) for name, table in self._tables.items()})

    def has(self, name: str) -> bool:
        """Whether this table was given."""
        return name in self._tables

    def _table(self, kind: type[T]) -> T:
        if kind.name not in self._tables:
            there = ", ".join(self._tables) or "no tables"
            raise NeedsError(
                tables_needed(kind.name), f"this CRM has no {kind.name}; it has {there}"
            )
        table = self._tables[kind.name]
        assert isinstance(table, kind)
        return table

    @property
    def deals(self) -> Deals:
        return self._table(Deals)

    @property
    def leads(self) -> Leads:
        return self._table(Leads)

    @property
    def customers(self) -> Customers:
        return self._table(Customers)

    @property
    def owners(self) -> Owners:
        return self._table(Owners)

    @property
    def stages(self) -> Stages:
        return self._table(Stages)

    @property
    def products(self) -> Products:
        return self._table(Products)

    @property
    def subscriptions(self) -> Subscriptions:
        return self._table(Subscriptions)

    @property
    def activities(self) -> Activities:
        return self._table(Activities)

    @property
    def costs(self) -> Costs:
        return self._table(Costs)

    @property
    def revenues(self) -> Revenues:
        return self._table(Revenues)

    @property
    def visits(self) -> Visits:
        return self._table(Visits)

    @property
    def requests(self) -> Requests:
        return self._table(Requests)

    @property
    def deliverables(self) -> Deliverables:
        return self._table(Deliverables)

    @property
    def surveys(self) -> Surveys:
        return self._table(Surveys)

    @property
    def checks(self) -> Checks:
        return self._table(Checks)

    @property
    def expectations(self) -> Expectations:
        return self._table(Expectations)

    @property
    def deal_credits(self) -> DealCredits:
        return self._table(DealCredits)

    @property
    def touches(self) -> Touches:
        return self._table(Touches)

    def __repr__(self) -> str:
        tables = ", ".join(f"{len(table):,} {name}" for name, table in self._tables.items())
        return f"CRM({tables or 'empty'})"


def _with_past(tables: dict[str, Table], on_error: OnError) -> dict[str, Table]:
    """Deals with the changes of their fields, where there are any."""
    changes = {name: table for name, table in tables.items() if isinstance(table, FieldChanges)}
    deals, stages = tables.get("deals"), tables.get("stages")
    if not changes:
        return tables
    if not isinstance(deals, Deals):
        raise NeedsError(
            tables_needed("deals"), f"{', '.join(changes)} tell of deals; pass deals= too"
        )
    joined, refused = with_history(deals, changes, stages if isinstance(stages, Stages) else None)
    for name, table in refused.items():
        if on_error == "raise":
            raise DataError(name, table.rejected[len(tables[name].rejected) :])
    return tables | {"deals": joined} | refused


def _linked(tables: dict[str, Table]) -> dict[str, Table]:
    """One numbering for the names of each linked record, and from each name to its row."""
    if "customers" not in tables:
        made = _customers_of(tables)
        if made is not None:
            tables["customers"] = made
    tables = {name: replace(table, links=None) for name, table in tables.items()}
    for column, target in LINKS.items():
        roster = tables.get(target)
        if roster is None:
            continue
        users = {
            name: table.codes(column)
            for name, table in tables.items()
            if isinstance(table.columns.get(column), Codes)
        }
        if not users:
            continue
        ids = roster.ordered_ids() if isinstance(roster, Stages) else sorted(roster.ids())
        labels = common_labels(list(users.values()), ids)
        row_of = {key: row for row, key in enumerate(roster.ids())}
        rows = np.array([row_of.get(label, -1) for label in labels], dtype=np.int64)
        for name, codes in users.items():
            changed: dict[str, Column] = {column: codes.relabelled(labels)}
            table = tables[name]
            tables[name] = replace(
                table,
                given={**table.given, **changed},
                columns={**table.columns, **changed},
                history=table.history and table.history.relabelled(column, labels),
                links={**(table.links or {}), column: Link(roster, rows)},
            )
    if "customers" in tables:
        tables["customers"] = with_acquired(tables["customers"], tables)
        if isinstance(tables.get("leads"), Leads):
            tables["customers"] = with_origin(tables["customers"], tables["leads"])
    leads, activities = tables.get("leads"), tables.get("activities")
    if isinstance(leads, Leads) and isinstance(activities, Activities):
        tables["leads"] = with_answers(leads, activities)
    # A link holds its table as it stood when it was made; the finished ones have links too.
    return {
        name: replace(
            table,
            links={c: Link(tables[LINKS[c]], link.rows) for c, link in (table.links or {}).items()},
        )
        for name, table in tables.items()
    }


def _customers_of(tables: Mapping[str, Table]) -> Customers | None:
    """Where no customers are given: those that deals and subscriptions name."""
    columns = [
        table.codes("customer")
        for table in tables.values()
        if isinstance(table.columns.get("customer"), Codes)
    ]
    if not columns:
        return None
    ids = [label for label in common_labels(columns) if label is not None]
    some = next(
        table for table in tables.values() if isinstance(table.columns.get("customer"), Codes)
    )
    made = Customers.of({"id": ids})
    return replace(made, zone=some.zone, currency=some.currency).settled(some.known, some.complete)


def links_of(table: Table) -> Iterator[tuple[str, int]]:
    """Each linked column, and how many rows name a record that is not there."""
    for column, orphan in orphans_of(table):
        yield column, int(orphan.sum())


def orphans_of(table: Table) -> Iterator[tuple[str, Mask]]:
    """Each linked column, and the rows that name a record that is not there."""
    for column, link in (table.links or {}).items():
        codes = table.codes(column)
        yield column, (link.rows[codes.codes] < 0) & (codes.codes != 0)
