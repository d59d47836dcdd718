"""Why a figure changed, as plain values: its causes, and whether they sum to the change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import isclose
from typing import Any

from ..catalog import Entry
from ..doors import door
from ..periods import Period
from ..reasons import Reason
from ..results.names import among
from ..results.rows_read import RowsRead
from .saved_form import json_of, plain_label, plain_span

__all__ = ["Cause", "CauseLevel", "Explanation"]

FORMAT = "salesmetrics.explanation/2"


@dataclass(frozen=True, slots=True)
class Cause:
    """One part of a change: a factor, a group, a segment found, or everything else.

    `effect` is what it makes of the change, `shown` the same rounded so that the parts sum to the
    change.  `mix` is what its share of the rows makes of it and `rate` its own figure; `before`
    and `after` are that figure.  `interval` says how far chance alone would move the effect.
    """

    name: str
    group: Mapping[str, Any]
    effect: float
    shown: float
    before: float | None = None
    after: float | None = None
    mix: float | None = None
    rate: float | None = None
    interval: tuple[float, float] | None = None
    status: str | None = None  # "new" or "gone": there in one of the periods only

    @property
    def clear(self) -> bool | None:
        """Whether it is more than chance would make; None where that cannot be told."""
        if self.interval is None:
            return None
        return not self.interval[0] <= 0 <= self.interval[1]

    def to_dict(self) -> dict[str, Any]:
        """In plain types."""
        return {
            "name": self.name,
            "group": {column: plain_label(label) for column, label in self.group.items()},
            "effect": self.effect,
            "shown": self.shown,
            "before": self.before,
            "after": self.after,
            "mix": self.mix,
            "rate": self.rate,
            "interval": None if self.interval is None else list(self.interval),
            "clear": self.clear,
            "status": self.status,
        }


@dataclass(frozen=True, slots=True)
class CauseLevel:
    """One exact split of the whole change; `by` names its columns, none of them for factors."""

    kind: str  # "factors", "groups" or "segments"
    by: tuple[str, ...]
    causes: tuple[Cause, ...]
    method: str = ""

    def at(self, **group: Any) -> Cause:
        """The cause of one group: `.at(owner="ana")`; a column with a dot has an underscore."""
        wanted = {name: group.get(name.replace(".", "_")) for name in self.by}
        return next(one for one in self.causes if dict(one.group) == wanted)


@dataclass(frozen=True, slots=True, repr=False)
class Explanation:
    """The change of a figure between two periods, split exactly in several ways.

    `factors` are the figures it is made of, `levels` the groups of one column more each, and
    `segments` the few combinations that changed otherwise than the rest, with everything else.
    Each sums to the change.
    """

    entry: Entry
    title: str
    title_ko: str
    period: Period
    base: Period | None
    unit: str
    currency: str | None
    better: str
    of_mean: bool = False  # the change is the mean's, of a figure whose value is a median
    before: float | None = None
    after: float | None = None
    change: float | None = None
    shown: float | None = None
    step: float | None = None
    interval: tuple[float, float] | None = None
    reason: Reason | None = None
    factors: CauseLevel | None = None
    levels: tuple[CauseLevel, ...] = ()
    segments: CauseLevel | None = None
    unsplit: Mapping[str, Reason] = field(default_factory=dict)
    medians: tuple[float, float] | None = None
    rows_read: tuple[RowsRead, ...] = ()  # what became of the rows of its tables when read
    # By column and id what records are called.
    called: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def splits(self) -> tuple[CauseLevel, ...]:
        """Every split there is."""
        return tuple(one for one in (self.factors, *self.levels, self.segments) if one is not None)

    @property
    def reconciles(self) -> bool:
        """Whether the parts of every split sum to the change, as shown to the last digit."""
        change, after, shown = self.change, self.after, self.shown
        if change is None or after is None or shown is None or self.step is None:
            return False
        room = 1e-8 * max(abs(change), abs(after), 1e-9)
        step = Fraction(self.step).limit_denominator(10**9)
        wanted = round(Fraction(shown) / step)
        return all(
            isclose(sum(one.effect for one in split.causes), change, rel_tol=0, abs_tol=room)
            and sum(round(Fraction(one.shown) / step) for one in split.causes) == wanted
            for split in self.splits
        )

    @property
    def clear(self) -> bool | None:
        """Whether the whole change is more than chance would make."""
        if self.interval is None:
            return None
        return not self.interval[0] <= 0 <= self.interval[1]

    def level(self, *columns: str) -> CauseLevel:
        """The split by these columns."""
        return next(one for one in self.levels if one.by == columns)

    def plot(self, by: str | None = None, *, backend: str | None = None, lang: str = "en") -> Any:
        """The parts as a waterfall: of what it is made of, or `by` the columns of a split."""
        return door("change_split", object)(self, by, backend, lang)

    def to_dict(self) -> dict[str, Any]:
        """The whole explanation in plain types."""
        return {
            "format": FORMAT,
            "kpi": self.entry.name,
            "en": self.title,
            "ko": self.title_ko,
            "period": self.period.label,
            "base": None if self.base is None else self.base.label,
            "span": plain_span(self.period),
            "base_span": plain_span(self.base),
            "unit": self.currency or self.unit,
            "currency": self.currency,
            "step": self.step,
            "of_mean": self.of_mean,
            "medians": None if self.medians is None else list(self.medians),
            "before": self.before,
            "after": self.after,
            "change": self.change,
            "shown": self.shown,
            "interval": None if self.interval is None else list(self.interval),
            "clear": self.clear,
            "reconciles": self.reconciles,
            "reason": None if self.reason is None else self.reason.to_dict(),
            "rows": [one.to_dict() for one in self.rows_read],
            "splits": [
                {
                    "kind": split.kind,
                    "by": list(split.by),
                    "method": split.method,
                    "causes": [one.to_dict() for one in split.causes],
                }
                for split in self.splits
            ],
            "unsplit": {name: why.to_dict() for name, why in self.unsplit.items()},
            "called": among(self.called, self._ids()),
        }

    def _ids(self) -> Iterator[tuple[str, object]]:
        """The groups that are named."""
        for split in self.splits:
            for one in split.causes:
                yield from one.group.items()

    def to_json(self, indent: int | None = 2) -> str:
        """The same as JSON, from which `read_saved` makes it again."""
        return json_of(self.to_dict(), indent)

    def to_records(self) -> list[dict[str, Any]]:
        """A flat dict a cause."""
        columns = dict.fromkeys(name for split in self.splits for name in split.by)
        found = []
        for split in self.splits:
            for one in split.causes:
                facts = one.to_dict()
                del facts["group"]
                facts["interval"] = None if one.interval is None else str(list(one.interval))
                group = {name: one.group.get(name) for name in columns}
                found.append(
                    {"kpi": self.entry.name, "split": split.kind, "by": ", ".join(split.by)}
                    | group
                    | facts
                )
        return found

    def to_text(self, lang: str = "en") -> str:
        """The explanation for a terminal."""
        return door("explanation_text", str)(self, lang)

    def to_markdown(self, lang: str = "en") -> str:
        """The same as Markdown; what comes from the data is escaped."""
        return door("explanation_markdown", str)(self, lang)

    def __repr__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        return door("explanation_html", str)(self)
