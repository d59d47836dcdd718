"""What rules found, why a figure changed and what is new, each as a document of its own.

`reports_schema_text()` is what docs/reports.schema.json holds.  The views of an alert report, an
explanation and a digest are made of these, so that a saved one gives the same bytes.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, Self

from pydantic import Field, TypeAdapter, field_validator, model_validator

from ..doors import door
from ..insight.saved_form import json_of
from ..money import digits
from .schema import RowsOfTable
from .schema_beside import DocumentSplit, Severity, Unchecked
from .schema_plain import DocumentReason, DocumentRecord, Group, Number, Span

__all__ = [
    "REPORTS", "SavedAlert", "SavedAlerts", "SavedDigest", "SavedExplanation", "SavedRule",
    "reports_schema_text",
]  # fmt: skip

Fact = str | Number | bool | None
Facts = dict[str, Fact | list[Fact | list[Fact]] | dict[str, Any]]
Pair = Annotated[list[Number], Field(min_length=2, max_length=2)]
Called = dict[str, dict[str, str]]


class _Report(DocumentRecord):
    """What all of them have: JSON again, and a notebook's view."""

    def to_dict(self) -> dict[str, Any]:
        """In plain types, as it was saved."""
        return self.model_dump(mode="json")

    def to_json(self, indent: int | None = 2) -> str:
        """The same as JSON: the bytes that it was read from."""
        return json_of(self.to_dict(), indent)

    def __repr__(self) -> str:
        return self.to_text()

    def __str__(self) -> str:
        return self.to_text()

    def to_text(self, lang: str = "en") -> str:
        """For a terminal."""
        raise NotImplementedError  # each says it in its own words


class SavedRule(DocumentRecord):
    """A rule that was asked: what it is called, and what it is of."""

    called: str
    name: str = Field(description="That it was given; empty where it was given none.")
    kind: Literal["threshold", "change", "declining", "pace", "forecast", "missing", "unusual"]
    kpi: str | None
    table: str | None
    by: list[str]


class BothWords(DocumentRecord):
    """A sentence in both languages."""

    en: str
    ko: str


class SavedAlert(DocumentRecord):
    """A figure that a rule fires for."""

    rule: str
    kind: str
    severity: Severity
    audience: str | None
    kpi: str | None
    period: str
    group: Group
    code: str
    fires: bool
    value: Number | None
    n: int
    unit: str | None
    facts: Facts
    p: Number | None = Field(description="How unlikely it is where nothing changed.")
    chance: Number | None
    sees: Number | None = Field(description="The smallest change that four in five times fires.")
    en: str
    ko: str
    cannot_see: BothWords | None = Field(
        description="What the rule does not see here, in a sentence."
    )
    span: Span | None = Field(description="Of a rule with a period of its own.")


class SavedAlerts(_Report):
    """What rules found: what fires, the worst first, what is quiet, what could not be told."""

    format: Literal["salesmetrics.alerts/2"]
    period: str
    span: Span
    known_until: str | None
    rules: list[str]
    asked: list[SavedRule]
    expected_false_alarms_a_month: Number
    false_share: Number | None
    alerts: list[SavedAlert]
    quiet: int = Field(ge=0, description="How many figures no rule fires for.")
    unchecked: list[Unchecked]
    rows: list[RowsOfTable]
    called: Called = Field(description="What records are called that stand here by their ids.")

    def __bool__(self) -> bool:
        return bool(self.alerts)

    def __len__(self) -> int:
        return len(self.alerts)

    def to_text(self, lang: str = "en") -> str:
        """The report for a terminal."""
        return door("alerts_text", str)(self, lang)

    def to_markdown(self, lang: str = "en") -> str:
        """The same as Markdown; what comes from the data is escaped."""
        return door("alerts_markdown", str)(self, lang)

    def _repr_html_(self) -> str:
        return door("alerts_html", str)(self)


class SavedExplanation(_Report):
    """Why a figure changed from `base` to `period`."""

    format: Literal["salesmetrics.explanation/2"]
    kpi: str
    en: str
    ko: str
    period: str
    base: str | None
    span: Span
    base_span: Span | None
    unit: str
    currency: str | None
    step: Number | None = Field(description="What effects are rounded to.")
    of_mean: bool
    medians: Pair | None = Field(description="Before and after, where means are split.")
    before: Number | None
    after: Number | None
    change: Number | None
    shown: Number | None
    interval: Pair | None
    clear: bool | None
    reconciles: bool
    reason: DocumentReason | None = Field(description="Why there is nothing to explain.")
    rows: list[RowsOfTable]
    splits: list[DocumentSplit]
    unsplit: dict[Literal["factors", "groups"], DocumentReason]
    called: Called

    @model_validator(mode="after")
    def _splits_a_change(self) -> Self:
        if self.splits and None in (self.before, self.after, self.change):
            raise ValueError("splits are of a change, with before and after")
        return self

    @field_validator("currency")
    @classmethod
    def _is_currency(cls, given: str | None) -> str | None:
        if given is not None:
            digits(given)  # which says what is wrong
        return given

    def to_text(self, lang: str = "en") -> str:
        """The explanation for a terminal."""
        return door("explanation_text", str)(self, lang)

    def to_markdown(self, lang: str = "en") -> str:
        """The same as Markdown; what comes from the data is escaped."""
        return door("explanation_markdown", str)(self, lang)

    def plot(self, by: str | None = None, *, backend: str | None = None, lang: str = "en") -> Any:
        """The parts as a waterfall, as `Explanation.plot` draws them."""
        return door("change_split", object)(self, by, backend, lang)

    def _repr_html_(self) -> str:
        return door("explanation_html", str)(self)


class SavedLine(DocumentRecord):
    """One sentence: what kind it is, its facts, and its words."""

    code: str
    facts: Facts
    en: str
    ko: str


class SavedDigest(_Report):
    """What changed between two snapshots."""

    format: Literal["salesmetrics.digest/1"]
    lines: list[SavedLine] = Field(min_length=1)

    def __bool__(self) -> bool:
        return all(one.code != "unchanged" for one in self.lines)

    def __len__(self) -> int:
        return len(self.lines)

    def said(self, lang: str = "en") -> list[str]:
        """The sentences."""
        return door("digest_said", list)(self, lang)

    def to_text(self, lang: str = "en") -> str:
        """A line a sentence."""
        return "\n".join(self.said(lang))

    def to_markdown(self, lang: str = "en") -> str:
        """A heading and a list; what comes from the data is escaped."""
        return door("digest_markdown", str)(self, lang)

    def to_blocks(self, lang: str = "en") -> list[dict[str, Any]]:
        """Blocks of a chat message, as Slack takes them."""
        return door("digest_blocks", list)(self, lang)


REPORTS: dict[str, type[SavedAlerts] | type[SavedExplanation] | type[SavedDigest]] = {
    "salesmetrics.alerts/2": SavedAlerts,
    "salesmetrics.explanation/2": SavedExplanation,
    "salesmetrics.digest/1": SavedDigest,
}


def reports_schema_text() -> str:
    """The JSON Schema (draft 2020-12) of the three, as it stands in the documentation."""
    adapter: TypeAdapter[Any] = TypeAdapter(SavedAlerts | SavedExplanation | SavedDigest)
    made = adapter.json_schema(mode="serialization")
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"
