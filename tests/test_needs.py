"""What a KPI cannot do without is declared on its label, and known before anything is computed."""

from __future__ import annotations

from typing import Any

import pytest

import salesmetrics as sm
from salesmetrics import examples
from salesmetrics.catalog import ENTRIES, Entry
from salesmetrics.measuring import Wanted, measure
from salesmetrics.reasons import Reason

GIVEN: dict[str, Any] = {
    "margin": 0.5, "target": 1000, "required": ["owner"], "active_for_days": 90, "limit_hours": 24,
}  # fmt: skip
PERIOD = sm.period("2025-Q1")
TABLES = (
    "deals", "customers", "costs", "leads", "visits", "activities", "subscriptions", "owners",
    "requests", "revenues", "deliverables", "surveys", "checks", "expectations", "touches",
)  # fmt: skip
WORLDS = {
    "deals alone": sm.CRM(deals=examples.deals),
    "every table, no history": sm.CRM(**{name: getattr(examples, name) for name in TABLES}),
}
DECLARED = [name for name, one in ENTRIES.items() if one.label.needs]


def lacking(one: Entry, crm: sm.CRM) -> list[Reason]:
    return crm.lacking(one.label.tables, one.label.optional, one.label.needs)


def called(one: Entry, crm: sm.CRM) -> sm.NeedsError | None:
    """What the function itself says."""
    tables = [crm.tables.get(name) for name in one.label.tables]
    given = {name: GIVEN[name] for name in one.label.given}
    try:
        one.function(*tables, PERIOD, **{**given, **one.keywords})
    except sm.NeedsError as wrong:
        return wrong
    return None


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("name", DECLARED)
def test_what_is_declared_is_what_the_function_refuses_for(name: str, world: str) -> None:
    one, crm = ENTRIES[name], WORLDS[world]
    if any(table not in crm.tables for table in one.label.tables):
        return
    missed, raised = lacking(one, crm), called(one, crm)
    assert bool(missed) == (raised is not None)
    if raised is not None:
        assert raised.needs in missed


@pytest.mark.parametrize("world", WORLDS)
def test_nothing_is_computed_of_what_lacks_something_declared(
    world: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call still refuses only where alternatives are given: other tables, or keywords."""
    learned: list[Entry] = []

    def need(run: Any, one: Wanted, wrong: sm.SalesMetricsError) -> Reason:
        assert isinstance(wrong, sm.NeedsError)
        learned.append(one.entry)
        return Reason("text", text=str(wrong.needs))

    monkeypatch.setattr("salesmetrics.measuring._SameTables._need", need)
    crm = WORLDS[world]
    wanted = [Wanted(one) for one in ENTRIES.values()]
    found, needs = measure(crm, wanted, {"asked": (PERIOD,)}, GIVEN)
    assert len(found) + len(needs) == len({one.key for one in wanted})
    assert [one.name for one in learned if not (one.label.optional or one.label.keywords)] == []
    for name in DECLARED:
        one = Wanted(ENTRIES[name])
        assert (one.key in needs) == bool(lacking(one.entry, crm))


def test_all_that_is_lacking_is_named_at_once() -> None:
    crm = sm.CRM(deals=examples.deals, activities=[{"id": "1", "kind": "call", "owner": "ana"}])
    with pytest.raises(sm.NeedsError) as raised:
        crm.kpi("contact_frequency", PERIOD)
    for name in ("activities.done_at", "activities.direction", "activities.deal"):
        assert name in str(raised.value)


def test_histories_are_found_in_the_deals_themselves() -> None:
    whole = examples.crm_with_history
    assert sm.CRM(deals=whole.deals).kpi("stage_conversion", PERIOD).value is not None
    needs = sm.snapshot(whole, PERIOD, kpis=["slip_rate", "stage_conversion"]).needs
    assert [str(one.needs) for one in needs] == ["close_date_changes"]


@pytest.mark.parametrize(
    ("column", "lacking"), [("customer.industry", "industry"), ("owner", "owner")]
)
@pytest.mark.parametrize("linked", [True, False])
def test_a_column_that_is_lacking_is_named_as_its_own_table_has_it(
    column: str, lacking: str, linked: bool
) -> None:
    deals = [{"id": 1, "customer": "a", "created_at": "2025-01-01"}]
    tables = {"customers": [{"id": "a", "name": "A"}]} if linked else {}
    crm = sm.CRM(deals=deals, currency="EUR", **tables)
    with pytest.raises(sm.NeedsError, match=f"have no '{lacking}'"):
        crm.deals.column(column)
