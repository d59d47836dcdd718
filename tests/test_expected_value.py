"""What an inquiry is worth, from rates that are given."""

from __future__ import annotations

import pytest

import salesmetrics as sm

DEALS = sm.Deals.of(
    [{"id": 1, "amount": 10_000_000, "outcome": "won", "closed_at": "2025-01-10"}], currency="KRW"
)


def test_as_the_article_computes_it() -> None:
    given = {"step_rates": [0.33, 1, 0.30]}
    both = sm.expected_value_per_lead(None, DEALS, "2025-Q1", **given, deal_size=10_000_000)
    assert (both.value, both.currency) == (990_000, "KRW")
    assert sm.expected_value_per_lead(None, DEALS, "2025-Q1", **given).value == 990_000
    nothing = sm.expected_value_per_lead(None, DEALS.as_of("2025-12-31"), "2025-Q3", **given)
    assert nothing.value is None


def test_what_is_given_is_checked() -> None:
    with pytest.raises(sm.NeedsError, match="leads, or by step_rates"):
        sm.expected_value_per_lead(None, DEALS, "2025-Q1")
    for wrong in ([], "0.3", [0.3, 30], [0]):
        with pytest.raises(sm.SalesMetricsError, match="step_rates is"):
            sm.expected_value_per_lead(None, DEALS, "2025-Q1", step_rates=wrong)
