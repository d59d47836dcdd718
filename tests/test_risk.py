"""What speaks against deals: each reason by hand, at its edge, and what is not recorded is none."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import simulated

import salesmetrics as sm

DAY0 = date(2025, 1, 1)
STAGES = [
    {"id": "talks", "order": 1, "type": "open"}, {"id": "offer", "order": 2, "type": "open"},
    {"id": "won", "order": 3, "type": "won"}, {"id": "lost", "order": 4, "type": "lost"},
]  # fmt: skip


def day(number):
    return DAY0 + timedelta(days=number)


def company(**more):
    """Twenty won deals that stood in talks for 1 to 20 days; and one that is in talks since 50."""
    deals, changes = [], []
    for n in range(1, 21):
        deals.append({"id": f"w{n}", "created_at": day(0), "closed_at": day(40), "stage": "won",
                      "outcome": "won", "amount": 100})  # fmt: skip
        for stage, at in (("talks", 0), ("offer", n), ("won", 40)):
            changes.append({"deal": f"w{n}", "stage": stage, "changed_at": day(at)})
    mine = {"id": "mine", "created_at": day(50), "outcome": "open", "stage": "talks", "amount": 80}
    deals.append(mine | {"expected_close_at": day(90)})
    changes.append({"deal": "mine", "stage": "talks", "changed_at": day(50)})
    return sm.CRM(deals=deals, stages=STAGES, stage_changes=changes, currency="EUR", **more)


def reasons(crm, at, **given):
    (record,) = sm.risk(crm, day(at), **given).to_records()
    return record["reasons"] or "", record


def test_over_age_by_the_stays_of_deals_won():
    """Nine in ten of 20 stays of 1 to 20 days lasted up to 18."""
    said, record = reasons(company(), 50 + 18, quiet_days=99)
    assert (record["days_in_stage"], record["usual_days"], said) == (18, 18, "")
    said, _ = reasons(company(), 50 + 19, quiet_days=99)
    assert said == "19 days in its stage, where nine in ten moved on within 18"


def test_overdue_and_stuck_at_their_edges():
    assert "overdue" not in reasons(company(), 90)[0]
    assert "overdue by 1 days" in reasons(company(), 91)[0]
    assert "nothing changed" not in reasons(company(), 79)[0]
    assert "nothing changed for 30 days" in reasons(company(), 80)[0]


def test_a_deal_of_which_no_change_is_recorded_is_not_unchanged_for_ever():
    """Others have changes of amount; of this one there is none, so that nobody knows."""
    deals = [{"id": who, "created_at": day(0), "outcome": "open", "amount": 5} for who in "ab"]
    changes = [{"deal": "a", "amount": 5, "changed_at": day(3)}]
    crm = sm.CRM(deals=deals, amount_changes=changes, currency="EUR")
    found = {one["deal"]: one for one in sm.risk(crm, day(40)).to_records()}
    assert found["a"]["days_unchanged"] == 37
    assert "nothing changed for 37 days" in found["a"]["reasons"]
    assert found["b"]["days_unchanged"] is None
    assert not found["b"]["reasons"]


def test_pushed_and_cut():
    closes = [{"deal": "mine", "expected_close_at": day(n), "changed_at": day(at)}
              for n, at in ((70, 50), (100, 55), (99, 57), (140, 60))]  # fmt: skip
    amounts = [{"deal": "mine", "amount": a, "changed_at": day(at)}
               for a, at in ((80, 50), (100, 52), (90, 60))]  # fmt: skip
    crm = company(close_date_changes=closes, amount_changes=amounts)
    said, record = reasons(crm, 61)
    assert record["pushes"] == 2
    assert "put off 2 times" in said
    assert "amount cut by 10 %" in said
    said, _ = reasons(crm, 58)
    assert "put off" not in said
    assert "cut" not in said


def test_what_was_never_worth_anything_is_not_cut():
    free = {"deal": "mine", "amount": 0, "changed_at": day(50)}
    said, record = reasons(company(amount_changes=[free]), 58)
    assert (record["cut"], "cut" in said) == (None, False)


def test_no_activity_and_one_that_is_planned():
    done = {"id": "a", "kind": "call", "deal": "mine", "done_at": day(55), "created_at": day(55)}
    plan = {"id": "b", "kind": "call", "deal": "mine", "scheduled_at": day(95),
            "created_at": day(56), "done_at": None}  # fmt: skip
    idle = company(activities=[done])
    assert "nothing done" not in reasons(idle, 84)[0]
    assert "nothing done for 30 days and nothing planned" in reasons(idle, 85)[0]
    assert "nothing done" not in reasons(company(activities=[done, plan]), 85)[0]


def test_what_is_not_recorded_is_no_reason():
    rows = [{"id": 1, "created_at": DAY0, "outcome": "open"}]
    (record,) = sm.risk(sm.Deals.of(rows), day(200)).to_records()
    assert record["reasons"] is None
    assert {record[name] for name in ("days_in_stage", "pushes", "days_idle", "cut")} == {None}
    assert record["reason_code"] == "no_chance_known"
    with pytest.raises(sm.SalesMetricsError, match="quiet_days is"):
        sm.risk(sm.Deals.of(rows), day(200), quiet_days=0)


def test_the_most_and_largest_first_with_the_chance():
    crm, at = simulated.company(), date(2023, 8, 15)
    found = sm.risk(crm, at)
    chances = {c.group: c.value for c in sm.win_probability(crm, at)}
    assert {c.group: c.value for c in found} == chances
    order = [(c.parts["risks"], c.parts["amount"]) for c in found]
    assert order == sorted(order, reverse=True)
    text = str(found)
    assert "put off" in text
    assert "in its stage, where nine in ten moved on within" in text
