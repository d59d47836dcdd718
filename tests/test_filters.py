"""Filters: a figure of some of the rows is, to the last unit and reason, that of their group."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import edge_days
import pytest
from hypothesis import HealthCheck, Phase, given, note, settings, strategies as st
from oracles import ASSUMED, World
from test_history_law import BORN, rows
from test_laws import batches_of
from worlds import GROUPINGS, crm_of, measured, worlds

import salesmetrics as sm
from salesmetrics.catalog import ENTRIES, Entry
from salesmetrics.cli import main
from salesmetrics.crm import TABLES
from salesmetrics.errors import NotFoundError

DEMO = Path(__file__).parents[1] / "examples" / "demo"
GIVEN = {name: value for given in ASSUMED.values() for name, value in given.items()}
MONTHS = tuple(sm.period("2025-Q1").split("month"))
# Of history: owner and stage of then, columns of the deal, of linked records, derived ones.
BY = (
    ("owner",), ("stage",), ("product",), ("customer",), ("type",), ("owner", "product"),
    ("customer.industry",), ("stage.type",),
)  # fmt: skip
FEW = settings(
    max_examples=6, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate]
)


def facts(result: sm.Result) -> dict[Any, Any]:
    """What the law is about, by group and period, with what a KPI's own table says."""
    told: dict[Any, list[Any]] = {}
    if callable(detail := getattr(result, "detail", None)):
        for row in detail():
            key = tuple(row[name] for name in result.by), row["period"]
            own = {name: value for name, value in row.items() if name not in (*result.by, "stage")}
            told.setdefault(key, []).append(own)
    return {
        (cell.group, cell.period.label): {
            "value": cell.value,
            "exact": cell.exact,
            "n": cell.n,
            "excluded": dict(cell.excluded),
            "assumed": dict(cell.assumed),
            "undefined": bool(cell.reason),
            "detail": told.get((cell.group, cell.period.label)),
            "statistics": dict(cell.statistics),
        }
        for cell in result.rows()
    }


def figures(entry: Entry, crm: sm.CRM, periods: Any, by: tuple[str, ...] = ()) -> sm.Result | None:
    """The KPI of the CRM's tables; None where they cannot be grouped so, or lack something."""
    tables = {name: crm.tables.get(name) for name in entry.label.tables}
    try:
        return measured(entry, tables, periods, by)
    except (sm.ColumnError, sm.NeedsError, sm.SalesMetricsError):
        return None


def is_the_group(crm: sm.CRM, periods: Any, by: tuple[str, ...], turn: int) -> Iterable[str]:
    """Every KPI filtered to one of its groups beside the cells of that group; those compared."""
    for entry in ENTRIES.values():
        whole = figures(entry, crm, periods, by)
        if whole is None:
            continue
        cells = facts(whole)
        for group in whole.groups[turn % max(len(whole.groups), 1) :][:1]:
            part = crm.filter(**dict(zip(by, group, strict=True)))
            alone = figures(entry, part, periods)
            assert alone is not None, f"{entry.name} of {group}"
            for (_, period), figure in facts(alone).items():
                assert figure == cells[group, period], f"{entry.name} of {group}, {period}"
        yield entry.name


def with_history(deals: Any, seed: int) -> sm.CRM:
    """A company whose deals were reopened, removed and handed on, beside all other tables."""
    draw = random.Random(seed)
    tables = edge_days.rows_of(deals)
    for row in tables["deals"]:
        row["product"], row["customer"] = draw.choice("ab"), draw.choice(["x", "y", None])
        row["type"] = draw.choice(["new", "upsell", "cross_sell"])
    return sm.CRM(**tables, **{name: rows(name, draw, 5) for name in BORN})


