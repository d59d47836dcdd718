"""The command `salesmetrics`: data on stdout, messages on stderr.

It ends with 0 where all is fine, 1 for the data, 2 for the command, 3 where an alert fires, and 4
where snapshots differ beyond a limit.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from .given_data import data_of, how_to_read, no_clock_but, periods_of, settings_of

if TYPE_CHECKING:
    from .crm import CRM
    from .io import Config
    from .periods import Period

__all__ = ["main"]

Command = Callable[[argparse.Namespace], int]
NO_DOCSTRINGS = "Definitions are docstrings, which python -OO leaves out; run without -OO."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    from . import __version__
    from .arguments import command_parser
    from .report.streams import with_stand_ins

    with_stand_ins()
    parser = command_parser(__version__)
    given = parser.parse_args(arguments)
    if given.command is None:
        parser.print_help(sys.stderr)
        return 2
    from .errors import ColumnError, NotFoundError, PeriodError, SalesMetricsError, ZoneError

    commands: dict[str, Command] = {
        "snapshot": _snapshot,
        "scorecard": _scorecard,
        "explain": _explain,
        "alerts": _alerts,
        "forecast": _forecast,
        "backtest": _backtest,
        "report": _report,
        "diff": _diff,
        "digest": _digest,
        "kpis": _kpis,
        "check": _check,
        "columns": _columns,
        "config": _config,
    }
    try:
        no_clock_but(given)
        return commands[given.command](given)
    except (PeriodError, ColumnError, NotFoundError, ZoneError) as wrong:
        return _say(wrong, 2)
    except SalesMetricsError as wrong:
        return _say(wrong, 1)
    except BrokenPipeError:  # the reader of the pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130


def _say(wrong: Exception, code: int) -> int:
    print(f"salesmetrics: {wrong}", file=sys.stderr)
    return code


def _snapshot(given: argparse.Namespace) -> int:
    from .insight.sections import section_named

    asked = [name for each in given.kpis for name in each.split(",")]
    asked += [kpi for name in given.section for kpi in section_named(name).kpis]
    if not (asked or given.all or given.every) and _format(given) == "table":
        return _front(given)
    return _document(given, list(dict.fromkeys(asked)) or None)


def _front(given: argparse.Namespace) -> int:
    """The first screen of the latest period; of several, their tables."""
    from .report.front import first_screen

    settings = settings_of(given)
    periods = periods_of(given, settings)
    if len(periods) > 1:
        return _document(given, None)
    return _shown(
        given, settings, periods,
        lambda crm, how: first_screen(crm, **how, room=_room(), bars=_has_bars(given.output)),
    )  # fmt: skip


def _scorecard(given: argparse.Namespace) -> int:
    from .errors import NotFoundError
    from .insight.scorecards import scorecard_named, scorecards
    from .results.text_table import columns_text

    if given.list:
        cards = scorecards().values()
        rows = [[c.name, c.kind, c.en, c.ko or "", " ".join(c.kpis)] for c in cards]
        header = ["name", "kind", "title", "한국어", "kpis"]
        print(columns_text(header, rows, left=4, room=_room(), remarks=True))
        return 0
    if given.card is None or given.path is None:
        raise NotFoundError("scorecard NAME SOURCE --period PERIOD is expected, or --list")
    return _document(given, scorecard_named(given.card))


def _document(given: argparse.Namespace, kpis: Any) -> int:
    from .report.workbook import workbook
    from .snapshots.document import document_of, record_lines
    from .snapshots.take import snapshot

    def made(crm: CRM, how: dict[str, Any]) -> str | bytes:
        taken = snapshot(crm, **how, kpis=kpis, every=given.every)
        views: dict[str, Callable[[], str | bytes]] = {
            "table": taken.to_text,
            "json": taken.to_json,
            "jsonl": lambda: record_lines(taken),
            "csv": taken.to_csv,
            "md": taken.to_markdown,
            "html": taken.to_html,
            "xlsx": lambda: workbook(document_of(taken), given.lang),
        }
        return views[_format(given)]()

    settings = settings_of(given)
    return _shown(given, settings, periods_of(given, settings), made)


def _shown(
    given: argparse.Namespace,
    settings: Config,
    periods: tuple[Period, ...],
    made: Callable[[CRM, dict[str, Any]], str | bytes],
) -> int:
    """What is made of the data, on the screen or in a file; what to know of it on stderr."""
    from .insight.targets import NoTarget
    from .report.check import notes
    from .report.colour import put

    crm = data_of(given, given.on_error or settings.on_error, settings)
    how = _asked(given, settings, periods)
    try:
        text = made(crm, how)
    except NoTarget as none:
        if given.targets:
            raise
        print(f"configuration: {none}", file=sys.stderr)
        text = made(crm, how | {"targets": None})
    put(text, given.output, _format(given) == "table")
    for note in notes(crm, given.targets):
        print(note, file=sys.stderr)
    return 0


def _format(given: argparse.Namespace) -> str:
    """The format asked for, else what the name of the output says, else a table."""
    from .arguments import FORMATS

    if given.format:
        return str(given.format)
    ending = str(given.output or "").rpartition(".")[2].lower()
    return ending if ending in FORMATS else "table"


def _report(given: argparse.Namespace) -> int:
    """The page, from data or from a saved snapshot."""
    from .errors import NotFoundError
    from .insight.sections import section_named
    from .report.colour import put
    from .report.front import page_snapshot
    from .report.page.page_html import page_html
    from .snapshots.schema import read_document

    for name in given.section:
        section_named(name)
    if given.format not in (None, "html"):
        raise NotFoundError(f"report is a page: --format html, not {given.format}")
    given.format = "html"
    if str(given.path).endswith(".json"):
        document = read_document(given.path)
        put(page_html(document, given.lang, given.title, given.section), given.output, False)
        return 0
    settings = settings_of(given)
    return _shown(
        given, settings, periods_of(given, settings),
        lambda crm, how: page_snapshot(crm, **how).to_html(
            title=given.title, sections=given.section
        ),
    )  # fmt: skip


def _asked(
    given: argparse.Namespace, settings: Config, periods: tuple[Period, ...]
) -> dict[str, Any]:
    """What a snapshot is asked for, but which KPIs."""
    from .io.config import assumptions_of

    return {
        "period": periods,
        "by": [tuple(columns.split(",")) for columns in given.by],
        "as_of": given.as_of,
        "assumptions": {**settings.assumed(), **assumptions_of(given.assume)},
        "compare": given.compare,
        "targets": given.targets or settings.targets_given(),
        "calendar": settings.work_calendar(),
        "lang": given.lang,
    }


def _has_bars(output: str | None) -> bool:
    """Whether what is written to can show a course in signs."""
    from .report.sparkline import BARS

    if output is not None:
        return True
    try:
        BARS.encode(sys.stdout.encoding or "ascii")
    except (UnicodeError, LookupError):
        return False
    return True


def _room() -> int:
    import shutil

    return shutil.get_terminal_size((100, 24)).columns


def _asked_of(given: argparse.Namespace) -> tuple[CRM, Period, Config]:
    """The data as known then, and the one period that a question is about."""
    from .errors import NotFoundError

    settings = settings_of(given)
    periods = periods_of(given, settings)
    if len(periods) != 1:
        raise NotFoundError("one period is asked about; name it with --period")
    crm = data_of(given, given.on_error or settings.on_error, settings)
    return crm if given.as_of is None else crm.as_of(given.as_of), periods[0], settings


def _put(given: argparse.Namespace, found: Any) -> None:
    from .report.streams import put_document

    if given.format == "table":
        print(found.to_text(given.lang))
    else:
        text = found.to_json() if given.format == "json" else found.to_markdown(given.lang)
        put_document(text.rstrip("\n"))


def _explain(given: argparse.Namespace) -> int:
    from .insight.explain import explain
    from .io.config import assumptions_of

    crm, period, _ = _asked_of(given)
    by = given.by.split(",") if given.by else None
    assumed = assumptions_of(given.assume)
    _put(given, explain(crm, given.kpi, period, against=given.against, by=by, **assumed))
    return 0


def _alerts(given: argparse.Namespace) -> int:
    from .insight.alerts import alerts
    from .insight.simulated import simulate

    crm, period, settings = _asked_of(given)
    targets = given.targets or settings.targets_given()
    found = alerts(crm, given.rules, period, targets=targets, false_share=given.false_share)
    if given.simulate:
        print("\n".join(map(str, simulate(found))) or "no rule states a chance of false alarms")
        return 0
    _put(given, found)
    return 3 if found else 0


def _forecast(given: argparse.Namespace) -> int:
    from .io.config import assumptions_of
    from .report.forecasting import forecast_document, quotas
    from .report.streams import put_document

    crm, period, settings = _asked_of(given)
    asked = [] if given.target is None else [f"target={given.target.replace('_', '')}"]
    target = {**settings.assumed(), **assumptions_of(asked)}.get("target")
    by = [tuple(columns.split(",")) for columns in given.by]
    put_document(
        forecast_document(
            crm, period, target=target, quota=quotas(given.quota), by=by, deals=given.deals,
            form=given.format, lang=given.lang,
        )
    )  # fmt: skip
    return 0


def _backtest(given: argparse.Namespace) -> int:
    from .report.forecasting import backtest_document
    from .report.streams import put_document
    from .snapshots.backtest import backtest

    settings = settings_of(given)
    crm = data_of(given, given.on_error or settings.on_error, settings)
    crm = crm if given.as_of is None else crm.as_of(given.as_of)
    found = backtest(crm, given.horizon, given.origins)
    put_document(backtest_document(found, given.format, given.lang))
    return 0


def _diff(given: argparse.Namespace) -> int:
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
    elif given.each or not shown:
        print(shown)
    else:
        print("\n".join(visible(str(one)) for one in shown.grouped()))
    return 4 if beyond else 0


def _digest(given: argparse.Namespace) -> int:
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


def _kpis(given: argparse.Namespace) -> int:
    import inspect

    from .catalog import ENTRIES, entry
    from .results.text_table import columns_text

    if given.kpi:
        one = entry(given.kpi)
        variant = ", ".join(f"{name}={value!r}" for name, value in one.keywords.items())
        print(f"{one.name} ({one.label.ko}){f': {variant}' if variant else ''}")
        if one.synonyms:
            print(f"also called: {', '.join(one.synonyms)}")
        if one.made_of is not None:
            print(f"made of: {one.made_of}")
        print()
        print(inspect.getdoc(one.function) or NO_DOCSTRINGS)
        return 0
    rows = [
        [
            one.name,
            one.label.ko if one.name == one.label.name else "",
            one.label.unit,
            one.definition,
        ]
        for one in ENTRIES.values()
    ]
    header = ["kpi", "한국어", "unit", "definition"]
    print(columns_text(header, rows, left=3, room=_room(), remarks=True))
    return 0


def _check(given: argparse.Namespace) -> int:
    from .insight.quality import quality
    from .report.check import check_text
    from .report.streams import put_document

    settings = settings_of(given)
    period = periods_of(given, settings)[0] if given.period or settings.period else None
    crm = data_of(given, "collect", settings)
    found = quality(crm, period)
    if given.format == "json":
        put_document(found.to_json())
    elif given.format == "md":
        put_document(found.to_markdown(given.lang).rstrip("\n"))
    else:
        print(f"{check_text(crm)}\n\n{found.to_text(given.lang)}")
    return 1 if any(one.severity == "error" for one in found.findings) or crm.faults else 0


def _columns(given: argparse.Namespace) -> int:
    from .io.propose import columns, columns_text, mapping_text
    from .report.streams import put_document

    settings = settings_of(given)
    how = how_to_read(given)
    read = columns(given.path, **how | {"preset": settings.chosen_preset(how["preset"])})
    if given.mapping:
        put_document(mapping_text(read).rstrip("\n"))
    else:
        print(columns_text(read).rstrip("\n"))
    return 0


def _config(given: argparse.Namespace) -> int:
    from .io import read_config
    from .io.config import schema_text
    from .report.streams import put_document

    if given.action == "schema":
        put_document(schema_text().rstrip("\n"))
        return 0
    from .insight.targets import goals
    from .snapshots.take import assumed

    settings = read_config(given.file)
    if (targets := settings.targets_given()) is not None:
        goals(targets)
    assumed(settings.assumptions)
    said = ", ".join(
        name for name in type(settings).model_fields if name in settings.model_fields_set
    )
    print(f"{given.file}: fine; it says {said or 'nothing'}")
    return 0
