"""The label of a KPI: facts attached to a function, which stays the function that was written."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial, wraps
from typing import Any, Literal, ParamSpec, TypeVar

from .errors import SalesMetricsError, one_of
from .results import Result
from .results.definition import plain_value
from .results.identity import Identity
from .results.rows_read import RowsRead, all_read
from .tables.record_names import called_in

__all__ = ["Choices", "Label", "kpi", "label_of"]

P = ParamSpec("P")
R = TypeVar("R", bound=Result)
T = TypeVar("T")
Fact = bool | tuple[str, ...]  # of the KPI, or of the variants named
Better = Literal["higher", "lower", "neither"]
Adds = Literal["rows time", "rows", ""]


class Choices(dict[Any, T]):
    """What each value of a KPI's keyword selects; any other value is refused by name."""

    def __init__(self, keyword: str, selected: Mapping[Any, T]) -> None:
        super().__init__(selected)
        self.keyword = keyword

    def __getitem__(self, value: object) -> T:
        try:
            return super().__getitem__(value)
        except (KeyError, TypeError):  # none of them, or nothing that a name can be
            raise SalesMetricsError(one_of(f"{self.keyword}=", value, self)) from None

    def check(self, value: object) -> None:
        """Refuses any other value, before anything is computed."""
        _ = self[value]


@dataclass(frozen=True, slots=True)
class Label:
    """What is known of a KPI beside its function."""

    name: str
    unit: str  # "count", "money", "proportion", "ratio", "days", ...
    better: Better
    adds_over: Adds  # what its results may be added over: disjoint rows, following periods
    en: str
    ko: str
    group: str  # the part of `metrics` it is in: lead, pipeline, customer, cost ...
    article: str = ""
    variants: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    tables: tuple[str, ...] = ()  # filled from the CRM's tables of these names
    needs_period: bool = False  # a stock has no figure for all time
    optional: tuple[str, ...] = ()  # tables it does without; None where the CRM lacks them
    # Of its tables those that its rows are not of, which only tell something of them: they are read
    # whole; and the columns that they tell of deals, by which these can be grouped and filtered.
    beside: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    needs: tuple[str, ...] = ()  # columns (`deals.type`) and histories that it cannot do without
    # Facts of the KPI, or (by name) of some of its variants; `Entry` reads them.
    needs_history: Fact = False  # the changes of deals
    looks_up: Fact = False  # looks at rows beyond a group's own: who came first, who renewed
    moves_with_time: Fact = False  # deadlines pass and rows age, though nothing happens
    per_period: bool = False  # each period is computed by itself, never read from others
    given: tuple[str, ...] = ()  # keywords without default: assumptions to be given
    assumes: tuple[str, ...] = ()  # keywords with a default that an assumption of the name fills
    # Of these, what a column of the data says itself: "requests.due_at".
    unless: Mapping[str, str] = field(default_factory=dict)
    of_whole: bool = False  # a share of the whole company, also where the tables are filtered
    modelled: Fact = False  # an estimate learned from the past
    looks_ahead: Fact = False  # tells of periods that have not begun, as known now
    shown_by: str = ""  # what it is of: it shows itself by that where no groups are asked for
    keywords: Mapping[str, Any] = field(default_factory=dict)  # all of them, with their defaults

    def identity(self, given: Mapping[str, Any]) -> Identity:
        """Which KPI, or variant of it, these keywords ask for."""
        asked = {
            name: given[name]
            for name, default in self.keywords.items()
            if name in given and not (given[name] is default or given[name] == default)
        }
        free = {name: value for name, value in asked.items() if name not in self.given}
        variant = next((v for v, keywords in self.variants.items() if keywords == free), self.name)
        unsaid = {k: v for k, v in asked.items() if variant == self.name or k in self.given}
        return Identity(
            name=variant,
            keywords=tuple((name, plain_value(value)) for name, value in unsaid.items()),
            unit=self.unit,
            better=self.better,
            en=self.en,
            ko=self.ko,
            variant=variant.removeprefix(self.name).strip("_"),
        )


