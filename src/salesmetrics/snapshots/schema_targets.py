"""The targets of a document: what became of each, and the score they make."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .schema_plain import DocumentReason, DocumentRecord, Group, Number

__all__ = ["Aim", "AtTarget", "Attained", "Paced", "ReplacedTarget"]


class Paced(DocumentRecord):
    """How a flow stands against its target on the last day known."""

    through: str
    days: int
    elapsed: int
    counted: Literal["working days", "calendar days"]
    expected: float | None
    ahead: float | None
    landing: float | None
    needed_per_day: float | None


class ReplacedTarget(DocumentRecord):
    """A target that another of the same KPI and group stands in place of."""

    of: str | None = Field(description="The period it is set for, or those it sums; null is any.")
    value: str | None
    change: float | None = Field(description="Where it is relative to what was.")
    relative_to: str | None


class Aim(DocumentRecord):
    """A target, and what became of it."""

    kpi: str
    group: Group
    period: str
    statistic: str | None
    given: dict[str, str]
    better: Literal["higher", "lower"] | None
    target: str | None
    unit: str | None
    actual: Number | None
    attainment: float | None
    sum_of: str | None = Field(description="The periods or owners whose targets it sums.")
    given_out: float | None = Field(description="What its owners' (teams') targets sum to instead.")
    given_to: str | None
    instead_of: list[ReplacedTarget]
    full: str | None = Field(
        default=None, description="The target before the ramp of a new owner, where that differs."
    )
    ramped: bool | None = Field(
        default=None, description="Of an owner's quota: whether the ramp was over at the start."
    )
    gap: float | None
    met: bool | None
    reason: DocumentReason | None
    pace: Paced | None


class AtTarget(DocumentRecord):
    """Of the owners (teams, ...) with a target for this KPI: how many are at it."""

    kpi: str
    period: str
    by: str
    met: int
    of: int
    undefined: int
    value: float | None
    ramped_met: int | None = Field(default=None, description="Of those not on a ramp any more.")
    ramped_of: int | None = None
    attainment: float | None = Field(
        default=None, description="What all reached together of what their targets sum to."
    )


class Attained(DocumentRecord):
    """The weighted attainment of all KPIs with a target for the whole company."""

    period: str
    value: float | None
    uncapped: float | None
    cap: float
    made_of: int
    of: int
    kpis: dict[str, float]
    left_out: dict[str, DocumentReason]
