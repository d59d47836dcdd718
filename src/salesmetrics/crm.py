"""CRM: the tables that belong together, and the links between them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import copy
from types import MappingProxyType
from typing import Any, Generic, Self, TypeVar, overload

from .doors import door
from .errors import Fault, NeedsError, SalesMetricsError
from .history.known import Instant, Known, latest_known
from .money import ExchangeRates
from .periods import ALL_TIME, Periods
from .reasons import Reason, all_needed, tables_needed
from .results import Result
from .results.rows_read import RowsRead, all_read
from .tables import (
    Activities,
    AmountChanges,
    Checks,
    CloseDateChanges,
    Costs,
    Customers,
    DealCredits,
    DealLines,
    Deals,
    Deliverables,
    Expectations,
    ForecastCalls,
    ForecastCategoryChanges,
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
    TeamChanges,
    Touches,
    Visits,
    into,
)
from .tables.changes import CHANGES
from .tables.filtering import Allowed, cannot_meet, filtered, filtered_alike
from .tables.grouping import By
from .tables.linking import ids_named, linked
from .tables.needs import lacking_of
from .tables.past import with_past
from .tables.rows import Condition
from .tables.table import OnError
from .tables.teams import with_moves
from .tables.then import known_then

__all__ = ["CRM", "TABLES"]

R = TypeVar("R", bound=Result)
T = TypeVar("T", bound=Table)

KINDS: tuple[type[Table], ...] = (
    Stages,
    Owners,
    Products,
    Customers,
    Leads,
    Deals,
    *CHANGES,
    TeamChanges,
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
    DealLines,
    Touches,
    ForecastCalls,
)
TABLES: dict[str, type[Table]] = {kind.name: kind for kind in KINDS}


class _Given(Generic[T]):
    """A table of a CRM as its attribute: `crm.deals`; refused by name where it was not given."""

    def __init__(self, kind: type[T]) -> None:
        self.kind = kind

    @overload
    def __get__(self, crm: None, owner: type) -> Self: ...
    @overload
    def __get__(self, crm: CRM, owner: type) -> T: ...
    def __get__(self, crm: CRM | None, owner: type) -> Self | T:
        return self if crm is None else crm._table(self.kind)


class CRM:
    """Tables of one company: checked alike, linked, and known up to the same moment.

    Every table is optional and takes what its `.of` takes.  `currency`, `tz` and `rates` are
    given once for all.  `crm.deals` and the others are the tables; `crm.as_of(...)` is the same
    company as it was known then, `crm.filter(...)` is it of some of its rows, and `crm.kpi(...)`
    a figure of it.
    """

    stages: _Given[Stages] = _Given(Stages)
    owners: _Given[Owners] = _Given(Owners)
    products: _Given[Products] = _Given(Products)
    customers: _Given[Customers] = _Given(Customers)
    leads: _Given[Leads] = _Given(Leads)
    deals: _Given[Deals] = _Given(Deals)
    stage_changes: _Given[StageChanges] = _Given(StageChanges)
    amount_changes: _Given[AmountChanges] = _Given(AmountChanges)
    close_date_changes: _Given[CloseDateChanges] = _Given(CloseDateChanges)
    owner_changes: _Given[OwnerChanges] = _Given(OwnerChanges)
    forecast_category_changes: _Given[ForecastCategoryChanges] = _Given(ForecastCategoryChanges)
    team_changes: _Given[TeamChanges] = _Given(TeamChanges)
    subscriptions: _Given[Subscriptions] = _Given(Subscriptions)
    activities: _Given[Activities] = _Given(Activities)
    costs: _Given[Costs] = _Given(Costs)
    revenues: _Given[Revenues] = _Given(Revenues)
    visits: _Given[Visits] = _Given(Visits)
    requests: _Given[Requests] = _Given(Requests)
    deliverables: _Given[Deliverables] = _Given(Deliverables)
    surveys: _Given[Surveys] = _Given(Surveys)
    checks: _Given[Checks] = _Given(Checks)
    expectations: _Given[Expectations] = _Given(Expectations)
    deal_credits: _Given[DealCredits] = _Given(DealCredits)
    deal_lines: _Given[DealLines] = _Given(DealLines)
    touches: _Given[Touches] = _Given(Touches)
    forecast_calls: _Given[ForecastCalls] = _Given(ForecastCalls)

    def __init__(
        self,
        *,
        deals: into.IntoDeals | None = None,
        stage_changes: into.IntoStageChanges | None = None,
        amount_changes: into.IntoAmountChanges | None = None,
        close_date_changes: into.IntoCloseDateChanges | None = None,
        owner_changes: into.IntoOwnerChanges | None = None,
        forecast_category_changes: into.IntoForecastCategoryChanges | None = None,
        team_changes: into.IntoTeamChanges | None = None,
        leads: into.IntoLeads | None = None,
        customers: into.IntoCustomers | None = None,
        owners: into.IntoOwners | None = None,
        stages: into.IntoStages | None = None,
        products: into.IntoProducts | None = None,
        subscriptions: into.IntoSubscriptions | None = None,
        activities: into.IntoActivities | None = None,
        costs: into.IntoCosts | None = None,
        revenues: into.IntoRevenues | None = None,
        visits: into.IntoVisits | None = None,
        requests: into.IntoRequests | None = None,
        deliverables: into.IntoDeliverables | None = None,
        surveys: into.IntoSurveys | None = None,
        checks: into.IntoChecks | None = None,
        expectations: into.IntoExpectations | None = None,
        deal_credits: into.IntoDealCredits | None = None,
        deal_lines: into.IntoDealLines | None = None,
        touches: into.IntoTouches | None = None,
        forecast_calls: into.IntoForecastCalls | None = None,
        currency: str | None = None,
        tz: str | None = None,
        rates: ExchangeRates | None = None,
        on_error: OnError = "raise",
        all_open: bool = False,
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
            "forecast_category_changes": forecast_category_changes,
            "team_changes": team_changes,
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
            "deal_lines": deal_lines,
            "touches": touches,
            "forecast_calls": forecast_calls,
        }
        tables: dict[str, Table] = {}
        for name, rows in given.items():
            if rows is None:
                continue
            context: Any = {"deals": tables.get("deals")} if name == "amount_changes" else {}
            if name == "deals":
                context = {"stages": tables.get("stages"), "all_open": all_open}
            context |= {"currency": currency, "tz": tz, "rates": rates, "on_error": on_error}
            tables[name] = TABLES[name].of(rows, ids=ids_named(tables), **context)
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
        latest = latest_known(table.known for table in tables.values())
        tables = {name: table.known_at(latest, latest) for name, table in tables.items()}
        tables = linked(with_moves(with_past(tables, on_error), on_error))
        self._tables: Mapping[str, Table] = tables
        self.files: tuple[Any, ...] = ()  # where `read` says what it found in which file
        self.not_found: tuple[tuple[str, str], ...] = ()  # tables a preset knows: what was sought
        self.not_read: tuple[str, ...] = ()  # files and sheets that were there, and no rule reads

    @classmethod
    def _of_tables(cls, tables: Mapping[str, Table]) -> CRM:
        crm = cls.__new__(cls)
        crm._tables = linked(dict(tables))
        crm.files, crm.not_found, crm.not_read = (), (), ()
        return crm

    @property
    def tables(self) -> Mapping[str, Table]:
        """The tables there are, by name."""
        tables = self._tables
        return dict(tables) if isinstance(tables, dict) else tables

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

    @property
    def unread(self) -> Mapping[str, tuple[Fault, ...]]:
        """The cells that could not be read and count as missing, by table; their rows are used."""
        return {name: table.unread for name, table in self._tables.items() if table.unread}

    @property
    def rows_read(self) -> tuple[RowsRead, ...]:
        """Table by table the rows given, used, refused by reason, and left out."""
        return all_read(*(table.rows_read for table in self._tables.values()))

    def as_of(self, instant: Instant) -> CRM:
        """The company as it was known then: a date means the end of that day.

        Each table is made when it is asked for, of those of this company, which it refers to.
        """
        crm = CRM.__new__(CRM)
        crm._tables = known_then(self._tables, instant)
        crm.files, crm.not_found, crm.not_read = (), (), ()
        return crm

    def filter(self, **conditions: Allowed | Mapping[str, Allowed]) -> CRM:
        """The same company, of some of the rows: `crm.filter(team="Seoul 1")`.

        The condition is read as `by` is, so that a figure is that of the group; links, history
        and what is known stay those of the whole company.  Filters combine.

        Args:
            conditions: a column and its value or values, for every table (a KPI with a table that
                cannot be grouped by it needs it); or a table and what to restrict it alone by:
                `deals={"team": "Seoul 1"}`.

        Raises:
            ColumnError: no table, or not the one named, can be grouped by such a column.
            NotFoundError: a value that the column does not have, or a table that is not there.
        """
        alike = {}
        tables = dict(self._tables)
        for name, asked in conditions.items():
            if name not in TABLES:
                alike[name] = asked
            elif not isinstance(asked, Mapping):
                raise SalesMetricsError(
                    f'{name} is a table; give its columns, as in {name}={{"owner": "ana"}}'
                )
            else:
                tables[name] = filtered(self._table(TABLES[name]), asked)
        found = copy(self)
        found._tables = filtered_alike(tables, alike)
        return found

    @overload
    def kpi(
        self, kpi: str, period: Periods | str = ..., *, by: By = ..., **keywords: Any
    ) -> Result: ...
    @overload
    def kpi(
        self, kpi: Callable[..., R], period: Periods | str = ..., *, by: By = ..., **keywords: Any
    ) -> R: ...
    def kpi(
        self,
        kpi: str | Callable[..., Result],
        period: Periods | str = ALL_TIME,
        *,
        by: By = None,
        **keywords: Any,
    ) -> Result:
        """One KPI of this company: `crm.kpi("ltv_to_cac", "2025-Q4", margin=0.7)`.

        Args:
            kpi: its function, whose type the result has; or its name, also that of a variant.
            period: one or several periods; all time otherwise, which stocks refuse.
            by: columns to group by.
            keywords: what else the KPI takes.

        Raises:
            NotFoundError: no KPI of this name, or a keyword that it does not take.
            NeedsError: a table that it needs or an assumption that was not given, named.

        >>> from salesmetrics import examples
        >>> CRM(deals=examples.deals).kpi("win_rate", "2025-Q1")
        win rate 66.7 % (2025-Q1; 2 of 3)
        """
        one: Any = door("kpi_entry", object)(kpi)
        given: dict[str, Any] = {**one.keywords, **keywords}
        one.check_keywords(keywords)
        label = one.label
        lacking = self.lacking(label.tables, label.optional, label.needs, label.beside)
        missing = [name for name in one.label.given if name not in given]
        lacking += [Reason("assumption", name=name) for name in missing]
        if lacking:
            needs = all_needed(lacking)
            hint = f"; pass {', '.join(f'{name}=' for name in missing)}" if missing else ""
            if len(lacking) > len(missing):
                hint = f"; this CRM has {', '.join(self._tables) or 'no tables'}{hint}"
            raise NeedsError(needs, f"{one.name} needs {needs}{hint}")
        tables = [self._tables.get(name) for name in one.label.tables]
        found: Result = one.function(*tables, period, by=by, **given)
        return found

    def lacking(
        self,
        tables: Iterable[str],
        optional: Iterable[str] = (),
        needs: tuple[str, ...] = (),
        beside: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    ) -> list[Reason]:
        """What a KPI of these tables lacks here: tables, and columns and histories of those there
        that it needs or that it is filtered by; tables `beside` are read whole."""
        return lacking_of(self._tables, tables, optional, needs, beside)

    @property
    def conditions(self) -> Mapping[str, Condition]:
        """What each table is filtered by, of those that can be."""
        return {
            name: table.condition
            for name, table in self._tables.items()
            if table.condition and not cannot_meet(table)
        }

    def has(self, name: str) -> bool:
        """Whether this table was given."""
        return name in self._tables

    def _table(self, kind: type[T]) -> T:
        if kind.name not in self._tables:
            there = ", ".join(self._tables) or "no tables"
            lacking = f"this CRM has no {kind.name}; it has {there}"
            raise NeedsError(tables_needed(kind.name), lacking)
        table = self._tables[kind.name]
        assert isinstance(table, kind)
        return table

    def __repr__(self) -> str:
        tables = ", ".join(f"{len(table):,} {name}" for name, table in self._tables.items())
        return f"CRM({tables or 'empty'})"
