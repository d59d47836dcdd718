"""Filters of KPIs whose other tables only tell something of the rows, and of figures of figures.

What a KPI can be grouped by it can be filtered by, by name and in snapshots too; and a group that
one of several tables does not name is read as the filter reads it.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from oracles import ASSUMED
from test_filters import DEMO, facts, figures
from worlds import measured

import salesmetrics as sm
from salesmetrics.catalog import ENTRIES, Entry
from salesmetrics.measuring import Wanted, measure
from salesmetrics.tables.grouping import group_columns

Q = sm.period("2025-Q1")
DEALS = [
    # owner, customer, type, stage, amount, day of the close
    ("ana", "x", "new", "won", 100, "2025-01-10"),
    ("ana", "y", "upsell", "won", 200, "2025-02-10"),
    ("bo", "x", "new", "won", 400, "2025-03-10"),
    ("bo", "z", "new", "talks", 800, None),
    (None, "y", "upsell", "talks", 1600, None),
]
LINES = [("0", "desk", 70), ("0", "chair", 30), ("1", "desk", 150), ("3", "chair", 800)]
# Who shares a deal; the fifth of the first deal is of one who closed none.
SHARES = [("0", "ana", "0.8"), ("0", "cho", "0.2"), ("2", "bo", "0.5"), ("2", "ana", "0.5")]
TOUCHES = [("x", "fair", "trade", "2025-01-02"), ("y", "mail", "direct", "2025-01-03")]
TOUCHES += [("x", "mail", "direct", "2025-01-09")]


def company() -> sm.CRM:
    return sm.CRM(
        deals=[
            {"id": str(at), "owner": owner, "customer": customer, "type": kind, "stage": stage}
            | {"amount": amount, "created_at": "2025-01-01", "closed_at": day}
            for at, (owner, customer, kind, stage, amount, day) in enumerate(DEALS)
        ],
        stages=[
            {"id": "talks", "order": 1, "type": "open"}, {"id": "won", "order": 2, "type": "won"}
        ],
        owners=[
            {"id": "ana", "team": "S"}, {"id": "bo", "team": "S"}, {"id": "cho", "team": "B"}
        ],
        customers=[
            {"id": name, "industry": kind, "acquired_at": "2025-01-10", "channel": channel}
            for name, kind, channel in (
                ("x", "steel", "a"), ("y", "retail", "b"), ("z", "steel", "b")
            )
        ],
        leads=[
            {"id": str(at), "customer": name, "created_at": "2025-01-02", "owner": "cho"}
            | {"opportunity_at": "2025-01-04", "won_at": "2025-01-05", "channel": "ab"[at]}
            for at, name in enumerate("xy")
        ],
        deal_lines=[{"deal": deal, "product": name, "amount": n} for deal, name, n in LINES],
        deal_credits=[{"deal": deal, "owner": who, "share": n} for deal, who, n in SHARES],
        touches=[
            {"customer": whose, "campaign": name, "content": content, "touched_at": day}
            for whose, name, content, day in TOUCHES
        ],
        activities=[
            {"id": "1", "kind": "call", "direction": "outbound", "done_at": "2025-03-20"}
            | {"deal": "3", "owner": "cho"}
        ],
        costs=[
            {"spent_at": "2024-12-30", "amount": 40, "category": "marketing", "campaign": "fair"}
            | {"channel": "a", "customer": "x"},
            {"spent_at": "2025-01-30", "amount": 60, "category": "marketing", "campaign": "mail"}
            | {"channel": "b", "customer": "y"},
        ],
        currency="USD",
    ).as_of("2025-03-31")  # fmt: skip


@pytest.mark.parametrize(
    ("kpi", "where", "value"),
    [
        ("campaign_wins", {"campaign": "fair"}, 2),
        ("campaign_wins", {"content": "direct"}, 1),
        ("campaign_wins", {"campaign": None}, 0),
        ("campaign_wins", {"campaign": "fair", "owner": "bo"}, 1),
        ("campaign_wins", {"type": "upsell"}, 1),
        ("campaign_contribution", {"campaign": "fair"}, 500),
        ("campaign_contribution_by_last_touch", {"campaign": "fair"}, 0),
        ("campaign_contribution", {"customer_industry": "steel"}, 500),
        ("campaign_roi", {"campaign": "mail"}, 200 / 60 - 1),
        ("line_bookings", {"product": "desk"}, 220),
        ("line_bookings", {"product": None}, 450),  # 50 of the second deal, all of the third
        ("line_bookings", {"owner": "ana"}, 300),
        ("line_bookings", {"owner": "ana", "product": "desk"}, 220),
        ("line_bookings", {"product": "chair", "team": "S"}, 30),
        ("line_pipeline", {"product": "chair"}, 800),
        ("line_pipeline", {"type": "upsell"}, 1600),
        ("credited_bookings", {"owner": "cho"}, 20),
        ("credited_bookings", {"owner": "ana"}, 80 + 200 + 200),
        ("credited_bookings", {"type": "new"}, 500),
        ("credited_bookings", {"type": "new", "owner": "ana"}, 280),
        ("stale_deals", {"type": "upsell"}, 1),
        ("stale_deals", {"type": "new"}, 0),
        ("stale_deals", {"owner": "bo"}, 0),  # cho was at work on it
        ("activity_coverage", {"stage": "talks"}, 1 / 2),
        ("activity_coverage", {"owner": "bo"}, 1),
        ("lagged_acquisition_cost", {"channel": "a"}, 40),
    ],
    ids=str,
)
def test_of_what_only_tells_something_of_the_rows(kpi: str, where: Any, value: float) -> None:
    found = company().filter(**where).kpi(kpi, Q).value
    assert found == pytest.approx(value)


def rows_of(entry: Entry, crm: sm.CRM) -> list[str]:
    """All columns that any of its tables can be grouped by."""
    there = {name for each in entry.label.tables for name in group_columns(crm.tables[each])}
    return sorted(there - {"id"})


SEVERAL = [
    entry
    for entry in ENTRIES.values()
    if len(entry.label.tables) > 1 and {*entry.label.tables} <= {*company().tables}
]


@pytest.mark.parametrize("entry", SEVERAL, ids=lambda entry: entry.name)
def test_what_a_kpi_of_several_tables_is_grouped_by_it_is_filtered_by(entry: Entry) -> None:
    crm = company()
    given = {**ASSUMED.get(entry.label.name, {}), **entry.keywords}
    groupings = tuple((name,) for name in rows_of(entry, crm))
    together, needs = measure(crm, [Wanted(entry, groupings)], {"": (Q,)}, given)
    assert not needs
    (shot,) = together.values()
    compared = set()
    for by in groupings:
        whole = figures(entry, crm, (Q,), by)
        assert (whole is not None) == ((by, "") in shot.results), by
        if whole is None:
            continue
        cells = facts(whole)
        for (label,) in whole.groups:
            part = crm.filter(**{by[0]: label})
            assert not part.lacking(
                entry.label.tables, entry.label.optional, entry.label.needs, entry.label.beside
            )
            tables = {name: part.tables[name] for name in entry.label.tables}
            (mine,) = facts(measured(entry, tables, (Q,))).values()
            assert mine == cells[(label,), "2025-Q1"], f"{by} {label}"
        compared |= {*by}
    assert compared


def test_a_filter_by_what_no_table_tells_of_the_rows_is_still_a_need() -> None:
    crm = company()
    with pytest.raises(sm.NeedsError, match=r"needs costs\.owner"):
        crm.filter(owner="ana").kpi("campaign_roi", Q)
    with pytest.raises(sm.NeedsError, match=r"needs deals\.kind"):
        crm.filter(kind="call").kpi("stale_deals", Q)
    shot = sm.snapshot(crm, Q, by="kind", kpis=["stale_deals"]).to_dict()
    assert [one["group"] for one in shot["kpis"][0]["figures"]] == [{}]


def test_tables_beside_are_read_whole() -> None:
    crm = company()
    part = crm.filter(activities={"kind": "call"}, deal_lines={"product": "desk"})
    for kpi in ("stale_deals", "activity_coverage", "line_bookings", "line_pipeline"):
        assert part.kpi(kpi, Q) == crm.kpi(kpi, Q)


def test_a_filter_by_a_column_of_ones_own_leaves_those_of_the_roster_that_have_it() -> None:
    """An office is no field of owners: it groups as any other column, and the owners beside it."""
    owners = [
        {"id": name, "office": office}
        for name, office in (("ana", "north"), ("bo", "north"), ("cho", "south"), ("dan", None))
    ]
    deals = [
        {"id": str(at), "owner": who, "amount": amount, "outcome": "won"}
        | {"created_at": "2025-01-01", "closed_at": "2025-02-01"}
        for at, (who, amount) in enumerate([("ana", 100), ("cho", 400)])
    ]
    crm = sm.CRM(deals=deals, owners=owners, currency="USD")
    for where in ({"office": "north"}, {"owner.office": "north"}, {"owner_office": "north"}):
        found = crm.filter(**where).kpi("bookings", Q, by="owner")
        assert {cell.group: cell.value for cell in found} == {("ana",): 100, ("bo",): 0}
    assert crm.filter(office=None).kpi("bookings", Q, by="owner").groups == (("dan",),)


# figures of figures ------------------------------------------------------------------------------


def test_a_group_of_one_of_several_figures_has_nothing_of_the_others() -> None:
    """cho has leads and closed no deal: 0 won, and no deal size, for the reason of one without."""
    crm = company()
    targets = {"ana": 1000, "bo": 1000, "cho": 500}
    by_owner = crm.kpi("required_leads", "2025-Q2", by="owner", target=targets)
    cell = by_owner.at(owner="cho")
    alone = crm.filter(owner="cho").kpi("required_leads", "2025-Q2", target=500)
    for found in (cell, alone):
        assert found.parts["won"] == 0
        assert found.parts["remaining"] == found.parts["target"] == 500
        assert found.parts["lead-to-won rate"] == 1
        assert str(found.reason) == "deal size: no won deals in the period"
    each = crm.kpi("expected_value_per_lead", Q, by="owner").at(owner="cho")
    assert str(each.reason) == "deal_size: no won deals in the period"
    assert each.reason == crm.filter(owner="cho").kpi("expected_value_per_lead", Q).reason
    assert each.excluded == {} and each.exact is None


def test_what_the_owner_of_now_has_won_is_0_where_another_closed_the_deals_before() -> None:
    deals = [
        {"id": "1", "owner": "ana", "amount": 300, "created_at": "2025-01-01", "outcome": "won"}
        | {"closed_at": "2025-01-20", "expected_close_at": "2025-01-20"},
        {"id": "2", "owner": "cho", "amount": 500, "created_at": "2025-01-01", "outcome": "open"}
        | {"closed_at": None, "expected_close_at": "2025-03-20"},
    ]
    changes = [
        {"deal": "2", "owner": "ana", "changed_at": "2025-01-01"},
        {"deal": "2", "owner": "cho", "changed_at": "2025-02-01"},
    ]
    crm = sm.CRM(deals=deals, owner_changes=changes, currency="USD").as_of("2025-02-15")
    aims = {"ana": 1000, "cho": 1000}
    for kpi in ("pipeline_coverage", "pipeline_coverage_of_full_target", "required_pipeline"):
        whole = crm.kpi(kpi, Q, by="owner", target=aims)
        for name, won in (("ana", 300), ("cho", 0)):
            alone = crm.filter(owner=name).kpi(kpi, Q, target=1000)
            cell = whole.at(owner=name)
            assert cell.parts == alone.parts and cell.reason == alone.reason
            assert cell.parts["won"] == won
    covered = crm.kpi("pipeline_coverage", Q, by="owner", target=aims).at(owner="cho")
    assert covered.exact == Fraction(1, 2)


def test_of_open_deals_without_a_day_whose_owner_won_nothing_the_target_is_none_not_0() -> None:
    deals = [
        {"id": "1", "owner": "ana", "amount": 300, "created_at": "2025-01-01", "outcome": "won"}
        | {"closed_at": "2025-01-20"},
        {"id": "2", "owner": "cho", "amount": 500, "created_at": "2025-01-01", "outcome": "open"}
        | {"closed_at": None},
    ]
    crm = sm.CRM(deals=deals, currency="USD").as_of("2025-02-15")
    found = crm.kpi("pipeline_coverage_of_all_open", Q, by="owner", target={"ana": 1000})
    cell = found.at(owner="cho")
    assert cell.parts["won"] == 0 and cell.parts["target"] is None and cell.exact is None
    assert str(cell.reason) == "remaining: no target of its own"


# what is doubtful --------------------------------------------------------------------------------


def test_names_and_totals_that_are_doubtful_are_those_of_the_filter() -> None:
    names = ["Desk", "desk", "Chair", "Chair", "Lamp", "Lamp"]
    deals: list[dict[str, Any]] = [
        {"id": str(at), "owner": "ana" if at < 3 else "bo", "product": name, "amount": at + 1}
        | {"created_at": "2025-01-01", "outcome": "open"}
        for at, name in enumerate(names)
    ]
    deals.append({"id": "Total", "owner": None, "product": "Lamp", "amount": 21})
    crm = sm.CRM(deals=deals, currency="USD", all_open=True).as_of("2025-02-01")

    def told(part: sm.CRM, kind: str) -> list[int]:
        return [one.rows for one in sm.quality(part, kpis=[]).of(kind)]

    assert told(crm, "spelled_alike") == told(crm.filter(owner="ana"), "spelled_alike") == [2]
    assert told(crm.filter(owner="bo"), "spelled_alike") == []
    assert told(crm.filter(product="desk"), "spelled_alike") == [1]  # beside another's spelling
    assert told(crm, "looks_like_total") == told(crm.filter(owner=None), "looks_like_total") == [1]
    assert told(crm.filter(owner="ana"), "looks_like_total") == []
    fixes = [
        (one.id, one.row) for one in sm.fix_list(crm, kpis=[]) if one.kind == "looks_like_total"
    ]
    assert fixes == [("Total", 6)]
    mine = sm.fix_list(crm.filter(owner="bo"), kpis=[])
    assert {one.kind for one in mine}.isdisjoint({"spelled_alike", "looks_like_total"})


def test_as_many_others_and_every_row_are_of_those_asked() -> None:
    """bo has 6 open deals, of which 2 are overdue; all of cho's are: nothing would be left."""
    deals = [
        {"id": f"{owner}{at}", "owner": owner, "created_at": "2025-01-01", "outcome": "open"}
        | {"amount": 5, "expected_close_at": "2025-01-02" if late else "2025-06-01"}
        for owner, many, overdue in (("ana", 40, 0), ("bo", 6, 2), ("cho", 3, 3))
        for at, late in enumerate([True] * overdue + [False] * (many - overdue))
    ]
    crm = sm.CRM(deals=deals, currency="USD").as_of("2025-02-01")
    fixes = sm.fix_list(crm.filter(owner="bo"), kpis=["open_deals"])
    late = [one for one in fixes if one.kind == "overdue"]
    assert [one.id for one in late] == ["bo0", "bo1"]
    # Any two of the six are a third of them; of all 49 they would mostly have been another's.
    assert [one.by for one in late] == [one.control for one in late]
    assert late[0].by == pytest.approx(-1 / 3)
    (cho,) = sm.quality(crm.filter(owner="cho"), kpis=["open_deals"]).of("overdue")
    assert (cho.rows, cho.treatment, cho.effects) == (3, "none", ())
    assert cho.untreated is not None and cho.untreated.code == "so_in_every_row"


def test_a_backtest_of_a_filtered_company_is_of_the_whole() -> None:
    """Forecasts of some deals beside what all of them brought would be of nothing."""
    crm = sm.read(DEMO)
    part = crm.filter(team="서울 1팀")
    whole = sm.backtest(crm, 60, 2)
    for given in (part, part.deals, crm.filter(deals={"owner": None})):
        found = sm.backtest(given, 60, 2)
        assert found.to_records() == whole.to_records()
        for name in ("origins", "deals", "reliability"):
            assert found.part(name).to_records() == whole.part(name).to_records()
    assert {row["open_deals"] for row in whole.part("origins").to_records()} != {0}
    ahead = part.kpi(sm.bookings_forecast, "2026-Q1")
    assert ahead.backtest(origins=2).to_records() == ahead.backtest(crm, origins=2).to_records()