@pytest.mark.parametrize("by", BY, ids=".".join)
@FEW
@given(deals=edge_days.deals(), seed=st.integers(0, 10_000))
def test_a_filter_is_its_group_in_worlds_with_history(
    by: tuple[str, ...], deals: Any, seed: int
) -> None:
    compared = set(is_the_group(with_history(deals, seed), MONTHS, by, seed))
    assert {"bookings", "open_pipeline", "pipeline_movement", "stage_velocity"} <= compared


@FEW
@given(world=worlds(), turn=st.integers(0, 10_000))
def test_a_filter_is_its_group_in_any_world(world: World, turn: int) -> None:
    periods = (sm.period("2017-Q4"), sm.period("2017-11"))
    by = GROUPINGS[1 + turn % (len(GROUPINGS) - 1)]
    note(f"by {by}")
    list(is_the_group(crm_of(world), periods, by, turn))


@FEW
@given(
    deals=edge_days.deals(), seed=st.integers(0, 10_000), by=st.sampled_from(["product", "stage"])
)
def test_groups_of_a_filter_are_those_of_both_columns(deals: Any, seed: int, by: str) -> None:
    crm = with_history(deals, seed)
    part = crm.filter(owner="ana")
    for name in ("bookings", "open_pipeline", "pipeline_movement", "sales_cycle", "stale_deals"):
        both = figures(ENTRIES[name], crm, MONTHS, ("owner", by))
        mine = figures(ENTRIES[name], part, MONTHS, (by,))
        assert both is not None and mine is not None
        cells, alone = facts(both), facts(mine)
        mine_too = {(group[1:], period) for group, period in cells if group[0] == "ana"}
        assert mine_too <= set(alone)
        for (group, period), figure in alone.items():
            if (("ana", *group), period) in cells:
                assert figure == cells[("ana", *group), period], name
            else:  # on the roster alone
                assert figure["n"] == 0, name


@FEW
@given(deals=edge_days.deals(most=9), seed=st.integers(0, 10_000), size=st.integers(1, 7))
def test_a_filtered_snapshot_in_batches_is_the_same(deals: Any, seed: int, size: int) -> None:
    crm = with_history(deals, seed).filter(owner="ana")
    whole = sm.snapshot(crm, MONTHS, by=["product", "stage", "owner"], assumptions=GIVEN)
    with batches_of(size):
        cut = sm.snapshot(crm, MONTHS, by=["product", "stage", "owner"], assumptions=GIVEN)
    assert cut.to_dict() == whole.to_dict()


@FEW
@given(deals=edge_days.deals(), seed=st.integers(0, 10_000))
def test_filters_by_each_owner_add_up_to_the_whole(deals: Any, seed: int) -> None:
    crm = with_history(deals, seed)
    found = sm.bookings(crm.deals, MONTHS)
    owners = [label for label in crm.deals.codes("owner").labels if label is not None]
    parts = [sm.bookings(crm.deals.filter(owner=owner), MONTHS) for owner in owners]
    parts.append(sm.bookings(crm.deals.filter(owner=None), MONTHS))
    added = parts[0]
    for part in parts[1:]:
        added = added + part
    assert [c.exact for c in added.rows()] == [c.exact for c in found.rows()]
    with pytest.raises(sm.SalesMetricsError):
        parts[0] + sm.bookings(crm.deals.filter(owner=owners[0]), MONTHS)


@pytest.mark.parametrize(
    "by", ["owner", "team", "owner.region", "product", "customer.industry", "channel", "stage"]
)
def test_every_kpi_of_a_company_filtered_by_each_of_its_groups(by: str) -> None:
    crm = sm.read(DEMO)
    compared = set()
    for turn in (0, 1, -1):  # -1: what is missing, where anything is
        compared |= set(
            is_the_group(crm, (sm.period("2025-Q4"), sm.period("2025-Q3")), (by,), turn)
        )
    assert "bookings" in compared or by == "stage"


# by hand -----------------------------------------------------------------------------------------

CALLS = [
    # owner, team, amount
    ("ana", None, 100), ("bo", None, 50), ("cho", None, 30), (None, "Seoul 1", 170),
]  # fmt: skip


