"""The first screen of a company's tables: which figures are measured for it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from itertools import combinations
from typing import Any

from ..crm import CRM
from ..insight.alerts import alerts
from ..insight.explain import explain
from ..insight.quality import quality
from ..insight.sections import LOOKED_AT, sections
from ..measuring import can_group
from ..snapshots.document import document_need, document_of
from ..snapshots.document_beside import Asked, with_beside
from ..snapshots.schema import Document
from ..snapshots.take import Snapshot, groupings_of, snapshot
from .screen import Beside, screen_text

__all__ = ["MONTHS", "first_screen", "front_kpis", "page_document", "page_snapshot"]

MONTHS = 12
MOST_FILTERS = 3  # columns that are also taken two at a time
EXPLAINED = "bookings"  # whose change the page explains


def front_kpis() -> list[str]:
    """The headline figures of every section, and what is looked at beside them."""
    headlines = [
        name for section in sections().values() for name in (*section.front, *section.instead)
    ]
    return [*headlines, *LOOKED_AT]


def page_snapshot(
    crm: CRM, period: Any, *, by: Any = None, compare: Any = None, **keywords: Any
) -> Snapshot:
    """What the page is made of: by owner and team, where nothing else is asked for.

    Columns are also taken two at a time, for filters that are set together.
    """
    there = [name for name in ("owner", "team") if _grouped_by(crm, name)]
    asked = groupings_of(by or there)
    single = [name for columns in asked for name in columns if len(columns) == 1]
    pairs = combinations(single, 2) if len(single) <= MOST_FILTERS else ()
    together = [one for one in pairs if {one, one[::-1]}.isdisjoint(asked)]
    return snapshot(
        crm, period, by=[*asked, *together], compare=compare or "previous", recent=2 * MONTHS,
        **keywords,
    )  # fmt: skip


def page_document(
    crm: CRM,
    period: Any,
    *,
    parts: Collection[str],
    rules: Any = None,
    fiscal: Any = None,
    as_of: Any = None,
    assumptions: Any = None,
    targets: Any = None,
    **keywords: Any,
) -> Document:
    """The document of the page, with the parts asked for: alerts, why bookings moved, data quality.

    Alerts need rules, whose own periods are of the fiscal calendar.  Data quality is measured on
    the headline figures.
    """
    given = {"as_of": as_of, "assumptions": assumptions, "targets": targets}
    taken = page_snapshot(crm, period, **given, **keywords)
    world, last = crm if as_of is None else crm.as_of(as_of), taken.periods[-1]
    beside: list[Asked] = []
    if "alerts" in parts and rules is not None:
        beside.append(
            alerts(world, rules, last, targets=targets, assumptions=assumptions, fiscal=fiscal)
        )
    if "explanation" in parts and EXPLAINED in [one.name for one in taken.figures]:
        by = "owner" if _grouped_by(world, "owner") else None
        beside.append(explain(world, EXPLAINED, last, by=by))
    if "quality" in parts:
        shown = [one.name for one in taken.figures if one.name in front_kpis()]
        beside.append(quality(world, last, kpis=shown, assumptions=assumptions))
    return with_beside(document_of(taken), beside)


def _grouped_by(crm: CRM, column: str) -> bool:
    """Whether deals can be grouped by it."""
    deals = crm.tables.get("deals")
    return deals is not None and can_group([deals], (column,)) is None


def first_screen(
    crm: CRM,
    period: Any,
    *,
    by: Any = None,
    compare: Any = None,
    as_of: Any = None,
    assumptions: Any = None,
    lang: str = "en",
    room: int = 100,
    bars: bool = True,
    **keywords: Any,
) -> str:
    """The screen: against the period before and by owner, where nothing else is asked for."""
    owned = _grouped_by(crm, "owner")
    alike: dict[str, Any] = {"as_of": as_of, "assumptions": assumptions, "lang": lang}
    front = snapshot(
        crm,
        period,
        kpis=front_kpis(),
        by=by or ("owner" if owned else None),
        compare=compare or "previous",
        recent=MONTHS,
        **alike,
        **keywords,
    )
    # Which KPIs cannot be computed only computing tells.
    every = snapshot(crm, period, targets=keywords.get("targets"), **alike)
    beside = Beside([document_need(need) for need in every.needs])
    front = replace(front, targets_elsewhere=every.targets_elsewhere)
    return screen_text(document_of(front), beside, lang, room, bars)
