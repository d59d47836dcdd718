"""Deals, what they are made of, and the changes of their fields."""

from __future__ import annotations

from typing import Annotated, Literal, Self, get_args

from pydantic import model_validator

from .record import (
    Code,
    Key,
    Kind,
    Milestone,
    Money,
    Months,
    Plan,
    Proportion,
    Record,
    Reference,
    Whole,
)

__all__ = [
    "AmountChange",
    "CloseDateChange",
    "Deal",
    "DealCredit",
    "DealLine",
    "ForecastCategoryChange",
    "Outcome",
    "OwnerChange",
    "Product",
    "Stage",
    "StageChange",
]


Outcome = Literal["open", "won", "lost", "disqualified"]
DealType = Literal["new", "renewal", "upsell", "cross_sell"]
ForecastCategory = Literal["pipeline", "best_case", "commit", "omitted", "closed"]


class Stage(Record):
    """A step of a sales process.  Its type, not its label, says how a deal stands."""

    id: Key
    label: Code = None
    order: Whole = None
    type: Annotated[Outcome | None, Kind.CHOICE] = None
    probability: Proportion = None
    pipeline: Code = None


class Product(Record):
    """What is sold, with its list price."""

    id: Key
    name: Code = None
    series: Code = None
    list_amount: Money = None
    currency: Code = None


class Deal(Record):
    """A sales opportunity, from its creation to its close.

    `amount` is the amount as known: the won amount of a won deal, the present one of an open
    deal.  `list_amount` is what the deal was or is worth before it is decided (a list price, an
    expected amount); it stands in where an open deal has no amount of its own.  A deal with
    `removed_at` was deleted (or merged) then: it stood until then and counts in no flow.
    """

    id: Key
    name: Code = None
    created_at: Milestone = None
    first_contact_at: Milestone = None
    closed_at: Milestone = None
    removed_at: Milestone = None
    merged_into: Code = None
    expected_close_at: Plan = None
    outcome: Annotated[Outcome | None, Kind.CHOICE] = None
    stage: Code = None
    pipeline: Code = None
    amount: Money = None
    list_amount: Money = None
    one_time_amount: Money = None
    recurring_amount: Money = None
    term_months: Months = None
    currency: Code = None
    probability: Proportion = None
    type: Annotated[DealType | None, Kind.CHOICE] = None
    forecast_category: Annotated[ForecastCategory | None, Kind.CHOICE] = None
    loss_reason: Code = None
    product: Code = None
    lead: Code = None
    customer: Code = None
    owner: Code = None
    team: Code = None
    region: Code = None
    source: Code = None

    @model_validator(mode="after")
    def _outcome_fits_close(self) -> Self:
        if self.outcome == "open" and self.closed_at is not None:
            raise ValueError("closed_at is given, but the deal is open")
        return self


class StageChange(Record):
    """A deal's stage from `changed_at` on; `previous_stage` is what it was before, where known."""

    deal: Reference = None
    stage: Code = None
    previous_stage: Code = None
    changed_at: Milestone = None


class AmountChange(Record):
    """A deal's amount from `changed_at` on, in the currency of the deal."""

    deal: Reference = None
    amount: Money = None
    previous_amount: Money = None
    currency: Code = None
    changed_at: Milestone = None


class CloseDateChange(Record):
    """A deal's expected close from `changed_at` on."""

    deal: Reference = None
    expected_close_at: Plan = None
    previous_expected_close_at: Plan = None
    changed_at: Milestone = None


class ForecastCategoryChange(Record):
    """A deal's forecast category from `changed_at` on."""

    deal: Reference = None
    forecast_category: Annotated[ForecastCategory | None, Kind.CHOICE] = None
    previous_forecast_category: Annotated[ForecastCategory | None, Kind.CHOICE] = None
    changed_at: Milestone = None


class OwnerChange(Record):
    """A deal's owner from `changed_at` on."""

    deal: Reference = None
    owner: Code = None
    previous_owner: Code = None
    changed_at: Milestone = None


class DealCredit(Record):
    """An owner's share of a deal; the shares of a deal sum to 1.

    A deal without any counts whole for the owner it has.  Shares have no date: as of whatever
    instant they are those that stand here.
    """

    deal: Code = None
    owner: Code = None
    share: Proportion = None


class DealLine(Record):
    """What a deal has of one product; the amounts of its lines sum to the deal's.

    Lines have no date: as of whatever instant they are those that stand here.
    """

    deal: Code = None
    product: Code = None
    amount: Money = None
    currency: Code = None


DECIDED: frozenset[str] = frozenset(get_args(Outcome)) - {"open"}