def test_calls_under_a_filter_are_those_of_whom_it_leaves() -> None:
    given: list[dict[str, Any]] = [
        {"owner": who, "team": team, "period": "2025-Q1", "amount": amount}
        | {"submitted_at": "2025-01-02"}
        for who, team, amount in CALLS
    ]
    crm = company(forecast_calls=given).as_of("2025-04-10")
    # Won: ana 300, bo 400, cho 800; the team Seoul 1 of ana and bo 700.

    def bias(crm: sm.CRM, **by: Any) -> dict[Any, Any]:
        found = crm.kpi("forecast_bias", "2025-Q1", **by)
        return {cell.group: (cell.n, cell.exact) for cell in found.rows() if cell.n}

    assert bias(crm) == {(): (3, Fraction(180 - 1500, 1500))}
    assert bias(crm.filter(owner="bo")) == {(): (1, Fraction(50 - 400, 400))}
    assert bias(crm.filter(owner="dan")) == {}  # on the roster, called nothing
    both = bias(crm.filter(owner=["ana", "bo"]))
    assert both == {(): (2, Fraction(150 - 700, 700))}
    # A team's figure is that of the team's call, and its owners are those on the roster.
    team = crm.filter(team="Seoul 1")
    assert bias(team) == {(): (1, Fraction(170 - 700, 700))}
    assert bias(team, by="team") == {("Seoul 1",): (1, Fraction(170 - 700, 700))}
    each = {("ana",): (1, Fraction(-200, 300)), ("bo",): (1, Fraction(-350, 400))}
    assert bias(team, by="owner") == each
    assert bias(crm.filter(team="Busan")) == {}
    assert bias(crm.filter(team="Busan"), by="owner") == {("cho",): (1, Fraction(30 - 800, 800))}


def test_new_deals_of_an_owner_who_left_are_no_owners_under_a_filter_too() -> None:
    crm = sm.read(DEMO)

    def new(part: sm.CRM) -> float:
        (cell,) = part.kpi("bookings_forecast", "2025-Q4").rows()
        found = cell.parts["from_new"]
        assert isinstance(found, float)
        return found

    names = [*crm.owners.ids(), None]
    each = {name: new(crm.filter(owner=name)) for name in names}
    ended = crm.owners.times("ended_at").days <= crm.known.day  # type: ignore[union-attr]
    assert ended.sum() == 2
    assert all(each[name] == 0 for name, has in zip(crm.owners.ids(), ended, strict=True) if has)
    assert each[None] > 0
    assert sum(each.values()) == pytest.approx(new(crm))


def test_of_one_on_the_roster_without_a_deal_there_are_no_groups_and_no_figures() -> None:
    deals = [{"id": "1", "created_at": "2025-01-02", "owner": "bo", "product": "a", "amount": 5}]
    crm = sm.CRM(deals=deals, owners=[{"id": "ana"}, {"id": "bo"}], currency="USD", all_open=True)
    mine = crm.as_of("2025-02-15").filter(owner="ana")
    assert mine.kpi("projected_win_rate", "2025-01", by="product").groups == ()
    assert mine.kpi("projected_win_rate", "2025-01").value is None
    assert mine.kpi("bookings_forecast", "2025-Q1", by="product").groups == ()
    assert mine.kpi("open_deals", "2025-01").value == 0
    assert sm.snapshot(mine, "2025-01", by="product").to_dict()


OWNERS = [
    {"id": "ana", "team": "Seoul 1"}, {"id": "bo", "team": "Seoul 1"},
    {"id": "cho", "team": "Busan"}, {"id": "dan", "team": None},
]  # fmt: skip
CUSTOMERS = [{"id": "x", "industry": "retail"}, {"id": "y", "industry": "steel"}]
WON = [
    # owner, customer, product, day of the close, amount
    ("ana", "x", "A", "2025-01-10", 100),
    ("ana", "y", "B", "2025-02-10", 200),
    ("bo", "x", "C", "2025-03-10", 400),
    ("cho", "x", None, "2025-03-20", 800),
    (None, "y", "A", "2025-03-30", 1600),
]


