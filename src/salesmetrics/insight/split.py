"""What the change of a figure is made of: its factors, and the finest groups of each of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from ..catalog import Entry, entry
from ..crm import CRM
from ..errors import NeedsError, SalesMetricsError
from ..reasons import Reason, as_reason
from ..results import Distribution, Formula, Ratio, Result, Total
from .factors import FactorEffect, by_shapley, split_product
from .leaves import Leaves, Node, leaves_of
from .noise import noise_of

__all__ = ["Split", "splits_of"]

Pair = tuple[Fraction, Fraction]
REST = "share with an amount"


@dataclass
class Split:
    """The whole figure then and now, its factors, and leaves with what a unit of each comes to."""

    figures: Pair
    places: dict[Any, Any] = field(default_factory=dict)
    factors: tuple[FactorEffect, ...] = ()
    parts: Mapping[str, Pair] = field(default_factory=dict)
    method: str = ""
    leaves: tuple[tuple[str, Leaves, Fraction], ...] = ()
    unsplit: dict[str, Reason] = field(default_factory=dict)

    def groups(self, columns: Sequence[str]) -> list[tuple[Any, ...]]:
        """Every group of these columns that some factor has."""
        found: dict[tuple[Any, ...], None] = {}
        for _, leaves, _ in self.leaves:
            found |= dict.fromkeys(leaves.codes(columns)[1])
        return list(found)

    def node(self, columns: Sequence[str], group: tuple[Any, ...]) -> tuple[Node, float | None]:
        """What one group contributes by all factors together, and its variance."""
        nodes = []
        variance: float | None = 0.0
        for _, leaves, slope in self.leaves:
            at = self._places(leaves, tuple(columns)).get(group)
            if at is None:
                continue
            node, noise = leaves.node(at), leaves.noise_of(at)
            nodes.append((node, slope))
            variance = (
                None if noise is None or variance is None else variance + noise * float(slope) ** 2
            )
        effect = sum((node.effect * slope for node, slope in nodes), Fraction(0))
        if len(self.leaves) == 1:
            return replace(nodes[0][0], effect=effect), variance
        return Node(effect, None, None), variance

    def _places(self, leaves: Leaves, columns: tuple[str, ...]) -> dict[tuple[Any, ...], Any]:
        key = id(leaves), columns
        if key not in self.places:
            codes, groups = leaves.codes(columns)
            order = codes.argsort(kind="stable")
            edges = codes[order].searchsorted(range(len(groups) + 1))
            self.places[key] = {
                group: order[edges[at] : edges[at + 1]] for at, group in enumerate(groups)
            }
        found: dict[tuple[Any, ...], Any] = self.places[key]
        return found

    def noise_known(self) -> bool:
        """Whether chance can be told of every factor."""
        return all(leaves.noise is not None for _, leaves, _ in self.leaves)

    def noise(self) -> float:
        """The variance of the whole change."""
        return sum(
            (leaves.noise_of() or 0.0) * float(slope) ** 2 for _, leaves, slope in self.leaves
        )

    def leading(self) -> tuple[str, Leaves, Fraction] | None:
        """The factor that made most of the change."""
        if not self.leaves:
            return None
        return max(self.leaves, key=lambda one: abs(one[1].change * one[2]))


def splits_of(
    crm: CRM, one: Entry, whole: Result, grouped: Result | None, keywords: Mapping[str, Any]
) -> Split:
    """The factors and leaves of a figure of two periods, and why some are not there."""
    if isinstance(whole, Formula):
        return _of_formula(whole, grouped)
    split = Split(_figures(whole))
    _by_identity(crm, one, whole, split, keywords)
    if not split.factors and isinstance(whole, Total) and whole.currency is not None:
        _by_rows(whole, split)
    leaves = _leaves(whole, grouped if grouped is not None else whole)
    split.leaves = (("", leaves, Fraction(1)),)
    return split


def _figures(result: Result) -> Pair:
    then, now = (_exact(result, side) for side in (0, 1))
    assert then is not None and now is not None
    return then, now


def _exact(result: Result, side: int) -> Fraction | None:
    """One figure before any rounding; a distribution's mean."""
    if isinstance(result, Distribution):
        return result.exact_mean(side, 0)
    exact = result.cell(side, 0).exact
    if exact is None:
        return None
    return result.exact_fraction(side, 0) if isinstance(result, Total) else Fraction(exact)


def _leaves(whole: Result, grouped: Result) -> Leaves:
    found = leaves_of(whole, grouped)
    return replace(found, noise=noise_of(grouped, found))


def _set_factors(
    split: Split, top: Sequence[str], bottom: Sequence[str], parts: Mapping[str, Pair]
) -> None:
    sides = [{name: pair[side] for name, pair in parts.items()} for side in (0, 1)]
    try:
        split.method, split.factors = split_product(top, bottom, *sides)
        split.parts = parts
    except ZeroDivisionError:
        split.unsplit["factors"] = Reason("divides_by_zero")


