"""The catalogue: every KPI there is.  Snapshot, documentation and laws read it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from .errors import NotFoundError, one_of
from .kpi import Label, label_of
from .measures import Result
from .metrics import cost, lead, pipeline

__all__ = ["KPIS", "Entry", "entry"]

Kpi = Callable[..., Result]

KPIS: tuple[Kpi, ...] = (
    lead.visits,
    lead.visit_to_lead_rate,
    lead.lead_volume,
    lead.qualified_leads,
    lead.converted_leads,
    lead.lead_conversion_rate,
    lead.time_to_convert,
    lead.lead_response_time,
    lead.response_sla_rate,
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
    pipeline.pipeline_movement,
    pipeline.slip_rate,
    cost.customer_acquisition_cost,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A KPI as it is asked for by name: the function, or one of its named variants."""

    name: str
    function: Kpi
    label: Label
    keywords: Mapping[str, Any]

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


def entry(kpi: str | Kpi) -> Entry:
    """The entry of a name or a KPI function."""
    name = kpi if isinstance(kpi, str) else label_of(kpi).name
    if name not in ENTRIES:
        raise NotFoundError(one_of("KPI", name, ENTRIES))
    return ENTRIES[name]
