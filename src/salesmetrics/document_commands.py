"""The commands that write documents: the first screen, snapshots, scorecards and the page."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from .given_data import data_of, periods_of, settings_of

if TYPE_CHECKING:
    from .crm import CRM
    from .io import Config
    from .periods import Period
    from .snapshots.schema import Document
    from .snapshots.schema_reports import SavedAlerts, SavedDigest, SavedExplanation

__all__ = ["report_command", "room", "scorecard_command", "snapshot_command"]


def snapshot_command(given: argparse.Namespace) -> int:
    """The first screen; all of it, or a part, where that is asked for."""
    from .insight.sections import section_named

    asked = [name for each in given.kpis for name in each.split(",")]
    asked += [kpi for name in given.section for kpi in section_named(name).kpis]
    if not (asked or given.all or given.every or given.top) and _format(given) == "table":
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
        lambda crm, how: first_screen(crm, **how, room=room(), bars=_has_bars(given.output)),
    )  # fmt: skip


def scorecard_command(given: argparse.Namespace) -> int:
    """The KPIs that belong together, or the list of what does."""
    from .errors import NotFoundError
    from .insight.scorecards import scorecard_named, scorecards
    from .results.text_table import columns_text

    if given.list:
        cards = scorecards().values()
        rows = [[c.name, c.kind, c.en, c.ko or "", " ".join(c.kpis)] for c in cards]
        header = ["name", "kind", "title", "한국어", "kpis"]
        print(columns_text(header, rows, left=4, room=room(), remarks=True))
        return 0
    if given.card is None or given.path is None:
        raise NotFoundError("scorecard NAME SOURCE --period PERIOD is expected, or --list")
    return _document(given, scorecard_named(given.card))


def _document(given: argparse.Namespace, kpis: Any) -> int:
    from .snapshots.document import document_of
    from .snapshots.take import snapshot

    def made(crm: CRM, how: dict[str, Any]) -> str | bytes:
        taken = snapshot(crm, **how, kpis=kpis, every=given.every)
        return _drawn(document_of(taken), _format(given), given.lang, given.top)

    settings = settings_of(given)
    return _shown(given, settings, periods_of(given, settings), made)


def _drawn(
    document: Document,
    form: str,
    lang: str,
    top: int | None = None,
    title: str | None = None,
    sections: Sequence[str] | None = None,
) -> str | bytes:
    """A document in one of the formats."""
    from .report.told import reason_said
    from .report.workbook import workbook
    from .results.words import words
    from .snapshots.flat import record_lines

    for why in document.targets_elsewhere:
        print(reason_said(why, words(lang)), file=sys.stderr)

    views: dict[str, Callable[[], str | bytes]] = {
        "table": lambda: document.to_text(lang, top=top),
        "json": document.to_json,
        "jsonl": lambda: record_lines(document),
        "csv": document.to_csv,
        "md": lambda: document.to_markdown(lang, top=top),
        "html": lambda: document.to_html(lang=lang, title=title, sections=sections),
        "xlsx": lambda: workbook(document, lang),
    }
    return views[form]()


def _shown(
    given: argparse.Namespace,
    settings: Config,
    periods: tuple[Period, ...],
    made: Callable[[CRM, dict[str, Any]], str | bytes],
) -> int:
    """What is made of the data, on the screen or in a file; what to know of it on stderr."""
    from .report.check import notes
    from .report.colour import put

    crm = data_of(given, given.on_error or settings.on_error, settings)
    put(made(crm, _asked(given, settings, periods)), given.output, _format(given) == "table")
    for note in notes(crm, given.targets, given.lang):
        print(note, file=sys.stderr)
    return 0


def _format(given: argparse.Namespace) -> str:
    """The format asked for, else what the name of the output says, else a table."""
    from .arguments import FORMATS

    if given.format:
        return str(given.format)
    ending = str(given.output or "").rpartition(".")[2].lower()
    return ending if ending in FORMATS else "table"


def report_command(given: argparse.Namespace) -> int:
    """The page, from data or from a saved snapshot; of saved alerts and the like their text."""
    from .errors import NotFoundError
    from .report.colour import put
    from .report.front import page_document
    from .report.page.page_html import chosen_parts
    from .snapshots.saved_reports import read_saved
    from .snapshots.schema import Document as Whole

    chosen_parts(given.section)  # names that do not exist are refused before anything is read
    asked, saved = _format(given), str(given.path).endswith(".json")
    if not saved and (given.format == "table" or asked not in ("table", "html", "json", "xlsx")):
        raise NotFoundError(
            f"report writes a page (html), its document (json) or a workbook (xlsx), not {asked}; "
            f"salesmetrics snapshot --all --format {asked} writes that, and so does report of a "
            "saved JSON"
        )
    again = read_saved(given.path) if saved else None
    if again is not None:
        _asks_nothing_anew(given, isinstance(again, Whole))
    if again is not None and not isinstance(again, Whole):
        put(_report_again(again, asked, given.lang), given.output, asked == "table")
        return 0
    if asked == "table" and given.format is None:
        given.format = "html"
    asked = _format(given)
    if given.section and asked in ("table", "jsonl", "csv", "md"):
        raise NotFoundError(f"--section chooses parts of the page; {asked} has all: leave it out")

    def written(document: Document, sections: list[str]) -> str | bytes:
        return _drawn(document, asked, given.lang, given.top, given.title, sections)

    if again is not None:
        put(written(again, given.section), given.output, asked == "table")
        return 0
    settings = settings_of(given)
    sections = given.section or list(settings.sections)
    parts, rules = chosen_parts(sections)[1], given.rules or settings.rules_given()
    if rules is None and "alerts" in sections:
        raise NotFoundError("alerts need rules: --rules FILE, or rules of the configuration")
    return _shown(
        given, settings, periods_of(given, settings),
        lambda crm, how: written(
            page_document(crm, **how, parts=parts, rules=rules, fiscal=settings.fiscal_year()),
            sections,
        ),
    )  # fmt: skip


def _asks_nothing_anew(given: argparse.Namespace, whole: bool) -> None:
    """What was saved is of what was asked then: another question of it would go unheard."""
    from .arguments import command_parser
    from .errors import NotFoundError

    plain = vars(command_parser("").parse_args(["report", given.path]))
    heard = {"format", "lang", "output", *(("title", "section", "top") if whole else ())}
    names = {"file_format": "input-format"}
    for name, value in vars(given).items():
        if name not in heard and value != plain[name]:
            raise NotFoundError(
                f"{given.path} was saved, and is drawn as it was asked then: leave out "
                f"--{names.get(name, name.replace('_', '-'))}, or name the data it is of"
            )


def _report_again(found: SavedAlerts | SavedExplanation | SavedDigest, form: str, lang: str) -> str:
    """Alerts, an explanation or a digest that was saved, in one of the formats that it has."""
    from .errors import SalesMetricsError, one_of

    views: dict[str, Callable[[], str]] = {
        "table": lambda: found.to_text(lang),
        "md": lambda: found.to_markdown(lang),
        "json": found.to_json,
    }
    if form not in views:
        raise SalesMetricsError(one_of("format", form, views))
    return views[form]()


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
        "align": given.align,
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


def room() -> int:
    """Columns of the terminal."""
    import shutil

    return shutil.get_terminal_size((100, 24)).columns
