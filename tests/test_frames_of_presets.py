"""A table that is given beside a preset is read or refused, never dropped."""

from __future__ import annotations

from typing import Any

import pytest

import salesmetrics as sm

DEAL = {
    "Record ID": "1", "Deal Name": "x", "Deal Stage": "Closed Won", "Pipeline": "Sales",
    "Amount": "10", "Close Date": "2025-02-01", "Create Date": "2025-01-01",
    "Is Deal Closed?": "true", "Is Closed Won": "true",
}  # fmt: skip
OPPORTUNITY = {
    "Id": "1", "CreatedDate": "2025-01-01", "CloseDate": "2025-02-01", "IsClosed": "true",
    "IsWon": "true", "StageName": "x",
}  # fmt: skip


def read(preset: str, deal: dict[str, Any], **tables: Any) -> sm.CRM:
    return sm.read({"deals": [deal], **tables}, preset=preset, tz="UTC", currency="USD")


@pytest.mark.parametrize(
    ("preset", "deal"), [("hubspot_export", DEAL), ("salesforce", OPPORTUNITY)]
)
def test_tables_under_our_own_names(preset: str, deal: dict[str, Any]) -> None:
    changes = [{"deal": "1", "stage": "talks", "changed_at": "2025-01-05"}]
    crm = read(preset, deal, stage_changes=changes, customers=[{"id": "a", "industry": "retail"}])
    assert (len(crm.deals), len(crm.stage_changes), len(crm.customers)) == (1, 1, 1)
    assert sm.won_deals(crm.deals, "2025-02").value == 1


@pytest.mark.parametrize(
    ("preset", "deal"), [("hubspot_export", DEAL), ("salesforce", OPPORTUNITY)]
)
def test_what_tells_nothing_is_refused_by_name(preset: str, deal: dict[str, Any]) -> None:
    with pytest.raises(sm.errors.ColumnError, match="stage_changes need a column 'changed_at'"):
        read(preset, deal, stage_changes=[{"deal": "1", "stage": "talks", "at": "2025-01-05"}])