def company(**more: Any) -> sm.CRM:
    deals = [
        {"id": at, "owner": owner, "customer": customer, "product": product, "amount": amount}
        | {"created_at": "2025-01-01", "closed_at": day, "outcome": "won", "type": "upsell"}
        for at, (owner, customer, product, day, amount) in enumerate(WON)
    ]
    return sm.CRM(deals=deals, owners=OWNERS, customers=CUSTOMERS, currency="USD", **more)


def booked(table: Any) -> float | int | None:
    return sm.bookings(table, "2025-Q1").value


@pytest.mark.parametrize(
    ("where", "amount"),
    [
        ({"owner": "ana"}, 300),
        ({"owner": ["ana", "cho"]}, 1100),
        ({"owner": None}, 1600),
        ({"owner": ["ana", None]}, 1900),
        ({"product": {"A", "B"}}, 1900),
        ({"product": None}, 800),
        ({"team": "Seoul 1"}, 700),
        ({"team": None}, 1600),
        ({"owner_team": "Busan"}, 800),
        ({"owner.team": "Busan"}, 800),
        ({"customer_industry": "retail"}, 1300),
        ({"closed_at_month": "2025-03"}, 2800),
        ({"owner": "ana", "product": "A"}, 100),
        ({"owner": "ana", "product": "C"}, 0),
    ],
    ids=lambda given: "-".join(map(str, sorted(given))) if isinstance(given, dict) else str(given),
)
def test_what_a_filter_takes(where: Mapping[str, Any], amount: int) -> None:
    assert booked(company().deals.filter(**where)) == amount
    assert booked(company().filter(**where).deals) == amount
    assert booked(company().filter(deals=where).deals) == amount


def test_filters_combine() -> None:
    deals = company().deals
    assert booked(deals.filter(owner=["ana", "bo"]).filter(product=["B", "C"])) == 600
    assert booked(deals.filter(owner=["ana", "bo"]).filter(owner=["bo", "cho"])) == 400
    assert booked(deals.filter(owner="ana").filter(owner="bo")) == 0
    assert booked(deals) == 3100  # what is filtered is another table


def test_a_filter_cuts_no_row_away() -> None:
    """Who is an existing customer is told by all deals: the first of x is ana's, of product A."""
    deals = company().deals
    share = sm.existing_revenue_share(deals, "2025-Q1", by="owner").at(owner="bo")
    assert share.exact == sm.existing_revenue_share(deals.filter(owner="bo"), "2025-Q1").exact == 1
    assert len(deals.filter(owner="bo")) == 5
    assert deals.filter(owner="bo").known == deals.known
    assert repr(deals.filter(owner="bo")).endswith("where owner = bo)")


def test_the_owner_is_the_one_of_then() -> None:
    deals = [
        {"id": "1", "created_at": "2025-01-05", "owner": "bo", "amount": 100, "outcome": "open"},
    ]
    changes = [
        {"deal": "1", "owner": "ana", "changed_at": "2025-01-05"},
        {"deal": "1", "owner": "bo", "changed_at": "2025-02-01"},
    ]
    crm = sm.CRM(deals=deals, owner_changes=changes, currency="USD").as_of("2025-03-31")
    mine = crm.deals.filter(owner="ana")
    found = sm.open_pipeline(mine, ["2025-01", "2025-02"])
    assert [cell.value for cell in found.rows()] == [100, 0]
    moved = sm.pipeline_movement(mine, "2025-02")
    assert moved.parts["transferred_out"] == moved.parts["opening"] == 100
    both = sm.pipeline_movement(crm.deals.filter(owner=["ana", "bo"]), "2025-02")
    assert both.parts["transferred_out"] == 0  # within the filter nothing changed hands


