"""What the command takes: its sub-commands and their options."""

from __future__ import annotations

import argparse
from typing import Any, NoReturn

from .errors import visible

__all__ = ["command_parser"]

FORMATS = ("table", "json", "jsonl", "csv", "md", "html", "xlsx")


class _OneSentence(argparse.ArgumentParser):
    """Usage errors in one line, without the whole synopsis."""

    def error(self, message: str) -> NoReturn:

        self.exit(2, f"{self.prog}: {visible(message)} (see {self.prog} --help)\n")


def command_parser(version: str) -> argparse.ArgumentParser:
    """The parser of every command."""
    parser = _OneSentence(prog="salesmetrics", description="B2B sales KPIs from CRM data.")
    parser.add_argument("--version", action="version", version=f"salesmetrics {version}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    shot = commands.add_parser(
        "snapshot", help="the first screen; with --all every KPI that the data supports"
    )
    _source_arguments(shot)
    shot.add_argument("--all", action="store_true", help="every KPI, in full tables")
    shot.add_argument(
        "--kpi", "--kpis", dest="kpis", action="append", default=[], metavar="NAME[,NAME]",
        help="only these, in full (see: salesmetrics kpis); repeat for several",
    )  # fmt: skip
    shot.add_argument(
        "--section", action="append", default=[], metavar="NAME",
        help="only the KPIs of a section: won, coming, leads, speed, people, customers, cost, "
        "support; repeat for several",
    )  # fmt: skip
    _document_arguments(shot)
    card = commands.add_parser("scorecard", help="the KPIs of a function, a role or a step")
    card.add_argument("--list", action="store_true", help="the scorecards there are")
    card.add_argument("card", nargs="?", metavar="NAME", help="its name, or a TOML file")
    _source_arguments(card, needed=False)
    _document_arguments(card)
    _insight_commands(commands)
    names = commands.add_parser("kpis", help="the catalogue: what there is, in English and Korean")
    names.add_argument("kpi", nargs="?", metavar="NAME", help="one KPI's whole definition")
    names.add_argument(
        "--other", metavar="CATALOGUE",
        help="what gitlab, hubspot, atrium, salesforce, chartmogul or the articles list, as ours",
    )  # fmt: skip
    names.add_argument("--lang", choices=("en", "ko"), default="en", help="of names and units")
    check = commands.add_parser("check", help="what was read, rejected and is doubtful, and why")
    _source_arguments(check)
    check.add_argument("--period", metavar="PERIOD", help="of the figures that findings move")
    check.add_argument("--format", choices=("table", "json", "md"), default="table")
    check.add_argument(
        "--fix-list", action="store_true",
        help="a CSV line for every row to look at, with what to do, the weightiest first",
    )  # fmt: skip
    check.add_argument(
        "--all", action="store_true", help="everything, table by table, not the first screen"
    )
    check.add_argument("--lang", choices=("en", "ko"), default="en", help="of the findings")
    columns = commands.add_parser(
        "columns", help="matched and unknown columns, and which preset fits"
    )
    _path_arguments(columns)
    columns.add_argument("--config", metavar="FILE", help="a configuration, as in snapshot")
    columns.add_argument("--mapping", action="store_true", help="write a mapping to start from")
    shell = commands.add_parser("completion", help="a script that completes the command in a shell")
    shell.add_argument("shell", choices=("bash", "zsh", "fish"))
    config = commands.add_parser("config", help="check a configuration, or print its schema")
    actions = config.add_subparsers(dest="action", metavar="ACTION", required=True)
    checked = actions.add_parser("check", help="whether the file can be used, and what it says")
    checked.add_argument("file", metavar="FILE")
    actions.add_parser("schema", help="the JSON Schema of a configuration")
    return parser


