"""One thing that is not as it was between two snapshots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["Change", "What", "relative"]

What = Literal["document", "definition", "appeared", "disappeared", "needs", "value", "n"]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not as it was; `field` names the part of the document."""

    what: What
    kpi: str | None
    field: str
    before: Any
    after: Any
    period: str | None = None
    group: tuple[tuple[str, Any], ...] = ()

    def __str__(self) -> str:
        where = ", ".join(
            [
                *(f"{name}={value!r}" for name, value in self.group),
                *([self.period] if self.period else []),
            ]
        )
        name = self.kpi or "snapshot"
        place = f" ({where})" if where else ""
        if self.what in ("appeared", "disappeared"):
            shown = self.after if self.what == "appeared" else self.before
            return f"{name}{place}: {self.what}" + ("" if shown is None else f": {shown}")
        return f"{name}{place}: {self.field} {_shown(self.before)} -> {_shown(self.after)}"


def relative(one: Change) -> float | None:
    """By what share a value changed; None where it is no number, or was 0."""
    before, after = one.before, one.after
    if not isinstance(before, (int, float)) or not isinstance(after, (int, float)) or not before:
        return None
    return float(after - before) / abs(float(before))


def _shown(value: Any) -> str:
    return (
        "nothing"
        if value is None
        else f"{value:,}"
        if isinstance(value, (int, float))
        else str(value)
    )
