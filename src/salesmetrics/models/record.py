"""What a record is: frozen, each field of a kind that decides how its column is stored.

A time is a *milestone* when it says that something happened, and a *plan* when it says what is
expected: only milestones can be in the future of an as-of.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, ClassVar, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict

from . import values

__all__ = ["Kind", "Record", "kinds_of"]


class Kind(Enum):
    """How a field is meant, which decides how its column is stored."""

    KEY = "key"  # the id of the row, unique in its table
    REFERENCE = "reference"  # the id of a row of another table, where it has many
    CODE = "code"  # a name: an owner, a product, a reason
    CHOICE = "choice"  # one of a few words
    FLAG = "flag"
    MILESTONE = "milestone"  # when something happened
    PLAN = "plan"  # when something is expected
    MONEY = "money"  # in major units of the row's currency, exact
    WHOLE = "whole"
    PROPORTION = "proportion"


Key = Annotated[str, BeforeValidator(values.label), Kind.KEY]
Reference = Annotated[str | None, BeforeValidator(values.label), Kind.REFERENCE]
Code = Annotated[str | None, BeforeValidator(values.label), Kind.CODE]
Flag = Annotated[bool | None, BeforeValidator(values.flag), Kind.FLAG]
Milestone = Annotated[date | datetime | None, BeforeValidator(values.moment), Kind.MILESTONE]
Plan = Annotated[date | datetime | None, BeforeValidator(values.moment), Kind.PLAN]
Money = Annotated[Decimal | None, BeforeValidator(values.amount), Kind.MONEY]
Months = Annotated[int | None, BeforeValidator(values.months), Kind.WHOLE]
Whole = Annotated[int | None, BeforeValidator(values.whole), Kind.WHOLE]
Proportion = Annotated[Decimal | None, BeforeValidator(values.proportion), Kind.PROPORTION]


class Record(BaseModel):
    """What all records share: frozen, and no field that is not named here.

    A constructor takes typed values: a date, not its text.  Text, and whatever else a cell may
    hold, is read by a table's `of`, or for one record by `model_validate`.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid", defer_build=True)
    # Milestones that are often written down before their day: a contract signed for next year.
    dated_ahead: ClassVar[tuple[str, ...]] = ()


def kinds_of(record: type[Record]) -> dict[str, Kind]:
    """Each field's kind; a field without one is a mistake in this library and fails at import."""
    kinds = {}
    for name, field in record.model_fields.items():
        kind = [mark for mark in field.metadata if isinstance(mark, Kind)]
        if len(kind) != 1:
            raise TypeError(f"{record.__name__}.{name} has no kind")
        kinds[name] = kind[0]
    return kinds


def choices(record: type[Record], field: str) -> tuple[str, ...]:
    """The words that a choice field allows."""
    annotation: Any = record.model_fields[field].annotation
    words = [get_args(part) or part for part in get_args(annotation)]
    flat = [word for part in words for word in (part if isinstance(part, tuple) else (part,))]
    return tuple(word for word in flat if isinstance(word, str))