def _insight_commands(commands: Any) -> None:
    """Why a figure moved, what needs a look, and what changed since."""
    why = commands.add_parser("explain", help="why a KPI changed: parts that sum to the change")
    why.add_argument("kpi", metavar="KPI", help="its name (see: salesmetrics kpis)")
    _source_arguments(why)
    _question_arguments(why)
    why.add_argument(
        "--against", default="previous", metavar="PERIOD",
        help="previous (without it), year_before, or another period",
    )  # fmt: skip
    why.add_argument(
        "--by", default="", metavar="COLUMN[,COLUMN]", help="columns from the outer to the inner"
    )
    same = commands.add_parser(
        "definitions", help="a KPI by each of its definitions, and by what other systems report"
    )
    same.add_argument("kpi", metavar="KPI", help="its name (see: salesmetrics kpis)")
    _source_arguments(same)
    _question_arguments(same)
    young = commands.add_parser(
        "cohorts", help="a KPI of several periods, each as it was known at the same age"
    )
    young.add_argument("kpi", metavar="KPI", help="its name, such as close_rate")
    _source_arguments(young)
    _question_arguments(young, "table", "json", several=True)
    young.add_argument("--age", type=int, metavar="DAYS", help="after the end of each; as old as "
                       "the last is, if not given")  # fmt: skip
    watch = commands.add_parser(
        "alerts", help="what needs a look, by rules; ends with 3 where one fires"
    )
    _source_arguments(watch)
    watch.add_argument("--rules", required=True, metavar="FILE", help="the rules, TOML")
    _question_arguments(watch)
    watch.add_argument("--targets", metavar="FILE", help="for rules of pace and forecast")
    watch.add_argument(
        "--false-share", type=float, metavar="SHARE",
        help="at most this share of the unusual figures named is false (Benjamini and Hochberg)",
    )  # fmt: skip
    watch.add_argument(
        "--simulate", action="store_true",
        help="measure instead how often the rules set off a false alarm where nothing changes",
    )  # fmt: skip
    _forecast_parsers(commands)
    page = commands.add_parser(
        "report",
        help="one page with tiles, charts and filters, to mail",
        epilog="SOURCE may be the JSON that snapshot, report, alerts, explain or digest wrote "
        "(--format json): it is drawn again.",
    )
    _source_arguments(page)
    page.add_argument("--title", metavar="TEXT", help="its heading")
    page.add_argument(
        "--section", action="append", default=[], metavar="NAME",
        help="only these sections, as in snapshot, and alerts, explanation, quality; repeat for "
        "several; without it those of the configuration, or all",
    )  # fmt: skip
    page.add_argument("--rules", metavar="FILE", help="the rules of its alerts, TOML, as in alerts")
    _document_arguments(page)
    changed = commands.add_parser("diff", help="what changed between two JSON snapshots")
    changed.add_argument("before", metavar="A", help="the earlier one")
    changed.add_argument("after", metavar="B", help="the later one")
    changed.add_argument(
        "--kpi", action="append", default=[], metavar="NAME[,NAME]",
        help="only these; repeat for several",
    )  # fmt: skip
    changed.add_argument(
        "--beyond", type=float, metavar="SHARE",
        help="only values that moved by more than this share (0.05 is 5 %%); ends with 4 where "
        "there is one",
    )  # fmt: skip
    changed.add_argument("--each", action="store_true", help="a line a change, not a line a KPI")
    changed.add_argument("--format", choices=("table", "json"), default="table")
    told = commands.add_parser(
        "digest", help="two JSON snapshots: what changed, in a few sentences"
    )
    told.add_argument("before", metavar="A", help="the earlier one")
    told.add_argument("after", metavar="B", help="the later one")
    told.add_argument("--format", choices=("table", "json", "md", "blocks"), default="table")
    told.add_argument("--lang", choices=("en", "ko"), default="en")


