"""The forecast of a period and its replay, as the command shows them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..crm import CRM
from ..errors import NotFoundError
from ..metrics.forecast import bookings_forecast, forecast_accuracy, forecast_bias
from ..metrics.forecast.period_model import LEFT_OUT, Unpriced
from ..periods import Period
from ..results.display import result_text
from ..results.estimate import Estimate
from ..snapshots.saved import read_snapshots

__all__ = ["backtest_document", "forecast_document", "quotas", "saved_document"]


def quotas(given: Sequence[str]) -> dict[str, str] | None:
    """`ana=100000` for each group; None where none was given."""
    found = {}
    for text in given:
        name, mark, amount = text.rpartition("=")
        if not mark or not name:
            raise NotFoundError(f"--quota is NAME=AMOUNT, not {text!r}")
        found[name] = amount.replace("_", "")
    return found or None


def forecast_document(
    crm: CRM,
    period: Period,
    *,
    target: Any = None,
    quota: Mapping[str, Any] | None = None,
    by: Sequence[tuple[str, ...]] = (),
    deals: bool = False,
    unpriced: Unpriced = LEFT_OUT,
    form: str = "table",
    lang: str = "en",
) -> str:
    """The whole, then by each grouping, then deal by deal where that is asked."""
    whole = bookings_forecast(crm, period, target=target, unpriced=unpriced)
    each = {
        ",".join(columns): bookings_forecast(
            crm, period, by=columns, target=quota, unpriced=unpriced
        )
        for columns in by
    }
    tables = {"total": whole, **each}
    if "categories" in whole.tables:
        tables["categories"] = _table(whole, "categories")
    if deals or form == "json":
        tables["deals"] = _largest_first(whole.part("deals"))
    return _document(tables, form, lang)


def backtest_document(found: Estimate, form: str = "table", lang: str = "en") -> str:
    """The methods beside each other, the single deals, and every origin."""
    return _document({"methods": found, **found.tables}, form, lang)


def saved_document(
    crm: CRM,
    folder: str,
    figure: str = "expected",
    periods: Sequence[str] = (),
    by: str | None = None,
    *,
    form: str = "table",
    lang: str = "en",
) -> str:
    """What saved snapshots forecast against what came: bias and accuracy, week by week of one."""
    history = read_snapshots(folder)
    calls = history.forecast_calls(figure)
    asked = [*periods] or list(dict.fromkeys(row["period"] for row in history.forecasts))
    tables: dict[str, Estimate] = {
        "bias": forecast_bias(calls, crm.deals, asked),
        "accuracy": forecast_accuracy(calls, crm.deals, asked),
    }
    if by is not None:
        own = history.forecast_calls(figure, by=by)
        tables[by] = forecast_bias(own, crm.deals, asked, by=by)
    if len(asked) == 1:
        tables["weeks"] = _table(tables["accuracy"], "weeks")
    return _document(tables, form, lang)


def _table(found: Estimate, name: str) -> Estimate:
    part = found.part(name)
    assert isinstance(part, Estimate)
    return part


def _largest_first(deals: Any) -> Estimate:
    """Deals by what they contribute."""
    assert isinstance(deals, Estimate)
    worth = [cell.value or 0.0 for cell in deals.rows()]
    return deals.at_groups(sorted(range(len(worth)), key=lambda at: -worth[at]))


def _document(tables: Mapping[str, Any], form: str, lang: str) -> str:
    if form == "json":
        said = {name: one.to_records() for name, one in tables.items()}
        first = next(iter(tables.values()))
        found = {
            "known_until": None if first.known_until is None else first.known_until.isoformat(),
            "currency": next((one.currency for one in tables.values() if one.currency), None),
            "notes": [note.to_dict() for note in first.notes],
            **said,
        }
        return json.dumps(found, ensure_ascii=False, indent=2)
    texts, said_before = [], set()
    for one in tables.values():
        text = result_text(one, lang)
        lines = [line for line in text.split("\n") if line not in said_before]
        said_before |= {line for line in lines if line.startswith("- ")}
        texts.append("\n".join(lines))
    return "\n\n".join(texts)