def test_shares_of_the_whole_divide_by_the_unfiltered_whole() -> None:
    deals = company().deals
    mine = sm.segment_contribution(deals.filter(team="Seoul 1"), "2025-Q1")
    assert (mine.numerator, mine.denominator) == (700, 3100)
    grouped = sm.segment_contribution(deals.filter(team="Seoul 1"), "2025-Q1", by="owner")
    assert {cell.group[0]: cell.numerator for cell in grouped} == {"bo": 400, "ana": 300}
    assert {cell.denominator for cell in grouped} == {3100}
    of_whole = {name for name, entry in ENTRIES.items() if entry.label.of_whole}
    assert of_whole == {
        "segment_contribution", "segment_margin", "segment_revenue_share"
    }  # fmt: skip


def test_groups_are_those_of_the_filter() -> None:
    deals = company().deals.filter(team="Seoul 1")
    assert sm.bookings(deals, "2025-Q1", by="owner").groups == (("ana",), ("bo",))
    assert sm.bookings(deals, "2025-Q1", by="team").groups == (("Seoul 1",),)
    # bo, who sold no A, is there with nothing; cho and dan of other teams are not.
    found = sm.bookings(deals.filter(product="A"), "2025-Q1", by="owner")
    assert [(cell.group, cell.value) for cell in found] == [(("ana",), 100), (("bo",), 0)]


@pytest.mark.parametrize(
    ("where", "kind", "says"),
    [
        ({"owner": "zed"}, NotFoundError, "'zed' is not known; choose one of None, ana, bo"),
        ({"team": "Seoul"}, NotFoundError, "Did you mean 'Seoul 1'"),
        ({"owner": ["ana", "zed"]}, NotFoundError, "zed"),
        ({"owner": ""}, NotFoundError, "owner"),
        ({"owners": "ana"}, sm.SalesMetricsError, "own"),
        ({"amount": 100}, sm.ColumnError, "amount"),
        ({"closed_at": "2025-01-10"}, sm.ColumnError, "closed_at.month"),
        ({"owner": []}, sm.SalesMetricsError, "no value at all"),
        ({"owner": {"ana": 1}}, sm.SalesMetricsError, "a value, or a list"),
        ({"owner": [["ana"]]}, NotFoundError, "ana"),
        ({"owner": 1.5}, sm.SalesMetricsError, "a value, or a list"),
    ],
    ids=str,
)
def test_what_a_filter_refuses(where: Mapping[str, Any], kind: type[Exception], says: str) -> None:
    for ask in (company().deals.filter, company().filter):
        with pytest.raises(kind, match=says.replace(".", r"\.")):
            ask(**where)


def test_a_filter_of_one_table_names_it() -> None:
    crm = company(leads=[{"id": "1", "created_at": "2025-01-02", "owner": "ana"}])
    part = crm.filter(deals={"owner": "ana"})
    assert booked(part.deals) == 300
    assert sm.lead_volume(part.leads, "2025-Q1").value == 1
    with pytest.raises(sm.SalesMetricsError, match="deals is a table"):
        crm.filter(deals="ana")
    with pytest.raises(sm.NeedsError, match="no costs"):
        crm.filter(costs={"category": "sales"})


def test_a_table_that_cannot_be_filtered_is_a_need() -> None:
    costs = [{"spent_at": "2025-01-05", "amount": 50, "category": "sales"}]
    crm = company(costs=costs).filter(team="Seoul 1")
    shot = sm.snapshot(crm, "2025-Q1")
    needs = {need.name: need.needs for need in shot.needs}
    assert needs["cost_per_win"] == "costs.team"
    assert shot["bookings"].value == 700
    with pytest.raises(sm.NeedsError, match="costs cannot be filtered by 'team'"):
        sm.cost_per_win(crm.costs, crm.deals, "2025-Q1")


