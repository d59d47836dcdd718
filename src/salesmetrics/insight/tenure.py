"""How long an owner has been there, and what share of a full target falls to the new ones.

A ramp is stated on the roster: the shares of the full target in the first, second, ... month since
the start, such as "0.25 0.5 0.75"; after them, and without a ramp, it is the full one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from dateutil.relativedelta import relativedelta

from ..errors import SalesMetricsError, shown
from ..periods import Period

__all__ = ["Tenure", "carried", "ramp_of"]


@dataclass(frozen=True, slots=True)
class Tenure:
    """From when until when an owner is there, and the shares of the first months."""

    start: date | None
    end: date | None  # the first day not employed
    ramp: tuple[Fraction, ...] | None = None

    def share(self, of: Period) -> Fraction:
        """What share of a full target for the period falls to the owner.

        Formula: the mean over the days of the period of the share of each: 0 before the start and
        from the end on, in a month of the ramp its own, else 1.  Without a ramp it is always 1: a
        target is then what was set for the owner as he is.

        >>> from salesmetrics import period
        >>> new = Tenure(date(2025, 2, 1), None, (Fraction(1, 2),))
        >>> [str(new.share(period(one))) for one in ("2025-01", "2025-02", "2025-03", "2025-Q1")]
        ['0', '1/2', '1', '1/2']
        """
        if self.ramp is None:
            return Fraction(1)
        days = sum(
            (share * max((min(end, of.end) - max(start, of.start)).days, 0)
             for start, end, share in self._steps(of.end)),
            Fraction(0),
        )  # fmt: skip
        return days / of.days

    def within(self, of: Period) -> tuple[date, date]:
        """The part of a period in which the owner is there."""
        start = of.start if self.start is None else max(self.start, of.start)
        return start, of.end if self.end is None else min(self.end, of.end)

    def falls_in(self, of: Period) -> bool:
        """Whether a target for the period can be the owner's; without a ramp it is as it is set."""
        start, end = self.within(of)
        return self.ramp is None or start < end

    def ramped(self, of: Period) -> bool:
        """Whether the first months are over when the period begins."""
        if self.ramp is None or self.start is None:
            return True
        return of.start >= self.start + relativedelta(months=len(self.ramp))

    def _steps(self, until: date) -> Iterator[tuple[date, date, Fraction]]:
        assert self.ramp is not None and self.start is not None
        last = until if self.end is None else min(self.end, until)
        edges = [self.start + relativedelta(months=at) for at in range(len(self.ramp) + 1)]
        for at, share in enumerate(self.ramp):
            yield edges[at], min(edges[at + 1], last), share
        yield edges[-1], last, Fraction(1)


def carried(value: Decimal, share: Fraction) -> Decimal:
    """A share of a target, to a millionth, so that targets of many sum exactly."""
    if share == 1:
        return value
    return Decimal(round(Fraction(value) * share * 1_000_000)).scaleb(-6).normalize() + 0


def ramp_of(text: str, owner: str) -> tuple[Fraction, ...]:
    """The shares of a ramp as it is written: "0.25 0.5 0.75", or "25% 50% 75%"."""
    found = []
    for word in re.split(r"[\s,;/]+", text.strip()):
        number, percent = word.removesuffix("%"), word.endswith("%")
        if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,9})?", number):
            break
        share = Fraction(number) / (100 if percent else 1)
        if share > 1:
            break
        found.append(share)
    else:
        return tuple(found)
    raise SalesMetricsError(
        f"owner {shown(owner)}: ramp {shown(text)} is no list of shares of the full target; give "
        "one from 0 to 1 for each of the first months, such as '0.25 0.5 0.75'"
    )
