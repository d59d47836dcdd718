"""Read a folder, a file, a database or frames into a CRM."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..crm import CRM, TABLES
from ..errors import (
    ColumnError,
    DataError,
    Fault,
    MoneyError,
    NotFoundError,
    SalesMetricsError,
    one_of,
)
from ..models import Kind, kinds_of, values
from ..money import ExchangeRates
from ..reading.frames import of_dicts
from ..reading.raw import Raw, of_objects
from ..reasons import Reason
from ..tables.changes import FieldChanges
from ..tables.table import OnError
from .changes_read import telling, without_those_left_out
from .config import Config
from .config_file import config_in, read_config
from .decided import closes, matched
from .entered import with_entered
from .found import Found, is_file, kind_of_place
from .mapping import BLANK, Mapped, first_there, mapped
from .own_stages import advised, with_own_stages
from .preset import Lookup, Preset, Source, chosen_preset, plain_preset
from .renamed import Renamed, as_tables, check_found, table_meant, with_columns
from .sources import Format, Origin, origin

__all__ = ["read", "source_tables"]


def read(
    path: Any,
    *,
    columns: Renamed | None = None,
    preset: str | Path | Preset | None = None,
    options: Iterable[str] = (),
    tz: str | None = None,
    currency: str | None = None,
    rates: ExchangeRates | None = None,
    on_error: OnError | None = None,
    table: str | None = None,
    format: Format | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    skip: int = 0,
    schema: str | None = None,
    missing: Iterable[str] = (),
    all_open: bool | None = None,
    config: str | Path | Config | None = None,
) -> CRM:
    """A CRM from files, a database, the standard input, or frames under their own names.

    Without a preset, files are named like tables (`deals.csv`) and columns like fields.  The
    `salesmetrics.toml` of a folder that is read holds for whatever the arguments do not say.

    Args:
        path: a folder; one CSV, Excel, JSON, JSON lines or Parquet file; `"-"` for the standard
            input; a SQLite or DuckDB file or a `postgresql://` address; a frame or a list of
            rows (deals, or the `table` named); or a mapping of tables to those.
        columns: our names of columns and theirs, of one file or frame: `{"owner": "담당자"}`; or
            of several tables, `{"deals": {"owner": "담당자"}}`.
        preset: what files and columns mean: a name (`presets()`), or a TOML file of one's own.
        options: what the preset offers beside the plain reading, by name.
        tz: the zone that local times are in and days are counted in, where the preset says none.
        currency: the reporting currency, where neither preset nor data say one.
        rates: exchange rates to it.
        on_error: `"raise"`, or `"collect"` to leave rows out that cannot be used and count them;
            raise where no configuration says either.
        table: which table a single file or the standard input is, where its name does not say.
        format: `"csv"`, `"excel"`, `"json"`, `"jsonl"` or `"parquet"`, where the name does not.
        encoding: of CSV files that are not UTF-8, such as `"cp949"`.
        delimiter: of CSV files without commas, such as `";"`.
        sheet: of Excel files, where it is not the first.
        skip: how many lines of CSV and Excel files stand above their header and are no titles
            that are told by themselves.
        schema: of a database, where several have tables of these names.
        missing: texts that mean that nothing is there in all tables, such as `("\\\\N", "NULL")`.
        all_open: deals are open where nothing says whether they are: no outcome, no stage with a
            type, no date of closing.
        config: a configuration or its file, for whatever the other arguments do not say, in
            place of the one in the folder; `Config()` for none.

    Raises:
        SalesMetricsError: no such path, preset or option; a broken file or configuration.
        ColumnError: a column named in `columns` that is not there.
        DataError: rows that cannot be used, with file and line.
    """
    if config is None and isinstance(path, str | Path):
        config = config_in(path)
    settings = config if isinstance(config, Config | None) else read_config(config)
    settings = settings or Config()
    path, table = as_tables(path, table), table_meant(path, table, columns)
    chosen, plain = chosen_preset(settings.chosen_preset(preset), table)
    chosen = settings.with_stages(chosen).with_missing(missing)
    chosen = with_columns(chosen, columns, table)
    wanted = tuple(options) or settings.options
    for option in wanted:
        if option not in chosen.options:
            allowed = sorted(chosen.options) or ["none: this preset has no options"]
            raise NotFoundError(one_of("option", option, allowed))
    start = origin(
        path,
        chosen,
        plain=plain and table is None,
        schema=schema,
        encoding=encoding,
        delimiter=delimiter,
        sheet=sheet,
        skip=skip,
        format=format,
    )
    chosen, found, by_names = with_own_stages(chosen, source_tables(start))
    found = with_entered(chosen, found)
    check_found(found, columns, table)
    told = {n: one.file for n, one in settings.tables.items() if n in chosen.tables}
    start.check_told(
        {n: files for n, files in told.items() if chosen.tables[n].rows is None}, found
    )
    if settings.owners is not None:
        found |= _owners(settings.file(settings.owners), chosen)
    given = _with_own_rows(chosen, found)
    for name, source in chosen.tables.items():
        if source.one_close_date and name in found:
            closes(found[name].columns, given.get("stages"))
        for column, look in source.lookup.items():
            if name in given and (look.option is None or look.option in wanted):
                given[name][column] = _looked_up(given, name, look)
    converted = settings.exchange_rates() if rates is None else rates
    reporting = currency or settings.currency
    if reporting is None:
        reporting = chosen.currency if converted is None else converted.to
    if chosen.currency is not None and reporting != chosen.currency and converted is None:
        raise MoneyError(_other_currency(chosen, str(reporting)))
    if chosen.currency is not None and (reporting != chosen.currency or _named(given)):
        _in_its_currency(given, chosen.currency)
    tables: dict[str, Any] = {**given}  # by the name of the table
    try:
        crm = CRM(
            **tables,
            currency=reporting,
            tz=tz or settings.tz or chosen.tz,
            rates=converted,
            on_error=on_error or settings.on_error,
            all_open=settings.all_open if all_open is None else all_open,
        )
    except ColumnError as wrong:
        hint = _hint(start, found) if plain else ""
        raise ColumnError(f"{wrong}{hint}") from None
    except DataError as wrong:
        faults = _placed(advised(wrong.faults, chosen, by_names), found.get(wrong.table))
        raise DataError(wrong.table, faults) from None
    crm.files = tuple(one.report for one in found.values())
    crm.not_found = start.not_found(found)
    named = [settings.owners, settings.targets, settings.exchange and settings.exchange.file]
    also = [*(name for name in named if isinstance(name, str)), *chosen.other_files]
    crm.not_read = start.not_read([one.found for one in found.values()], also)
    _told_by_files(crm, found, chosen, by_names)
    return crm


def _told_by_files(crm: CRM, found: Mapping[str, Mapped], preset: Preset, by_names: bool) -> None:
    """The tables with the places of what was refused, and what the files had beside their rows."""
    left_out = {
        name: {why: n for why, n in one.report.left_out.items() if why != BLANK}
        for name, one in found.items()
    }
    placed = {}
    for name, table in crm.tables.items():
        refused = advised(table.rejected, preset, by_names) if table.rejected else ()
        faults = _placed(refused, found.get(name)) if refused else ()
        unread = _placed(table.unread, found.get(name)) if table.unread else ()
        read = tuple(one.without(left_out.get(one.table, {})) for one in table.rows_read)
        placed[name] = replace(table, rejected=faults, unread=unread, rows_read=read)
    crm._tables = placed


def _other_currency(preset: Preset, reporting: str) -> str:
    return (
        f"the preset {preset.title!r} says that amounts are in {preset.currency}; to report in "
        f"{reporting}, pass rates= (in a configuration: exchange) to convert them. If they are in "
        f"{reporting} already, say so in a preset of your own that extends this one: "
        f'currency = "{reporting}"'
    )


def _hint(start: Origin, found: Mapping[str, Mapped]) -> str:
    """Which preset knows the columns, where none was given: to be chosen, never taken."""
    from .propose import fitting  # it reads, to propose

    for one in found.values():
        named = fitting(list(one.found.columns))
        if named is not None:
            return f"; its columns look like those of the preset {named!r}: pass preset={named!r}"
    return ""


def _named(columns: Mapping[str, dict[str, Raw]]) -> bool:
    """Whether any table names currencies, of which some cells may be blank."""
    return any("currency" in given for given in columns.values())


def _in_its_currency(columns: Mapping[str, dict[str, Raw]], currency: str) -> None:
    """Amounts whose rows name no currency are in the preset's, whatever is reported in."""
    for name, given in columns.items():
        kinds = kinds_of(TABLES[name].record)
        money = [raw for column, raw in given.items() if kinds.get(column) is Kind.MONEY]
        if money:  # whose tables all have a currency
            its = Raw(np.zeros(len(money[0]), np.int64), (currency,), text=True)
            parts = [given["currency"], its] if "currency" in given else [its]
            given["currency"] = first_there(parts)


