"""The records: one row of each kind, checked when it is made, and no arithmetic.

A field's annotation is its *kind*, and the kind decides how the column of a table is stored
(see `columns.py`).  A time is a *milestone* when it says that something happened, and a *plan*
when it says what is expected: only milestones can be in the future of an as-of.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator

from . import values

__all__ = [
    "Activity",
    "AmountChange",
    "CloseDateChange",
    "Cost",
    "Customer",
    "Deal",
    "DealCredit",
    "Kind",
    "Lead",
    "Outcome",
    "Owner",
    "OwnerChange",
    "Product",
    "Record",
    "Revenue",
    "Stage",
    "StageChange",
    "Subscription",
    "Target",
    "Touch",
    "Visit",
    "kinds_of",
]


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
Money = Annotated[Decimal | None, BeforeValidator(values.number), Kind.MONEY]
Months = Annotated[int | None, BeforeValidator(values.months), Kind.WHOLE]
Whole = Annotated[int | None, BeforeValidator(values.whole), Kind.WHOLE]
Proportion = Annotated[Decimal | None, BeforeValidator(values.proportion), Kind.PROPORTION]

Outcome = Literal["open", "won", "lost", "disqualified"]
DealType = Literal["new", "renewal", "upsell", "cross_sell"]
ForecastCategory = Literal["pipeline", "best_case", "commit", "omitted", "closed"]
Interval = Literal["day", "week", "month", "quarter", "year"]
Statistic = Literal["mean", "median", "p75", "p90"]


class Record(BaseModel):
    """What all records share: frozen, and no field that is not named here."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Stage(Record):
    """A step of a sales process.  Its type, not its label, says how a deal stands."""

    id: Key
    label: Code = None
    order: Whole = None
    type: Annotated[Outcome | None, Kind.CHOICE] = None
    probability: Proportion = None
    pipeline: Code = None


class Owner(Record):
    """A seller on the roster, with team and region; `ended_at` is the first day not employed."""

    id: Key
    name: Code = None
    team: Code = None
    region: Code = None
    manager: Code = None
    started_at: Milestone = None
    ended_at: Plan = None


class Customer(Record):
    """A company that buys or may buy."""

    id: Key
    name: Code = None
    industry: Code = None
    size: Code = None
    region: Code = None
    parent: Code = None
    started_at: Milestone = None
    referred_by: Code = None


class Product(Record):
    """What is sold, with its list price."""

    id: Key
    name: Code = None
    series: Code = None
    list_amount: Money = None
    currency: Code = None


class Visit(Record):
    """How many visits there were on a day, from a source."""

    id: Code = None
    visited_at: Milestone = None
    visits: Whole = None
    source: Code = None
    campaign: Code = None
    channel: Code = None


class Lead(Record):
    """A possible buyer, with the milestones it reached."""

    id: Key
    created_at: Milestone = None
    mql_at: Milestone = None
    sql_at: Milestone = None
    opportunity_at: Milestone = None
    won_at: Milestone = None
    handed_over_at: Milestone = None
    first_response_at: Milestone = None
    score: Whole = None
    source: Code = None
    campaign: Code = None
    channel: Code = None
    referred_by: Code = None
    owner: Code = None
    customer: Code = None


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
        if self.outcome in DECIDED and self.closed_at is None:
            raise ValueError(f"closed_at is missing, but the deal is {self.outcome}")
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


class Touch(Record):
    """A contact of marketing with a lead or a customer: a click, a visit of a stand, a webinar."""

    id: Code = None
    lead: Code = None
    customer: Code = None
    touched_at: Milestone = None
    campaign: Code = None
    channel: Code = None
    content: Code = None


class Subscription(Record):
    """A recurring contract: `amount` per `interval`; `ended_at` is the first day not covered.

    An end is known from the start, as that of a term is, unless `cancelled_at` says since when.
    """

    id: Key
    customer: Code = None
    product: Code = None
    owner: Code = None
    amount: Money = None
    currency: Code = None
    interval: Annotated[Interval | None, Kind.CHOICE] = None
    started_at: Milestone = None
    ended_at: Plan = None
    cancelled_at: Milestone = None
    renewal_of: Code = None
    auto_renew: Flag = None


class Activity(Record):
    """Something a seller does, or plans to do, for a lead, a deal or a customer."""

    id: Key
    kind: Code = None
    created_at: Milestone = None
    scheduled_at: Plan = None
    done_at: Milestone = None
    direction: Annotated[Literal["outbound", "inbound"] | None, Kind.CHOICE] = None
    automated: Flag = None
    replied: Flag = None
    owner: Code = None
    lead: Code = None
    deal: Code = None
    customer: Code = None


class Cost(Record):
    """Money spent, with the category that says what for."""

    id: Code = None
    category: Code = None
    amount: Money = None
    currency: Code = None
    spent_at: Milestone = None
    campaign: Code = None
    channel: Code = None
    owner: Code = None


class Revenue(Record):
    """An invoice or an order."""

    id: Code = None
    customer: Code = None
    product: Code = None
    owner: Code = None
    amount: Money = None
    currency: Code = None
    booked_at: Milestone = None


class Target(Record):
    """What a KPI should come to in a period, for the company, a team, an owner or another group.

    `period` is a period (2017-Q4) or a unit (month: every month); a rate needs none.  `value` is
    in the figure's own unit: major units of money, 0.2 for 20 %.  `statistic` is what of a
    distribution is meant (else its median), `given` are keywords of the KPI.
    """

    kpi: Code = None
    period: Code = None
    value: Annotated[Decimal | None, BeforeValidator(values.number), Kind.CODE] = None
    team: Code = None
    owner: Code = None
    statistic: Annotated[Statistic | None, Kind.CHOICE] = None
    better: Annotated[Literal["higher", "lower"] | None, Kind.CHOICE] = None
    group: Annotated[dict[str, str], Kind.CODE] = {}
    given: Annotated[dict[str, Any], Kind.CODE] = {}

    @model_validator(mode="after")
    def _is_a_target(self) -> Self:
        if self.kpi is None or self.value is None:
            raise ValueError("a target names its kpi and its value")
        if self.value < 0:
            raise ValueError(f"a target of {self.value} is negative; 0 or more is expected")
        return self


DECIDED: frozenset[str] = frozenset(get_args(Outcome)) - {"open"}


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
