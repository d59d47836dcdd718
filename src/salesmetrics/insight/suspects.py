"""Rows that were accepted but are doubtful: one short rule each, over compact columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ..columns import MISSING, NO_CURRENCY, NO_RATE, Codes, Keys, Numbers, Times
from ..crm import CRM
from ..days import NEVER
from ..history.unclosed import unclosed_rows
from ..models import Kind, kinds_of
from ..reasons import Reason
from ..tables import DealLines, Deals, Stages, Table
from ..tables.lined_deals import unlike_their_deals
from ..tables.linking import orphans_of
from ..tables.subscriptions import Subscriptions, is_known_status
from ..tables.ties import in_turn
from .unusual import bulk_end, far_out, spikes

__all__ = ["Suspect", "day_text", "first_event", "judged_until", "some", "suspects"]

Mask = npt.NDArray[np.bool_]

# What begins and what it leads to, in the order in which they happen.
ORDER: dict[str, tuple[tuple[str, str], ...]] = {
    "deals": (("created_at", "closed_at"),),
    "subscriptions": (("started_at", "ended_at"),),
    "activities": (("created_at", "done_at"),),
    "leads": tuple(
        ("created_at", later)
        for later in ("first_response_at", "mql_at", "sql_at", "opportunity_at", "won_at")
    ),
}
# Fields without which a row is left out of figures, or of their groups; of which rows.
REQUIRED: dict[str, tuple[tuple[str, str | None], ...]] = {
    "deals": (
        ("owner", None),
        ("customer", None),
        ("amount", "won"),
        ("amount", "open"),
        ("expected_close_at", "open"),
        ("loss_reason", "lost"),
    ),
    "leads": (("owner", None), ("source", None)),
    "subscriptions": (("customer", None), ("amount", None), ("interval", None)),
    "activities": (("owner", None), ("kind", None)),
    "costs": (("category", None), ("amount", None)),
    "revenues": (("customer", None), ("amount", None)),
}
IMPORTED = ("deals", "leads", "activities")  # tables that grow day by day
LONE, FEW_EVENTS = 31, 3  # days of silence before a lone event, and the fewest events
FAR_PLANS = 3653  # days: ten years
NEVER_NEGATIVE = ("deals", "subscriptions", "products")


@dataclass(frozen=True, slots=True)
class Suspect:
    """Doubtful rows of a table, and the facts that the words about them need."""

    kind: str
    table: str
    column: str
    rows: npt.NDArray[np.int64]
    facts: Mapping[str, str] = field(default_factory=dict)
    absent: bool = False  # the whole column was not given
    ahead: bool = False  # beyond what is known: without these rows less is known
    untreated: Reason | None = None  # why the rows are not left out to see what they move


def suspects(crm: CRM) -> Iterator[Suspect]:
    """All doubtful rows, rule by rule."""
    until = judged_until(crm)
    for name, table in crm.tables.items():
        made = name == "customers" and set(table.given) <= {"id"}  # from the names in deals
        if not table.rows_given and not made:
            nothing = np.zeros(0, np.int64)
            yield Suspect("no_rows", name, table.born or "id", nothing, absent=True)
        yield from _ahead(table, crm, until)
        yield from _lone(table, crm, until)
        yield from _planned_far(table, until)
        yield from _wrong_order(table)
        yield from _orphans(table)
        yield from _without_rate(table)
        yield from _alike(table)
        yield from _negative(table)
        yield from _undated(table)
        yield from _missing_fields(table)
        if name in IMPORTED:
            yield from _spikes(table)
        if isinstance(table, Subscriptions):
            yield from _statuses(table)
        if isinstance(table, Stages) and table.has("order"):
            yield from _without_place(table)
        if name == "deals":
            yield from _unsaid(table)
            yield from _contradicted(table)
            yield from _unlike_lines(crm)
        if name == "deals" and (unclosed := unclosed_rows(table.columns)) is not None:
            yield from _found("decided_without_close", table, "closed_at", unclosed)
        if name == "deals" and table.has("outcome"):
            yield from _overdue(table, until)
            yield from _long_open(table, until)


def judged_until(crm: CRM) -> int | None:
    """The day that rows are judged from: what is known, but for events far beyond the others."""
    if crm.known is None:
        return None
    days = [times.days for times in _milestones(crm)]
    end = bulk_end(np.concatenate(days)) if days else None
    return crm.known.day if end is None else min(end, crm.known.day)


def first_event(crm: CRM) -> int:
    """The day of the first event, where there is one."""
    return min((int(times.days.min()) for times in _milestones(crm)), default=NEVER)


def day_text(day: int) -> str:
    """The day of a number as people write it."""
    return str(np.datetime64(day, "D"))


def _milestones(crm: CRM) -> list[Times]:
    """Those that say up to when events are known: what can be planned only where no other is."""
    found: dict[bool, list[Times]] = {True: [], False: []}
    for table in crm.tables.values():
        for name, column in _times(table, Kind.MILESTONE):
            if (column.days != NEVER).any():
                found[name in table.record.dated_ahead].append(column)
    return found[False] or found[True]


def _times(table: Table, *wanted: Kind) -> Iterator[tuple[str, Times]]:
    kinds = kinds_of(table.record)
    for name, column in table.given.items():
        if isinstance(column, Times) and kinds.get(name) in wanted:
            yield name, column


def _found(kind: str, table: Table, field: str, mask: Mask, **facts: object) -> Iterator[Suspect]:
    rows = np.flatnonzero(mask)
    if len(rows):
        told = {name: str(value) for name, value in facts.items()}
        yield Suspect(kind, table.name, field, rows, told)


def _ahead(table: Table, crm: CRM, until: int | None) -> Iterator[Suspect]:
    if until is None:
        return
    assert crm.known is not None
    for name, column in _times(table, Kind.MILESTONE):
        if crm.known.assumed or name not in table.record.dated_ahead:
            mask = (column.days > until) & (column.days != NEVER)
            facts = {"until": day_text(until), "latest": day_text(crm.known.day)}
            for one in _found("far_ahead", table, name, mask, **facts):
                yield Suspect(one.kind, one.table, one.column, one.rows, one.facts, ahead=True)


def _lone(table: Table, crm: CRM, until: int | None) -> Iterator[Suspect]:
    """A single event long after all others, which alone says up to when events are known."""
    if crm.known is None or until != crm.known.day:  # else a finding already
        return
    days = np.concatenate([np.zeros(0, np.uint16), *(one.days for one in _milestones(crm))])
    days = days[days != NEVER]
    last = np.sort(days)[-2:]
    if len(days) < FEW_EVENTS or int(last[1]) - int(last[0]) <= LONE:
        return
    for name, column in _times(table, Kind.MILESTONE):
        if crm.known.assumed or name not in table.record.dated_ahead:
            facts = {"day": day_text(int(last[1])), "before": day_text(int(last[0]))}
            for one in _found("lone_latest", table, name, column.days == last[1], **facts):
                yield Suspect(one.kind, one.table, one.column, one.rows, one.facts, ahead=True)


def _planned_far(table: Table, until: int | None) -> Iterator[Suspect]:
    """Plans for a time so far ahead that a digit of the year may be wrong."""
    if until is None:
        return
    for name, column in _times(table, Kind.PLAN, Kind.MILESTONE):
        if name in table.record.dated_ahead or kinds_of(table.record)[name] is Kind.PLAN:
            mask = (column.days != NEVER) & (column.days > until + FAR_PLANS)
            yield from _found("planned_far_ahead", table, name, mask, until=day_text(until))


def _wrong_order(table: Table) -> Iterator[Suspect]:
    for start, end in ORDER.get(table.name, ()):
        if table.has(start) and table.has(end):
            begun, ended = table.times(start), table.times(end)
            both = (begun.days != NEVER) & (ended.days != NEVER)
            kind = "close_before_create" if table.name == "deals" else "end_before_start"
            mask = both & (ended.days < begun.days)
            yield from _found(kind, table, end, mask, start=start)


def _orphans(table: Table) -> Iterator[Suspect]:
    for column, mask in orphans_of(table):
        codes = table.codes(column)
        names = [str(codes.labels[code]) for code in sorted({*codes.codes[mask].tolist()})]
        kind = "orphan_stage" if column == "stage" else "orphan_link"
        yield from _found(kind, table, column, mask, names=some(names))


def _without_rate(table: Table) -> Iterator[Suspect]:
    numbers = [column for column in table.columns.values() if isinstance(column, Numbers)]
    reasons = [column.why for column in numbers if column.why is not None]
    masks, blank = [why == NO_RATE for why in reasons], [why == NO_CURRENCY for why in reasons]
    if blank:
        yield from _found("no_currency", table, "currency", np.logical_or.reduce(blank))
    if masks and isinstance(table.columns.get("currency"), Codes):
        mask = np.logical_or.reduce(masks)
        codes = table.codes("currency")
        names = [str(codes.labels[code]) for code in sorted({*codes.codes[mask].tolist()})]
        yield from _found("no_rate", table, "currency", mask, names=some(names))


def _alike(table: Table) -> Iterator[Suspect]:
    """All but the first, in time and by what they say, of the same customer, product, amount and
    day of creation."""
    amounts = table.given.get("amount")
    needed = table.born is not None and all(table.has(n) for n in ("customer", table.born))
    if not needed or not isinstance(amounts, Numbers) or table.born is None:
        return
    days, customers = table.times(table.born).days, table.codes("customer").codes
    # Two deals of amount 0 (lost ones, in many CRMs) have little in common.
    told = (days != NEVER) & (customers != 0) & (amounts.reasons() < MISSING)
    told &= np.asarray(amounts.values != 0, dtype=bool)
    rows = np.flatnonzero(told)
    keys = [amounts.values[rows], customers[rows], days[rows]]
    keys += [table.codes(n).codes[rows] for n in ("product", "currency") if table.has(n)]
    order = np.lexsort(keys)
    again = np.arange(len(order)) > 0  # the same as the row before it
    for key in keys:
        again[1:] &= key[order][1:] == key[order][:-1]
    rows, mask = rows[order], np.zeros(table.size, dtype=bool)
    if again.any():
        rows = in_turn(table, rows, np.cumsum(~again), table.times(table.born).seconds[rows])
    mask[rows[again]] = True
    yield from _found("likely_duplicate", table, "id", mask, born=table.born)


def _negative(table: Table) -> Iterator[Suspect]:
    if table.name not in NEVER_NEGATIVE:
        return
    for name, kind in kinds_of(table.record).items():
        column = table.given.get(name)
        if kind is Kind.MONEY and isinstance(column, Numbers):
            mask = (column.values < 0) & (column.reasons() < MISSING)
            yield from _found("negative_amount", table, name, np.asarray(mask, dtype=bool))


def _undated(table: Table) -> Iterator[Suspect]:
    if table.born is None or not table.size:
        return
    if not table.has(table.born):
        yield _absent(table, table.born, np.ones(table.size, dtype=bool))
    else:
        yield from _found("undated", table, table.born, table.times(table.born).days == NEVER)


def _missing_fields(table: Table) -> Iterator[Suspect]:
    for name, of in REQUIRED.get(table.name, ()):
        if of is not None and not table.has("outcome"):
            continue
        rows = np.ones(table.size, dtype=bool) if of is None else table.where(of)
        if not rows.any():
            continue
        column = table.columns.get(name)
        if column is None:
            yield _absent(table, name, rows, of or "")
        else:
            yield from _found("missing_field", table, name, rows & _unknown(column), of=of or "")


def _absent(
    table: Table, name: str, rows: Mask, of: str = "", kind: str = "absent_field"
) -> Suspect:
    return Suspect(kind, table.name, name, np.flatnonzero(rows), {"of": of}, absent=True)


def _unknown(column: Codes | Numbers | Times | Keys) -> Mask:
    if isinstance(column, Codes):
        return np.asarray(column.codes == 0)
    if isinstance(column, Times):
        return np.asarray(column.days == NEVER)
    if isinstance(column, Numbers):
        # Missing rates and currencies are findings of their own.
        why = column.reasons()
        return np.asarray((why >= MISSING) & ~np.isin(why, (NO_CURRENCY, NO_RATE)))
    return np.zeros(len(column.values), dtype=bool)


def _spikes(table: Table) -> Iterator[Suspect]:
    if table.born is None or not table.has(table.born):
        return
    days = table.times(table.born).days
    found = spikes(days)
    if found:  # one finding, however many days there are: they are one pattern
        on = [day_text(spike.day) for spike in found]
        facts = {"day": some(on), "usual": f"{found[0].median2 / 2:g}"}
        mask = np.isin(days, [spike.day for spike in found])
        yield from _found("import_spike", table, table.born, mask, **facts)


def _unsaid(deals: Table) -> Iterator[Suspect]:
    """Deals that do not say whether they are open, won or lost."""
    if deals.has("outcome"):
        yield from _found("outcome_unsaid", deals, "outcome", deals.codes("outcome").codes == 0)
    elif deals.size:
        yield _absent(deals, "outcome", np.ones(deals.size, dtype=bool), kind="outcome_unsaid")


def _contradicted(deals: Table) -> Iterator[Suspect]:
    """Deals whose own cells are not what their changes say: a deal once, whatever differs."""
    differ = {} if deals.history is None else deals.history.contradicted
    if differ:
        mask = np.logical_or.reduce(list(differ.values()))
        fields = tuple(differ)
        yield from _found("history_contradicts", deals, fields[0], mask, fields=", ".join(fields))


def _unlike_lines(crm: CRM) -> Iterator[Suspect]:
    """Deals whose lines do not sum to the amount that they have."""
    deals, lines = crm.tables["deals"], crm.tables.get("deal_lines")
    if not isinstance(deals, Deals) or not isinstance(lines, DealLines):
        return
    if lines.has("deal") and lines.has("amount"):
        yield from _found("lines_off", deals, "amount", unlike_their_deals(deals, lines))


def _without_place(stages: Stages) -> Iterator[Suspect]:
    """Open stages that the order does not place: KPIs of steps go by their ids."""
    rows = np.flatnonzero(stages.without_place())
    if len(rows):
        names = some([stages.ids()[row] for row in rows])
        untreated = Reason("order_is_taken")
        yield Suspect("stage_without_place", stages.name, "order", rows, {"names": names},
                      untreated=untreated)  # fmt: skip


def _statuses(subscriptions: Subscriptions) -> Iterator[Suspect]:
    """Of whom the status says that they are over, but nothing since when; and words unheard of."""
    over = subscriptions.of_unknown_end
    if over.any():
        rows, already = np.flatnonzero(over), Reason("left_out_already")
        yield Suspect("over_without_end", subscriptions.name, "status", rows, untreated=already)
    status = subscriptions.columns.get("status")
    if isinstance(status, Codes):
        odd = [
            code
            for code in np.flatnonzero(status.in_use()).tolist()
            if status.labels[code] is not None and not is_known_status(status.labels[code])
        ]
        names = some([repr(status.labels[code]) for code in odd])
        mask = np.isin(status.codes, odd)
        yield from _found("status_unheard_of", subscriptions, "status", mask, names=names)


def _overdue(deals: Table, until: int | None) -> Iterator[Suspect]:
    if until is not None and deals.has("expected_close_at"):
        mask = deals.where("open") & (deals.times("expected_close_at").days <= until)
        yield from _found("overdue", deals, "expected_close_at", mask, until=day_text(until))


def _long_open(deals: Table, until: int | None) -> Iterator[Suspect]:
    if until is None or not deals.has("created_at"):
        return
    created, closed = deals.times("created_at").days, deals.times("closed_at").days
    took = closed.astype(np.int64) - created
    done = deals.where("decided") & (created != NEVER) & (closed != NEVER) & (took >= 0)
    fence = far_out(took[done])
    if fence is not None:
        age4 = 4 * (until - created.astype(np.int64))
        mask = deals.where("open") & (created != NEVER) & (age4 > fence.limit4)
        facts = {"limit": fence.days, "closed": fence.closed, "until": day_text(until)}
        yield from _found("long_open", deals, "created_at", mask, **facts)


def some(names: list[str]) -> str:
    """The first few, and how many more there are."""
    return ", ".join(names[:5]) + (f" (+{len(names) - 5:,})" if len(names) > 5 else "")
