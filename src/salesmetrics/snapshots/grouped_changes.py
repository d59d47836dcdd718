"""Changes between two snapshots, a line a KPI: what a person reads every morning."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .change import Change, relative

__all__ = ["KpiChange", "grouped", "turned"]

Place = tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class KpiChange:
    """All changes of one KPI in one period: of the whole, and of how many groups and parts.

    `most` is the group whose value moved by the largest share.
    """

    kpi: str
    period: str | None
    whole: Change | None = None
    n: Change | None = None
    groups: int = 0
    most: Change | None = None
    parts: int = 0
    appeared: int = 0
    disappeared: int = 0

    def __str__(self) -> str:
        told = []
        if self.whole is not None:
            told.append(_moved(self.whole))
        if self.n is not None:
            told.append(f"n {_shown(self.n.before)} -> {_shown(self.n.after)}")
        if self.groups and self.most is not None:
            where = ", ".join(f"{name}={value!r}" for name, value in self.most.group)
            told.append(
                f"{self.groups:,} group{'s' * (self.groups > 1)}, most {where} {_moved(self.most)}"
            )
        if self.parts:
            told.append(f"{self.parts:,} of its parts")
        if self.appeared:
            told.append(f"{self.appeared:,} figures appeared")
        if self.disappeared:
            told.append(f"{self.disappeared:,} figures disappeared")
        place = f" ({self.period})" if self.period else ""
        return f"{self.kpi}{place}: {', '.join(told) or 'row counts of groups'}"


def turned(changes: Iterable[Change]) -> bool:
    """Whether the second is of other periods, none of which is one of the first."""
    periods = [one for one in changes if one.what == "document" and one.field == "periods"]
    return any(not {*_labels(one.before)} & {*_labels(one.after)} for one in periods)


def _labels(spans: Any) -> dict[str, None]:
    """The labels of periods, in order."""
    return dict.fromkeys(part.split('"')[0] for part in str(spans).split('"label": "')[1:])


def grouped(changes: Iterable[Change]) -> list[Change | KpiChange | str]:
    """The facts of the document and changed definitions as they are, then a line a KPI.

    Where the second is of other periods, the figures of neither stand in the other: that they are
    not there is said once, by the periods.
    """
    every = list(changes)
    other = turned(every)
    found: list[Change | KpiChange | str] = []
    aims = [one for one in every if one.field == "target"]
    every = [one for one in every if one.field != "target"]
    if aims and not other:
        found.append(f"{len(aims):,} target{'s' * (len(aims) > 1)} set otherwise, first {aims[0]}")
    figures: dict[tuple[str, str | None], list[Change]] = {}
    for one in every:
        if one.field == "periods":
            labels = [", ".join(_labels(side)) for side in (one.before, one.after)]
            rest = "; no figure of one is in the other" if other else ""
            found.append(f"snapshot: {labels[0]} -> {labels[1]}{rest}")
        elif one.kpi is None or one.field not in ("value", "n", "figure"):
            found.append(one)
        elif not (other and one.field == "figure"):
            figures.setdefault((one.kpi, one.period), []).append(one)
    return found + [_of_kpi(kpi, period, each) for (kpi, period), each in figures.items()]


def _of_kpi(kpi: str, period: str | None, changes: list[Change]) -> KpiChange:
    whole = n = most = None
    groups: set[Place] = set()
    parts = appeared = disappeared = 0
    for one in changes:
        names = [name for name, _ in one.group]
        if "column" in names and "row" in names:
            parts += 1
        elif one.field == "figure":
            appeared += one.what == "appeared"
            disappeared += one.what == "disappeared"
        elif not one.group:
            whole, n = (one, n) if one.field == "value" else (whole, one)
        elif one.field == "value":
            groups.add(one.group)
            if most is None or _size(one) > _size(most):
                most = one
    return KpiChange(kpi, period, whole, n, len(groups), most, parts, appeared, disappeared)


def _size(one: Change) -> float:
    share = relative(one)
    return abs(share) if share is not None else float("inf")


def _moved(one: Change) -> str:
    share = relative(one)
    text = f"{_shown(one.before)} -> {_shown(one.after)}"
    return text if share is None else f"{text} ({share:+.1%})"


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, float):
        return f"{value:z,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
