"""The steps that leads go through, as a funnel counts them."""

from __future__ import annotations

import numpy as np

from ..columns import NEVER
from ..errors import NeedsError
from ..measures import Total
from .leads import Leads
from .table import Mask, Table
from .window import Window

__all__ = ["own_steps", "steps_reached"]

STEPS = ("mql", "sql", "opportunity", "won")


def _given(table: Table) -> list[str]:
    steps = [step for step in STEPS if table.has(f"{step}_at")]
    if not steps:
        columns = ", ".join(f"{step}_at" for step in STEPS)
        raise NeedsError(f"leads.{STEPS[-1]}_at", f"a funnel needs some of the columns {columns}")
    return steps


def steps_reached(created: Window) -> dict[str, Total]:
    """How many leads there are, and how many came to each step or to a later one."""
    reached = {step: created.count((("that came to", step),)) for step in _given(created.table)}
    return {"leads": created.count(), **reached}


def own_steps(created: Window) -> dict[str, Total]:
    """How many leads have the milestone of each step itself."""
    return {
        step: created.count((("that reached", f"{step}_at"),)) for step in _given(created.table)
    }


def _came_to(leads: Leads, step: str) -> Mask:
    found = np.zeros(leads.size, dtype=bool)
    for later in STEPS[STEPS.index(step) :]:
        if leads.has(f"{later}_at"):
            found |= leads.times(f"{later}_at").days != NEVER
    return found


Leads.row_sets = {**Leads.row_sets, "that came to": _came_to}