def test_a_filter_is_kept_as_of_an_earlier_day() -> None:
    crm = company()
    for part in (
        crm.filter(team="Seoul 1").as_of("2025-02-28"),
        crm.as_of("2025-02-28").filter(team="Seoul 1"),
    ):
        assert booked(part.deals) == 300


def test_flags_are_given_as_they_are_or_as_text() -> None:
    activities = sm.Activities.of(
        [
            {"id": "5", "kind": "call", "done_at": "2025-01-05", "automated": True},
            {"id": "6", "kind": "call", "done_at": "2025-01-06", "automated": False},
            {"id": "7", "kind": "call", "done_at": "2025-01-07", "automated": None},
        ]
    )
    for value, many in ((True, 1), ("False", 1), (None, 1), ([True, False], 2)):
        part = activities.filter(automated=value)
        assert part.during("done_at", "2025-01").count().value == many


def test_records_of_a_filtered_figure_are_those_of_the_group() -> None:
    deals = company().deals
    found = sm.bookings(deals.filter(team="Seoul 1"), "2025-Q1")
    assert [(one.id, one.contribution) for one in found.records()] == [
        ("0", 100),
        ("1", 200),
        ("2", 400),
    ]


def test_records_leave_out_what_the_filter_does() -> None:
    rows = [
        {"id": name, "owner": owner, "created_at": "2025-01-01", "outcome": "won", "amount": 1}
        | {"closed_at": "2025-02-01", "removed_at": gone}
        for name, owner, gone in (
            ("1", "ana", None), ("2", "ana", "2025-03-01"), ("3", "bo", "2025-03-01"),
        )
    ]  # fmt: skip
    table = sm.Deals.of(rows, currency="USD").filter(owner="ana")
    found = sm.won_deals(table, "2025-Q1")
    assert {one.id: one.reason for one in found.records()} == {"1": None, "2": "removed"}
    assert found.excluded == {"removed": 1}


# one KPI of a CRM --------------------------------------------------------------------------------


def test_a_kpi_by_name_is_the_function_of_the_crm_s_tables() -> None:
    crm = company()
    assert crm.kpi("bookings", "2025-Q1", by="owner") == sm.bookings(
        crm.deals, "2025-Q1", by="owner"
    )
    assert (
        crm.kpi(sm.win_rate, "2025-Q1").interval() == sm.win_rate(crm.deals, "2025-Q1").interval()
    )
    assert crm.kpi("win_rate_by_amount", "2025-Q1").value == 1
    assert crm.filter(owner="ana").kpi("bookings", "2025-Q1").value == 300
    assert crm.kpi("bookings").value == 3100


@pytest.mark.parametrize(
    ("kpi", "keywords", "kind", "says"),
    [
        ("winning", {}, NotFoundError, "KPI .winning. is not known"),
        (print, {}, sm.SalesMetricsError, "no KPI"),
        ("win_rate", {"losses_of": 1}, NotFoundError, "keyword of win_rate 'losses_of'"),
        ("cost_per_win", {}, sm.NeedsError, "cost_per_win needs costs; this CRM has"),
        (
            "ltv_to_cac",
            {},
            sm.NeedsError,
            "assumption margin.*pass margin=, active_for_days=",
        ),
        ("open_deals", {}, sm.SalesMetricsError, "give a period"),
    ],
)
def test_what_kpi_refuses(kpi: Any, keywords: Any, kind: type[Exception], says: str) -> None:
    with pytest.raises(kind, match=says):
        company().kpi(kpi, **keywords)


def test_a_kpi_of_a_table_that_cannot_be_filtered_needs_its_column() -> None:
    crm = company(costs=[{"spent_at": "2025-01-05", "amount": 50, "category": "sales"}])
    with pytest.raises(sm.NeedsError, match=r"needs costs\.team"):
        crm.filter(team="Seoul 1").kpi("cost_per_win", "2025-Q1")


