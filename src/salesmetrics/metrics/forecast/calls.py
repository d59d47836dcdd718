"""Forecasts that people submitted, judged by what came: whose call counts, and of what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np

from ...columns import Codes, common_labels
from ...days import NEVER, day_number
from ...errors import ColumnError, NeedsError, PeriodError, SalesMetricsError, one_of
from ...models import choices
from ...models.seller import ForecastCall
from ...money import digits
from ...periods import Period, Periods, as_periods, period as read_period
from ...reasons import Reason, column_needed, named
from ...results import Axes, Cell
from ...results.estimate import Estimate, estimated_cell
from ...results.grid import group_order
from ...tables import Deals, ForecastCalls, IntoDeals, IntoForecastCalls
from ...tables.grouping import By, allowed_part, as_by, group_codes
from ...tables.ties import in_turn
from ...tables.worked import check_days

__all__ = ["CallsJudged", "judged_calls"]

WHEN = {"quarter": 28, "month": 7}  # days after the start: end of week 4, of week 1
COMPANY = ""  # whose a call is that names nobody, where none does
PLAIN = "forecast"  # the category of a call that names none
Sums = dict[tuple[Any, ...], tuple[Fraction, Fraction]]  # by group: called, booked


@dataclass(frozen=True, slots=True)
class CallsJudged:
    """Calls and what came, by owner or team, of one period; amounts in major units.

    `first` is the call standing at the day asked for, `last` the one before the period's end,
    `came` the bookings; `without` are those who won something and called nothing, `unpriced` those
    who called and whose bookings nobody knows, `untold` the calls without an amount: one for each.
    """

    first: Mapping[str, Fraction]
    last: Mapping[str, Fraction]
    came: Mapping[str, Fraction]
    submitted: Mapping[str, int]
    without: Sequence[str]
    unpriced: Sequence[str]
    untold: Sequence[str]
    ended: bool


def judged_calls(
    calls: IntoForecastCalls,
    deals: IntoDeals,
    period: Periods | str,
    by: By,
    category: str,
    at_days: int | None,
    measure: str,
) -> Estimate:
    """One measure of the calls of each period: in total, by owner or by team."""
    every, sold = ForecastCalls.of(calls), Deals.of(deals)
    names, periods = as_by(by), as_periods(period)
    if names not in ((), ("owner",), ("team",)):
        raise ColumnError(
            Reason(
                "no_group", table="forecast_calls", by=", ".join(names), allowed=("owner", "team")
            )
        )
    if category not in choices(ForecastCall, "category"):
        raise SalesMetricsError(one_of("category", category, choices(ForecastCall, "category")))
    if sold.currency is None:
        raise NeedsError(column_needed("deals", "currency"), "calls are compared with amounts")
    asked = names or tuple(name for name, _ in every.condition)
    whose = "team" if "team" in asked and "owner" not in asked else "owner"
    table = _meeting(every, whose)
    if not names and not _names_anyone(every):
        whose = COMPANY
    each = [_judged(table, sold, one, whose, category, _days(one, at_days)) for one in periods]
    groups: tuple[tuple[Any, ...], ...] = ((),)
    if names:
        # All that there are, of whatever period: so groups are the same in each that is asked.
        known = {*sold.during("closed_at", periods, by=whose).axes.groups}
        groups = tuple(sorted(known | _callers(table, whose), key=group_order))
    axes = Axes(periods, names, groups, non_additive=("period", *names))
    cells = tuple(
        tuple(_cell(axes, p, g, one, group, measure) for g, group in enumerate(groups))
        for p, one in enumerate(each)
    )
    evidence = sold.during("closed_at", periods).count("won").evidence
    evidence = evidence.put_together(measure, given=(category, at_days))
    judged = Estimate(axes, evidence, "share", cells, notes=_figures(table))
    if names or len(periods) > 1:
        return judged
    return replace(
        judged, tables={"weeks": _weeks(table, sold, next(iter(periods)), whose, category, judged)}
    )


def _meeting(calls: ForecastCalls, whose: str) -> ForecastCalls:
    """The calls that meet the condition; one of an owner that names no team is of the owner's."""
    own, theirs = group_codes(calls, "team"), group_codes(calls, "owner.team")
    if whose == "owner" and own is not None and theirs is not None:
        labels = common_labels([own, theirs])
        own, theirs = own.relabelled(labels), theirs.relabelled(labels)
        team = Codes(np.where(own.codes == 0, theirs.codes, own.codes), labels)
        calls = replace(calls, columns={**calls.columns, "team": team})
    return allowed_part(calls)


