"""The steps that leads go through, as a funnel counts them."""

from __future__ import annotations

from itertools import pairwise

from ...errors import NeedsError
from ...reasons import column_needed
from ...results import Ratio, Statement
from ...results.statement import statement
from ...tables.leads import STEPS
from ...tables.order import in_order, without_impossible
from ...tables.rows import Rows
from ...tables.window import Window

__all__ = ["funnel"]


def _given(table: Rows) -> list[str]:
    steps = [step for step in STEPS if table.has(f"{step}_at")]
    if not steps:
        columns = ", ".join(f"{step}_at" for step in STEPS)
        raise NeedsError(
            column_needed("leads", f"{STEPS[-1]}_at"),
            f"a funnel needs some of the columns {columns}",
        )
    return steps


def funnel(created: Window) -> Statement:
    """How many came to each step or a later one, and at which step the others stopped.

    Who reached a step reached all before it, so that the first is the sum of those who stopped at
    each step and those who came to the last; both are checked.  A lead with a step before its
    creation, which is impossible, is in no rate between the two, and so in none of the funnel.
    """
    given = _given(created.table)
    orders = [in_order("created_at", f"{step}_at") for step in given]
    whole = created.count(tuple(orders))
    for at, order in enumerate(orders):
        whole = without_impossible(whole, created, order, *orders[:at])
    reached = {step: created.count((("that came to", step), *orders)) for step in given}
    reached = {"leads": whole, **reached}
    steps = list(pairwise(reached))
    stopped = {f"stopped_at_{one}": reached[one].minus(reached[after]) for one, after in steps}
    own = {step: created.count((("that reached", f"{step}_at"), *orders)) for step in given[:-1]}
    imputed = {f"imputed_{step}": reached[step].minus(own[step]) for step in own}
    for name, total in {**stopped, **imputed}.items():
        if (total.sums_read() < 0).any():
            raise AssertionError(f"{', '.join(reached)} are not nested: {name} is below 0")
    return statement(
        "lead funnel",
        {**reached, **stopped, **imputed},
        Ratio(reached[given[-1]], reached["leads"]),
        {**dict.fromkeys(stopped, 1), given[-1]: 1, "leads": -1},
        also={f"{after}_rate": Ratio(reached[after], reached[one]) for one, after in steps},
        base="leads",
        unit="proportion",
        adds="rows",
    )
