"""A log of events with every usual fault in it: each is told by its own row, and left out once."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

import salesmetrics as sm
from salesmetrics import CRM

STAGES = [
    {"id": "talks", "order": 1, "type": "open"},
    {"id": "offer", "order": 2, "type": "open"},
    {"id": "won", "order": 3, "type": "won"},
    {"id": "lost", "order": 4, "type": "lost"},
]
WRONG = {
    "no such deal": {"deal": "nobody"},
    "no such stage; there are talks, offer, won, lost; keep retired ones, with their type": {
        "stage": "nowhere"
    },
    "lies before the day on which the deal was created": {"changed_at": "2020-01-01T00:00:00Z"},
    "a time without zone in a column whose others have one": {"changed_at": "2025-03-01T10:00:00"},
    "a change needs the time from which the value holds": {"changed_at": None},
    "a change needs its deal": {"deal": None},
}


def log(size=400):
    """Deals, and their changes out of order; closed by their own date where none closes them."""
    draw, deals, changes = random.Random(7), [], []
    for number in range(size):
        at = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(hours=draw.randrange(1000))
        deals.append({"id": f"d{number}", "created_at": at.isoformat()})
        for stage in ("talks", "offer", draw.choice(["won", "lost"])):
            changes.append({"deal": f"d{number}", "stage": stage, "changed_at": at.isoformat()})
            at += timedelta(hours=1 + draw.randrange(400))
    draw.shuffle(changes)
    return deals, changes


def spoilt(changes):
    """Every tenth change made wrong, in turns; by row why."""
    found, why = [dict(change) for change in changes], {}
    for number, row in enumerate(range(0, len(changes), 10)):
        reason = list(WRONG)[number % len(WRONG)]
        found[row] |= WRONG[reason]
        why[row] = reason
    return found, why


def test_every_fault_is_told_by_the_row_it_was_given_in():
    deals, changes = log()
    bad, why = spoilt(changes)
    crm = CRM(deals=deals, stages=STAGES, stage_changes=bad, tz="UTC", on_error="collect")
    assert {fault.row: fault.reason for fault in crm.faults["stage_changes"]} == why
    table = crm.tables["stage_changes"]
    assert len(table) == len(changes) - len(why)
    # The same as if they had not been given at all.
    good = [change for row, change in enumerate(changes) if row not in why]
    clean = CRM(deals=deals, stages=STAGES, stage_changes=good, tz="UTC")
    for kpi in (sm.time_in_stage, sm.stage_conversion, sm.stage_velocity, sm.open_deals):
        one, two = (kpi(each.deals, "2025-02", by="stage") for each in (crm, clean))
        assert one.rows() == two.rows()
    report = sm.quality(crm).to_dict()
    told = [one["rows"] for one in report["findings"] if one["table"] == "stage_changes"]
    assert sum(told) == len(why)
    assert len(told) == len(WRONG)


def test_they_are_refused_by_kind():
    deals, changes = log()
    bad, why = spoilt(changes)
    with pytest.raises(sm.DataError) as refused:
        CRM(deals=deals, stages=STAGES, stage_changes=bad, tz="UTC")
    first = {"a change needs its deal", "a change needs the time from which the value holds",
             "a time without zone in a column whose others have one"}  # fmt: skip
    counts = Counter(reason for reason in why.values() if reason in first)
    for reason, count in counts.items():
        assert f"{count} x " in str(refused.value)
        assert reason in str(refused.value)
    mended = [row for at, row in enumerate(bad) if why.get(at) not in first]
    with pytest.raises(sm.DataError, match=r"deal: no such deal") as refused:
        CRM(deals=deals, stages=STAGES, stage_changes=mended, tz="UTC")
    assert len(refused.value.faults) == len(why) - sum(counts.values())


def test_a_change_after_the_close_is_refused_where_none_closes():
    deals = [
        {"id": "1", "created_at": "2025-01-01", "closed_at": "2025-02-01", "outcome": "lost"},
        {"id": "2", "created_at": "2025-01-01"},
    ]
    changes = [
        {"deal": "nobody", "stage": "talks", "changed_at": "2025-01-01"},
        {"deal": "1", "stage": "talks", "changed_at": "2025-01-01"},
        {"deal": "1", "stage": "offer", "changed_at": "2025-02-02"},
        {"deal": "2", "stage": "won", "changed_at": "2025-02-02"},
        {"deal": "2", "stage": "talks", "changed_at": "2025-01-01"},  # out of order: put in place
    ]
    crm = CRM(deals=deals, stages=STAGES, stage_changes=changes, on_error="collect")
    faults = {fault.row: fault.reason for fault in crm.faults["stage_changes"]}
    assert set(faults) == {0, 2}
    assert faults[2].startswith("lies after the deal's closed_at")
    assert sm.won_deals(crm.deals, "2025-02").value == 1


def test_deals_are_created_with_their_first_change_where_some_have_one():
    """There is no column created_at: of one deal nobody knows when it came."""
    deals = [{"id": each, "outcome": "open", "amount": n} for n, each in enumerate("abc", 1)]
    changes = [
        {"deal": "a", "stage": "talks", "changed_at": "2025-01-10"},
        {"deal": "b", "stage": "talks", "changed_at": "2025-02-10"},
    ]
    crm = CRM(deals=deals, stages=STAGES, stage_changes=changes, currency="EUR", tz="UTC")
    found = [crm.as_of("2025-03-31").kpi("deals_created", f"2025-0{n}") for n in (1, 2, 3)]
    assert [one.value for one in found] == [1, 1, 0]
    assert [one.excluded for one in found] == [{"no created_at": 1}] * 3
