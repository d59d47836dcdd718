"""The snapshot as a document: the one place that says what its JSON looks like.

`schema_text()` is what docs/snapshot.schema.json holds.
Dates are ISO text; exact figures are text (a whole number, a decimal or a fraction), because a
JSON number would be rounded by most readers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field
from pydantic_core import PydanticSerializationError

from ..doors import door
from ..errors import SalesMetricsError
from ..results.rows_read import RowsRead
from .saved_tree import checked, tree_of
from .schema_beside import AlertsFound, Doubts, Explained
from .schema_plain import (
    DocumentReason,
    DocumentRecord,
    Group,
    Label,
    Number,
    ReasonRows,
    Span,
)
from .schema_targets import Aim, Attained, AtTarget, Paced, ReplacedTarget

__all__ = [
    "FORMAT", "Aim", "AlertsFound", "AtTarget", "Attained", "Document", "DocumentReason",
    "DocumentRecord", "Doubts", "Explained", "Group", "Label", "Number", "Paced", "ReasonRows",
    "ReplacedTarget", "Span", "read_document", "schema", "schema_text",
]  # fmt: skip

FORMAT: Literal["salesmetrics.snapshot/2"] = "salesmetrics.snapshot/2"


class Compared(DocumentRecord):
    """A figure and its base, which is cut to the same part of an unfinished period."""

    to: Literal["previous", "year_before"]
    period: Span | None
    elapsed: bool = Field(description="The base was cut to the part of the period that is over.")
    base: Number | None
    base_n: int | None
    change: Number | None
    relative: float | None
    points: float | None = Field(description="The change in percentage points, of rates.")
    interval: list[float] | None = Field(description="Newcombe's, 95 %, of the difference.")
    direction: Literal["better", "worse", "same"] | None
    reason: DocumentReason | None


class DocumentCell(DocumentRecord):
    """One figure with its evidence: of one group (none: the whole), in one period."""

    group: Group
    period: str
    value: Number | None
    exact: str | None
    numerator: Number | None
    denominator: Number | None
    n: int
    interval: list[float] | None = Field(description="Wilson's, 95 %, of proportions.")
    statistics: dict[str, Number | None] | None = Field(
        description="Mean, quantiles and largest, where the value is the median of a distribution."
    )
    excluded: list[ReasonRows]
    assumed: list[ReasonRows]
    reason: DocumentReason | None = Field(description="Why it is undefined.")
    undecided: int | None
    unfinished: bool
    compared: list[Compared]
    parts: dict[str, Number | None] = Field(
        default_factory=dict, description="What it is made of, where its table says other things."
    )


class Piece(DocumentRecord):
    """One step of a series."""

    group: Group
    period: Span
    value: Number | None
    exact: str | None
    n: int
    reason: DocumentReason | None
    unfinished: bool
    numerator: Number | None = None
    denominator: Number | None = None
    excluded: int = Field(default=0, description="How many rows.")
    statistics: dict[str, Number | None] = Field(default_factory=dict)
    parts: dict[str, Number | str | bool | DocumentReason | None] = Field(default_factory=dict)


class DocumentPart(DocumentRecord):
    """A row of a KPI whose answer is a small table of its own."""

    period: str | None
    group: Group
    values: dict[str, Number | str | bool | DocumentReason | None]


class ShownTable(DocumentRecord):
    """What a KPI shows in place of its figures: of stages the table by stage."""

    by: list[str] = Field(description="The grouping of figures that it stands for.")
    columns: list[str]
    figures: list[Piece]
    table: list[DocumentPart]


class Noted(DocumentRecord):
    """What has to be said of the figures of a grouping."""

    by: list[str]
    note: DocumentReason


class DocumentFigure(DocumentRecord):
    """A KPI: what it is, and every figure of it."""

    kpi: str
    of: str = Field(description="The KPI that this is a variant of, or itself.")
    variant: dict[str, str]
    en: str
    ko: str
    definition: str
    unit: str
    measure: str = Field(default="", description="What the unit is of: money, money a day, deals.")
    rounded_up: bool = Field(default=False, description="It counts what cannot be halved.")
    better: Literal["higher", "lower", "neither"]
    from_history: list[str] | None = Field(
        default=None,
        description="Fields of deals read as they were at the time, the others as they are now; "
        "null of a KPI without deals.",
    )
    ungrouped: dict[str, DocumentReason] = Field(description="Groupings that it lacks, and why.")
    figures: list[DocumentCell]
    series: list[Piece]
    recent: list[Piece] = Field(
        default_factory=list, description="The whole, month by month up to what is known."
    )
    table: list[DocumentPart]
    median: bool = Field(default=False, description="The value is the median of many.")
    headed: bool = Field(
        default=False, description="It is no column of its table, but a share of the columns."
    )
    shown: list[ShownTable] = Field(
        default_factory=list, description="Its table, where that is of more columns than it is."
    )
    notes: list[Noted] = Field(default_factory=list)
    uncompared: list[DocumentReason] = Field(
        default_factory=list, description="Why it is not compared with what the others are."
    )
    tables: list[str] = Field(
        default_factory=list, description="The tables behind it, as `rows` names them."
    )


class DocumentNeed(DocumentRecord):
    """A KPI that could not be computed, and what it would need."""

    kpi: str
    needs: DocumentReason


class RowsOfTable(DocumentRecord):
    """What became of the rows of a table on their way in."""

    table: str
    given: int
    used: int
    refused: list[ReasonRows] = Field(description="That cannot be used, by field and reason.")
    left_out: list[ReasonRows] = Field(description="By rule of the preset or mapping.")
    unread: list[ReasonRows] = Field(description="Cells of used rows that count as missing.")

    @property
    def is_empty(self) -> bool:
        """Whether the table was given without a row, as `RowsRead` says it."""
        return RowsRead(self.table, self.given, self.used).is_empty


class DocumentBase(DocumentRecord):
    """What a period is compared with."""

    to: Literal["previous", "year_before"]
    of: str = Field(description="The period that is compared.")
    period: Span | None
    elapsed: bool
    days: int | None = Field(description="Of the part that is over, which it is compared with.")


class Document(DocumentRecord):
    """A snapshot of KPIs."""

    format: Literal["salesmetrics.snapshot/2"]
    known_until: str | None
    currency: str | None
    scorecard: str | None
    scorecard_titles: dict[str, str] = Field(
        default_factory=dict, description="What it is called, by language."
    )
    periods: list[Span]
    pieces: list[list[Span]] = Field(
        default_factory=list, description="What each period is split into, where `every` says so."
    )
    bases: list[DocumentBase] = Field(default_factory=list)
    by: list[list[str]]
    where: dict[str, dict[str, list[Label]]] = Field(
        default_factory=dict,
        description="What each table is filtered by: its columns, and the values allowed.",
    )
    rows: list[RowsOfTable] = Field(
        default_factory=list,
        description="Of every table: how many were given and used, and why the others were not.",
    )
    called: dict[str, dict[str, str]] = Field(
        default_factory=dict,
        description="What records are called that stand here by their ids: by column and id.",
    )
    every: str | None
    compare: list[str]
    assumptions: dict[str, str]
    kpis: list[DocumentFigure]
    needs: list[DocumentNeed]
    targets: list[Aim]
    targets_elsewhere: list[DocumentReason] = Field(
        default_factory=list, description="KPIs with targets, but none for a period asked for."
    )
    at_target: list[AtTarget]
    score: list[Attained]
    alerts: AlertsFound | None = Field(
        default=None, description="What rules were asked of, where they were."
    )
    explained: list[Explained] = Field(
        default_factory=list, description="Why figures changed, where that was asked."
    )
    quality: Doubts | None = Field(
        default=None, description="What is doubtful in the data, where they were checked."
    )

    def to_text(
        self, lang: str = "en", columns: int | None = None, *, top: int | None = None
    ) -> str:
        """Tables for a terminal, as `Snapshot.to_text` gives them."""
        return door("document_text", str)(self, lang, columns, top)

    def to_markdown(self, lang: str = "en", *, top: int | None = None) -> str:
        """The same tables in Markdown, every text escaped."""
        return door("document_markdown", str)(self, lang, top)

    def to_csv(self) -> str:
        """A row a figure.  Text that a spreadsheet would compute gets a leading quote."""
        return door("document_csv", str)(self)

    def to_html(
        self,
        path: str | Path | None = None,
        *,
        lang: str = "en",
        title: str | None = None,
        sections: Sequence[str] | None = None,
    ) -> str:
        """One page that opens from disk, as `Snapshot.to_html` makes it."""
        return door("document_page", str)(self, path, lang, title, sections)

    def to_json(self, indent: int | None = 2) -> str:
        """The document as JSON, from which `read_document` makes it again."""
        try:
            return self.model_dump_json(indent=indent)
        except PydanticSerializationError:  # half a character, which only an escape can write
            return json.dumps(self.model_dump(mode="json"), indent=indent, allow_nan=False)

    def __repr__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        return door("document_html", str)(self)


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the document."""
    made = Document.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


