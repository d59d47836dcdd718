"""The deals that stand open by what is known, with what is known of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt

from ...columns import Codes, Keys, Numbers
from ...crm import CRM
from ...days import EPOCH, NEVER
from ...errors import NeedsError, SalesMetricsError
from ...history.known import Instant
from ...periods import Period
from ...reasons import Reason
from ...results.evidence import Evidence
from ...tables import Deals, IntoDeals
from ...tables.deal_lives import FAR, known_numbers
from ...tables.grouping import By, as_by
from ..planning import unchanged_by_close

__all__ = ["OpenDeals", "day_of", "deals_of", "horizon_of", "open_deals_of"]

Floats = npt.NDArray[np.float64]
Days = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class OpenDeals:
    """Open deals as known: `rows` of the table of deals, amounts in minor units, NaN unknown.

    `stands_in` marks amounts that are those of past wins, where a deal has none of its own and
    the caller says so;
    `given` is the probability that a row, else its stage, says; `due` the expected close, `FAR`
    where there is none; `groups` the place of each among `labels`.
    """

    rows: Days
    ids: Keys
    names: Mapping[str, Codes]  # what their columns of names say
    amount: Floats
    stands_in: npt.NDArray[np.bool_]
    given: Floats
    due: Days
    groups: Days
    labels: tuple[tuple[object, ...], ...]
    by: tuple[str, ...]
    evidence: Evidence

    def name(self, column: str, at: int) -> str | None:
        """What a column of names, such as the owner, says of one of them."""
        codes = self.names.get(column)
        label = None if codes is None else codes.labels[codes.codes[at]]
        return None if label is None else str(label)


def deals_of(given: IntoDeals | CRM, as_of: Instant | None = None) -> Deals:
    """The deals, of a CRM too, as they were known at an instant."""
    found = given.deals if isinstance(given, CRM) else Deals.of(given)
    found = found if as_of is None else found.as_of(as_of)
    if found.known is None:
        raise NeedsError(
            Reason("argument", name="as_of"), "up to when events are known? use .as_of(...)"
        )
    return found


def open_deals_of(deals: Deals, by: By = None) -> OpenDeals:
    """What stands open at the instant up to which events are known; made once of a table."""
    key = ("open deals", as_by(by))
    if key not in deals.kept:
        made = _open_deals(deals, by)
        # Without its source, which are these deals: they would hold on to themselves.
        deals.kept[key] = replace(made, evidence=replace(made.evidence, source=None))
    found: OpenDeals = deals.kept[key]
    return replace(found, evidence=replace(found.evidence, source=deals.source()))


def _open_deals(deals: Deals, by: By) -> OpenDeals:
    now = deals.now(unchanged_by_close(by))
    stood = now.rows_at_end(0)  # type: ignore[attr-defined]
    table, rows = now.table, stood.rows
    ids = deals.columns["id"]
    assert isinstance(ids, Keys)
    given = np.full(len(rows), np.nan)
    for name in ("probability", "stage.probability"):
        if table.has(name):
            said = known_numbers(table.numbers(name).take(rows))
            given = np.where(np.isnan(given), said, given)
    due = np.full(len(rows), FAR, dtype=np.int64)
    if table.has("expected_close_at"):
        days = table.times("expected_close_at").days[rows]
        due = np.where(days == NEVER, FAR, days.astype(np.int64))
    amount = np.full(len(rows), np.nan)
    if table.has("amount"):
        worth = table.numbers_before("amount", "closed_at")
        assert isinstance(worth, Numbers)
        amount = known_numbers(worth.take(rows))
    of = np.asarray(stood.of, dtype=np.int64)
    return OpenDeals(
        of,
        ids.take(of),
        {
            name: column.take(rows)
            for name in ("stage", "owner")
            if isinstance(column := table.columns.get(name), Codes)
        },
        amount,
        np.zeros(len(rows), dtype=bool),
        given,
        due,
        np.asarray(stood.groups, dtype=np.int64),
        now.axes.groups,
        now.axes.by,
        now.count().evidence,
    )


def day_of(number: int) -> date:
    """A day since 1970 as a date."""
    return date.fromordinal(number + EPOCH)


def horizon_of(given: int | Period | date, today: int) -> int:
    """Days ahead: as a number, until the end of a period, or through a day; never below 0."""
    if isinstance(given, Period):
        return max(given.end.toordinal() - 1 - EPOCH - today, 0)
    if isinstance(given, date):
        return max(given.toordinal() - EPOCH - today, 0)
    if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given <= 3650:
        raise SalesMetricsError(
            f"horizon is {given!r}; give days ahead from 0 to 3650, a period or a date"
        )
    return given
