"""Leads, the visits before them, and the touches of marketing."""

from __future__ import annotations

from .record import Code, Flag, Key, Milestone, Record, Whole

__all__ = ["Lead", "Touch", "Visit"]


class Visit(Record):
    """How many visits there were on a day, from a source."""

    id: Code = None
    visited_at: Milestone = None
    visits: Whole = None
    source: Code = None
    campaign: Code = None
    channel: Code = None


class Lead(Record):
    """A possible buyer, with the milestones it reached.

    `pauses` are the times it waited for the lead itself, written as those of a request.
    """

    id: Key
    created_at: Milestone = None
    mql_at: Milestone = None
    sql_at: Milestone = None
    opportunity_at: Milestone = None
    won_at: Milestone = None
    handed_over_at: Milestone = None
    first_response_at: Milestone = None
    pauses: Code = None
    mql: Flag = None
    sql: Flag = None
    opportunity: Flag = None
    won: Flag = None
    score: Whole = None
    source: Code = None
    campaign: Code = None
    channel: Code = None
    referred_by: Code = None
    owner: Code = None
    customer: Code = None


class Touch(Record):
    """A contact of marketing with a lead or a customer: a click, a visit of a stand, a webinar."""

    id: Code = None
    lead: Code = None
    customer: Code = None
    touched_at: Milestone = None
    campaign: Code = None
    channel: Code = None
    content: Code = None