def test_every_table_is_an_attribute() -> None:
    crm = company(stage_changes=[{"deal": "0", "stage": "talks", "changed_at": "2025-01-02"}])
    for name in TABLES:
        assert getattr(sm.CRM, name).kind is TABLES[name]
        if crm.has(name):
            assert getattr(crm, name) is crm.tables[name]
        else:
            with pytest.raises(sm.NeedsError, match=f"no {name}"):
                getattr(crm, name)
    assert crm.stage_changes.size == 1


# documents and the command ----------------------------------------------------------------------


def test_a_snapshot_says_what_it_is_filtered_by() -> None:
    shot = sm.snapshot(company().filter(team=["Seoul 1", None]), "2025-Q1", kpis=["bookings"])
    assert shot["bookings"].value == 2300
    assert shot.to_dict()["where"]["deals"] == {"team": [None, "Seoul 1"]}
    assert "where team = (none) | Seoul 1; known until" in shot.to_text()
    assert "조건 팀 = (없음) | Seoul 1; 기준" in shot.to_text("ko")
    alone = sm.snapshot(company().filter(deals={"product": "A"}), "2025-Q1", kpis=["bookings"])
    assert "where deals: product = A;" in alone.to_markdown()
    assert sm.snapshot(company(), "2025-Q1", kpis=["bookings"]).to_dict()["where"] == {}


def test_targets_of_other_rows_are_not_measured_against() -> None:
    def goal(value: int, **group: str) -> sm.Target:
        return sm.Target(kpi="bookings", value=value, period="2025-Q1", group=group)

    targets = [goal(5000), goal(1400, team="Seoul 1"), goal(9, team="Busan")]
    shot = sm.snapshot(
        company().filter(team="Seoul 1"), "2025-Q1", kpis=["bookings"], targets=targets
    )
    whole, team = shot.targets
    assert whole.actual is None
    assert whole.reason == "the figures are filtered by team, the target is not"
    assert team.attainment == Fraction(1, 2)
    assert "목표는 전체 기준" in shot.to_text("ko", 300)


def test_findings_of_a_filtered_company_are_of_its_rows() -> None:
    deals = [
        {"id": at, "owner": owner, "created_at": "2025-01-01", "outcome": "open"}
        | {"amount": 5, "expected_close_at": "2025-01-02"}
        for at, owner in enumerate(["ana", "ana", "bo"])
    ]
    crm = sm.CRM(
        deals=[*deals, {"id": 3, "owner": "bo", "created_at": "2025-01-01"}], currency="USD"
    )
    crm = crm.as_of("2025-02-01")
    for part, many, before in ((crm, 3, 15), (crm.filter(owner="bo"), 1, 5)):
        (late,) = sm.quality(part, kpis=["open_pipeline"]).of("overdue")
        assert late.rows == many
        assert [effect.before.value for effect in late.effects] == [before]


DEMO = Path(__file__).parents[1] / "examples" / "demo"
ASKED = ["snapshot", str(DEMO), "--kpis", "bookings,win_rate", "--format", "json"]


def told(capsys: pytest.CaptureFixture[str], *where: str) -> dict[str, Any]:
    asked = [part for one in where for part in ("--where", one)]
    assert main([*ASKED, *asked]) == 0
    found = json.loads(capsys.readouterr().out)
    return {kpi["kpi"]: kpi["figures"][0]["exact"] for kpi in found["kpis"]}


def test_where_of_the_command_is_the_filter(capsys: pytest.CaptureFixture[str]) -> None:
    crm = sm.read(DEMO)
    quarter = sm.bookings(crm.deals, "2025-Q4", by=["team", "product"])
    team = sm.bookings(crm.deals, "2025-Q4", by="team").at(team="서울 1팀")
    assert Decimal(told(capsys, "team=서울 1팀")["bookings"]) == team.exact
    products = [label for label in crm.deals.codes("product").labels if label is not None][:2]
    both = [quarter.at(team="서울 1팀", product=one).exact for one in products]
    asked = [f"product={one}" for one in products]
    assert Decimal(told(capsys, "team=서울 1팀", *asked)["bookings"]) == sum(map(Decimal, both))
    assert told(capsys, "owner=")["bookings"] == "0"


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ("team", "COLUMN=VALUE"),
        ("team=서울", "서울 1팀"),
        ("tame=x", "team"),
        ("=x", "COLUMN=VALUE"),
    ],
)
def test_where_of_the_command_refuses(
    where: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*ASKED, "--where", where]) == 2
    assert says in capsys.readouterr().err


