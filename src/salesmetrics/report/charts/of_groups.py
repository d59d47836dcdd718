"""Charts of groups: bars with intervals, what few of them make together, how values spread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from ...forecast.shrinkage import shrink_rates
from ...snapshots import schema as form
from ..others import others_named, together
from ..told import Told, column_said
from .bar_chart import Bar, BarChart
from .chart import MOST_ROWS, Chart, drawn_of
from .spread_chart import QUANTILES, Spread, SpreadChart

__all__ = ["bars", "pareto", "spread"]

MOST = 15


def _cells(figure: Told, by: Sequence[str], period: str) -> list[form.DocumentCell]:
    """The figures of a grouping from the largest; without a figure, last."""
    cells = figure.groups(by, period)
    return sorted(cells, key=lambda one: (one.value is None, -(one.value or 0)))


def _named(figure: Told, by: Sequence[str]) -> str:
    return ", ".join(column_said(name, figure.said) for name in by)


def _titled(figure: Told, by: Sequence[str], period: str) -> str:
    said = figure.said
    columns = f" {said.say('by', columns=_named(figure, by))}" if by else ""
    return f"{figure.title}{columns}, {period}"


def bars(figure: Told, by: Sequence[str], period: str, target: float | None = None) -> Chart | None:
    """A bar a group; of rates with Wilson's interval, and drawn to each other (a diamond)."""
    cells, said = _cells(figure, by, period), figure.said
    known = [cell for cell in cells if cell.value is not None]
    if not known:
        return None
    if by and by[-1] == "stage":  # stages are read one after another, not by size
        cells = figure.groups(by, period)
    whole = _of_all(figure, cells, period)
    sure = any(cell.interval for cell in cells)
    shrunk = _shrunk(cells) if sure and len(known) > 2 else {}
    drawn = [cell for cell in cells if cell.value is not None]
    made = [_bar(figure, cell, sure, shrunk.get(id(cell))) for cell in drawn[:MOST]]
    first = {id(cell) for cell in drawn[:MOST]}
    left = [cell for cell in cells if id(cell) not in first]
    others = together(figure, left)
    if others is not None:
        name = others_named(figure, len(left))
        made.append(_as_others(replace(_bar(figure, others, sure), label=name), made))
    line = (
        (said.say("whole_rate"), whole) if sure and whole is not None and len(known) > 1 else None
    )
    if target is not None:
        line = (said.say("target"), target)
    shape = BarChart(
        made,
        figure.text,
        line,
        mark_name=said.say("shrunk") if shrunk else "",
        interval_name=said.say("rank_interval") if sure else "",
        names=(_named(figure, by), figure.title),
    )
    header = [_named(figure, by) or said.say("for"), figure.title, said.say("n")]
    header += [said.say("rank_interval")] if sure else []
    header += [said.say("shrunk")] if shrunk else []
    rows = [_row(figure, cell, sure, shrunk) for cell in cells]
    finding = _most_and_least(figure, known, whole if sure else None)
    finding += drawn_of(MOST, len(known), said, others is not None)
    rest = together(figure, cells[MOST_ROWS:])
    last = [] if rest is None else _row(figure, rest, sure, shrunk)
    return Chart(
        "bars", _titled(figure, by, period), finding, header, rows, shape, lang=said.lang,
        others=[others_named(figure, len(cells) - MOST_ROWS), *last[1:]] if last else (),
    )  # fmt: skip


def _bar(figure: Told, cell: form.DocumentCell, sure: bool, mark: float | None = None) -> Bar:
    """A group with its interval, where it has one."""
    text = figure.text(cell.value) + (f"  n={cell.n:,}" if sure else "")
    name = figure.said.brief(cell.group) or figure.said.say("whole")
    return Bar(name, cell.value, text, cell.interval, mark)


def _as_others(bar: Bar, shown: Sequence[Bar]) -> Bar:
    """Grey; of more than the largest that is shown no bar, which would leave no room for theirs."""
    value, most = bar.value or 0, max(abs(one.value or 0) for one in shown)
    if abs(value) <= most:
        return replace(bar, look="n")
    return replace(bar, look="n", value=None, beyond=value, text=f"→ {bar.text}")


def _row(figure: Told, cell: form.DocumentCell, sure: bool, shrunk: dict[int, float]) -> list[str]:
    row = [figure.said.brief(cell.group), figure.text(cell.value), f"{cell.n:,}"]
    if sure:
        row.append(f"{cell.interval[0]:.1%}-{cell.interval[1]:.1%}" if cell.interval else "")
    if shrunk:
        row.append(f"{shrunk[id(cell)]:.1%}" if id(cell) in shrunk else "")
    return row


def _shrunk(cells: Sequence[form.DocumentCell]) -> dict[int, float]:
    """What each rate is once drawn to those of the others, as far as it is of few rows."""
    mine = [cell for cell in cells if cell.denominator]
    parts, wholes = ([getattr(c, n) or 0 for c in mine] for n in ("numerator", "denominator"))
    rates = shrink_rates(parts, wholes).rate
    return {id(cell): float(rate) for cell, rate in zip(mine, rates, strict=True)}


