"""The first screen of a company's tables: which figures are measured for it."""

from __future__ import annotations

from typing import Any

from ..crm import CRM
from ..insight.sections import LOOKED_AT, sections
from ..measuring import can_group
from ..snapshots.document import document_need, document_of
from ..snapshots.take import Snapshot, snapshot
from .screen import Beside, screen_text

__all__ = ["MONTHS", "first_screen", "front_kpis", "page_snapshot"]

MONTHS = 12


def front_kpis() -> list[str]:
    """The headline figures of every section, and what is looked at beside them."""
    headlines = [name for section in sections().values() for name in section.front]
    return [*headlines, *LOOKED_AT]


def page_snapshot(
    crm: CRM, period: Any, *, by: Any = None, compare: Any = None, **keywords: Any
) -> Snapshot:
    """What the page is made of: by owner and team, where nothing else is asked for."""
    deals = crm.tables.get("deals")
    there = [
        name
        for name in ("owner", "team")
        if deals is not None and can_group([deals], (name,)) is None
    ]
    return snapshot(
        crm, period, by=by or there, compare=compare or "previous", recent=2 * MONTHS, **keywords
    )


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
    deals = crm.tables.get("deals")
    owned = deals is not None and can_group([deals], ("owner",)) is None
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
    every = snapshot(crm, period, **alike)  # which KPIs cannot be computed only computing tells
    beside = Beside([document_need(need) for need in every.needs])
    return screen_text(document_of(front), beside, lang, room, bars)
