"""The targets of a snapshot in plain types, what became of them, and the score they make."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from ..insight.targets import Attainment
from ..reasons import Reason
from . import schema as form

if TYPE_CHECKING:
    from .figures import Snapshot

__all__ = ["aims_of", "at_target_of", "scores_of", "told_of", "why_of"]


def aims_of(snapshot: Snapshot) -> list[form.Aim]:
    """Every target, and what became of it."""
    return [_aim(one) for one in snapshot.targets]


def at_target_of(snapshot: Snapshot) -> list[form.AtTarget]:
    """How many of the groups with a target are at it."""
    return [
        form.AtTarget(
            kpi=one.kpi,
            period=one.period.label,
            by=one.by,
            met=one.met,
            of=one.of,
            undefined=one.undefined,
            value=one.value,
            ramped_met=one.ramped_met,
            ramped_of=one.ramped_of,
            attainment=_float(one.attainment),
        )
        for one in snapshot.shares
    ]


def scores_of(snapshot: Snapshot) -> list[form.Attained]:
    """The weighted attainment of each period."""
    return [
        form.Attained(
            period=one.period.label,
            value=one.value,
            uncapped=_float(one.uncapped),
            cap=float(one.cap),
            made_of=len(one.parts),
            of=one.of,
            kpis={name: float(part) for name, part in one.parts.items()},
            left_out={name: why_of(reason) for name, reason in one.left_out.items()},
        )
        for one in snapshot.score
    ]


def why_of(reason: Reason) -> form.DocumentReason:
    """A reason as the document has it."""
    return form.DocumentReason.model_validate(reason.to_dict())


def told_of(reason: Reason | None) -> form.DocumentReason | None:
    """The same where there is one."""
    return None if reason is None else why_of(reason)


def _aim(one: Attainment) -> form.Aim:
    pace = one.pace
    return form.Aim(
        kpi=one.kpi,
        group=dict(one.group),
        period=one.period.label,
        statistic=one.statistic,
        given={name: str(value) for name, value in sorted(one.given.items())},
        better=None if one.better == "neither" else one.better,
        target=None if one.target is None else str(one.target),
        unit=one.currency or one.unit,
        actual=_number(one.actual),
        attainment=_float(one.attainment),
        sum_of=one.sum_of,
        given_out=None if one.given_out is None else float(one.given_out),
        given_to=one.given_to,
        instead_of=[
            form.ReplacedTarget(
                of=other.of,
                value=None if other.value is None else str(other.value),
                change=None if other.change is None else float(other.change),
                relative_to=other.relative_to,
            )
            for other in one.instead_of
        ],
        full=None if one.full is None else str(one.full),
        ramped=one.ramped,
        gap=_number(one.gap),
        met=one.met,
        reason=told_of(one.reason),
        pace=None
        if pace is None
        else form.Paced(
            through=pace.through.isoformat(),
            days=pace.days,
            elapsed=pace.elapsed,
            counted=pace.counted,
            expected=_float(pace.expected),
            ahead=_float(pace.ahead),
            landing=_float(pace.landing),
            needed_per_day=_float(pace.needed_per_day),
        ),
    )


def _float(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


def _number(value: Fraction | None) -> int | float | None:
    return None if value is None else value.numerator if value.denominator == 1 else float(value)
