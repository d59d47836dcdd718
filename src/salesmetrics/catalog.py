"""The catalogue: every KPI there is.  Snapshot, documentation and laws read it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from functools import lru_cache
from math import prod
from pkgutil import get_data
from types import MappingProxyType
from typing import Any
from unicodedata import normalize

from .errors import NotFoundError, one_of, shown
from .kpi import Label, label_of
from .metrics import activity, cost, customer, forecast, lead, pipeline, support, velocity
from .results import Result

__all__ = ["KPIS", "Entry", "MadeOf", "entry", "identities", "synonyms"]

Kpi = Callable[..., Result]

KPIS: tuple[Kpi, ...] = (
    lead.visits,
    lead.visit_to_lead_rate,
    lead.lead_volume,
    lead.qualified_leads,
    lead.converted_leads,
    lead.lead_conversion_rate,
    lead.time_to_convert,
    lead.time_to_convert_estimate,
    lead.lead_response_time,
    lead.lead_response_time_estimate,
    lead.response_sla_rate,
    lead.lead_funnel,
    lead.lead_velocity_rate,
    pipeline.deals_created,
    pipeline.won_deals,
    pipeline.bookings,
    pipeline.win_rate,
    pipeline.close_rate,
    pipeline.average_deal_size,
    pipeline.sales_cycle,
    pipeline.open_deals,
    pipeline.open_pipeline,
    pipeline.weighted_pipeline,
    pipeline.sales_cycle_estimate,
    pipeline.time_in_stage,
    pipeline.stage_conversion,
    pipeline.bottlenecks,
    pipeline.stage_velocity,
    pipeline.pipeline_movement,
    pipeline.slip_rate,
    pipeline.pipeline_yield,
    pipeline.create_and_close_share,
    pipeline.bookings_linearity,
    pipeline.push_count,
    pipeline.often_pushed_share,
    pipeline.lost_deals,
    pipeline.lost_amount,
    pipeline.pipeline_created,
    pipeline.deal_size,
    pipeline.open_deal_size,
    pipeline.annual_contract_value,
    pipeline.total_contract_value,
    pipeline.deal_age,
    pipeline.overdue_deals,
    pipeline.stale_deals,
    pipeline.loss_reasons,
    pipeline.concentration,
    pipeline.line_bookings,
    pipeline.line_pipeline,
    pipeline.pipeline_coverage,
    pipeline.required_wins,
    pipeline.required_deals,
    pipeline.required_leads,
    pipeline.required_pipeline,
    forecast.bookings_forecast,
    forecast.coverage_needed,
    forecast.projected_win_rate,
    forecast.forecast_bias,
    forecast.forecast_accuracy,
    forecast.commit_accuracy,
    forecast.call_change,
    customer.new_customers,
    customer.active_customers,
    customer.customer_retention_rate,
    customer.customer_churn_rate,
    customer.customer_movements,
    customer.renewal_rate,
    customer.contract_churn_rate,
    customer.churn_reasons,
    customer.cohort_retention,
    customer.repeat_purchase_rate,
    customer.referrals,
    customer.customer_referrals,
    customer.revenue,
    customer.revenue_growth,
    customer.revenue_concentration,
    customer.repeat_revenue_share,
    customer.segment_revenue_share,
    customer.mrr,
    customer.mrr_movements,
    customer.arr,
    customer.net_revenue_retention,
    customer.gross_revenue_retention,
    customer.quick_ratio,
    customer.revenue_per_account,
    customer.upsell_share,
    customer.cross_sell_share,
    customer.existing_revenue_share,
    customer.segment_contribution,
    customer.segment_margin,
    customer.customer_lifetime_value,
    customer.simple_lifetime_value,
    forecast.retention_curve,
    forecast.contractual_lifetime_value,
    cost.customer_acquisition_cost,
    cost.lagged_acquisition_cost,
    cost.cac_payback,
    cost.ltv_to_cac,
    cost.cost_per_lead,
    cost.cost_per_opportunity,
    cost.cost_per_win,
    cost.campaign_roi,
    cost.campaign_contribution,
    cost.sales_profit_margin,
    cost.sales_efficiency,
    velocity.sales_velocity,
    velocity.realised_velocity,
    pipeline.expected_value_per_lead,
    activity.activity_volume,
    activity.contact_frequency,
    activity.customer_contact_frequency,
    activity.reply_rate,
    activity.activities_per_win,
    activity.activity_coverage,
    activity.credited_bookings,
    activity.revenue_per_owner,
    activity.revenue_per_team,
    activity.owner_turnover,
    activity.crm_entry_rate,
    activity.data_completeness,
    activity.data_accuracy,
    support.turnaround_time,
    support.turnaround_time_estimate,
    support.completion_rate,
    support.satisfaction_score,
    support.report_punctuality,
    support.report_usage,
    support.insights_delivered,
    support.material_update_interval,
    support.material_update_rate,
)


@dataclass(frozen=True, slots=True)
class MadeOf:
    """The KPIs that one is made of, and how: an identity that holds exactly.

    It holds where every row behind the one has what the others read: a won deal without amount is
    counted, and has no size.
    """

    operator: str  # "product", "quotient", "share" or "complement"
    parts: tuple[str, ...]
    divided_by: tuple[str, ...] = ()

    def of(self, figures: Mapping[str, Fraction]) -> Fraction:
        """The value that these parts make."""
        first, *others = (figures[name] for name in self.parts)
        if self.operator == "share":
            return first / sum(others, first)
        if self.operator == "complement":
            return 1 - first
        if self.operator == "quotient":
            return first / prod(others, start=Fraction(1))
        return prod(others, start=first) / prod(
            (figures[name] for name in self.divided_by), start=Fraction(1)
        )

    def __str__(self) -> str:
        if self.operator == "share":
            return f"{self.parts[0]} / ({' + '.join(self.parts)})"
        if self.operator == "complement":
            return f"1 - {self.parts[0]}"
        between = " / " if self.operator == "quotient" else " x "
        return " / ".join([between.join(self.parts), *self.divided_by])


@dataclass(frozen=True, slots=True)
class Entry:
    """A KPI as it is asked for by name: the function, or one of its named variants."""

    name: str
    function: Kpi
    label: Label
    keywords: Mapping[str, Any]

    def __reduce__(self) -> tuple[Any, ...]:
        return entry, (self.name,)

    def _has(self, fact: bool | tuple[str, ...]) -> bool:
        return fact if isinstance(fact, bool) else self.name in fact

    def check_keywords(self, given: Iterable[str]) -> None:
        """Refuse a keyword that it does not take."""
        taken = self.label.keywords
        for name in given:
            if name not in taken:
                alone = f"{self.name} takes no keywords but by=, so {name}= means nothing to it"
                raise NotFoundError(
                    one_of(f"keyword of {self.name}", name, taken) if taken else alone
                )

    @property
    def needs_history(self) -> bool:
        """Whether it is computed from the changes of deals."""
        return self._has(self.label.needs_history)

    @property
    def modelled(self) -> bool:
        """Whether it is an estimate learned from the past, and no count or sum of rows."""
        return self._has(self.label.modelled)

    @property
    def looks_up(self) -> bool:
        """Whether a group's figure looks at rows that are not the group's."""
        return self._has(self.label.looks_up)

    @property
    def moves_with_time(self) -> bool:
        """Whether it changes as time passes, though nothing happens."""
        return self._has(self.label.moves_with_time)

    @property
    def looks_ahead(self) -> bool:
        """Whether it tells of periods that have not begun: dated by a plan, or by contracts."""
        return self._has(self.label.looks_ahead)

    @property
    def synonyms(self) -> tuple[str, ...]:
        """What people call it, in English and Korean."""
        return synonyms().get(self.name, ())

    @property
    def made_of(self) -> MadeOf | None:
        """The other KPIs that it is made of, where it is."""
        return identities().get(self.name)

    @property
    def definition(self) -> str:
        """The meaning, in one sentence."""
        return (self.function.__doc__ or "").strip().partition("\n")[0]


def _entries() -> dict[str, Entry]:
    found = {}
    for function in KPIS:
        label = label_of(function)
        found[label.name] = Entry(label.name, function, label, MappingProxyType({}))
        for name, keywords in label.variants.items():
            found[name] = Entry(name, function, label, MappingProxyType(dict(keywords)))
    return found


ENTRIES: Mapping[str, Entry] = MappingProxyType(_entries())


@lru_cache(maxsize=1)
def synonyms() -> Mapping[str, tuple[str, ...]]:
    """What people call each KPI or variant beside its names in the catalogue."""
    text = (get_data(__package__ or "", "names.toml") or b"").decode()
    return MappingProxyType({name: tuple(said) for name, said in tomllib.loads(text).items()})


@lru_cache(maxsize=1)
def identities() -> Mapping[str, MadeOf]:
    """What KPIs are made of other KPIs, and how.

    >>> str(identities()["bookings"]), str(identities()["sales_velocity"])
    ('won_deals x average_deal_size', 'open_deals x win_rate x average_deal_size / sales_cycle')
    """
    text = (get_data(__package__ or "", "identities.toml") or b"").decode()
    each = tomllib.loads(text)
    return MappingProxyType(
        {
            name: MadeOf(one["operator"], tuple(one["parts"]), tuple(one.get("divided_by", ())))
            for name, one in each.items()
        }
    )


MEANT = 3  # names guessed at where one is not known


@lru_cache(maxsize=1)
def _said() -> Mapping[str, str]:
    """Every name that finds a KPI, as `_plain` writes it; those of the catalogue go before."""
    found: dict[str, str] = {}
    for name in ENTRIES:
        found[_plain(name)] = name
    for name, one in ENTRIES.items():
        if name == one.label.name:
            whole, _, inner = one.label.ko.partition("(")
            for said in (one.label.en, one.label.ko, whole, inner.rstrip(")")):
                found.setdefault(_plain(said), name)
    for name, others in synonyms().items():
        for said in others:
            found.setdefault(_plain(said), name)
    found.pop("", None)
    return found


def _plain(name: str) -> str:
    """Without case, blanks, hyphens and brackets, and composed: Hangul can be typed in two ways."""
    return re.sub(r"[\s_\-()/:·]+", "", normalize("NFC", name).casefold())


def entry(kpi: str | Kpi) -> Entry:
    """The entry of a KPI function or a name: of the catalogue, or as people say it.

    >>> entry("수주율").name, entry("MRR").name, entry("sales cycle length").name
    ('win_rate', 'mrr', 'sales_cycle')
    """
    name = kpi if isinstance(kpi, str) else label_of(kpi).name
    if name not in ENTRIES:
        name = _said().get(_plain(name), name)
    if name not in ENTRIES:
        raise NotFoundError(_not_known(name))
    return ENTRIES[name]


def _not_known(name: str) -> str:
    """What may have been meant: what has the word in its name, then what is written alike."""
    plain = _plain(name)
    holding = [said for said in _said() if len(plain) > 1 and plain in said]
    alike = get_close_matches(plain, _said(), n=3)
    meant = list(dict.fromkeys(_said()[said] for said in [*sorted(holding, key=len), *alike]))
    if not meant:
        return one_of("KPI", name, ENTRIES)
    near = " or ".join(repr(one) for one in meant[:MEANT])
    return f"KPI {shown(name)} is not known. Did you mean {near}? `salesmetrics kpis` lists all"
