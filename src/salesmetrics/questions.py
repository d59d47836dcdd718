"""The commands that ask of figures: why they moved, what needs a look, what changed since."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .given_data import asked_of, several_of

if TYPE_CHECKING:
    from .crm import CRM
    from .io import Config

__all__ = [
    "alerts_command", "cohorts_command", "definitions_command", "diff_command", "digest_command",
    "explain_command",
]  # fmt: skip


def put_found(given: argparse.Namespace, found: Any) -> None:
    """As asked for: a table, JSON or Markdown."""
    from .report.streams import put_document

    if given.format == "table":
        print(found.to_text(given.lang))
    else:
        text = found.to_json() if given.format == "json" else found.to_markdown(given.lang)
        put_document(text.rstrip("\n"))


def _keywords(
    given: argparse.Namespace, crm: CRM, settings: Config, beside: Iterable[str] = ()
) -> dict[str, Any]:
    """What is assumed of a KPI (and of those beside it), and what else the command gives it."""
    from .catalog import entry
    from .io.config import assumptions_of
    from .measuring import assumed, assumed_of

    found: dict[str, Any] = {}
    for name in (*beside, given.kpi):
        found |= assumed_of(entry(name), crm, assumed(settings.assumed()))
    own = f"{entry(given.kpi).label.name}."
    return found | {n.removeprefix(own): v for n, v in assumptions_of(given.assume).items()}


def explain_command(given: argparse.Namespace) -> int:
    """Why a figure moved."""
    from .insight.explain import explain

    crm, period, settings = asked_of(given)
    by = given.by.split(",") if given.by else None
    keywords = _keywords(given, crm, settings)
    put_found(given, explain(crm, given.kpi, period, against=given.against, by=by, **keywords))
    return 0


def cohorts_command(given: argparse.Namespace) -> int:
    """One figure of several cohorts, each as it was known at the same age."""
    import json

    from .insight.same_age import cohorts
    from .report.streams import put_document

    crm, periods, settings = several_of(given)
    found = cohorts(crm, given.kpi, periods, age=given.age, **_keywords(given, crm, settings))
    if given.format == "json":
        put_document(json.dumps(found.to_records(), ensure_ascii=False, indent=2))
    else:
        print(found.to_text(given.lang))
    return 0


def definitions_command(given: argparse.Namespace) -> int:
    """One name by all its definitions."""
    import json

    from .catalog import entry
    from .insight.definitions import definitions, profiles
    from .report.streams import put_document

    crm, period, settings = asked_of(given)
    ours = [one.ours for one in profiles() if one.of == entry(given.kpi).label.name]
    found = definitions(crm, given.kpi, period, **_keywords(given, crm, settings, ours))
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
        fiscal=settings.fiscal_year(),
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
