"""What every part of a document is made of: plain values, groups, periods, and reasons as data."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Self, Union

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["DocumentReason", "DocumentRecord", "Group", "Label", "Number", "ReasonRows", "Span"]

Number = int | float
Label = str | int | bool | None
Group = dict[str, Label]


class DocumentRecord(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True, extra="forbid", strict=True, defer_build=True
    )


# What a reason speaks of: plain values, other reasons, and lists of these.
Plain = str | Number | bool | None
ReasonParam = Union[Plain, "DocumentReason", list[Union[Plain, "DocumentReason", list[Plain]]]]


class DocumentReason(DocumentRecord):
    """Why something is so, as data: `salesmetrics.Reason` has its words in each language."""

    code: str
    params: dict[str, ReasonParam]
    text: str = Field(description="In English.")


class ReasonRows(DocumentReason):
    """A reason, and how many rows it is of."""

    rows: int


class Span(DocumentRecord):
    """A period: calendar dates from `start` up to, but without, `end`."""

    label: str
    start: str
    end: str
    unit: str = Field(default="span", description="Of a calendar, or to_date, trailing, span.")
    of: str | None = Field(default=None, description="The whole period, of one to date.")

    @model_validator(mode="after")
    def _of_days(self) -> Self:
        start, end = date.fromisoformat(self.start), date.fromisoformat(self.end)
        if not start <= end > date.min:
            raise ValueError("it ends before it starts")
        return self