def _days(period: Period, asked: int | None) -> int:
    """Days after the start at whose end a call has to stand."""
    unit = period._whole.unit if period.unit == "to_date" and period._whole else period.unit
    if asked is None and unit in WHEN:
        return WHEN[unit]
    if asked is None:
        raise SalesMetricsError(Reason("call_day", period=period.label))
    check_days("at_days", asked, 1)
    return asked


def _judged(
    table: ForecastCalls, deals: Deals, period: Period, whose: str, category: str, days: int
) -> CallsJudged:
    at = day_number(period.start + timedelta(days=days))
    first, _, untold = _standing(table, period, whose, category, at)
    last, submitted, _ = _standing(table, period, whose, category, day_number(period.end))
    won = deals.during("closed_at", period, by=whose or None).total("amount", where="won")
    named = {(*cell.group, COMPANY)[0]: cell for cell in won.rows()}
    cells = {str(name): cell for name, cell in named.items() if name is not None}
    # Of wins whose amounts nobody knows nothing is known to have come, which is not 0.
    unknown = {name for name, cell in cells.items() if cell.exact is None and cell.excluded}
    came = {n: Fraction(cell.exact) for n, cell in cells.items() if cell.exact is not None}
    unpriced = [name for name in first if name in unknown]
    first = {name: amount for name, amount in first.items() if name not in unknown}
    without = [name for name, amount in came.items() if amount and name not in first]
    known = deals.known
    last_day = day_number(period.end) - 1
    # Of the last day the whole has to be known, not its part before an instant.
    ended = known is not None and (
        known.day > last_day or (known.day == last_day and known.second is None)
    )
    mine = {name: came.get(name, Fraction(0)) for name in first}
    return CallsJudged(first, last, mine, submitted, without, unpriced, untold, ended)


def _standing(
    table: ForecastCalls, period: Period, whose: str, category: str, before: int
) -> tuple[dict[str, Fraction], dict[str, int], list[str]]:
    """The last call of each submitted before a day, how many calls each had, whose had no amount.

    A call of a team names no owner; of an owner, it is no team's.
    """
    if not table.size or not table.has("amount") or not table.has("period"):
        return {}, {}, []
    days = table.times("submitted_at").days
    mine = (days < before) & (days != NEVER) & _of_period(table, period)
    kinds = table.codes("category") if table.has("category") else None
    if kinds is not None:
        said = np.array([(label or PLAIN) == category for label in kinds.labels])
        mine &= said[kinds.codes]
    elif category != PLAIN:
        return {}, {}, []
    owner = table.codes("owner") if table.has("owner") else None
    if whose == "team" and owner is not None:
        mine &= owner.codes == 0
    if whose and not table.has(whose):
        return {}, {}, []
    who = table.codes(whose) if whose else None
    if who is not None:
        mine &= who.codes != 0
    amount = table.numbers("amount")
    told = amount.reasons() == 0
    rows = np.flatnonzero(mine & told)
    order = in_turn(table, rows, table.times("submitted_at").seconds[rows])
    assert table.currency is not None
    unit = amount.scale * 10 ** digits(table.currency)
    codes = np.zeros(table.size, np.int64) if who is None else who.codes.astype(np.int64)
    names = (COMPANY,) if who is None else who.labels
    many = np.bincount(codes[order], minlength=len(names))
    last = np.zeros(len(names), np.int64)
    last[codes[order]] = order  # of several the last stays
    called = {str(names[at]): at for at in np.flatnonzero(many).tolist()}
    found = {name: Fraction(int(amount.values[last[at]]), unit) for name, at in called.items()}
    untold = codes[np.flatnonzero(mine & ~told)].tolist()
    times = {name: int(many[at]) for name, at in called.items()}
    return found, times, [str(names[at]) for at in untold]


def _names_anyone(table: ForecastCalls) -> bool:
    """Whether any call is of an owner or a team; else all of them are of the whole company."""
    return any(table.codes(name).codes.any() for name in ("owner", "team") if table.has(name))