def _by_orders(
    split: Split, of: Callable[[Mapping[str, Fraction]], Fraction], parts: Mapping[str, Pair]
) -> None:
    """Of any expression; some order may come by a division by 0 that neither period has."""
    sides = [{name: pair[side] for name, pair in parts.items()} for side in (0, 1)]
    try:
        split.factors = by_shapley(of, *sides)
        split.method, split.parts = "shapley", parts
    except ZeroDivisionError:
        split.unsplit["factors"] = Reason("divides_by_zero")


def _by_rows(whole: Total, split: Split) -> None:
    """An amount is its rows times their mean."""
    rows = [Fraction(whole.cell(side, 0).n) for side in (0, 1)]
    if 0 in rows:
        return
    each = [figure / n for figure, n in zip(split.figures, rows, strict=True)]
    _set_factors(
        split, ("rows", "average"), (), {"rows": (rows[0], rows[1]), "average": (each[0], each[1])}
    )


def _by_identity(
    crm: CRM, one: Entry, whole: Result, split: Split, keywords: Mapping[str, Any]
) -> None:
    """The KPIs that it is made of, where the catalogue names them and they are defined."""
    made = one.made_of
    if made is None:
        return
    parts: dict[str, Pair] = {}
    try:
        for name in (*made.parts, *made.divided_by):
            part = _part(crm, name, whole, keywords)
            pair = tuple(_exact(part, side) for side in (0, 1))
            if None in pair:
                return
            parts[name] = pair  # type: ignore[assignment]
    except NeedsError as lacking:
        split.unsplit["factors"] = Reason("needs", needs=as_reason(lacking.needs))
        return
    sides = [{name: pair[side] for name, pair in parts.items()} for side in (0, 1)]
    try:
        values = [made.of(side) for side in sides]
    except ZeroDivisionError:
        split.unsplit["factors"] = Reason("divides_by_zero")
        return
    exact = all(value == figure for value, figure in zip(values, split.figures, strict=True))
    if made.operator == "product" and not exact:
        if 0 in values:
            return
        rest = [figure / value for figure, value in zip(split.figures, values, strict=True)]
        parts[REST] = rest[0], rest[1]
    elif not exact:
        return
    if made.operator == "product":
        top = [name for name in parts if name not in made.divided_by]
        _set_factors(split, top, made.divided_by, parts)
    else:
        _by_orders(split, made.of, parts)


def _part(crm: CRM, name: str, whole: Result, keywords: Mapping[str, Any]) -> Result:
    """A KPI that another is made of, with those of its keywords that it takes too."""
    takes = entry(name).label.keywords
    given = {key: value for key, value in keywords.items() if key in takes}
    return crm.kpi(name, list(whole.periods), **given)


def _of_formula(whole: Formula, grouped: Result | None) -> Split:
    split = Split(_figures(whole))
    names = [name for name in whole.figures if name not in whole.context]
    parts: dict[str, Pair] = {}
    for name in names:
        read = [whole._read(name, False)(side, 0)[0] for side in (0, 1)]
        assert read[0] is not None and read[1] is not None
        parts[name] = read[0], read[1]
    top, bottom = whole.top, whole.bottom
    if isinstance(top, tuple) and isinstance(bottom, tuple):
        _set_factors(split, top, bottom, parts)
    else:
        days = [Fraction(one.days) for one in whole.periods]
        parts["days"] = days[0], days[1]
        _by_orders(split, _expression(whole), parts)
    by_groups = whole if grouped is None else grouped
    assert isinstance(by_groups, Formula)
    _grouped_factors(whole, by_groups, split)
    return split


def _expression(whole: Formula) -> Callable[[Mapping[str, Fraction]], Fraction]:
    def of(figures: Mapping[str, Fraction]) -> Fraction:
        return _side(whole.top, figures) / _side(whole.bottom, figures)

    return of


def _side(side: Any, figures: Mapping[str, Fraction]) -> Fraction:
    value: Fraction
    if callable(side):
        value = side(figures)  # pyright: ignore[reportAssignmentType]
        return value
    value = Fraction(1)
    for name in side:
        value *= figures[name]
    return value


def _grouped_factors(whole: Formula, grouped: Formula, split: Split) -> None:
    """The leaves of each factor; all of them or none, for the groups have to sum to the change."""
    found = []
    for one in split.factors:
        part = whole.figures.get(one.name)
        if not isinstance(part, Result):
            if one.effect:  # a number given, or the days of the period: no group's
                split.unsplit["groups"] = Reason("factor_of_no_group", factor=one.name)
                return
            continue
        if not isinstance(part, (Total, Ratio, Distribution)) or one.name in whole.never_below_0:
            split.unsplit["groups"] = Reason("factor_without_groups", factor=one.name)
            return
        groups = grouped.figures[one.name]
        assert isinstance(groups, Result)
        try:
            leaves = _leaves(part, groups)
        except SalesMetricsError:
            split.unsplit["groups"] = Reason("factor_without_groups", factor=one.name)
            return
        found.append((one.name, leaves, Fraction(one.slope)))
    split.leaves = tuple(found)