def kpi(
    *,
    unit: str,
    better: Better,
    adds_over: Adds,
    ko: str,
    en: str | None = None,
    articles: str = "",
    variants: Mapping[str, Mapping[str, Any]] | None = None,
    optional: tuple[str, ...] = (),
    beside: Mapping[str, tuple[str, ...]] | None = None,
    needs: tuple[str, ...] = (),
    assumes: tuple[str, ...] = (),
    unless: Mapping[str, str] | None = None,
    per_period: bool = False,
    needs_history: Fact = False,
    looks_up: Fact = False,
    moves_with_time: Fact = False,
    of_whole: bool = False,
    modelled: Fact = False,
    looks_ahead: Fact = False,
    shown_by: str = "",
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Attach the facts; the signature says the rest (its tables, what has to be given).

    What the function returns knows which KPI it is: of KPIs made of others, the outermost.
    """

    def attach(function: Callable[P, R]) -> Callable[P, R]:
        parameters = list(inspect.signature(function).parameters.values())
        names = [parameter.name for parameter in parameters]
        if "period" not in names:
            raise TypeError(f"{function.__name__} takes no period")
        at = names.index("period")
        missing = inspect.Parameter.empty
        keywords = [p for p in parameters if p.kind is p.KEYWORD_ONLY and p.name != "by"]
        label = Label(
            name=function.__name__,
            unit=unit,
            better=better,
            adds_over=adds_over,
            en=en or function.__name__.replace("_", " "),
            ko=ko,
            group=function.__module__.partition(".metrics.")[2].partition(".")[0],
            article=articles,
            variants=dict(variants or {}),
            tables=tuple(names[:at]),
            optional=optional,
            beside=dict(beside or {}),
            needs=needs,
            assumes=assumes,
            unless=dict(unless or {}),
            per_period=per_period,
            needs_history=needs_history,
            looks_up=looks_up,
            moves_with_time=moves_with_time,
            of_whole=of_whole,
            modelled=modelled,
            looks_ahead=looks_ahead,
            shown_by=shown_by,
            needs_period=parameters[at].default is missing,
            given=tuple(p.name for p in keywords if p.default is missing),
            keywords={p.name: p.default for p in keywords},
        )

        @wraps(function)
        def named(*args: P.args, **kwargs: P.kwargs) -> R:
            for name in kwargs:
                if name not in names:
                    raise TypeError(one_of(f"{label.name}: keyword", name, names))
            found = function(*args, **kwargs)
            tables = (*args, *(kwargs[name] for name in label.tables if name in kwargs))
            read = _rows_read(tables, found.by)
            known = found.known_as(
                label.identity(kwargs), read, looks_ahead is True, called_in(tables)
            )
            if not shown_by or known.by:
                return known
            return known.shown_as(partial(named, *args, **{**kwargs, "by": shown_by}))  # type: ignore[arg-type]

        named.__kpi__ = label  # type: ignore[attr-defined]
        return named

    return attach


def _rows_read(tables: Iterable[Any], by: Iterable[str]) -> tuple[RowsRead, ...]:
    """What became of the rows of these tables, and of those that they are grouped by."""
    found = []
    for table in tables:
        found.append(getattr(table, "rows_read", ()))
        links = getattr(table, "links", None) or {}
        heads = {name.partition(".")[0] for name in by if "." in name}
        found += [links[head].table.rows_read for head in links if head in heads]
    return all_read(*found)


def label_of(function: Callable[..., Any]) -> Label:
    """The facts attached to a KPI function."""
    label = getattr(function, "__kpi__", None)
    if not isinstance(label, Label):
        raise SalesMetricsError(
            f"{function!r} is no KPI; see salesmetrics.KPIS for those there are"
        )
    return label