def _figures(table: ForecastCalls) -> tuple[Reason, ...]:
    """Which figures of saved forecasts stand for calls."""
    if not table.size or not table.has("figure"):
        return ()
    labels = table.codes("figure").labels_in_use()
    return tuple(Reason("of_saved_forecasts", figure=str(name)) for name in labels if name)


def _callers(table: ForecastCalls, whose: str) -> set[tuple[Any, ...]]:
    """All that ever called: owners, or teams without naming an owner."""
    if not table.size or not table.has(whose):
        return set()
    mine = np.ones(table.size, dtype=bool)
    if whose == "team" and table.has("owner"):
        mine = table.codes("owner").codes == 0
    who = table.codes(whose)
    return {(who.labels[code],) for code in np.unique(who.codes[mine]).tolist() if code}


def _of_period(table: ForecastCalls, period: Period) -> Any:
    """Calls of this period; one whose period cannot be read is of none."""
    codes, asked = table.codes("period"), (period.start, period.end)
    same = [label == period.label or _span(label) == asked for label in codes.labels]
    return np.array(same)[codes.codes]


@lru_cache(maxsize=1024)
def _span(label: str | None) -> tuple[date, date] | None:
    """The days of a period by its name, read once; None for what is no period."""
    try:
        found = None if label is None else read_period(str(label))
    except PeriodError:
        return None
    return None if found is None else (found.start, found.end)


def _cell(
    axes: Axes, p: int, g: int, one: CallsJudged, group: tuple[Any, ...], measure: str
) -> Cell:
    def mine(those: Iterable[str]) -> list[str]:
        return sorted(those) if not group else [name for name in those if (name,) == group]

    names = mine(one.first)
    called = sum((one.first[name] for name in names), Fraction(0))
    final = sum((one.last[name] for name in names), Fraction(0))
    came = sum((one.came[name] for name in names), Fraction(0))
    off = sum((abs(one.first[name] - one.came[name]) for name in names), Fraction(0))
    reached = sum(1 for name in names if one.came[name] >= one.first[name])
    usable = one.ended and came > 0
    parts: dict[str, Any] = {
        "called": float(called) if names else None,
        "called_last": float(final) if names else None,
        "booked": float(came) if names and one.ended else None,
        "error": float(off / came) if names and usable else None,
        "calls_reached": reached / len(names) if names and one.ended else None,
        "owners": len(names),
        "submitted": sum(one.submitted.get(name, 0) for name in names),
    }
    reason, value = None, None
    if not names:
        reason = Reason("no_call")
    elif measure == "call_change":
        reason = None if called > 0 else Reason("no_call")
        value = None if reason else final / called - 1
    elif not one.ended:
        reason = Reason("not_over")
    elif came <= 0:
        reason = Reason("nothing_won")
    elif measure == "forecast_bias":
        value = (called - came) / came
    else:
        value = 1 - abs(called - came) / came
    no_amount = Reason("no_field", field="amount")
    left_out = {
        Reason("without_call"): one.without,
        Reason("of_part", part="booked", reason=no_amount): one.unpriced,
        no_amount: one.untold,
    }
    excluded = {why: len(mine(those)) for why, those in left_out.items() if mine(those)}
    cell = estimated_cell(
        axes, p, g, None if value is None else float(value), len(names), reason,
        parts={measure: None if value is None else float(value), **parts}, excluded=excluded,
        unfinished=not one.ended,
    )  # fmt: skip
    return replace(cell, exact=value)


def _weeks(
    table: ForecastCalls, deals: Deals, period: Period, whose: str, category: str, whole: Estimate
) -> Estimate:
    """How the calls stood at the end of each week of the period, beside what came."""
    count = max(period.days // 7, 1)
    axes = Axes(
        (period,), ("week",), tuple((n + 1,) for n in range(count)), non_additive=("period", "week")
    )
    cells = tuple(
        replace(
            _cell(axes, 0, n, _judged(table, deals, period, whose, category, 7 * (n + 1)), (),
                  "forecast_accuracy"),
            group=(n + 1,),
        )
        for n in range(count)
    )  # fmt: skip
    evidence = whole.evidence.put_together("weeks of calls")
    evidence = replace(evidence, what=named("weeks of calls"))
    return Estimate(axes, evidence, "share", (cells,))
