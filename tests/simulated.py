"""Simulated companies as a CRM, with the whole history of their deals; the truth is known."""

from __future__ import annotations

import importlib.util
import sys
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from types import ModuleType

import salesmetrics as sm

BEGIN = date(2022, 1, 3)
STAGES = [
    {"id": f"s{k}", "order": k, "type": "open", "probability": p}
    for k, p in enumerate((0.1, 0.25, 0.5, 0.75, 0.9))
] + [{"id": "won", "order": 5, "type": "won"}, {"id": "lost", "order": 6, "type": "lost"}]


def _simulator() -> ModuleType:
    name = "sales_simulator"
    if name not in sys.modules:
        path = Path(__file__).parents[1] / "benchmarks" / f"{name}.py"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def day(number: int) -> date:
    return BEGIN + timedelta(days=int(number))


@lru_cache(maxsize=4)
def rows(seed: int = 1, days: int = 760, rate: float = 2.5, owners: int = 4) -> dict[str, list]:
    """Tables of one company: deals, stages, and the changes of stage, amount and expected close."""
    world = _simulator().simulate(seed, days=days, rate=rate, owners=owners)
    tables: dict[str, list] = {"deals": [], "stages": STAGES, "stage_changes": []}
    amounts, closes = [], []
    last = {}
    for at in range(len(world.deal)):
        deal, enter = int(world.deal[at]), day(world.enter[at])
        tables["stage_changes"].append(
            {"deal": deal, "stage": f"s{world.stage[at]}", "changed_at": enter}
        )
        amounts.append({"deal": deal, "amount": int(world.amount[at]), "changed_at": enter})
        closes.append(
            {"deal": deal, "expected_close_at": day(world.expected[at]), "changed_at": enter}
        )
        last[deal] = at
    for deal, at in last.items():
        outcome = ("open", "won", "lost")[world.outcome[deal]]
        closed = None if outcome == "open" else day(world.closed[deal])
        if closed:
            tables["stage_changes"].append({"deal": deal, "stage": outcome, "changed_at": closed})
        tables["deals"].append(
            {"id": deal, "created_at": day(world.created[deal]), "outcome": outcome,
             "closed_at": closed, "stage": f"s{world.stage[at]}" if not closed else outcome,
             "amount": int(world.final[deal] if outcome == "won" else world.amount[at]),
             "expected_close_at": day(world.expected[at]), "owner": f"o{world.owner[deal]}"}
        )  # fmt: skip
    return tables | {"amount_changes": amounts, "close_date_changes": closes}


def company(**given: int | float) -> sm.CRM:
    """One company, whose quarters begin with those of the calendar."""
    return sm.CRM(**rows(**given), currency="EUR")  # type: ignore[arg-type]
