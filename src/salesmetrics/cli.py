"""The command `salesmetrics`: data on stdout, messages on stderr; 0 fine, 1 data error, 2 usage."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from .crm import CRM
    from .io import Config
    from .periods import Period
    from .snapshots.take import Snapshot

__all__ = ["main"]

Command = Callable[[argparse.Namespace], int]
NO_DOCSTRINGS = "Definitions are docstrings, which python -OO leaves out; run without -OO."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    from .report.streams import with_stand_ins

    with_stand_ins()
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.command is None:
        parser.print_help(sys.stderr)
        return 2
    from .errors import ColumnError, NotFoundError, PeriodError, SalesMetricsError, ZoneError

    commands: dict[str, Command] = {
        "snapshot": _snapshot,
        "scorecard": _scorecard,
        "diff": _diff,
        "kpis": _kpis,
        "check": _check,
        "columns": _columns,
        "config": _config,
    }
    try:
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


class _OneSentence(argparse.ArgumentParser):
    """Usage errors in one line, without the whole synopsis."""

    def error(self, message: str) -> NoReturn:
        from .errors import visible

        self.exit(2, f"{self.prog}: {visible(message)} (see {self.prog} --help)\n")


def _say(wrong: Exception, code: int) -> int:
    print(f"salesmetrics: {wrong}", file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    from . import __version__

    parser = _OneSentence(prog="salesmetrics", description="B2B sales KPIs from CRM data.")
    parser.add_argument("--version", action="version", version=f"salesmetrics {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    shot = commands.add_parser("snapshot", help="every KPI that the data supports")
    _source_arguments(shot)
    shot.add_argument("--kpis", metavar="NAME[,NAME]", help="only these (see: salesmetrics kpis)")
    _document_arguments(shot)
    card = commands.add_parser("scorecard", help="the KPIs of a function, a role or a step")
    card.add_argument("--list", action="store_true", help="the scorecards there are")
    card.add_argument("card", nargs="?", metavar="NAME", help="its name, or a TOML file")
    _source_arguments(card, needed=False)
    _document_arguments(card)
    changed = commands.add_parser("diff", help="what changed between two JSON snapshots")
    changed.add_argument("before", metavar="A", help="the earlier one")
    changed.add_argument("after", metavar="B", help="the later one")
    changed.add_argument("--format", choices=("table", "json"), default="table")
    names = commands.add_parser("kpis", help="the catalogue: what there is, in English and Korean")
    names.add_argument("kpi", nargs="?", metavar="NAME", help="one KPI's whole definition")
    check = commands.add_parser("check", help="what was read, rejected and is doubtful, and why")
    _source_arguments(check)
    check.add_argument("--period", metavar="PERIOD", help="of the figures that findings move")
    check.add_argument("--format", choices=("table", "json", "md"), default="table")
    check.add_argument("--lang", choices=("en", "ko"), default="en", help="of the findings")
    columns = commands.add_parser(
        "columns", help="matched and unknown columns, and which preset fits"
    )
    _path_arguments(columns)
    columns.add_argument("--config", metavar="FILE", help="a configuration, as in snapshot")
    columns.add_argument("--mapping", action="store_true", help="write a mapping to start from")
    config = commands.add_parser("config", help="check a configuration, or print its schema")
    actions = config.add_subparsers(dest="action", metavar="ACTION", required=True)
    checked = actions.add_parser("check", help="whether the file can be used, and what it says")
    checked.add_argument("file", metavar="FILE")
    actions.add_parser("schema", help="the JSON Schema of a configuration")
    return parser


def _document_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--period", action="append", metavar="PERIOD",
        help="2017, 2017-Q4, 2017-11, 2017-W46, 2017-10-01..2017-12-31; repeat for several; "
        "without it those of the configuration",
    )  # fmt: skip
    parser.add_argument(
        "--by", action="append", default=[], metavar="COLUMN[,COLUMN]",
        help="also by these columns together; repeat for several groupings",
    )  # fmt: skip
    parser.add_argument("--as-of", metavar="DATE", help="what was known at the end of that day")
    parser.add_argument(
        "--compare", action="append", default=[], choices=("previous", "year_before"),
        help="also beside the period before, or the same one a year before; repeat for both",
    )  # fmt: skip
    parser.add_argument("--every", metavar="UNIT", help="also piece by piece: month, week ...")
    parser.add_argument("--targets", metavar="FILE", help="targets to measure against, CSV or TOML")
    parser.add_argument(
        "--assume", action="append", default=[], metavar="NAME=VALUE",
        help="what a KPI asks for, such as margin=0.8",
    )  # fmt: skip
    parser.add_argument("--format", choices=("table", "json", "csv", "md"), default="table")
    parser.add_argument("--lang", choices=("en", "ko"), default="en", help="of table and md")
    parser.add_argument("-o", "--output", metavar="FILE", help="write there instead of on screen")


def _source_arguments(parser: argparse.ArgumentParser, needed: bool = True) -> None:
    _path_arguments(parser, needed)
    parser.add_argument(
        "--config", metavar="FILE",
        help="a configuration; without it salesmetrics.toml in the data folder, if there is one",
    )  # fmt: skip
    parser.add_argument("--option", action="append", default=[], help="an option of the preset")
    parser.add_argument(
        "--where", action="append", default=[], metavar="COLUMN=VALUE",
        help='of some of the rows, as in team="Seoul 1"; repeat for other columns, or values',
    )  # fmt: skip
    parser.add_argument("--tz", metavar="ZONE", help="time zone of the days, such as Asia/Seoul")
    parser.add_argument("--currency", metavar="CODE", help="reporting currency, such as KRW")
    parser.add_argument(
        "--on-error", choices=("raise", "collect"),
        help="collect: leave out rows that cannot be used, and say how many",
    )  # fmt: skip


def _path_arguments(parser: argparse.ArgumentParser, needed: bool = True) -> None:
    parser.add_argument(
        "path", metavar="SOURCE", nargs=None if needed else "?",
        help="a folder, a file (CSV, Excel, JSON, JSON lines, Parquet, SQLite, DuckDB), "
        "a postgresql:// address, or - for the standard input",
    )  # fmt: skip
    parser.add_argument("--preset", metavar="NAME", help="what files and columns mean")
    parser.add_argument("--table", metavar="TABLE", help="which table a single file is")
    parser.add_argument(
        "--input-format", dest="file_format", choices=("csv", "excel", "json", "jsonl", "parquet"),
        help="what a file is, where its name does not say",
    )  # fmt: skip
    parser.add_argument("--encoding", metavar="NAME", help="of CSV files, such as cp949")
    parser.add_argument("--delimiter", metavar="MARK", help="of CSV files, such as ';'")
    parser.add_argument("--sheet", metavar="NAME", help="of Excel files, where not the first")
    parser.add_argument("--skip", type=int, default=0, metavar="N", help="lines above a header")
    parser.add_argument("--schema", metavar="NAME", help="of a database")


def _how(given: argparse.Namespace) -> dict[str, Any]:
    return {
        "preset": given.preset,
        "table": given.table,
        "format": given.file_format,
        "encoding": given.encoding,
        "delimiter": given.delimiter,
        "sheet": given.sheet,
        "skip": given.skip,
        "schema": given.schema,
    }


def _settings(given: argparse.Namespace) -> Config:
    """The configuration named, else that of the data folder; which one is said on stderr."""
    from .errors import visible
    from .io import Config, config_in, read_config

    file = given.config or config_in(given.path)
    if file is None:
        return Config()
    settings = read_config(file)
    print(f"configuration: {visible(str(file))}", file=sys.stderr)
    return settings


def _periods(given: Sequence[str] | None, settings: Config) -> tuple[Period, ...]:
    from .errors import NotFoundError
    from .periods import as_periods, period

    given = given or settings.period
    if not given:
        raise NotFoundError("--period is needed, such as --period 2017-Q4; or a configuration's")
    return as_periods([period(text, fiscal=settings.fiscal_year()) for text in given])


def _read(given: argparse.Namespace, on_error: Any, settings: Config) -> CRM:
    from .errors import MoneyError, NotFoundError
    from .io import read
    from .money import digits
    from .tables.filtering import conditions_of

    if given.currency is not None:
        try:
            digits(given.currency)
        except MoneyError as wrong:
            raise NotFoundError(f"--currency: {wrong}") from None
    how = _how(given) | {"tz": given.tz, "currency": given.currency, "on_error": on_error}
    crm = read(given.path, config=settings, options=given.option, **how)
    return crm.filter(**conditions_of(given.where))


def _snapshot(given: argparse.Namespace) -> int:
    return _document(given, None if given.kpis is None else given.kpis.split(","))


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
    from .insight.targets import NoTarget
    from .report.check import notes
    from .report.colour import put

    settings = _settings(given)
    periods = _periods(given.period, settings)
    crm = _read(given, given.on_error or settings.on_error, settings)
    try:
        taken = _taken(
            given, crm, periods, kpis, settings, given.targets or settings.targets_given()
        )
    except NoTarget as none:
        if given.targets:
            raise
        print(f"configuration: {none}", file=sys.stderr)
        taken = _taken(given, crm, periods, kpis, settings, None)
    made: dict[str, Callable[[], str]] = {
        "table": taken.to_text,
        "json": taken.to_json,
        "csv": taken.to_csv,
        "md": taken.to_markdown,
    }
    put(made[given.format]().rstrip("\n"), given.output, given.format == "table")
    for note in notes(crm, given.targets):
        print(note, file=sys.stderr)
    return 0


def _taken(
    given: argparse.Namespace, crm: CRM, periods: Any, kpis: Any, settings: Config, targets: Any
) -> Snapshot:
    from .io.config import assumptions_of
    from .snapshots.take import snapshot

    return snapshot(
        crm,
        periods,
        by=[tuple(columns.split(",")) for columns in given.by],
        as_of=given.as_of,
        kpis=kpis,
        assumptions={**settings.assumed(), **assumptions_of(given.assume)},
        compare=given.compare,
        every=given.every,
        targets=targets,
        calendar=settings.work_calendar(),
        lang=given.lang,
    )


def _room() -> int:
    import shutil

    return shutil.get_terminal_size((100, 24)).columns


def _diff(given: argparse.Namespace) -> int:
    import json
    from pathlib import Path

    from .report.streams import put_document
    from .snapshots.differences import diff

    changes = diff(Path(given.before), Path(given.after))
    if given.format == "json":
        put_document(json.dumps(changes.to_records(), ensure_ascii=False, indent=2))
    else:
        print(changes)
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

    settings = _settings(given)
    asked = [given.period] if given.period else settings.period
    period = _periods(asked, settings)[0] if asked else None
    crm = _read(given, "collect", settings)
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

    settings = _settings(given)
    how = _how(given)
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
