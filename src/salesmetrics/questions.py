"""The commands that ask of figures: why they moved, what needs a look, what changed since."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from .given_data import asked_of

if TYPE_CHECKING:
    pass

__all__ = [
    "alerts_command", "definitions_command", "diff_command", "digest_command", "explain_command",
]  # fmt: skip


def put_found(given: argparse.Namespace, found: Any) -> None:
    """As asked for: a table, JSON or Markdown."""
    from .report.streams import put_document

    if given.format == "table":
        print(found.to_text(given.lang))
    else:
        text = found.to_json() if given.format == "json" else found.to_markdown(given.lang)
        put_document(text.rstrip("\n"))


def explain_command(given: argparse.Namespace) -> int:
    """Why a figure moved."""
    from .catalog import entry
    from .insight.explain import explain
    from .io.config import assumptions_of

    crm, period, settings = asked_of(given)
    by = given.by.split(",") if given.by else None
    takes = entry(given.kpi).label.keywords
    assumed = {name: value for name, value in settings.assumed().items() if name in takes}
    assumed |= assumptions_of(given.assume)
    put_found(given, explain(crm, given.kpi, period, against=given.against, by=by, **assumed))
    return 0


def definitions_command(given: argparse.Namespace) -> int:
    """One name by all its definitions."""
    import json

    from .insight.definitions import definitions
    from .io.config import assumptions_of
    from .report.streams import put_document

    crm, period, settings = asked_of(given)
    assumed = {**settings.assumed(), **assumptions_of(given.assume)}
    found = definitions(crm, given.kpi, period, **assumed)
    if given.format == "json":
        put_document(json.dumps(found.to_dict(), ensure_ascii=False, indent=2))
    else:
        print(found.to_text(given.lang))
    return 0


def alerts_command(given: argparse.Namespace) -> int:
    """What needs a look; 3 where a rule fires."""
    from .insight.alerts import alerts
    from .insight.simulated import simulate
    from .io.config import assumptions_of

    crm, period, settings = asked_of(given)
    targets = given.targets or settings.targets_given()
    found = alerts(
        crm, given.rules, period, targets=targets, false_share=given.false_share,
        assumptions={**settings.assumed(), **assumptions_of(given.assume)},
    )  # fmt: skip
    if given.simulate:
        print("\n".join(map(str, simulate(found))) or "no rule states a chance of false alarms")
        return 0
    put_found(given, found)
    return 3 if found else 0


def diff_command(given: argparse.Namespace) -> int:
    """What changed between two snapshots; 4 beyond a limit."""
    import json
    from pathlib import Path

    from .report.streams import put_document
    from .results.text_table import visible
    from .snapshots.differences import diff

    every = diff(Path(given.before), Path(given.after))
    kpis = [name for each in given.kpi for name in each.split(",")] or None
    changes = every.filter(kpis)
    beyond = None if given.beyond is None else changes.filter(beyond=given.beyond)
    shown = changes if beyond is None else beyond
    if given.format == "json":
        put_document(json.dumps(shown.to_records(), ensure_ascii=False, indent=2))
    elif given.each or not (shown or changes.turn):
        print(shown)
    else:
        lines = shown.grouped() if beyond is None else [*changes.turn.grouped(), *shown.grouped()]
        print("\n".join(visible(str(one)) for one in lines))
    return 4 if beyond else 0


def digest_command(given: argparse.Namespace) -> int:
    """The same in a few sentences."""
    import json
    from pathlib import Path

    from .report.streams import put_document
    from .snapshots.digests import digest

    found = digest(Path(given.before), Path(given.after))
    if given.format == "table":
        print(found.to_text(given.lang))
    elif given.format == "md":
        put_document(found.to_markdown(given.lang).rstrip("\n"))
    else:
        made = found.to_dict() if given.format == "json" else found.to_blocks(given.lang)
        put_document(json.dumps(made, ensure_ascii=False, indent=2))
    return 0
