"""The forecast of periods: outlooks read for the whole and for groups, with their targets."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...crm import CRM
from ...errors import NeedsError, SalesMetricsError
from ...money import minor_units
from ...periods import Period, Periods, as_periods
from ...reasons import Reason, column_needed
from ...results import Axes, Cell
from ...results.estimate import Estimate, Later, Listing
from ...results.evidence import Evidence
from ...results.grid import group_order
from ...tables import Deals, IntoDeals
from ...tables.grouping import By, as_by
from ..planning import Targets, unchanged_by_close
from .category_yields import has_categories
from .learned import WINDOW
from .outlook import Outlook
from .period_model import LEFT_OUT, PRICED_BY_WINS, Unpriced
from .standing_open import deals_of

__all__ = ["Outlooks", "period_outlook", "quotas_of"]

Target = Any  # one amount of the whole, or a mapping from groups


@dataclass(frozen=True, slots=True)
class Outlooks:
    """The outlooks of several periods, with the groups and targets that they are read for."""

    deals: Deals
    each: tuple[Outlook, ...]
    axes: Axes
    quotas: tuple[Mapping[tuple[Any, ...], int], ...]  # of each period

    @classmethod
    def of(
        cls,
        given: IntoDeals | CRM,
        period: Periods | str,
        by: By,
        target: Target,
        window: int | None,
        unpriced: Unpriced = LEFT_OUT,
    ) -> Outlooks:
        """Of what is known of the deals."""
        PRICED_BY_WINS.check(unpriced)
        deals, periods = deals_of(given), as_periods(period)
        unchanged_by_close(by)
        if not deals.has("amount"):
            raise NeedsError(column_needed("deals", "amount"), "bookings need the amounts of deals")
        if deals.currency is None:
            raise NeedsError(column_needed("deals", "currency"), "bookings need a currency")
        names = as_by(by)
        each = tuple(Outlook.of(deals, one, by, window, unpriced) for one in periods)
        there = {group for one in each for group in one.groups} if names else set()
        quotas = tuple(quotas_of(target, names, deals.currency, one, there) for one in periods)
        groups: tuple[tuple[Any, ...], ...] = ((),)
        if names:
            found = there | {group for one in quotas for group in one} - {()}
            groups = tuple(sorted(found, key=group_order))
        axes = Axes(periods, names, groups, non_additive=("period", *names))
        return cls(deals, each, axes, quotas)

    @property
    def evidence(self) -> Evidence:
        """Of what was won in the periods."""
        return self.each[0].won.evidence

    @property
    def notes(self) -> tuple[Reason, ...]:
        """What has to be said of any of them."""
        pairs = zip(self.each, self.quotas, strict=True)
        return tuple(dict.fromkeys(note for one, q in pairs for note in one.notes(q.get(()))))


def period_outlook(
    given: IntoDeals | CRM,
    period: Periods | str,
    by: By = None,
    target: Target = None,
    unpriced: Unpriced = LEFT_OUT,
    window: int | None = WINDOW,
) -> Estimate:
    """The forecast of each period; of several groups the whole stands in `part("total")`."""
    found = Outlooks.of(given, period, by, target, window, unpriced)
    each, axes, quotas = found.each, found.axes, found.quotas
    whole = Axes(axes.periods, (), ((),), non_additive=("period",))
    total = tuple((one.cell(whole, p, None, quotas[p].get(())),) for p, one in enumerate(each))
    cells: tuple[tuple[Cell, ...], ...] = total
    if axes.by:
        cells = tuple(
            tuple(one.cell(axes, p, group, quotas[p].get(group)) for group in axes.groups)
            for p, one in enumerate(each)
        )
    tables: dict[str, Any] = {"deals": Later(each[0].contributions)}
    if has_categories(found.deals) and each[0].model.span.until:
        tables["categories"] = Later(each[0].categories)
    evidence = found.evidence.put_together("bookings forecast", given=(window, unpriced))
    read = (*(evidence.from_history or ()), *(each[0].mine.evidence.from_history or ()))
    result = Estimate(
        axes,
        replace(evidence, from_history=tuple(dict.fromkeys(read))),
        "money",
        cells,
        found.deals.currency,
        notes=found.notes,
        listed=Listing(
            lambda: (row for one in each for row in one.listed()),
            given if isinstance(given, CRM) else found.deals,
        ),
    )
    if axes.by:
        tables["total"] = replace(result, axes=whole, cells=total, listed=None)
    return replace(result, tables=tables)


def quotas_of(
    target: Target,
    by: tuple[str, ...],
    currency: str,
    period: Period,
    there: Collection[tuple[Any, ...]] = (),
) -> dict[tuple[Any, ...], int]:
    """Targets in minor units: `()` is that of the whole, which is never a group's."""
    if target is None:
        return {}
    if isinstance(target, Targets):
        own = {group: target.amount(by, group, period) for group in {*target.groups(by), *there}}
        every = {**own, (): target.amount((), (), period)}
        return {
            g: minor_units(amount, currency) for g, amount in every.items() if amount is not None
        }
    if not isinstance(target, Mapping):
        return {(): minor_units(target, currency)}
    if not by:
        raise SalesMetricsError("a target for each group needs by=; for the whole give one amount")
    found = {
        (key if isinstance(key, tuple) else (key,)): minor_units(amount, currency)
        for key, amount in target.items()
    }
    if bad := next((key for key in found if len(key) != len(by)), None):
        raise SalesMetricsError(f"a target is for {bad}, but groups are by {', '.join(by)}")
    return found | {(): sum(found.values())}
