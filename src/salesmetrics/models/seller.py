"""Sellers and what they do."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from .record import Code, Flag, Key, Kind, Milestone, Money, Plan, Record, Reference

__all__ = ["Activity", "ForecastCall", "Owner", "TeamChange"]


class Owner(Record):
    """A seller on the roster, with team and region; `ended_at` is the first day not employed.

    `ramp` are the shares of a full target in the first, second, ... month since `started_at`, such
    as "0.25 0.5 0.75"; without it a target is the owner's as it is set.

    The team is the one of now; the changes of it are `team_changes`.  Deals that have a `team` of
    their own count in that one.
    """

    dated_ahead: ClassVar[tuple[str, ...]] = ("started_at",)

    id: Key
    name: Code = None
    team: Code = None
    region: Code = None
    manager: Code = None
    started_at: Milestone = None
    ended_at: Plan = None
    ramp: Code = None


class TeamChange(Record):
    """An owner's team from `changed_at` on.

    A deal counts in the team that its owner was in at the time, a target of an owner in the one of
    the last day of its period.  What else goes by owner (leads, activities, shares of deals)
    counts in that of now.
    """

    dated_ahead: ClassVar[tuple[str, ...]] = ("changed_at",)

    owner: Reference = None
    team: Code = None
    previous_team: Code = None
    changed_at: Milestone = None


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


class ForecastCall(Record):
    """What a seller, or a manager for a team, said that a period will bring.

    `amount` is the whole period's bookings, those won so far included.  A call of a team names the
    team and no owner, one of the whole company neither; one without a category is the forecast
    itself.  `figure` says which figure of a saved forecast it is, where nobody called it.
    """

    owner: Code = None
    team: Code = None
    period: Code = None
    category: Annotated[
        Literal["forecast", "commit", "best_case", "pipeline"] | None, Kind.CHOICE
    ] = None
    amount: Money = None
    currency: Code = None
    submitted_at: Milestone = None
    figure: Code = None