def _of_all(figure: Told, cells: Sequence[form.DocumentCell], period: str) -> float | None:
    """The figure of all rows; where it was not computed, of proportions the sum by the sum."""
    if period in figure.whole:
        return figure.whole[period].value
    below = sum(cell.denominator or 0 for cell in cells)
    return sum(cell.numerator or 0 for cell in cells) / below if below else None


def _most_and_least(figure: Told, known: Sequence[form.DocumentCell], whole: float | None) -> str:
    said, first, last = figure.said, known[0], known[-1]
    if len(known) == 1:
        who = said.brief(first.group) or figure.title
        return said.say("finding_one", who=who, value=figure.text(first.value))
    if first.value == last.value:
        return said.say("finding_alike", n=f"{len(known):,}", value=figure.text(first.value))
    text = said.say(
        "finding_bars", top=said.brief(first.group), most=figure.text(first.value),
        last=said.brief(last.group), least=figure.text(last.value), n=f"{len(known):,}",
    )  # fmt: skip
    return f"{text}." if whole is None else text + said.say("finding_all", value=figure.text(whole))


def pareto(
    figure: Told, parts: Sequence[tuple[str, float]], title: str, column: str
) -> Chart | None:
    """The largest first, and the share that they make together; what is below 0 is no share."""
    below = [value for _, value in parts if value < 0]
    parts = sorted((one for one in parts if one[1] > 0), key=lambda one: -one[1])
    total = sum(value for _, value in parts)
    if len(parts) < 2:
        return None
    said, running, shares = figure.said, 0.0, []
    for _, value in parts:
        running += value
        shares.append(running / total)
    few = next(at for at, share in enumerate(shares, 1) if share >= 0.8 - 1e-12)
    made = [Bar(name, value, figure.text(_whole(value))) for name, value in parts[:MOST]]
    if len(parts) > MOST:
        made.append(_as_others(_rest(figure, parts[MOST:]), made))
    names = (column, said.say("running"))
    run = [*shares[:MOST], *shares[-1:]][: len(made)]
    shape = BarChart(made, figure.text, running=run, names=names)
    finding = said.say("finding_pareto", few=few, n=len(parts), share=f"{shares[few - 1]:.0%}",
                       top=parts[0][0], most=figure.text(_whole(parts[0][1])))  # fmt: skip
    if below:
        finding += said.say(
            "finding_below", n=f"{len(below):,}", value=figure.text(_whole(sum(below)))
        )
    finding += drawn_of(MOST, len(parts), said, others=True)
    rows = [
        [name, figure.text(_whole(value)), f"{value / total:.1%}", f"{share:.1%}"]
        for (name, value), share in zip(parts, shares, strict=True)
    ]
    header = [column, figure.title, said.say("rank_share"), said.say("running")]
    others: list[str] = []
    if left := parts[MOST_ROWS:]:
        rest = _rest(figure, left)
        others = [rest.label, rest.text, f"{(rest.value or 0) / total:.1%}", f"{shares[-1]:.1%}"]
    return Chart("pareto", title, finding, header, rows, shape, lang=said.lang, others=others)


def _rest(figure: Told, parts: Sequence[tuple[str, float]]) -> Bar:
    """The small ones as one."""
    value = float(sum(Fraction(str(value)) for _, value in parts))
    return Bar(others_named(figure, len(parts)), value, figure.text(_whole(value)))


def _whole(value: float) -> int | float:
    return int(value) if float(value).is_integer() else value


def spread(figure: Told, by: Sequence[str], period: str) -> Chart | None:
    """Median, p75, p90 and mean: of all, or group by group from the longest median."""
    said = figure.said
    cells = [one for one in _cells(figure, by, period) if one.statistics and one.value is not None]
    if not cells:
        return None
    called = {name: said.say(f"statistics_{name}") for name in (*QUANTILES, "mean")}
    made = [
        Spread(
            said.brief(cell.group) or said.say("whole"),
            dict(cell.statistics or {}),
            f"{figure.text(cell.value)}  n={cell.n:,}",
        )
        for cell in cells[:MOST]
    ]
    shape = SpreadChart(made, figure.text, called, (_named(figure, by), figure.title))
    first = cells[0]
    quantile = (first.statistics or {}).get("p90")
    who = said.brief(first.group) or figure.title
    finding = (
        said.say("finding_one", who=who, value=f"{figure.text(first.value)} (n=1)")
        if first.n == 1
        else said.say(
            "finding_spread", who=who, median=figure.text(first.value), n=f"{first.n:,}",
            p90=said.say("undefined") if quantile is None else _number(figure, first, "p90"),
        )
    ) + drawn_of(MOST, len(cells), said)  # fmt: skip
    header = [_named(figure, by) or said.say("for"), *called.values(), said.say("n")]
    rows = [
        [
            said.brief(cell.group) or said.say("whole"),
            *(_number(figure, cell, name) for name in called),
            f"{cell.n:,}",
        ]
        for cell in cells
    ]
    return Chart(
        "spread", _titled(figure, by, period), finding, header, rows, shape, lang=said.lang
    )


def _number(figure: Told, cell: form.DocumentCell, name: str) -> str:
    """A statistic with the decimals that the median has."""
    value = (cell.statistics or {}).get(name)
    if value is None:
        return "-"
    return figure.text(_whole(value) if isinstance(cell.value, int) else float(value))
