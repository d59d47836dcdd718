"""The command `salesmetrics`: data on stdout, messages on stderr.

It ends with 0 where all is fine, 1 for the data, 2 for the command, 3 where an alert fires, and 4
where snapshots differ beyond a limit.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from .document_commands import report_command, room, scorecard_command, snapshot_command
from .given_data import asked_of, data_of, how_to_read, no_clock_but, periods_of, settings_of
from .questions import (
    alerts_command,
    cohorts_command,
    definitions_command,
    diff_command,
    digest_command,
    explain_command,
)

if TYPE_CHECKING:
    from .catalog import Entry
    from .results.words import Words

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
        "snapshot": snapshot_command,
        "scorecard": scorecard_command,
        "explain": explain_command,
        "alerts": alerts_command,
        "definitions": definitions_command,
        "cohorts": cohorts_command,
        "forecast": _forecast,
        "backtest": _backtest,
        "report": report_command,
        "diff": diff_command,
        "digest": digest_command,
        "kpis": _kpis,
        "check": _check,
        "columns": _columns,
        "completion": _completion,
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


def _forecast(given: argparse.Namespace) -> int:
    from .io.config import assumptions_of
    from .metrics.forecast.period_model import LEFT_OUT
    from .report.forecasting import forecast_document, quotas

    crm, period, settings = asked_of(given)
    asked = [] if given.target is None else [f"target={given.target.replace('_', '')}"]
    assumed = {**settings.assumed(), **assumptions_of([*given.assume, *asked])}
    by = [tuple(columns.split(",")) for columns in given.by]
    made = forecast_document(
        crm, period, target=assumed.get("target"), quota=quotas(given.quota), by=by,
        deals=given.deals, unpriced=assumed.get("unpriced", LEFT_OUT), form=given.format,
        lang=given.lang,
    )  # fmt: skip
    return _put(given, made)


def _put(given: argparse.Namespace, made: str) -> int:
    """A table as the screen writes it, a document for programs in UTF-8."""
    from .report.streams import put_document

    if given.format == "table":
        print(made)
    else:
        put_document(made)
    return 0


def _backtest(given: argparse.Namespace) -> int:
    from .io.config import assumptions_of
    from .metrics.forecast.period_model import BY_WINS
    from .report.forecasting import backtest_document, saved_document
    from .snapshots.backtest import backtest

    settings = settings_of(given)
    crm = data_of(given, given.on_error or settings.on_error, settings)
    crm = crm if given.as_of is None else crm.as_of(given.as_of)
    if given.snapshots:
        asked = given.snapshots, given.figure, given.period, given.by
        return _put(given, saved_document(crm, *asked, form=given.format, lang=given.lang))
    assumed = {**settings.assumed(), **assumptions_of(given.assume)}
    unpriced = assumed.get("unpriced", BY_WINS)
    found = backtest(crm, given.horizon, given.origins, unpriced=unpriced)
    return _put(given, backtest_document(found, given.format, given.lang))


def _kpis(given: argparse.Namespace) -> int:
    import inspect

    from .catalog import ENTRIES, entry
    from .results.text_table import columns_text
    from .results.words import words

    if given.other:
        from .insight.other_catalogues import other_catalogue

        there = other_catalogue(given.other)
        source = there.source or "labels of the KPIs"
        checked = there.checked if there.on is None else f"{there.checked}, {there.on}"
        print(f"{there.title}; {source} ({checked})\n")
        for each in there.entries:
            refused = "" if each.ours else "refused: " if given.lang == "en" else "제공하지 않음: "
            print(f"{each.name}: {refused}{each.answer(given.lang)}")
        return 0
    if given.kpi:
        one = entry(given.kpi)
        variant = ", ".join(f"{name}={value!r}" for name, value in one.keywords.items())
        print(f"{one.name} ({one.label.ko}){f': {variant}' if variant else ''}")
        said = words(given.lang)
        if one.synonyms:
            print(said.say("also_called", names=", ".join(one.synonyms)))
        if one.made_of is not None:
            print(said.say("made_of", parts=_made_of(one, said)))
        if said.lang != "en":  # the longer text is written in English alone
            print(said.say("unit_of", unit=said.unit(one.label.unit)))
            print(said.say("defined", meaning=said.definition(one.label.name, one.definition)))
            print(f"\n{said.say('only_english')}")
        print()
        print(inspect.getdoc(one.function) or NO_DOCSTRINGS)
        return 0
    said, korean = words(given.lang), words("ko")
    rows = [
        [one.name, korean.kpi(one), said.unit(one.label.unit), _meaning(one, said)]
        for one in ENTRIES.values()
    ]
    header = {"en": ["kpi", "한국어", "unit", "definition"], "ko": ["KPI", "이름", "단위", "정의"]}
    print(columns_text(header[given.lang], rows, left=3, room=room(), remarks=True))
    return 0


def _made_of(one: Entry, said: Words) -> str:
    """What it is made of, by the names that KPIs have in the language."""
    from .catalog import ENTRIES

    def named(word: re.Match[str]) -> str:
        return said.kpi(ENTRIES[word[0]]) if word[0] in ENTRIES else word[0]

    return re.sub(r"\w+", named, str(one.made_of))


def _meaning(one: Entry, said: Words) -> str:
    """Its definition; of a variant, which keywords of the KPI it is."""
    if one.name == one.label.name:
        return said.definition(one.name, one.definition)
    keywords = ", ".join(f"{name}={value!r}" for name, value in one.keywords.items())
    return {"en": f"{one.label.name} with {keywords}", "ko": f"{one.label.name}, {keywords}"}[
        said.lang
    ]


def _check(given: argparse.Namespace) -> int:
    from .insight.fixes import fix_list
    from .insight.quality import quality
    from .report.check_screen import check_screen
    from .report.streams import put_document

    settings = settings_of(given)
    period = periods_of(given, settings)[0] if given.period or settings.period else None
    crm = data_of(given, "collect", settings)
    if given.fix_list:
        put_document(fix_list(crm, period).to_csv(given.lang).rstrip("\n"))
        return 0
    found = quality(crm, period)
    if given.format == "json":
        put_document(found.to_json())
    elif given.format == "md":
        put_document(found.to_markdown(given.lang).rstrip("\n"))
    else:
        print(check_screen(crm, found, given.lang, room(), given.all))
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
    from .measuring import assumed

    settings = read_config(given.file)
    if (targets := settings.targets_given()) is not None:
        goals(targets)
    assumed(settings.assumptions)
    said = ", ".join(
        name for name in type(settings).model_fields if name in settings.model_fields_set
    )
    print(f"{given.file}: fine; it says {said or 'nothing'}")
    return 0


def _completion(given: argparse.Namespace) -> int:
    from . import __version__
    from .arguments import command_parser
    from .catalog import ENTRIES
    from .completion import completion_script
    from .insight.scorecards import scorecards
    from .insight.sections import sections
    from .report.page.beside_html import PARTS

    kpis = list(ENTRIES)
    names = {"kpi": kpis, "kpis": kpis, "section": list(sections()), "card": list(scorecards())}
    names["report section"] = [*sections(), *PARTS]
    print(completion_script(given.shell, command_parser(__version__), names))
    return 0
