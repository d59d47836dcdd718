"""What was due when a period began, and what was put off: against a replay, and edges by hand."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from fractions import Fraction

import edge_days
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from oracles import replay

import salesmetrics as sm

MONTHS = sm.period("2025-Q1").split("month")
SETTINGS = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
BYS = st.sampled_from([(), ("owner",), ("stage",)])
FIELD = {"owner": "owner_changes", "stage": "stage_changes"}


def group_of(deal, by, end):
    return tuple(replay.value_at(deal, FIELD[name], end) for name in by)


def became(deal, end):
    if replay.is_open(deal, end):
        return "open"
    kind = replay.closing(deal, end)[0]
    return "removed" if kind == "open" else kind  # a close that is recorded says what it was


@SETTINGS
@given(edge_days.deals(), BYS, st.sampled_from(["count", "amount"]))
def test_the_yield_of_what_was_due(world, by, of):
    found = sm.pipeline_yield(sm.CRM(**edge_days.rows_of(world)).deals, MONTHS, by=by, of=of)
    over = replay.known(world) + timedelta(days=1)
    for p, month in enumerate(MONTHS):
        for g, group in enumerate(found.groups):
            parts, n = Counter(), 0
            for deal in world:
                due = replay.value_at(deal, "close_date_changes", month.start)
                if not replay.is_open(deal, month.start) or due is None or due >= month.end:
                    continue
                if group_of(deal, by, month.start) != group:
                    continue
                worth = (
                    replay.value_at(deal, "amount_changes", month.start) if of == "amount" else 1
                )
                n += 1
                parts["due"] += worth
                parts[became(deal, month.end)] += worth
            cell = found.cell(p, g)
            if month.start > replay.known(world):  # it has not begun
                assert cell.exact is None and cell.reason
                continue
            assert {name: value for name, value in cell.parts.items() if value} == +parts
            assert cell.n == n
            if parts["due"]:
                assert cell.exact == Fraction(parts["won"], parts["due"])
            else:
                assert cell.exact is None and cell.reason
            if of == "count":
                assert cell.undecided == (parts["open"] if month.end > over else 0)


@SETTINGS
@given(edge_days.deals(), BYS)
def test_pushes(world, by):
    crm = sm.CRM(**edge_days.rows_of(world))
    found = sm.push_count(crm.deals, MONTHS, by=by)
    often = sm.often_pushed_share(crm.deals, MONTHS, by=by)
    assert found.groups == often.groups
    for p, month in enumerate(MONTHS):
        for g, group in enumerate(found.groups):
            times = [
                pushes(deal, month.end)
                for deal in world
                if replay.is_open(deal, month.end) and group_of(deal, by, month.end) == group
            ]
            cell, share = found.cell(p, g), often.cell(p, g)
            if month.start > replay.known(world):
                assert (cell.value, share.value) == (None, None)
                continue
            assert (cell.value, cell.n) == (sum(times), len(times))
            assert (share.numerator, share.denominator) == (sum(t >= 3 for t in times), len(times))
            assert share.value == (share.numerator / len(times) if times else None)


def pushes(deal, end):
    """Day by day: where the expected close stood the evening before, and where it stands now."""
    events = deal["events"]["close_date_changes"]
    count, before = 0, None
    for day in sorted({day for day, _ in events if day < end}):
        now = [value for at, value in events if at == day][-1]
        if now is None:
            continue
        if before is not None and (now.year, now.month) > (before.year, before.month):
            count += 1
        before = now
    return count


def crm_of(deals, changes, **others):
    changes = [
        {"deal": deal, "changed_at": at, "expected_close_at": to}
        | ({"previous_expected_close_at": before[0]} if before else {})
        for deal, at, to, *before in changes
    ]
    rows = [{"id": str(n), "outcome": "open", **deal} for n, deal in enumerate(deals)]
    return sm.CRM(deals=rows, close_date_changes=changes, currency="EUR", **others)


def test_edges_of_what_was_due():
    """Due on the last day or before the start; not the day after, nor without a date."""
    deals = [{"created_at": "2024-12-31", "amount": 1}] * 4 + [{"created_at": "2025-01-01"}]
    dates = ["2025-01-31", "2024-12-01", "2025-02-01", None, "2025-01-15"]
    changes = [
        (str(n), deal["created_at"], to)
        for n, (deal, to) in enumerate(zip(deals, dates, strict=True))
    ]
    changes.append(("2", "2025-01-01", "2025-01-20"))  # pulled in on the first day: not part
    late = {"deal": "0", "amount": 2, "changed_at": "2025-01-31"}  # known for so long
    crm = crm_of(deals, changes, amount_changes=[late])
    assert sm.pipeline_yield(crm.deals, "2025-01").rows()[0].undecided == 0
    crm = crm_of(deals, changes)
    found = sm.pipeline_yield(crm.deals, "2025-01")
    (cell,) = found.rows()
    assert (cell.parts["due"], cell.value, cell.undecided) == (2, 0.0, 2)
    assert cell.interval() is not None
    for day, undecided in (("2025-01-30", 2), ("2025-01-31", 0)):
        (cell,) = sm.pipeline_yield(crm.as_of(day).deals, "2025-01").rows()
        assert cell.undecided == undecided


def test_by_amount_a_closed_deal_of_unknown_opening_amount_makes_it_undefined():
    deals = [
        {"created_at": "2024-12-01", "amount": 100, "owner": "ana"},
        {"created_at": "2024-12-01", "amount": 70, "closed_at": "2025-01-15", "outcome": "won"}
        | {"owner": "bo"},
        {"created_at": "2024-12-01", "owner": "ana"},
    ]
    changes = [(str(n), "2024-12-01", "2025-01-20") for n in range(3)]
    crm = crm_of(deals, changes)
    found = sm.pipeline_yield(crm.deals, "2025-01", of="amount")
    assert found.value is None
    assert "no amount is known" in found.rows()[0].reason
    assert sm.pipeline_yield(crm.deals, "2025-01").value == 1 / 3
    by_owner = sm.pipeline_yield(crm.deals, "2025-01", of="amount", by="owner")
    ana, bo = by_owner.at(owner="ana"), by_owner.at(owner="bo")
    assert (ana.value, dict(ana.excluded)) == (0.0, {"no amount": 1})
    assert bo.value is None
    assert by_owner.over("owner").value is None
    # Closed after the period it is still one whose amount then is not known.
    later = [deals[0], deals[1] | {"closed_at": "2025-03-15"}]
    late = crm_of(later, changes[:2])
    (cell,) = sm.pipeline_yield(late.deals, "2025-01", of="amount").rows()
    assert cell.value is None and "amount_changes" in cell.reason
    # Asked while it was open, its amount of then is its amount.
    then = late.as_of("2025-02-01").deals
    assert sm.pipeline_yield(then, "2025-01", of="amount").parts["due"] == 100
    told = [{"deal": "1", "amount": 300, "changed_at": "2024-12-01"}]
    told.append({"deal": "1", "amount": 70, "changed_at": "2025-01-15"})
    with_amounts = crm_of(deals, changes, amount_changes=told)
    found = sm.pipeline_yield(with_amounts.deals, "2025-01", of="amount")
    assert found.rows()[0].exact == Fraction(3, 4)  # 300 of 400, at what they were worth then


def test_reopened_and_removed_deals():
    stages = [{"id": "talks", "order": 1, "type": "open"}, {"id": "won", "order": 2, "type": "won"}]
    stages.append({"id": "lost", "order": 3, "type": "lost"})
    lives = [
        [("12-01", "talks"), ("01-05", "lost"), ("01-10", "talks"), ("01-20", "won")],
        # Reopened after the start: not part.
        [("12-01", "talks"), ("12-20", "lost"), ("01-10", "talks"), ("01-20", "won")],
        [("12-01", "talks")],
    ]
    changes = [
        {"deal": str(n), "stage": stage}
        | {"changed_at": f"{2024 if day.startswith('12') else 2025}-{day}"}
        for n, life in enumerate(lives)
        for day, stage in life
    ]
    won = {"outcome": "won", "closed_at": "2025-01-20", "stage": "won"}
    deals = [won, won, {"stage": "talks", "removed_at": "2025-01-31"}]
    crm = crm_of(
        [{"created_at": "2024-12-01"} | deal for deal in deals],
        [(str(n), "2024-12-01", "2025-01-31") for n in range(3)],
        stages=stages,
        stage_changes=changes,
    )
    parts = sm.pipeline_yield(crm.deals, "2025-01").parts
    assert parts == {"due": 2, "won": 1, "lost": 0, "removed": 1, "open": 0}


@pytest.mark.parametrize("kpi", [sm.pipeline_yield, sm.push_count, sm.often_pushed_share])
def test_without_changes_of_the_close_date_there_is_no_figure(kpi):
    rows = [{"id": "1", "created_at": "2025-01-01", "expected_close_at": "2025-01-20"}]
    rows[0]["outcome"] = "open"
    with pytest.raises(sm.NeedsError, match="close_date_changes"):
        kpi(rows, "2025-01")
    shot = sm.snapshot(sm.CRM(deals=rows), "2025-01", kpis=[kpi.__name__])
    assert [(need.name, need.needs) for need in shot.needs] == [
        (kpi.__name__, "close_date_changes")
    ]


@pytest.mark.parametrize("kpi", [sm.pipeline_yield, sm.create_and_close_share])
def test_of_is_a_count_or_an_amount(kpi):
    crm = crm_of([{"created_at": "2025-01-01", "amount": 1}], [("0", "2025-01-01", "2025-02-01")])
    with pytest.raises(sm.SalesMetricsError, match="count"):
        kpi(crm.deals, "2025-01", of="weight")


def test_pushes_by_hand():
    crm = crm_of(
        [{"created_at": "2025-01-02"}] * 4,
        [
            ("0", "2025-01-05", "2025-01-31"), ("0", "2025-01-06", "2025-02-01"),  # a day later
            ("0", "2025-01-31", "2025-03-05", "2025-02-01"),
            ("0", "2025-01-31", "2025-02-20", "2025-03-05"),  # of one day: net none
            ("0", "2025-02-01", "2025-01-10"), ("0", "2025-02-03", "2026-01-10"),  # to and fro
            ("1", "2025-01-05", "2025-03-01"), ("1", "2025-01-06", "2025-03-31"),  # one month
            ("2", "2025-01-05", "2025-03-31"), ("2", "2025-01-07", None),
            ("2", "2025-01-09", "2025-04-01"),  # cleared in between
        ],
    )  # fmt: skip
    found = sm.push_count(crm.deals, MONTHS[:2])
    assert [cell.value for cell in found.rows()] == [2, 3]
    assert [cell.n for cell in found.rows()] == [4, 4]
    assert sm.push_count(crm.as_of("2025-01-31").deals, "2025-01").value == 2
    assert sm.often_pushed_share(crm.deals, "2025-02").value == 0.0


def won(created, closed, amount=100, **others):
    return {"created_at": created, "closed_at": closed, "outcome": "won", "amount": amount} | others


def table(rows):
    return sm.Deals.of(
        [{"id": str(n), "outcome": "open", **row} for n, row in enumerate(rows)], currency="EUR"
    )


def test_created_and_won_in_one_period():
    deals = table(
        [
            won("2025-01-01", "2025-03-31", 10),
            won("2024-12-31", "2025-01-01", 20),
            won("2025-01-31", "2025-02-01", 40),
            won(None, "2025-02-10", 80),
            won("2025-02-20", "2025-02-10", 160),
            won("2025-02-10", "2025-02-10", None),
        ]
    )
    quarter = sm.create_and_close_share(deals, "2025-Q1")
    (cell,) = quarter.rows()
    assert (cell.exact, cell.n) == (Fraction(50, 70), 3)
    assert dict(cell.excluded) == {
        "no amount": 1, "no created_at": 1, "closed_at before created_at": 1,
    }  # fmt: skip
    counted = sm.create_and_close_share(deals, "2025-Q1", of="count")
    assert (counted.numerator, counted.denominator) == (3, 4)
    assert counted.interval() is not None
    months = sm.create_and_close_share(deals, MONTHS)
    assert [one.value for one in months.rows()] == [0.0, None, 0.0]
    with pytest.raises(sm.SalesMetricsError):
        months.over("period")
    assert sm.create_and_close_share(deals).value == 1.0


def test_how_bookings_lie_in_a_quarter():
    deals = table(
        [
            won("2024-01-01", "2025-02-28", 10),
            won("2024-01-01", "2025-03-01", 20),
            won("2024-01-01", "2025-03-24", 30),
            won("2024-01-01", "2025-03-25", 40),
            won("2024-01-01", "2025-04-01", 80),
        ]
    )
    assert sm.bookings_linearity(deals, "2025-Q1").rows()[0].exact == Fraction(9, 10)
    assert sm.bookings_linearity(deals, "2025-Q1", last="7 days").rows()[0].exact == Fraction(4, 10)
    running = sm.bookings_linearity(deals.as_of("2025-03-30"), "2025-Q1")
    assert running.value is None and "not over" in running.rows()[0].reason
    assert sm.bookings_linearity(deals.as_of("2025-03-31"), "2025-Q1").value == 0.9
    fiscal = sm.period("FY2025-Q1", fiscal=sm.FiscalYear(2, named_after="start"))
    later = table([won("2024-01-01", "2025-02-28", 10), won("2024-01-01", "2025-04-30", 30)])
    assert sm.bookings_linearity(later, fiscal).value == 0.75
    for other in ("2025-01", "2025", "2025-01-01..2025-03-31"):
        found = sm.bookings_linearity(deals, other)
        assert found.value is None and "quarter" in found.rows()[0].reason
    refund = table([won("2024-01-01", "2025-01-05", 10), won("2024-01-01", "2025-03-05", -10)])
    found = sm.bookings_linearity(refund.as_of("2025-06-30"), "2025-Q1")
    assert found.value is None and "above 0" in found.rows()[0].reason
    with pytest.raises(sm.SalesMetricsError, match="last="):
        sm.bookings_linearity(deals, "2025-Q1", last="week")