def _forecast_parsers(commands: Any) -> None:
    """Of what is to come, and whether it was right before."""
    ahead = commands.add_parser(
        "forecast", help="what a period will bring, how sure that is, and deal by deal"
    )
    _source_arguments(ahead)
    _question_arguments(ahead)
    ahead.add_argument("--target", metavar="AMOUNT", help="what is to be won, of the whole")
    ahead.add_argument(
        "--by", action="append", default=[], metavar="COLUMN[,COLUMN]",
        help="also by these columns, such as owner; repeat for several groupings",
    )  # fmt: skip
    ahead.add_argument(
        "--quota", action="append", default=[], metavar="NAME=AMOUNT",
        help="what is to be won by a group; repeat for each",
    )  # fmt: skip
    ahead.add_argument("--deals", action="store_true", help="also what each open deal contributes")
    again = commands.add_parser(
        "backtest", help="whether the forecast was right before: replayed on past days"
    )
    _source_arguments(again)
    again.add_argument("--as-of", metavar="DATE", help="what was known then; or today")
    again.add_argument("--horizon", type=int, default=90, metavar="DAYS", help="ahead (90)")
    again.add_argument(
        "--origins", type=int, default=12, metavar="N", help="days to forecast from (12)"
    )
    again.add_argument(
        "--snapshots", metavar="FOLDER",
        help="instead: what the snapshots saved there forecast, against what came",
    )  # fmt: skip
    again.add_argument(
        "--figure", default="expected", metavar="FIGURE",
        help="of saved forecasts: expected (default), p10, p50, p90 or run_rate",
    )  # fmt: skip
    again.add_argument(
        "--period", action="append", default=[], metavar="PERIOD",
        help="of saved forecasts: these periods; without it all that there are",
    )  # fmt: skip
    again.add_argument("--by", choices=("owner", "team"), help="of saved forecasts: also by this")
    again.add_argument(
        "--assume", action="append", default=[], metavar="NAME=VALUE",
        help="as in snapshot, such as unpriced=left_out",
    )  # fmt: skip
    again.add_argument("--format", choices=("table", "json"), default="table")
    again.add_argument("--lang", choices=("en", "ko"), default="en", help="of the table")


def _question_arguments(
    parser: argparse.ArgumentParser, *formats: str, several: bool = False
) -> None:
    """Of a question about one period, or several."""
    many = {"action": "append", "default": []} if several else {}
    parser.add_argument(
        "--period", metavar="PERIOD", help="as in snapshot; without it that of the configuration"
        + ("; repeat for several" if several else ""), **many,  # type: ignore[arg-type]
    )  # fmt: skip
    parser.add_argument("--as-of", metavar="DATE", help="what was known then; or today")
    parser.add_argument(
        "--assume", action="append", default=[], metavar="NAME=VALUE", help="as in snapshot"
    )
    choices = formats or ("table", "json", "md")
    parser.add_argument("--format", choices=choices, default="table")
    parser.add_argument("--lang", choices=("en", "ko"), default="en", help="of table and md")


def _document_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--period", action="append", metavar="PERIOD",
        help="2017, 2017-Q4, 2017-11, 2017-W46, 2017-10-01..2017-12-31; with --as-of also "
        "this-quarter, last-month, last-4-weeks, month-to-date; repeat for several; without it "
        "those of the configuration",
    )  # fmt: skip
    parser.add_argument(
        "--by", action="append", default=[], metavar="COLUMN[,COLUMN]",
        help="also by these columns together; repeat for several groupings",
    )  # fmt: skip
    parser.add_argument(
        "--as-of", metavar="DATE", help="what was known at the end of that day; or today"
    )
    parser.add_argument(
        "--compare", action="append", default=[], choices=("previous", "year_before"),
        help="also beside the period before, or the same one a year before; repeat for both",
    )  # fmt: skip
    parser.add_argument(
        "--align", choices=("days", "month_ends"), default="days",
        help="how the base of a period that is not over is cut: to as many days, or at the same "
        "day of the month, where the last answers to the last",
    )  # fmt: skip
    parser.add_argument(
        "--top", type=int, metavar="N",
        help="of table and md: only the N groups with the largest first figure",
    )  # fmt: skip
    parser.add_argument("--every", metavar="UNIT", help="also piece by piece: month, week ...")
    parser.add_argument("--targets", metavar="FILE", help="targets to measure against, CSV or TOML")
    parser.add_argument(
        "--assume", action="append", default=[], metavar="NAME=VALUE",
        help="what a KPI asks for, such as margin=0.8",
    )  # fmt: skip
    parser.add_argument(
        "--format", choices=FORMATS, help="table, or what the name of the output says"
    )
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
        "--missing", action="append", default=[], metavar="TEXT",
        help="what a cell says where nothing is there, such as NULL; repeat for several",
    )  # fmt: skip
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
