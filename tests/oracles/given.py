"""What the tests of the whole catalogue give to KPIs that ask for it."""

from __future__ import annotations

from decimal import Decimal

from .facts import ASSUMED

PLANNED = ("pipeline_coverage", "required_wins", "required_deals", "required_leads")
for _name in (*PLANNED, "required_pipeline", "coverage_needed"):
    ASSUMED[_name] = {"target": 1000}
for _name in (
    "active_customers",
    "customer_retention_rate",
    "customer_churn_rate",
    "revenue_per_account",
    "customer_contact_frequency",
):
    ASSUMED[_name] = {"active_for_days": 30}
ASSUMED["customer_lifetime_value"] = {"margin": Decimal("0.8")}
ASSUMED["contractual_lifetime_value"] = {"margin": Decimal("0.8")}
ASSUMED["cac_payback"] = {"margin": Decimal("0.8")}
ASSUMED["simple_lifetime_value"] = {"margin": Decimal("0.8"), "active_for_days": 30}
ASSUMED["ltv_to_cac"] = {"margin": Decimal("0.8"), "active_for_days": 30}
