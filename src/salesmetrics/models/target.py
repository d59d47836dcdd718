"""What a KPI should come to."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from . import values
from .record import Code, Kind, Record

__all__ = ["Target"]

SMALLEST, LARGEST = Decimal("1e-18"), Decimal(2**63)
Statistic = Literal["mean", "median", "p75", "p90"]
Base = Literal["previous", "year_before"]


class Target(Record):
    """What a KPI should come to in a period, for the company, a team, an owner or another group.

    `period` is a period (2017-Q4) or a unit (month: every month); a rate needs none.  `value` is
    in the figure's own unit: major units of money, 0.2 for 20 %.  In its place a target may be
    `relative_to` what the KPI was: the previous period, or the same of the year before, by a
    `change` of -0.25 (25 % less).  `statistic` is what of a distribution is meant (else its
    median), `given` are keywords of the KPI; several values of a `group` count together.
    """

    kpi: Code = None
    period: Code = None
    value: Annotated[Decimal | None, BeforeValidator(values.bounded), Kind.CODE] = None
    change: Annotated[Decimal | None, BeforeValidator(values.bounded), Kind.CODE] = None
    relative_to: Annotated[Base | None, Kind.CHOICE] = None
    team: Code = None
    owner: Code = None
    statistic: Annotated[Statistic | None, Kind.CHOICE] = None
    better: Annotated[Literal["higher", "lower"] | None, Kind.CHOICE] = None
    group: Annotated[dict[str, str | tuple[str, ...]], Kind.CODE] = Field(default={})
    given: Annotated[dict[str, Any], Kind.CODE] = Field(default={})

    @model_validator(mode="after")
    def _is_a_target(self) -> Self:
        relative = self.change is not None and self.relative_to is not None
        if self.kpi is None or (self.value is None) is not relative:
            raise ValueError(
                "a target names its kpi and its value, or in place of a value the change and what "
                "it is relative_to"
            )
        if self.value is None:
            if self.change is not None and self.change <= -1:
                raise ValueError(f"a change of {self.change} leaves nothing; -0.25 is 25 % less")
            return self
        if self.value < 0:
            raise ValueError(f"a target of {self.value} is negative; 0 or more is expected")
        if self.value and not SMALLEST <= self.value < LARGEST:
            size = "large: 64 bits cannot hold it" if self.value > 1 else "close to 0"
            raise ValueError(f"a target of {self.value} is too {size}; check it")
        return self