# reading -----------------------------------------------------------------------------------------

THEIRS = {
    "id": "번호", "owner": "담당자", "amount": "금액", "created_at": "생성일",
    "outcome": "결과", "closed_at": "마감일",
}  # fmt: skip
ROWS = [
    {"번호": "1", "담당자": "김", "금액": "1000", "생성일": "2025-01-02", "결과": "won"}
    | {"마감일": "2025-02-01"},
    {"번호": "2", "담당자": "이", "금액": "2000", "생성일": "2025-01-02", "결과": "lost"}
    | {"마감일": "2025-02-03"},
]


def csv_of(folder: Path, name: str) -> Path:
    file = folder / name
    lines = [",".join(row) for row in (ROWS[0], *(row.values() for row in ROWS))]
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


@pytest.mark.parametrize("kind", ["rows", "frame", "file", "named", "mapping", "told by table"])
def test_columns_of_one_file_or_frame(kind: str, tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    source, columns = {
        "rows": (ROWS, THEIRS),
        "frame": (pandas.DataFrame(ROWS), THEIRS),
        "file": (csv_of(tmp_path, "영업 2025.csv"), THEIRS),
        "named": (str(csv_of(tmp_path, "deals.csv")), THEIRS),
        "mapping": ({"deals": ROWS}, THEIRS),
        "told by table": (csv_of(tmp_path, "deals.csv"), {"deals": THEIRS}),
    }[kind]
    crm = sm.read(source, columns=columns, currency="KRW", tz="Asia/Seoul")
    assert sm.bookings(crm.deals, "2025-02", by="owner").at(owner="김").value == 1000
    assert sm.win_rate(crm.deals, "2025-02").value == 0.5


def test_columns_that_are_not_there_are_refused(tmp_path: Path) -> None:
    file = csv_of(tmp_path, "deals.csv")
    for columns, says in (
        ({"owner": "담당"}, "'담당' is not known; choose one of 번호, 담당자"),
        ({"ownr": "담당자"}, "Did you mean 'owner'"),
        ({"dels": {"owner": "담당자"}}, "Did you mean 'deals'"),
        ({"deals": {"owner": "담당자"}, "owner": "담당자"}, "owner is no table"),
        ({"owner": 3}, "name of a column"),
        (["owner"], "our names and theirs"),
    ):
        with pytest.raises(sm.SalesMetricsError, match=re.escape(says)):
            sm.read(file, columns=columns, currency="KRW")  # type: ignore[arg-type]


def test_a_folder_is_read_with_its_configuration() -> None:
    crm = sm.read(DEMO)
    assert (crm.currency, crm.deals.zone and crm.deals.zone.name) == ("KRW", "Asia/Seoul")
    assert len(crm.deals.rejected) > 0  # its on_error = "collect"
    with pytest.raises(sm.DataError):
        sm.read(DEMO, on_error="raise")
    with pytest.raises(sm.SalesMetricsError, match="currency"):
        sm.read(DEMO, config=sm.Config())


def test_faults_of_a_configuration_are_named(tmp_path: Path) -> None:
    (tmp_path / "salesmetrics.toml").write_text('currency = "money"')
    with pytest.raises(sm.ConfigError, match=r"salesmetrics\.toml, currency"):
        sm.read(tmp_path)
    with pytest.raises(sm.NotFoundError):
        sm.read(DEMO, config="nowhere.toml")
    assert issubclass(sm.ConfigError, sm.SalesMetricsError)
