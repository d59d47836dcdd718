"""Which results may be added: those of one figure, of other rows, known at one instant."""

from __future__ import annotations

from typing import Protocol

from ..errors import SalesMetricsError
from .definition import both_are, difference
from .evidence import Evidence, overlap
from .grid import Axes, joined

__all__ = ["refuse_unlike"]


class Added(Protocol):
    """What a result says of itself before it is added."""

    @property
    def title(self) -> str: ...
    @property
    def evidence(self) -> Evidence: ...
    @property
    def axes(self) -> Axes: ...
    @property
    def currency(self) -> str | None: ...


def refuse_unlike(one: Added, other: Added) -> None:
    """Raise where two results are not the same figure of other rows, and say what differs."""
    mine, theirs = one.evidence, other.evidence
    both = f"{one.title} and {other.title}"
    if type(other) is not type(one) or mine.definition is None:
        raise SalesMetricsError(
            f"{both} are not the same figure and do not add; add their .value, or .exact"
        )
    if both_are(mine.definition, theirs.definition) is None:
        unlike = None
        told = [each.identity is not None and each.identity.keywords for each in (mine, theirs)]
        if theirs.definition is not None and not all(told):  # else their titles say it
            unlike = difference(mine.definition, theirs.definition)
        why = f": {unlike}" if unlike else ""
        raise SalesMetricsError(
            f"{both} are not the same figure and do not add{why}; add their .value, or .exact"
        )
    for what, here, there in (
        ("known until", mine.known_until, theirs.known_until),
        ("in the zone", mine.zone, theirs.zone),
        ("in", one.currency, other.currency),
    ):
        if here != there:
            raise SalesMetricsError(
                f"{both} do not add: one is {what} {here}, the other {there}; make both with "
                "one tz= and currency=, and .as_of(...) one instant"
            )
    if one.axes.non_additive != other.axes.non_additive:
        raise SalesMetricsError(f"{both} do not add: one adds over time, the other does not")
    joined((one.axes, other.axes))  # of other periods they are of other rows, and no sum
    if overlap(mine.source, theirs.source):
        raise SalesMetricsError(
            f"{both} are of the same rows, which would count twice; filter them differently"
        )
