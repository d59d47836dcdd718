"""What stands beside the figures of a document: alerts, why figures changed, doubtful data."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .schema_plain import DocumentReason, DocumentRecord, Group, Number, Span

__all__ = [
    "Alerted", "AlertsFound", "DocumentCause", "DocumentSplit", "Doubt", "Doubts", "Explained",
    "Moved", "Unchecked",
]  # fmt: skip

Severity = Literal["error", "warning", "info"]


class Alerted(DocumentRecord):
    """A figure that a rule fires for, in words of both languages."""

    rule: str
    severity: Severity
    audience: str | None
    kpi: str | None
    period: str
    group: Group
    code: str
    value: Number | None
    n: int
    unit: str | None
    en: str
    ko: str


class Unchecked(DocumentRecord):
    """A rule, or a group of it, that could not be told, and why."""

    rule: str
    group: Group
    reason: DocumentReason


class AlertsFound(DocumentRecord):
    """What rules found: what fires, the worst first, and what could not be told."""

    period: str
    asked: int = Field(description="Figures that rules were asked of.")
    alerts: list[Alerted]
    unchecked: list[Unchecked]


class DocumentCause(DocumentRecord):
    """One part of a change; `shown` is its effect rounded so that all parts sum to the change."""

    name: str
    group: Group
    effect: float
    shown: float
    before: float | None
    after: float | None
    mix: float | None = Field(description="What its share of the rows makes of the effect.")
    rate: float | None = Field(description="What its own figure makes of it.")
    interval: list[float] | None = Field(description="How far chance alone would move it, 95 %.")
    clear: bool | None
    status: Literal["new", "gone"] | None


class DocumentSplit(DocumentRecord):
    """One exact split of the whole change."""

    kind: Literal["factors", "groups", "segments"]
    by: list[str]
    method: str
    causes: list[DocumentCause]


class Explained(DocumentRecord):
    """Why a figure changed from `base` to `period`."""

    kpi: str
    en: str
    ko: str
    period: Span
    base: Span | None
    unit: str
    currency: str | None
    step: float | None
    before: float | None
    after: float | None
    change: float | None
    shown: float | None
    interval: list[float] | None
    clear: bool | None
    reason: DocumentReason | None = Field(description="Why there is nothing to explain.")
    splits: list[DocumentSplit]


class Moved(DocumentRecord):
    """A KPI that doubtful rows move: as it is, and without (or with the mended) rows."""

    kpi: str
    period: str
    unit: str
    before: Number | None
    after: Number | None
    relative: float | None


class Doubt(DocumentRecord):
    """Rows of one table that are doubtful, or were refused, for one reason."""

    kind: str
    severity: Severity
    table: str
    field: str
    rows: int
    examples: list[str]
    treatment: Literal["left out", "mended", "none"]
    moves: list[Moved]
    en: str
    ko: str


class Doubts(DocumentRecord):
    """What is doubtful in the data, the worst first."""

    period: str
    findings: list[Doubt]
