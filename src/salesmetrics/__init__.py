"""B2B sales KPIs: right, explainable, exact.

Records become tables, tables give exact totals for a period and a group, and a KPI is a short
function that divides them last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .catalog import (
        KPIS,
        entry,
    )
    from .crm import (
        CRM,
    )
    from .errors import (
        ColumnError,
        DataError,
        Fault,
        MoneyError,
        NeedsError,
        PeriodError,
        SalesMetricsError,
        UndefinedError,
        ZoneError,
    )
    from .insight import (
        Attainment,
        Comparison,
        History,
        QualityReport,
        Scorecard,
        diff,
        read_snapshots,
        read_targets,
    )
    from .insight.compare import (
        compare,
    )
    from .insight.quality import (
        quality,
    )
    from .insight.scorecards import (
        scorecards,
    )
    from .io import (
        Config,
        changes_from_date_columns,
        changes_from_old_and_new,
        changes_from_periods,
        changes_from_snapshots,
        read_config,
    )
    from .io.preset import (
        presets,
    )
    from .io.read import (
        read,
    )
    from .measures import (
        Cell,
        Distribution,
        Formula,
        Ratio,
        Result,
        Statement,
        Total,
    )
    from .metrics.activity import (
        activities_per_win,
        activity_coverage,
        activity_volume,
        contact_frequency,
        credited_bookings,
        crm_entry_rate,
        customer_contact_frequency,
        data_accuracy,
        data_completeness,
        owner_turnover,
        reply_rate,
        revenue_per_owner,
        revenue_per_team,
    )
    from .metrics.cost import (
        cac_payback,
        campaign_contribution,
        campaign_roi,
        cost_per_lead,
        cost_per_opportunity,
        cost_per_win,
        customer_acquisition_cost,
        lagged_acquisition_cost,
        ltv_to_cac,
        sales_efficiency,
        sales_profit_margin,
    )
    from .metrics.customer import (
        active_customers,
        arr,
        cohort_retention,
        cross_sell_share,
        customer_churn_rate,
        customer_lifetime_value,
        customer_movements,
        customer_referrals,
        customer_retention_rate,
        existing_revenue_share,
        gross_revenue_retention,
        mrr,
        mrr_movements,
        net_revenue_retention,
        new_customers,
        quick_ratio,
        referrals,
        renewal_rate,
        repeat_purchase_rate,
        revenue,
        revenue_per_account,
        segment_contribution,
        segment_margin,
        simple_lifetime_value,
        upsell_share,
    )
    from .metrics.lead import (
        converted_leads,
        lead_conversion_rate,
        lead_funnel,
        lead_response_time,
        lead_velocity_rate,
        lead_volume,
        qualified_leads,
        response_sla_rate,
        time_to_convert,
        time_to_convert_estimate,
        visit_to_lead_rate,
        visits,
    )
    from .metrics.pipeline import (
        annual_contract_value,
        average_deal_size,
        bookings,
        bottlenecks,
        close_rate,
        concentration,
        deal_age,
        deal_size,
        deals_created,
        expected_value_per_lead,
        loss_reasons,
        lost_deals,
        open_deals,
        open_pipeline,
        overdue_deals,
        pipeline_coverage,
        pipeline_created,
        pipeline_movement,
        required_deals,
        required_leads,
        required_pipeline,
        required_wins,
        sales_cycle,
        sales_cycle_estimate,
        slip_rate,
        stage_conversion,
        stage_velocity,
        stale_deals,
        time_in_stage,
        total_contract_value,
        weighted_pipeline,
        win_rate,
        won_deals,
    )
    from .metrics.support import (
        completion_rate,
        insights_delivered,
        material_update_interval,
        report_punctuality,
        report_usage,
        satisfaction_score,
        turnaround_time,
    )
    from .metrics.velocity import (
        realised_velocity,
        sales_velocity,
    )
    from .models import (
        Activity,
        AmountChange,
        CloseDateChange,
        Cost,
        Customer,
        Deal,
        DealCredit,
        Lead,
        Owner,
        OwnerChange,
        Product,
        Revenue,
        Stage,
        StageChange,
        Subscription,
        Target,
        Touch,
        Visit,
    )
    from .money import (
        ExchangeRates,
    )
    from .periods import (
        ALL_TIME,
        FiscalYear,
        Period,
        period,
        trailing,
    )
    from .snapshots import (
        Snapshot,
        scorecard,
        snapshot,
    )
    from .support_records import (
        Check,
        Deliverable,
        Expectation,
        Request,
        Survey,
    )
    from .tables import (
        Activities,
        AmountChanges,
        Checks,
        CloseDateChanges,
        Costs,
        Customers,
        DealCredits,
        Deals,
        Deliverables,
        Expectations,
        Leads,
        OwnerChanges,
        Owners,
        Products,
        Requests,
        Revenues,
        StageChanges,
        Stages,
        Subscriptions,
        Surveys,
        Touches,
        Visits,
    )
    from .worktime import (
        WorkCalendar,
    )

__version__ = "0.1.0"

__all__ = [
    "ALL_TIME", "CRM", "KPIS", "Activities", "Activity", "AmountChange", "AmountChanges",
    "Attainment", "Cell", "Check", "Checks", "CloseDateChange", "CloseDateChanges",
    "ColumnError", "Comparison", "Config", "Cost", "Costs", "Customer", "Customers",
    "DataError", "Deal", "DealCredit", "DealCredits", "Deals", "Deliverable", "Deliverables",
    "Distribution", "ExchangeRates", "Expectation", "Expectations", "Fault", "FiscalYear",
    "Formula", "History", "Lead", "Leads", "MoneyError", "NeedsError", "Owner", "OwnerChange",
    "OwnerChanges", "Owners", "Period", "PeriodError", "Product", "Products", "QualityReport",
    "Ratio", "Request", "Requests", "Result", "Revenue", "Revenues", "SalesMetricsError",
    "Scorecard", "Snapshot", "Stage", "StageChange", "StageChanges", "Stages", "Statement",
    "Subscription", "Subscriptions", "Survey", "Surveys", "Target", "Total", "Touch", "Touches",
    "UndefinedError", "Visit", "Visits", "WorkCalendar", "ZoneError", "active_customers",
    "activities_per_win", "activity_coverage", "activity_volume", "annual_contract_value",
    "arr", "average_deal_size", "bookings", "bottlenecks", "cac_payback",
    "campaign_contribution", "campaign_roi", "changes_from_date_columns",
    "changes_from_old_and_new", "changes_from_periods", "changes_from_snapshots", "close_rate",
    "cohort_retention", "compare", "completion_rate", "concentration", "contact_frequency",
    "converted_leads", "cost_per_lead", "cost_per_opportunity", "cost_per_win",
    "credited_bookings", "crm_entry_rate", "cross_sell_share", "customer_acquisition_cost",
    "customer_churn_rate", "customer_contact_frequency", "customer_lifetime_value",
    "customer_movements", "customer_referrals", "customer_retention_rate", "data_accuracy",
    "data_completeness", "deal_age", "deal_size", "deals_created", "diff", "entry",
    "existing_revenue_share", "expected_value_per_lead", "gross_revenue_retention",
    "insights_delivered", "lagged_acquisition_cost", "lead_conversion_rate", "lead_funnel",
    "lead_response_time", "lead_velocity_rate", "lead_volume", "loss_reasons", "lost_deals",
    "ltv_to_cac", "material_update_interval", "mrr", "mrr_movements", "net_revenue_retention",
    "new_customers", "open_deals", "open_pipeline", "overdue_deals", "owner_turnover", "period",
    "pipeline_coverage", "pipeline_created", "pipeline_movement", "presets", "qualified_leads",
    "quality", "quick_ratio", "read", "read_config", "read_snapshots", "read_targets",
    "realised_velocity", "referrals", "renewal_rate", "repeat_purchase_rate", "reply_rate",
    "report_punctuality", "report_usage", "required_deals", "required_leads",
    "required_pipeline", "required_wins", "response_sla_rate", "revenue", "revenue_per_account",
    "revenue_per_owner", "revenue_per_team", "sales_cycle", "sales_cycle_estimate",
    "sales_efficiency", "sales_profit_margin", "sales_velocity", "satisfaction_score",
    "scorecard", "scorecards", "segment_contribution", "segment_margin",
    "simple_lifetime_value", "slip_rate", "snapshot", "stage_conversion", "stage_velocity",
    "stale_deals", "time_in_stage", "time_to_convert", "time_to_convert_estimate",
    "total_contract_value", "trailing", "turnaround_time", "upsell_share", "visit_to_lead_rate",
    "visits", "weighted_pipeline", "win_rate", "won_deals",
]  # fmt: skip

# Where each name lives.  It is imported when it is first asked for, so that importing the package
# costs next to nothing in a command or an application that uses a part of it.
_NAMES = {
    "catalog": "KPIS entry",
    "crm": "CRM",
    "errors": (
        "ColumnError DataError Fault MoneyError NeedsError PeriodError SalesMetricsError "
        "UndefinedError ZoneError"
    ),
    "insight": (
        "Attainment Comparison History QualityReport Scorecard diff read_snapshots read_targets"
    ),
    "insight.compare": "compare",
    "insight.quality": "quality",
    "insight.scorecards": "scorecards",
    "io": (
        "Config changes_from_date_columns changes_from_old_and_new changes_from_periods "
        "changes_from_snapshots read_config"
    ),
    "io.preset": "presets",
    "io.read": "read",
    "measures": "Cell Distribution Formula Ratio Result Statement Total",
    "metrics.activity": (
        "activities_per_win activity_coverage activity_volume contact_frequency "
        "credited_bookings crm_entry_rate customer_contact_frequency data_accuracy "
        "data_completeness owner_turnover reply_rate revenue_per_owner revenue_per_team"
    ),
    "metrics.cost": (
        "cac_payback campaign_contribution campaign_roi cost_per_lead cost_per_opportunity "
        "cost_per_win customer_acquisition_cost lagged_acquisition_cost ltv_to_cac "
        "sales_efficiency sales_profit_margin"
    ),
    "metrics.customer": (
        "active_customers arr cohort_retention cross_sell_share customer_churn_rate "
        "customer_lifetime_value customer_movements customer_referrals customer_retention_rate "
        "existing_revenue_share gross_revenue_retention mrr mrr_movements net_revenue_retention "
        "new_customers quick_ratio referrals renewal_rate repeat_purchase_rate revenue "
        "revenue_per_account segment_contribution segment_margin simple_lifetime_value "
        "upsell_share"
    ),
    "metrics.lead": (
        "converted_leads lead_conversion_rate lead_funnel lead_response_time lead_velocity_rate "
        "lead_volume qualified_leads response_sla_rate time_to_convert time_to_convert_estimate "
        "visit_to_lead_rate visits"
    ),
    "metrics.pipeline": (
        "annual_contract_value average_deal_size bookings bottlenecks close_rate concentration "
        "deal_age deal_size deals_created expected_value_per_lead loss_reasons lost_deals "
        "open_deals open_pipeline overdue_deals pipeline_coverage pipeline_created "
        "pipeline_movement required_deals required_leads required_pipeline required_wins "
        "sales_cycle sales_cycle_estimate slip_rate stage_conversion stage_velocity stale_deals "
        "time_in_stage total_contract_value weighted_pipeline win_rate won_deals"
    ),
    "metrics.support": (
        "completion_rate insights_delivered material_update_interval report_punctuality "
        "report_usage satisfaction_score turnaround_time"
    ),
    "metrics.velocity": "realised_velocity sales_velocity",
    "models": (
        "Activity AmountChange CloseDateChange Cost Customer Deal DealCredit Lead Owner "
        "OwnerChange Product Revenue Stage StageChange Subscription Target Touch Visit"
    ),
    "money": "ExchangeRates",
    "periods": "ALL_TIME FiscalYear Period period trailing",
    "snapshots": "Snapshot scorecard snapshot",
    "support_records": "Check Deliverable Expectation Request Survey",
    "tables": (
        "Activities AmountChanges Checks CloseDateChanges Costs Customers DealCredits Deals "
        "Deliverables Expectations Leads OwnerChanges Owners Products Requests Revenues "
        "StageChanges Stages Subscriptions Surveys Touches Visits"
    ),
    "worktime": "WorkCalendar",
}
_HOME = {name: module for module, names in _NAMES.items() for name in names.split()}

if not TYPE_CHECKING:

    def __getattr__(name):
        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        value = getattr(import_module(f".{_HOME[name]}", __name__), name)
        globals()[name] = value
        return value

    def __dir__():
        return sorted({*globals(), *__all__})