def _owners(file: Path, preset: Preset) -> dict[str, Mapped]:
    """The roster from a file of its own."""
    if not is_file(file):
        raise NotFoundError(f"there is no file {str(file)!r} with owners")
    told = preset.tables.get("owners", Source())
    if not told.columns:
        preset, told = plain_preset(), plain_preset().tables["owners"]
    only = {"owners": told.model_copy(update={"rows": None})}
    return source_tables(origin(file, preset.model_copy(update={"tables": only}), plain=False))


def source_tables(start: Origin) -> dict[str, Mapped]:
    """The tables under our names, by the preset; nothing is judged yet."""
    try:
        tables = start.tables()
        expected = start.expected()
    finally:
        if start.opened is not None:
            start.opened.close()
    if not tables:
        what = "files" if start.opened is None else "tables"
        raise NotFoundError(f"{str(start.path)!r} has none of the {what} expected: {expected}")
    frames = isinstance(start.path, Mapping)
    named = {}
    for name, found in tables:
        source = start.preset.tables[name]
        if frames and not source.own_names and _by_own_names(name, source, found):
            source = plain_preset().tables[name]
        one = mapped(name, source, found, TABLES[name].record, source.own_names)
        if source.own_names or telling(name, one):
            named[name] = one
    return _known_of_files(without_those_left_out(named))


