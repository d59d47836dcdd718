"""Why a figure changed: an exact split by its factors, its groups, and where it changed most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import sqrt
from typing import Any

import numpy as np

from ..catalog import Entry, entry
from ..crm import CRM
from ..days import EPOCH
from ..errors import SalesMetricsError
from ..money import digits
from ..periods import Period, as_periods
from ..reasons import Reason
from ..results import Distribution, Formula, Ratio, Result, Survival, Total
from ..results.formats import RATES
from ..results.identity import Identity
from ..results.words import words
from ..tables.grouping import By, as_by
from .causes import Cause, CauseLevel, Explanation
from .compare import AGAINST, Against, base_of
from .leaves import Leaves, Node
from .reconciled import nearest, rounded_to_sum
from .scan import Segment, search
from .split import Split, splits_of

__all__ = ["REST", "explain"]

Z95 = 1.959963984540054
REST = "everything else"


def explain(
    crm: CRM,
    kpi: str | Any,
    period: Period | str,
    *,
    against: Against | Period | str = "previous",
    by: By | Sequence[str] = None,
    **keywords: Any,
) -> Explanation:
    """Why a KPI changed from one period to another: parts that sum to the change.

    *How much*: what each figure that it is made of came to (a product by the logarithmic mean, or
    Shapley's value where something is 0 or negative), and each group of `by`, one column more each
    time: of a total its volume, of a ratio its mix and its rate.  *Where*: the few combinations of
    the columns that changed otherwise than the rest, and everything else.  *Whether*: how far
    chance alone would move each part (95 %).

    Formula: of a ratio R with groups g of weight w and rate r: rate = (w0 + w1) / 2 x (r1 - r0),
    mix = (w1 - w0) x ((r0 + r1) / 2 - (R0 + R1) / 2); a group of one period only is all mix.
    Undefined: where either figure is; a distribution is explained by its mean, a median of a
    survival curve not at all.

    Args:
        crm: the tables.
        kpi: a name of the catalogue, or a function.
        period: the later period.
        against: `"previous"`, `"year_before"`, or another period.  Of a period that is not over,
            the first two are cut to the same part.
        by: columns from the outer to the inner, such as `["team", "owner"]`.
        keywords: what else the KPI takes.

    Raises:
        SalesMetricsError: groups that do not add up to the whole, or a figure that is a table.

    >>> from salesmetrics import CRM, examples
    >>> found = explain(CRM(deals=examples.deals), "bookings", "2025-02", by="owner")
    >>> factors = found.factors.causes if found.factors else ()
    >>> found.change, [(one.name, one.shown) for one in factors], found.reconciles
    (-18000.5, [('won_deals', 0.0), ('average_deal_size', -18000.5)], True)
    >>> owners = found.level("owner")
    >>> [(dict(one.group), one.effect) for one in (owners.causes if owners else ())]
    [({'owner': 'ana'}, -30000.5), ({'owner': 'bo'}, 12000.0)]
    """
    if not isinstance(crm, CRM):
        raise SalesMetricsError(
            f"a CRM is expected, not {type(crm).__name__}; make one with CRM(...)"
        )
    one, columns = entry(kpi), as_by(by if by is None or isinstance(by, str) else list(by))
    later, base, why = _periods(crm, period, against)
    plain = _blank(one, later, base, keywords)
    if base is None:
        assert why is not None
        return _undefined(plain, why)
    whole = crm.kpi(one.name, [base, later], **keywords)
    _refuse_tables(whole)
    plain |= {"title": whole.title, "unit": whole.unit, "currency": whole.currency}
    plain |= {"rows_read": whole.rows_read, "called": whole.evidence.called}
    if isinstance(whole, Survival):
        return _undefined(plain, Reason("no_parts_of_median"))
    for side, cell in (("base", whole.cell(0, 0)), ("figure", whole.cell(1, 0))):
        if cell.exact is None:
            reason = Reason(f"{side}_undefined", reason=cell.why)
            return _undefined(plain, reason)
    grouped = crm.kpi(one.name, [base, later], by=columns, **keywords) if columns else None
    split = splits_of(crm, one, whole, grouped, keywords)
    return _explained(plain, whole, columns, split)


def _periods(
    crm: CRM, period: Period | str, against: Any
) -> tuple[Period, Period | None, Reason | None]:
    (later,) = _one(period)
    if isinstance(against, str) and against in AGAINST:
        from_day = None if crm.known is None else crm.known.day + EPOCH
        through = None if from_day is None else type(later.start).fromordinal(from_day)
        base = base_of(later, against, through)
        return later, base.period, base.reason
    (base_period,) = _one(against)
    if base_period == later:
        raise SalesMetricsError(f"{later.label} is compared with itself; give another period")
    return later, base_period, None


def _one(period: Period | str) -> tuple[Period, ...]:
    found = as_periods(period)
    if len(found) != 1:
        raise SalesMetricsError("one period is expected; ask again for another one")
    return found


def _blank(
    one: Entry, later: Period, base: Period | None, keywords: Mapping[str, Any]
) -> dict[str, Any]:
    label = one.label
    named = label.identity({**one.keywords, **keywords})
    return {
        "entry": one,
        "title": named.title(),
        "title_ko": korean(named),
        "period": later,
        "base": base,
        "unit": label.unit,
        "currency": None,
        "better": label.better,
    }


def korean(named: Identity) -> str:
    """What a KPI is called in Korean, as it was asked for."""
    variants = words("ko").said.get("variants", {})
    return named.title("ko", variants.get(named.variant) if named.variant else None)


def _undefined(plain: dict[str, Any], reason: Reason) -> Explanation:
    return Explanation(**plain, reason=reason)


def _refuse_tables(whole: Result) -> None:
    if not isinstance(whole, (Total, Ratio, Distribution, Formula, Survival)):
        raise SalesMetricsError(
            f"{whole.title} is a table of several figures, of which no one change can be split; "
            "explain a KPI that is one figure, or see with compare() how each of these moved"
        )


def _step(whole: Result) -> Fraction:
    """What the parts are rounded to: a row, a minor unit, a hundredth of a point."""
    if whole.currency is not None:
        return Fraction(1, 10 ** digits(whole.currency))
    if whole.unit in RATES:
        return Fraction(1, 10_000)
    return Fraction(1) if isinstance(whole, Total) and whole.scale == 1 else Fraction(1, 100)


def _explained(
    plain: dict[str, Any], whole: Result, columns: tuple[str, ...], split: Split
) -> Explanation:
    before, after = split.figures
    change, step = after - before, _step(whole)
    levels, segments = [], None
    if split.leaves and columns:
        for upto in range(1, len(columns) + 1):
            levels.append(_level(split, columns[:upto], change, step))
        segments = _segments(split, change, step)
    interval = None
    if split.leaves and split.noise_known():
        interval = _interval(float(change), split.noise())
    medians = None
    if isinstance(whole, Distribution):
        then, now = whole.cell(0, 0).value, whole.cell(1, 0).value
        medians = None if then is None or now is None else (float(then), float(now))
    return Explanation(
        **plain,
        of_mean=isinstance(whole, Distribution),
        before=float(before),
        after=float(after),
        change=float(change),
        shown=float(nearest(change, step)),
        step=float(step),
        interval=interval,
        factors=_factors(split, change, step),
        levels=tuple(levels),
        segments=segments,
        unsplit=split.unsplit,
        medians=medians,
    )


def _interval(effect: float, variance: float | None) -> tuple[float, float] | None:
    if variance is None:
        return None
    room = Z95 * sqrt(variance)
    return effect - room, effect + room


def _shown(effects: Sequence[Fraction], change: Fraction, step: Fraction) -> list[float]:
    """Rounded so that they sum to the rounded change.

    What logarithms leave open beyond the sixteenth digit goes to the largest part.
    """
    parts = list(effects)
    if parts:
        largest = max(range(len(parts)), key=lambda at: (abs(parts[at]), -at))
        parts[largest] += change - sum(parts)
    return [float(each) for each in rounded_to_sum(parts, change, step)]


def _factors(split: Split, change: Fraction, step: Fraction) -> CauseLevel | None:
    if not split.factors:
        return None
    shown = _shown([Fraction(one.effect) for one in split.factors], change, step)
    causes = [
        Cause(
            name=one.name, group={}, effect=one.effect, shown=rounded,
            before=_float(split.parts[one.name][0]), after=_float(split.parts[one.name][1]),
        )
        for one, rounded in zip(split.factors, shown, strict=True)
    ]  # fmt: skip
    return CauseLevel("factors", (), tuple(causes), split.method)


def _level(split: Split, columns: tuple[str, ...], change: Fraction, step: Fraction) -> CauseLevel:
    groups = split.groups(columns)
    nodes = [split.node(columns, group) for group in groups]
    shown = _shown([node.effect for node, _ in nodes], change, step)
    causes = [
        _cause(dict(zip(columns, group, strict=True)), node, variance, rounded)
        for group, (node, variance), rounded in zip(groups, nodes, shown, strict=True)
    ]
    causes.sort(key=lambda one: -abs(one.effect))
    return CauseLevel("groups", columns, tuple(causes))


def _cause(group: dict[str, Any], node: Node, variance: float | None, shown: float) -> Cause:
    effect = float(node.effect)
    return Cause(
        name=", ".join("(none)" if each is None else str(each) for each in group.values()),
        group=group,
        effect=effect,
        shown=shown,
        before=_float(node.before),
        after=_float(node.after),
        mix=_float(node.mix),
        rate=_float(node.rate),
        interval=_interval(effect, variance),
        status="new" if node.new else "gone" if node.gone else None,
    )


def _float(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


def _segments(split: Split, change: Fraction, step: Fraction) -> CauseLevel | None:
    """Where it changed otherwise than the rest, in the factor that made most of the change."""
    leading = split.leading()
    if leading is None:
        return None
    name, leaves, slope = leading
    if leaves.noise is None:
        return None
    found = search(leaves)
    nodes = [_node_of(leaves, one, slope) for one in found]
    rest = change - sum((node.effect for node, _ in nodes), Fraction(0))
    left = np.ones(len(leaves.groups), dtype=bool)
    for one in found:
        left[one.leaves] = False
    over = leaves.noise_of(np.flatnonzero(left))
    variance = None if over is None else over * float(slope) ** 2
    shown = _shown([*(node.effect for node, _ in nodes), rest], change, step)
    causes = [
        _cause(dict(zip(one.columns, one.values, strict=True)), node, noise, rounded)
        for one, (node, noise), rounded in zip(found, nodes, shown, strict=False)
    ]
    causes.append(
        Cause(REST, {}, float(rest), shown[-1], interval=_interval(float(rest), variance))
    )
    columns = dict.fromkeys(column for one in found for column in one.columns)
    return CauseLevel("segments", tuple(columns), tuple(causes), name)


def _node_of(leaves: Leaves, one: Segment, slope: Fraction) -> tuple[Node, float | None]:
    node, variance = leaves.node(one.leaves), leaves.noise_of(one.leaves)
    return (
        Node(
            node.effect * slope, node.before, node.after,
            None if node.mix is None else node.mix * slope,
            None if node.rate is None else node.rate * slope, node.new, node.gone,
        ),
        None if variance is None else variance * float(slope) ** 2,
    )  # fmt: skip
