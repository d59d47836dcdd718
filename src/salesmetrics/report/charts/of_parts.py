"""Charts of figures that are made of several: movements, funnels, cohorts, stages, coverage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...results.text_table import shortened, visible
from ...snapshots import schema as form
from ..told import Told, reason_said
from .bar_chart import Bar, BarChart
from .chart import Chart
from .funnel_chart import FunnelChart, FunnelStep
from .heat_chart import HeatChart
from .of_groups import pareto
from .step_chart import Step, StepChart

__all__ = ["cohort", "coverage", "funnel", "movement", "reasons", "stages"]

# What adds to the opening level, and what takes from it, in the order in which it is told.
MOVES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "pipeline_movement": (
        ("created", "reopened", "pulled_in", "increased", "transferred_in"),
        ("decreased", "pushed_out", "won", "lost", "removed", "transferred_out"),
    ),
    "mrr_movements": (("new", "reactivation", "expansion"), ("contraction", "churn")),
    "customer_movements": (("new", "returned"), ("lost",)),
}
ABBREVIATED = ("mql", "sql")
FUNNELS = {"lead_funnel": ("leads", "mql", "sql", "opportunity", "won")}


def _parts(figure: Told, period: str) -> list[form.DocumentPart]:
    return [one for one in figure.figure.table if one.period == period and not one.group]


def _label(figure: Told, name: str) -> str:
    said = figure.said.column(name, figure.figure.of)
    if name in ABBREVIATED and figure.said.lang == "en":
        return name.upper()
    return shortened(visible(said if figure.said.lang == "ko" else said.replace("_", " ")))


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0


def _plain(value: float) -> int | float:
    return int(value) if value.is_integer() else value


def movement(figure: Told, period: str) -> Chart | None:
    """From the opening level over what came and went to the closing one."""
    parts = _parts(figure, period)
    if figure.name not in MOVES or not parts:
        return None
    values, said = parts[0].values, figure.said
    up, down = MOVES[figure.name]
    if _known(values.get("opening")) is None or _known(values.get("closing")) is None:
        return None
    level = _number(values.get("opening"))
    opening, moves, untold = level, [], []
    steps = [_level(figure, "opening", opening)]
    for name, sign in (*((n, 1) for n in up), *((n, -1) for n in down)):
        if name not in values:
            continue
        if (known := _known(values[name])) is None:  # which is not 0, and is said
            untold.append(_label(figure, name))
            steps.append(Step(untold[-1], level, level, said.say("undefined"), "n"))
        elif size := sign * known:
            text = figure.text(_plain(abs(size)))
            # A deal that is won leaves the pipeline, and is no loss.
            look, after = ("u" if size > 0 or name == "won" else "d"), level + size
            moves.append((name, size))
            steps.append(Step(_label(figure, name), level, after, text, look))
            level = after
    closing = _number(values.get("closing"))
    steps.append(_level(figure, "closing", closing))
    rows = [[step.label, ("-" if step.kind == "less" else "") + step.text] for step in steps]
    most = max(moves, key=lambda one: one[1], default=("", 0.0))
    least = min(moves, key=lambda one: one[1], default=("", 0.0))
    finding = said.say("finding_movement", opening=figure.text(_plain(opening)),
                       closing=figure.text(_plain(closing)))  # fmt: skip
    if most[1] > 0:
        finding += said.say("finding_came", name=_label(figure, most[0]),
                            value=figure.text(_plain(most[1])))  # fmt: skip
    if least[1] < 0:
        finding += said.say("finding_went", name=_label(figure, least[0]),
                            value=figure.text(_plain(-least[1])))  # fmt: skip
    if untold:
        finding += said.say("finding_untold", names=", ".join(untold))
    finding += "."
    shape = StepChart(steps, figure.text, (said.say("part"), figure.title))
    header = [said.say("part"), figure.title]
    return Chart(
        "movement", f"{figure.title}, {period}", finding, header, rows, shape, lang=said.lang
    )


def _level(figure: Told, name: str, value: float) -> Step:
    return Step(_label(figure, name), 0, value, figure.text(_plain(value)), "a")


def funnel(figure: Told, period: str) -> Chart | None:
    """How many came to each step, and what did not come so far."""
    parts = _parts(figure, period)
    if figure.name not in FUNNELS or not parts:
        return None
    said, values = figure.said, parts[0].values
    names = [name for name in FUNNELS[figure.name] if name in values]
    counts = [_number(values[name]) for name in names]
    steps, drops = [], []
    for at, (name, count) in enumerate(zip(names, counts, strict=True)):
        before = counts[at - 1] if at else 0.0
        passed = count / before if before else None
        lost = before - count
        drop = (
            ""
            if passed is None
            else said.say("drop", n=f"{lost:,.0f}", share=f"{lost / before:.0%}")
        )
        drops.append(0.0 if passed is None else lost / before)
        text = f"{count:,.0f}" + (f"  {count / counts[0]:.1%}" if at and counts[0] else "")
        steps.append(FunnelStep(_label(figure, name), count, text, passed, drop))
    worst = max(range(len(drops)), key=lambda at: drops[at])
    finding = said.say(
        "finding_funnel", first=f"{counts[0]:,.0f}", start=steps[0].label,
        last=f"{counts[-1]:,.0f}", end=steps[-1].label,
        rate="-" if not counts[0] else f"{counts[-1] / counts[0]:.1%}",
        before=steps[worst - 1].label, after=steps[worst].label, drop=f"{drops[worst]:.0%}",
    )  # fmt: skip
    header = [said.say("step"), said.say("n"), said.say("passed"), said.say("dropped")]
    rows = [
        [s.label, f"{s.count:,.0f}", "-" if s.passed is None else f"{s.passed:.1%}", s.drop]
        for s in steps
    ]
    shape = FunnelChart(steps, (said.say("step"), said.say("n")))
    return Chart(
        "funnel", f"{figure.title}, {period}", finding, header, rows, shape, lang=said.lang
    )


def cohort(figure: Told) -> Chart | None:
    """A row a cohort, a column an age: what share of those who began was still there."""
    table = [one for one in figure.figure.table if not one.group and "age" in one.values]
    # A cohort that nobody began in has no share of anybody.
    begun = [one for one in table if _number(one.values["customers"])]
    cohorts = list(dict.fromkeys(one.period or "" for one in begun))
    ages = sorted({int(_number(one.values["age"])) for one in table})
    if len(cohorts) < 2 or len(ages) < 2:
        return None
    at = {(one.period or "", int(_number(one.values["age"]))): one.values for one in table}
    values = [[_share(at.get((cohort, age))) for age in ages] for cohort in cohorts]
    said = figure.said
    texts = [["" if value is None else f"{value:.0%}" for value in row] for row in values]
    unfinished = frozenset(
        (i, j)
        for i, cohort in enumerate(cohorts)
        for j, age in enumerate(ages)
        if at.get((cohort, age), {}).get("unfinished") is True
    )
    names = (said.say("cohort"), said.say("age"), figure.title)
    columns = [str(age) for age in ages]
    shape = HeatChart(cohorts, columns, values, texts, unfinished, names)
    age = _oldest(at, cohorts, ages)
    began = [at[one, age] for one in cohorts if _over(at.get((one, age)))]
    all_of = sum(_number(one["customers"]) for one in began)
    kept = sum(_number(one["retained"]) for one in began)
    finding = said.say(
        "finding_cohort", n=f"{all_of:,.0f}", kept=f"{kept:,.0f}",
        share="-" if not all_of else f"{kept / all_of:.1%}", age=age, cohorts=len(began),
    )  # fmt: skip
    rows = [[cohort, *texts[i]] for i, cohort in enumerate(cohorts)]
    header = [names[0], *columns]
    return Chart("cohort", figure.title, finding, header, rows, shape, lang=said.lang)


def _share(values: Mapping[str, Any] | None) -> float | None:
    found = None if values is None else values.get("retention")
    return float(found) if isinstance(found, (int, float)) else None


def _over(values: Mapping[str, Any] | None) -> bool:
    return values is not None and values.get("unfinished") is not True


def _oldest(at: Mapping[tuple[str, int], Any], cohorts: Sequence[str], ages: Sequence[int]) -> int:
    """The highest age that half of the cohorts have reached."""
    reached = [
        age for age in ages if 2 * sum(_over(at.get((c, age))) for c in cohorts) >= len(cohorts)
    ]
    return max(reached, default=0)


def stages(figure: Told, period: str) -> Chart | None:
    """Of each stage what went on, and what went on in the period that it is compared with."""
    parts = [one.values for one in _parts(figure, period) if "baseline_conversion" in one.values]
    if not parts:
        return None
    said = figure.said
    made = [
        Bar(
            said.brief({"stage": one["stage"]}),
            _known(one["conversion"]),
            f"{_percent(one['conversion'])}  n={_number(one['left']):,.0f}",
            mark=_known(one["baseline_conversion"]),
        )
        for one in parts
    ]
    given = parts[0].get("baseline")
    base = said.say("base") if given is None else visible(str(given))
    header = [said.say("stage"), said.say("went_on"), base, said.say("days"),
              said.say("base_days", base=base), said.say("n")]  # fmt: skip
    rows = [
        [
            said.brief({"stage": one["stage"]}),
            _percent(one["conversion"]), _percent(one["baseline_conversion"]),
            _days(one["days"]), _days(one["baseline_days"]),
            f"{_number(one['left']):,.0f}",
        ]
        for one in parts
    ]  # fmt: skip
    marked = any(bar.mark is not None for bar in made)
    beside = base if given is None else said.say("base_in", period=base)
    finding = _lost_most(figure, parts[0], period, beside)
    shape = BarChart(made, lambda value: f"{value:.0%}", mark_name=base * marked,
                     names=(said.say("stage"), said.say("went_on")))  # fmt: skip
    return Chart(
        "stages", f"{figure.title}, {period}", finding, header, rows, shape, lang=said.lang
    )


def _lost_most(figure: Told, first: Mapping[str, Any], period: str, base: str) -> str:
    """The stage that lost most, if any did; why none is compared, where none is."""
    whole = figure.whole.get(period)
    if whole is not None and whole.reason is not None:
        return f"{reason_said(whole.reason, figure.said)}."
    lost = _number(first["lost_conversion"]) > 0
    return figure.said.say(
        "finding_stages" if lost else "finding_stages_held",
        stage=figure.said.brief({"stage": first["stage"]}),
        now=_percent(first["conversion"]), before=_percent(first["baseline_conversion"]),
        base=base,
    )  # fmt: skip


def _days(value: object) -> str:
    known = _known(value)
    return "-" if known is None else f"{known:,.1f}"


def _known(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None


def _percent(value: object) -> str:
    known = _known(value)
    return "-" if known is None else f"{known:.0%}"


def coverage(figure: Told, period: str, money: Told | None = None) -> Chart | None:
    """What is won and what is open, against what is left to win of the target."""
    parts = _parts(figure, period)
    if not parts or not {"pipeline", "remaining", "won", "target"} <= parts[0].values.keys():
        return None
    values, said = parts[0].values, figure.said
    told = money or figure
    names = ("target", "won", "remaining", "pipeline", "due", "overdue")
    amounts = [(name, _number(values.get(name))) for name in names if name in values]
    looks = {"target": "n", "remaining": "d", "won": "u"}
    made = [
        Bar(_label(figure, name), value, told.text(_plain(value)), look=looks.get(name, "a"))
        for name, value in amounts
    ]
    cell = figure.whole.get(period)
    pipeline = told.text(_plain(_number(values["pipeline"])))
    left = _number(values["remaining"])
    finding = (
        said.say("finding_reached", pipeline=pipeline, over=told.text(_plain(-left)))
        if left <= 0
        else said.say(
            "finding_coverage", pipeline=pipeline, remaining=told.text(_plain(left)),
            cover=figure.text(None if cell is None else cell.value),
        )
    )  # fmt: skip
    rows = [[bar.label, bar.text] for bar in made]
    shape = BarChart(made, told.text, names=(said.say("part"), said.say("value")))
    header = [said.say("part"), said.say("value")]
    return Chart(
        "coverage", f"{figure.title}, {period}", finding, header, rows, shape, lang=said.lang
    )


def reasons(figure: Told, period: str) -> Chart | None:
    """Why deals were lost, the most frequent first."""
    parts = _parts(figure, period)
    if figure.name != "loss_reasons" or not parts:
        return None
    each = [
        (_label(figure, name), _number(value))
        for name, value in parts[0].values.items()
        if name != "lost"
    ]
    return pareto(figure, each, f"{figure.title}, {period}", figure.said.column("loss_reason"))