def read_document(source: Any) -> Document:
    """A document from a snapshot, from its `to_dict()`, or from a JSON file or text.

    Its text, Markdown, CSV and page are the same bytes as those of the snapshot it was saved from.

    Args:
        source: a snapshot, its `to_dict()`, a path, or the JSON as text.

    Raises:
        SalesMetricsError: it is no JSON, no snapshot, or one of an earlier format.

    >>> import salesmetrics as sm
    >>> from salesmetrics.examples import deals
    >>> taken = sm.snapshot(sm.CRM(deals=deals), "2025-Q1", kpis=["win_rate", "bookings"])
    >>> saved = sm.read_document(taken.to_json())
    >>> saved.to_text(columns=100) == taken.to_text(columns=100)
    True
    """
    if isinstance(source, Document):
        return source
    where, tree = tree_of(source)
    found = tree.get("format") if isinstance(tree, Mapping) else None
    if found == "salesmetrics.snapshot/1":
        raise SalesMetricsError(
            f"{where} is a snapshot of an earlier version: its format is {found!r}, whose reasons "
            f"are words alone, and {FORMAT!r} is expected; take the snapshot again"
        )
    if found != FORMAT:
        raise SalesMetricsError(
            f"{where} is no snapshot: its format is {found!r}, and {FORMAT!r} is expected; "
            "read_saved reads alerts, explanations and digests, too"
        )
    return checked(Document, tree, f"{where} is no whole snapshot")


def schema_text() -> str:
    """The schema as it stands in the documentation."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
