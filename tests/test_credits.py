"""Deals credited to several: every group against plain Python, credits that sum to 1, bad input."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, strategies as st
from oracles.credits import shares

import salesmetrics as sm

MODELS = ("first", "last", "linear", "position")


def deal(at: int, **more: Any) -> dict[str, Any]:
    return {"id": f"d{at}", "created_at": "2025-01-01", "closed_at": "2025-03-10", "owner": "ana",
            "outcome": "won", "amount": 100 + at, "customer": f"c{at % 3}"} | more  # fmt: skip


TOUCH = st.tuples(
    st.sampled_from([None, "a", "b"]),  # lead
    st.sampled_from([None, "c0", "c1"]),  # customer
    st.sampled_from(["2025-01-05", "2025-02-01", "2025-03-09", "2025-03-10", "2025-03-11", None]),
    st.sampled_from([None, "fair", "mail", "web"]),
)
LEADS = st.lists(st.sampled_from([None, "a", "b"]), min_size=1, max_size=6)


@given(LEADS, st.lists(TOUCH, max_size=12), st.sampled_from(MODELS))
def test_every_campaign(leads: list[Any], drawn: list[Any], model: Any) -> None:
    deals = [deal(at, lead=lead) for at, lead in enumerate(leads)]
    touches = [
        {"lead": lead, "customer": who, "touched_at": day, "campaign": name}
        for lead, who, day, name in drawn
        if lead or who
    ]
    expected: dict[Any, Fraction] = {}
    for row in deals:
        mine: list[Any] = []
        for name in ("lead", "customer"):
            if not mine and row[name] is not None:
                mine = [
                    touch for touch in touches
                    if touch[name] == row[name] and (touch["touched_at"] or "9") <= "2025-03-10"
                ]  # fmt: skip
        told = ("campaign", "customer", "lead")  # of one day the first name, one without last
        mine.sort(
            key=lambda touch: (
                touch["touched_at"], [(touch[name] is None, str(touch[name])) for name in told]
            )
        )  # fmt: skip
        parts = shares(model, len(mine)) if mine else []
        each = [(t["campaign"], s) for t, s in zip(mine, parts, strict=True)]
        for name, share in each or [(None, Fraction(1))]:
            if share:
                expected[name] = expected.get(name, Fraction(0)) + row["amount"] * share
    table = sm.Deals.of(deals, currency="KWD")
    given_touches = sm.Touches.of(touches or {"lead": [], "campaign": [], "touched_at": []})
    found = sm.campaign_contribution(
        table, given_touches, "2025-Q1", by="campaign", attribution=model
    )
    rounded = {name: round(amount * 1000) for name, amount in expected.items()}
    cells = {cell.group[0]: cell for cell in found if cell.n}
    assert {name: cell.exact * 1000 for name, cell in cells.items()} == rounded
    # Nothing is lost and nothing counted twice, whatever the model.
    assert sum(expected.values()) == sm.bookings(table, "2025-Q1").exact
    assert found.over("campaign").exact == sm.bookings(table, "2025-Q1").exact
    wins = sm.campaign_contribution(
        table, given_touches, "2025-Q1", by="campaign", attribution=model, of="count"
    )
    assert sum(Fraction(cell.exact) for cell in wins) == len(deals)


def test_position_gives_the_ends_forty_percent() -> None:
    touches = [
        {"customer": "c0", "campaign": name, "touched_at": f"2025-01-0{day}"}
        for day, name in enumerate(("fair", "mail", "web", "call"), 1)
    ]
    deals = sm.Deals.of([deal(0, amount=1000)], currency="KRW")
    found = sm.campaign_contribution(deals, touches, "2025", by="campaign", attribution="position")
    assert {cell.group[0]: cell.value for cell in found} == {
        "fair": 400, "mail": 100, "web": 100, "call": 400,
    }  # fmt: skip


def test_what_a_campaign_brought_beyond_its_cost() -> None:
    deals = sm.Deals.of([deal(0, amount=900), deal(2, amount=50)], currency="KRW")
    costs = sm.Costs.of(
        [
            {"amount": 300, "campaign": "fair", "spent_at": "2025-01-02", "category": "marketing"},
            {"amount": 700, "campaign": None, "spent_at": "2025-01-02", "category": "marketing"},
            {"amount": 40, "campaign": "mail", "spent_at": "2025-01-02", "category": "marketing"},
        ],
        currency="KRW",
    )
    touches = [{"customer": "c0", "campaign": "fair", "touched_at": "2025-01-05"}]
    whole = sm.campaign_roi(costs, deals, touches, "2025-Q1")
    assert whole.exact == Fraction(900 - 340, 340)
    assert whole.excluded == {"no campaign": 1}
    each = sm.campaign_roi(costs, deals, touches, "2025-Q1", by="campaign")
    assert each.at(campaign="fair").exact == 2
    assert each.at(campaign="mail").exact == -1
    assert each.at(campaign=None).reason == "the campaigns cost nothing or less"


OWN = st.lists(
    st.tuples(
        st.sampled_from([None, "fair", "mail"]),  # its own
        st.sampled_from([None, "a", "b", "gone"]),  # its lead
        st.sampled_from(["won", "lost"]),
        st.sampled_from(["2025-03-31", "2025-04-01"]),
        st.sampled_from([None, 0, 7, 100]),
    ),
    min_size=1,
    max_size=6,
)


@given(OWN, st.booleans())
def test_without_touches_a_deal_is_of_its_own_campaign(drawn: list[Any], in_row: bool) -> None:
    rows = [
        deal(at, lead=lead, outcome=outcome, closed_at=day, amount=amount)
        | ({"campaign": own} if in_row else {})
        for at, (own, lead, outcome, day, amount) in enumerate(drawn)
    ]
    of_lead = {"a": "web", "b": None}
    leads = [
        {"id": name, "created_at": "2025-01-01", "campaign": said} for name, said in of_lead.items()
    ]
    crm = sm.CRM(deals=rows, leads=leads, currency="USD")
    wins: dict[Any, list[Any]] = {}
    for own, lead, outcome, day, amount in drawn:
        if outcome == "won" and day == "2025-03-31":
            wins.setdefault(own if in_row else of_lead.get(lead), []).append(amount)
    for cell in crm.kpi("campaign_contribution", "2025-Q1", by="campaign"):
        known = [amount for amount in wins.get(cell.group[0], []) if amount is not None]
        none_known = bool(wins.get(cell.group[0])) and not known
        assert cell.value == (None if none_known else sum(known))
        assert (cell.n, sum(cell.assumed.values())) == (len(known), len(known))
    counted = crm.kpi("campaign_wins", "2025-Q1", by="campaign")
    assert {cell.group[0]: cell.value for cell in counted if cell.value} == {
        name: len(each) for name, each in wins.items()
    }
    whole = crm.kpi("campaign_contribution", "2025-Q1")
    assert whole.exact == sm.bookings(crm.deals, "2025-Q1").exact


def test_returns_of_campaigns_without_touches() -> None:
    deals = [
        deal(0, amount=900, campaign="fair"),
        deal(1, amount=50, campaign="mail"),
        deal(2, amount=70, campaign=None),
        deal(3, amount=500, campaign="fair", outcome="lost"),
    ]
    costs = [
        {"amount": 300, "campaign": "fair", "spent_at": "2025-01-02", "category": "marketing"},
        {"amount": 100, "campaign": "mail", "spent_at": "2025-01-02", "category": "marketing"},
        {"amount": 700, "campaign": None, "spent_at": "2025-01-02", "category": "marketing"},
    ]
    crm = sm.CRM(deals=deals, costs=costs, currency="KRW")
    whole = crm.kpi("campaign_roi", "2025-Q1")
    assert whole.exact == Fraction(950 - 400, 400)
    assert whole.excluded == {"no campaign": 1}
    assert whole.assumed == {"own campaign for touches": 2}
    each = crm.kpi("campaign_roi", "2025-Q1", by="campaign")
    assert (each.at(campaign="fair").exact, each.at(campaign="mail").exact) == (2, Fraction(-1, 2))
    # A table of touches that has no rows yet is one: nothing stands in for it.
    touched = sm.CRM(
        deals=deals, costs=costs, currency="KRW",
        touches={"customer": [], "campaign": [], "touched_at": []},
    )  # fmt: skip
    assert touched.kpi("campaign_roi", "2025-Q1").exact == -1
    found = sm.snapshot(crm, "2025-Q1", kpis=["campaign_roi", "campaign_roi_linear"])
    assert [figure.name for figure in found.figures] == ["campaign_roi"]
    assert "campaign_roi_linear needs touches" in str(found)
    with pytest.raises(sm.NeedsError, match="told by touches alone; leave attribution out"):
        crm.kpi("campaign_contribution", "2025-Q1", attribution="last")
    bare = sm.CRM(deals=[deal(0)], currency="KRW")
    with pytest.raises(sm.NeedsError, match="by a column campaign of deals or of the leads") as why:
        bare.kpi("campaign_contribution", "2025-Q1")
    assert why.value.needs == "touches or deals.campaign"


def test_as_of_knows_no_later_touch() -> None:
    rows = [{"customer": "c0", "campaign": "fair", "touched_at": "2025-02-01"}]
    crm = sm.CRM(deals=[deal(0)], touches=rows, currency="USD")
    then = crm.as_of("2025-01-31")
    early = sm.campaign_contribution(then.deals, then.touches, "2025", by="campaign")
    assert {cell.group[0]: cell.n for cell in early if cell.n} == {}
    now = sm.campaign_contribution(crm.deals, crm.touches, "2025", by="campaign")
    assert now.at(campaign="fair").value == 100


def test_owners_share_deals() -> None:
    deals = sm.Deals.of(
        [deal(0, amount=100), deal(1, amount=200), deal(2, amount=50, outcome="lost")],
        currency="JPY",
    )
    shared = [
        {"deal": "d0", "owner": "bo", "share": "0.333"},
        {"deal": "d0", "owner": "cho", "share": "0.667"},
        {"deal": "elsewhere", "owner": "cho", "share": 1},
    ]
    found = sm.credited_bookings(deals, shared, "2025-Q1", by="owner")
    assert {cell.group[0]: cell.exact for cell in found} == {"ana": 200, "bo": 33, "cho": 67}
    assert found.over("owner").exact == 300
    owners = sm.Owners.of([{"id": name, "team": "x"} for name in ("ana", "bo", "cho")])
    whole = sm.revenue_per_owner(deals, owners, shared, "2025-Q1", credit="split")
    assert whole.exact == 100


def test_a_deal_is_credited_whole_or_refused() -> None:
    rows = [
        {"deal": "d0", "owner": "bo", "share": 0.5},
        {"deal": "d0", "owner": "cho", "share": 0.4},
        {"deal": "d1", "owner": "cho", "share": 1},
        {"deal": "d2", "owner": "cho", "share": 40},
        {"deal": "d3", "owner": "cho", "share": None},
    ]
    with pytest.raises(sm.DataError, match=r"the shares of 'd0' sum to 0.9; they have to sum to 1"):
        sm.DealCredits.of(rows)
    table = sm.DealCredits.of(rows, on_error="collect")
    assert len(table) == 1
    said = {fault.row: fault.reason for fault in table.rejected}
    assert "from 0 to 100" in said[3] and "a share is needed" in said[4]
    assert len(table) + len({fault.row for fault in table.rejected}) == len(rows)


def test_no_part_of_a_deal_is_lost_with_its_bad_shares() -> None:
    deals = sm.Deals.of([deal(0, amount=100), deal(1, amount=100)], currency="USD")
    rows = [
        {"deal": "d0", "owner": "bo", "share": 7},
        {"deal": "d0", "owner": "cho", "share": 0.5},
        {"deal": "d1", "owner": "cho", "share": 1},
        {"deal": None, "owner": "cho", "share": 1},
        {"deal": "d1", "owner": None, "share": 0},
    ]
    table = sm.DealCredits.of(rows, on_error="collect")
    said = {fault.row: fault.reason for fault in table.rejected}
    assert set(said) == {0, 1, 2, 3, 4} and "another share of 'd0' cannot be used" in said[1]
    found = sm.credited_bookings(deals, table, "2025-Q1", by="owner")
    assert {cell.group[0]: cell.value for cell in found} == {"ana": 200}
    thirds = [{"deal": "d0", "owner": name, "share": 1 / 3} for name in ("x", "y", "z")]
    with pytest.raises(sm.DataError, match=r"sum to 0\.99\d+; they have to sum to 1 \(thirds as"):
        sm.DealCredits.of(thirds)


def test_a_touch_is_somebodys() -> None:
    rows = [
        {"lead": None, "customer": None, "touched_at": "2025-01-01"},
        {"lead": "a", "customer": None, "touched_at": "2025-01-01"},
    ]
    table = sm.Touches.of(rows, on_error="collect")
    assert len(table) == 1
    assert [fault.reason for fault in table.rejected] == ["whose touch? a lead or a customer"]