def _known_of_files(named: dict[str, Mapped]) -> dict[str, Mapped]:
    """What another table reads of the same file is not unknown there."""
    read: dict[str, set[str]] = {}
    for one in named.values():
        report = one.report
        taken = {*report.columns.values(), *(n for names in report.uses.values() for n in names)}
        read.setdefault(report.file, set()).update(taken)
    found = {}
    for name, one in named.items():
        unknown = tuple(n for n in one.report.unmapped if n not in read[one.report.file])
        found[name] = replace(one, report=replace(one.report, unmapped=unknown))
    return found


def _by_own_names(table: str, source: Source, found: Found) -> bool:
    """Whether a frame's columns are named like our fields, and not as the preset has them."""
    header = list(found.columns)
    if "id" in source.columns:
        return (
            matched(header, source.columns["id"]) is None and matched(header, ("id",)) is not None
        )
    kind = TABLES[table]
    if not issubclass(kind, FieldChanges):
        return False
    return any(
        matched(header, source.columns.get(name, ())) is None for name in (kind.field, "changed_at")
    )


def _with_own_rows(preset: Preset, found: Mapping[str, Mapped]) -> dict[str, dict[str, Raw]]:
    """With the rows that the preset itself has, where nobody else has them."""
    columns = {name: one.columns for name, one in found.items()}
    said = "deals" in columns and "outcome" in columns["deals"]
    for name, source in preset.tables.items():
        if source.rows is not None and name not in columns and not (source.fallback and said):
            columns[name] = of_dicts(source.rows)
    return columns


def _looked_up(found: Mapping[str, dict[str, Raw]], table: str, look: Lookup) -> Raw:
    there = found.get(look.table, {})
    if look.column not in there or "id" not in there or look.through not in found[table]:
        raise SalesMetricsError(
            f"the option needs {look.table}.{look.column}, and {table}.{look.through}; "
            f"the file of {look.table} is missing or lacks it"
        )
    keys, cells = there["id"], there[look.column]
    by_id = {values.label(keys.at(row)): cells.at(row) for row in range(len(keys))}
    codes, labels = found[table][look.through].labelled()
    told = [*(by_id.get(values.label(label)) for label in labels), None]
    return of_objects([told[code] for code in codes.tolist()])


def _placed(faults: tuple[Fault, ...], table: Mapped | None) -> tuple[Fault, ...]:
    """With the place and the cell as it stands in the source."""
    if table is None:
        return faults
    source: Found = table.found

    def there(row: int) -> int:
        return row if table.rows is None else int(table.rows[row])

    rows = [there(fault.row) for fault in faults]
    others = {there(fault.other) for fault in faults if fault.other is not None}
    places = source.places({*rows, *others})
    placed = []
    for fault, row in zip(faults, rows, strict=True):
        place, cells = places[row]
        reason = fault.reason
        if fault.other is not None:
            reason = _again(places[there(fault.other)][0])
        theirs = table.report.columns.get(fault.field, "")
        value = cells.get(theirs, fault.value)
        placed.append(replace(fault, row=row, place=place, value=value or None, reason=reason))
    return tuple(placed)


AGAIN = {"line": "id_in_line", "row": "id_in_row", "record": "id_in_record"}


def _again(place: Reason) -> Reason:
    """That the id occurs already at another place of the same file."""
    return Reason(AGAIN[kind_of_place(place)], number=place.params["number"])
