"""What the package gives, and where each name lives: the one list of public names."""

from .catalog import (
    KPIS as KPIS,
    entry as entry,
    identities as identities,
)
from .crm import (
    CRM as CRM,
)
from .errors import (
    ColumnError as ColumnError,
    DataError as DataError,
    Fault as Fault,
    MoneyError as MoneyError,
    NeedsError as NeedsError,
    NotFoundError as NotFoundError,
    PeriodError as PeriodError,
    SalesMetricsError as SalesMetricsError,
    UndefinedError as UndefinedError,
    ZoneError as ZoneError,
)
from .insight import (
    Alert as Alert,
    AlertReport as AlertReport,
    Attainment as Attainment,
    Comparison as Comparison,
    Explanation as Explanation,
    QualityReport as QualityReport,
    Rule as Rule,
    Scorecard as Scorecard,
    read_rules as read_rules,
    read_targets as read_targets,
)
from .insight.alerts import (
    alerts as alerts,
)
from .insight.benchmarks import (
    Benchmark as Benchmark,
    benchmarked as benchmarked,
)
from .insight.compare import (
    compare as compare,
)
from .insight.definitions import (
    definitions as definitions,
    profiles as profiles,
)
from .insight.explain import (
    explain as explain,
)
from .insight.fixes import (
    fix_list as fix_list,
)
from .insight.growth import (
    growth as growth,
)
from .insight.quality import (
    quality as quality,
)
from .insight.same_age import (
    cohorts as cohorts,
)
from .insight.scorecards import (
    scorecards as scorecards,
)
from .insight.standings import (
    ranking as ranking,
)
from .io import (
    Config as Config,
    ConfigError as ConfigError,
    changes_from_date_columns as changes_from_date_columns,
    changes_from_old_and_new as changes_from_old_and_new,
    changes_from_periods as changes_from_periods,
    changes_from_snapshots as changes_from_snapshots,
    read_config as read_config,
)
from .io.preset import (
    presets as presets,
)
from .io.read import (
    read as read,
)
from .metrics.activity import (
    activities_per_win as activities_per_win,
    activity_coverage as activity_coverage,
    activity_volume as activity_volume,
    contact_frequency as contact_frequency,
    credited_bookings as credited_bookings,
    crm_entry_rate as crm_entry_rate,
    customer_contact_frequency as customer_contact_frequency,
    data_accuracy as data_accuracy,
    data_completeness as data_completeness,
    owner_turnover as owner_turnover,
    reply_rate as reply_rate,
    revenue_per_owner as revenue_per_owner,
    revenue_per_team as revenue_per_team,
)
from .metrics.cost import (
    cac_payback as cac_payback,
    campaign_contribution as campaign_contribution,
    campaign_roi as campaign_roi,
    cost_per_lead as cost_per_lead,
    cost_per_opportunity as cost_per_opportunity,
    cost_per_win as cost_per_win,
    customer_acquisition_cost as customer_acquisition_cost,
    lagged_acquisition_cost as lagged_acquisition_cost,
    ltv_to_cac as ltv_to_cac,
    sales_efficiency as sales_efficiency,
    sales_profit_margin as sales_profit_margin,
)
from .metrics.customer import (
    active_customers as active_customers,
    arr as arr,
    churn_reasons as churn_reasons,
    cohort_retention as cohort_retention,
    contract_churn_rate as contract_churn_rate,
    cross_sell_share as cross_sell_share,
    customer_churn_rate as customer_churn_rate,
    customer_lifetime_value as customer_lifetime_value,
    customer_movements as customer_movements,
    customer_referrals as customer_referrals,
    customer_retention_rate as customer_retention_rate,
    existing_revenue_share as existing_revenue_share,
    gross_revenue_retention as gross_revenue_retention,
    mrr as mrr,
    mrr_movements as mrr_movements,
    net_revenue_retention as net_revenue_retention,
    new_customers as new_customers,
    quick_ratio as quick_ratio,
    referrals as referrals,
    renewal_rate as renewal_rate,
    repeat_purchase_rate as repeat_purchase_rate,
    repeat_revenue_share as repeat_revenue_share,
    revenue as revenue,
    revenue_concentration as revenue_concentration,
    revenue_growth as revenue_growth,
    revenue_per_account as revenue_per_account,
    segment_contribution as segment_contribution,
    segment_margin as segment_margin,
    segment_revenue_share as segment_revenue_share,
    simple_lifetime_value as simple_lifetime_value,
    upsell_share as upsell_share,
)
from .metrics.forecast import (
    bookings_forecast as bookings_forecast,
    call_change as call_change,
    commit_accuracy as commit_accuracy,
    contractual_lifetime_value as contractual_lifetime_value,
    coverage_needed as coverage_needed,
    forecast_accuracy as forecast_accuracy,
    forecast_bias as forecast_bias,
    projected_win_rate as projected_win_rate,
    retention_curve as retention_curve,
    risk as risk,
    win_probability as win_probability,
)
from .metrics.lead import (
    converted_leads as converted_leads,
    lead_conversion_rate as lead_conversion_rate,
    lead_funnel as lead_funnel,
    lead_response_time as lead_response_time,
    lead_response_time_estimate as lead_response_time_estimate,
    lead_velocity_rate as lead_velocity_rate,
    lead_volume as lead_volume,
    qualified_leads as qualified_leads,
    response_sla_rate as response_sla_rate,
    time_to_convert as time_to_convert,
    time_to_convert_estimate as time_to_convert_estimate,
    visit_to_lead_rate as visit_to_lead_rate,
    visits as visits,
)
from .metrics.pipeline import (
    annual_contract_value as annual_contract_value,
    average_deal_size as average_deal_size,
    bookings as bookings,
    bookings_linearity as bookings_linearity,
    bottlenecks as bottlenecks,
    close_rate as close_rate,
    concentration as concentration,
    create_and_close_share as create_and_close_share,
    deal_age as deal_age,
    deal_size as deal_size,
    deals_created as deals_created,
    expected_value_per_lead as expected_value_per_lead,
    line_bookings as line_bookings,
    line_pipeline as line_pipeline,
    loss_reasons as loss_reasons,
    lost_amount as lost_amount,
    lost_deals as lost_deals,
    often_pushed_share as often_pushed_share,
    open_deal_size as open_deal_size,
    open_deals as open_deals,
    open_pipeline as open_pipeline,
    overdue_deals as overdue_deals,
    pipeline_coverage as pipeline_coverage,
    pipeline_created as pipeline_created,
    pipeline_movement as pipeline_movement,
    pipeline_yield as pipeline_yield,
    push_count as push_count,
    required_deals as required_deals,
    required_leads as required_leads,
    required_pipeline as required_pipeline,
    required_wins as required_wins,
    sales_cycle as sales_cycle,
    sales_cycle_estimate as sales_cycle_estimate,
    slip_rate as slip_rate,
    stage_conversion as stage_conversion,
    stage_velocity as stage_velocity,
    stale_deals as stale_deals,
    time_in_stage as time_in_stage,
    total_contract_value as total_contract_value,
    weighted_pipeline as weighted_pipeline,
    win_rate as win_rate,
    won_deals as won_deals,
)
from .metrics.support import (
    completion_rate as completion_rate,
    insights_delivered as insights_delivered,
    material_update_interval as material_update_interval,
    material_update_rate as material_update_rate,
    report_punctuality as report_punctuality,
    report_usage as report_usage,
    satisfaction_score as satisfaction_score,
    turnaround_time as turnaround_time,
    turnaround_time_estimate as turnaround_time_estimate,
)
from .metrics.velocity import (
    realised_velocity as realised_velocity,
    sales_velocity as sales_velocity,
)
from .models import (
    Activity as Activity,
    AmountChange as AmountChange,
    Check as Check,
    CloseDateChange as CloseDateChange,
    Cost as Cost,
    Customer as Customer,
    Deal as Deal,
    DealCredit as DealCredit,
    DealLine as DealLine,
    Deliverable as Deliverable,
    Expectation as Expectation,
    ForecastCall as ForecastCall,
    ForecastCategoryChange as ForecastCategoryChange,
    Lead as Lead,
    Owner as Owner,
    OwnerChange as OwnerChange,
    Product as Product,
    Request as Request,
    Revenue as Revenue,
    Stage as Stage,
    StageChange as StageChange,
    Subscription as Subscription,
    Survey as Survey,
    Target as Target,
    TeamChange as TeamChange,
    Touch as Touch,
    Visit as Visit,
)
from .money import (
    ExchangeRates as ExchangeRates,
)
from .periods import (
    ALL_TIME as ALL_TIME,
    FiscalYear as FiscalYear,
    Period as Period,
    period as period,
    trailing as trailing,
)
from .reading.into_rows import (
    ArrowStream as ArrowStream,
    DatabaseCursor as DatabaseCursor,
    DataFrame as DataFrame,
    IntoRows as IntoRows,
)
from .reasons import (
    Reason as Reason,
)
from .results import (
    Cell as Cell,
    Distribution as Distribution,
    Formula as Formula,
    Ratio as Ratio,
    Result as Result,
    Statement as Statement,
    Total as Total,
)
from .snapshots.backtest import (
    backtest as backtest,
)
from .snapshots.differences import (
    diff as diff,
)
from .snapshots.digests import (
    Digest as Digest,
    digest as digest,
)
from .snapshots.saved import (
    History as History,
    read_snapshots as read_snapshots,
)
from .snapshots.saved_reports import (
    read_saved as read_saved,
)
from .snapshots.schema import (
    Document as Document,
    read_document as read_document,
)
from .snapshots.take import (
    Snapshot as Snapshot,
    scorecard as scorecard,
    snapshot as snapshot,
)
from .tables import (
    Activities as Activities,
    AmountChanges as AmountChanges,
    Checks as Checks,
    CloseDateChanges as CloseDateChanges,
    Costs as Costs,
    Customers as Customers,
    DealCredits as DealCredits,
    DealLines as DealLines,
    Deals as Deals,
    Deliverables as Deliverables,
    Expectations as Expectations,
    ForecastCalls as ForecastCalls,
    ForecastCategoryChanges as ForecastCategoryChanges,
    IntoActivities as IntoActivities,
    IntoAmountChanges as IntoAmountChanges,
    IntoChecks as IntoChecks,
    IntoCloseDateChanges as IntoCloseDateChanges,
    IntoCosts as IntoCosts,
    IntoCustomers as IntoCustomers,
    IntoDealCredits as IntoDealCredits,
    IntoDealLines as IntoDealLines,
    IntoDeals as IntoDeals,
    IntoDeliverables as IntoDeliverables,
    IntoExpectations as IntoExpectations,
    IntoForecastCalls as IntoForecastCalls,
    IntoForecastCategoryChanges as IntoForecastCategoryChanges,
    IntoLeads as IntoLeads,
    IntoOwnerChanges as IntoOwnerChanges,
    IntoOwners as IntoOwners,
    IntoProducts as IntoProducts,
    IntoRequests as IntoRequests,
    IntoRevenues as IntoRevenues,
    IntoStageChanges as IntoStageChanges,
    IntoStages as IntoStages,
    IntoSubscriptions as IntoSubscriptions,
    IntoSurveys as IntoSurveys,
    IntoTeamChanges as IntoTeamChanges,
    IntoTouches as IntoTouches,
    IntoVisits as IntoVisits,
    Leads as Leads,
    OwnerChanges as OwnerChanges,
    Owners as Owners,
    Products as Products,
    Requests as Requests,
    Revenues as Revenues,
    StageChanges as StageChanges,
    Stages as Stages,
    Subscriptions as Subscriptions,
    Surveys as Surveys,
    TeamChanges as TeamChanges,
    Touches as Touches,
    Visits as Visits,
)
from .worktime import (
    WorkCalendar as WorkCalendar,
)

__version__: str
