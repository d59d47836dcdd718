"""Where tables come from: a folder, a file, the standard input, a database, frames in memory."""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Literal, get_args

from ..crm import TABLES
from ..errors import NotFoundError, SalesMetricsError, one_of
from ..models import Kind, kinds_of
from ..progress import fetched_rows, progress_of
from ..reading.foreign import cursor_columns
from ..reading.frames import is_cursor, raw_columns
from .csv_arrow import room
from .csv_file import chosen_reader, csv_table
from .database import Database, database, is_database
from .documents import excel_table, flat_columns, json_table, parquet_table
from .found import BrokenFile, Data, Found, content, content_in, is_file, normal, numbered, refusing
from .preset import Preset, Source, plain_preset

__all__ = ["Format", "Origin", "origin"]

Format = Literal["csv", "excel", "json", "jsonl", "parquet"]
SUFFIXES: dict[str, Format] = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".xlsx": "excel", ".xls": "excel",
    ".xlsb": "excel", ".ods": "excel", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl",
    ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip
# The day, and which of them, behind the name of an export.
EXPORTED = re.compile(r"[-_ ]\d{4}[-_.]?\d{2}[-_.]?\d{2}([-_ T]\d+)*( ?\(\d+\))?$")
LOADERS_OWN = re.compile("_(dlt|fivetran|airbyte)_")  # what loaders keep of their own runs
PACKED = (".gz", ".zip", ".bz2", ".xz", ".zst", ".7z")  # data that has to be unpacked first


def _undated(file: Path) -> str:
    """What a file is called, without the day of its export."""
    return normal(EXPORTED.sub("", file.stem))


@dataclass(frozen=True, slots=True)
class Origin:
    """Gives the tables of a preset one by one."""

    path: Any
    preset: Preset
    plain: bool = False
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    skip: int = 0
    format: Format | None = None
    opened: Database | None = None
    reader: str | None = None

    def tables(self) -> list[tuple[str, Found]]:
        """What there is of the preset's tables, in its order."""
        found = []
        for table, source in self.preset.tables.items():
            one = None if source.rows is not None and not source.file else self._one(table, source)
            if one is not None:
                found.append((table, one))
        return found

    def not_found(self, found: Collection[str]) -> tuple[tuple[str, str], ...]:
        """The tables that the preset knows and the source lacks, with what was looked for."""
        alone = self.opened is None and not isinstance(self.path, Mapping)
        if self.plain or (alone and not self._is_folder()):
            return ()
        return tuple(
            (table, " or ".join(self._names(table, source)))
            for table, source in self.preset.tables.items()
            if table not in found and not source.own_names and (source.rows is None or source.file)
        )

    def check_told(self, files: Mapping[str, tuple[str, ...]], found: Collection[str]) -> None:
        """Refuse a folder without a file that its own configuration names for a table."""
        if not self._is_folder():
            return
        for table, names in files.items():
            if names and table not in found:
                raise NotFoundError(
                    f"tables.{table}.file: there is no {' or '.join(map(repr, names))} in "
                    f"{str(self.path)!r} that can be read as {table}"
                )

    def _is_folder(self) -> bool:
        path = self.path
        return isinstance(path, (str, Path)) and path != "-" and Path(path).is_dir()

    def not_read(self, found: Iterable[Found], also: Collection[str]) -> tuple[str, ...]:
        """Files and folders of the folder, sheets of books, tables of a database no rule reads.

        `also` are read.
        """
        if self.opened is not None:
            names = {one.name for one in found} | set(also)
            return tuple(
                name
                for name in self.opened.names
                if name not in names and not LOADERS_OWN.match(name.rpartition(".")[2])
            )
        sheets = [f"{one.name}, sheet {sheet!r}" for one in found for sheet in one.unread]
        if not self._is_folder():
            return tuple(sheets)
        read = {one.name for one in found} | {Path(name).name for name in also}
        files = [
            file.name
            for file in sorted(Path(self.path).iterdir())
            if file.suffix.casefold() in (*SUFFIXES, *PACKED) and file.name not in read
        ]
        return (*files, *self._below(also), *sheets)

    def _below(self, also: Collection[str]) -> list[str]:
        """Folders within the folder whose files no rule reads; single files of those it does."""
        named = {*also, *(name for one in self.preset.tables.values() for name in one.file)}
        read = {Path(self.path) / name for name in named}
        found = []
        for folder in sorted(one for one in Path(self.path).iterdir() if one.is_dir()):
            if folder.name.startswith((".", "__")):
                continue
            there = [
                file
                for depth in ("*", "*/*", "*/*/*")  # as deep as exports by year and month are
                for file in sorted(folder.glob(depth))
                if file.suffix.casefold() in (*SUFFIXES, *PACKED)
            ]
            left = [file for file in there if file not in read]
            if left and len(left) == len(there):
                found.append(f"{folder.name}/")
            else:
                found += [file.relative_to(self.path).as_posix() for file in left]
        return found

    def expected(self) -> str:
        """The files or tables that were looked for."""
        names = [
            name
            for table, source in self.preset.tables.items()
            if source.rows is None or source.file
            for name in self._names(table, source)[:1]
        ]
        return ", ".join(dict.fromkeys(names))

    def _names(self, table: str, source: Source) -> tuple[str, ...]:
        files = source.file or (table,)
        return (*source.table, *files) if self.opened is not None else (*files, *source.table)

    def _one(self, table: str, source: Source) -> Found | None:
        if self.opened is not None:
            stems = (*self._names(table, source), table)
            return self.opened.read([*(Path(name).stem if "." in name else name for name in stems)])
        if isinstance(self.path, Mapping):
            return self._of_frame(table, source)
        if self.path == "-":
            data = sys.stdin.buffer.read()
            return self._parsed("stdin", data, self.format or "csv", table, source)
        where = Path(self.path)
        file = self._file(where, table, source)
        if file is None:
            return None
        kind = self.format or SUFFIXES.get(file.suffix.casefold())
        if kind is None:
            raise NotFoundError(
                f"{file.name} does not say what it is; pass format=, one of "
                f"{', '.join(get_args(Format))}"
            )
        by_arrow = kind == "csv" and chosen_reader(self.reader) == "pyarrow"
        data = content_in(file, room) if by_arrow else content(file)
        return self._parsed(file.name, data, kind, table, source)

    def _file(self, where: Path, table: str, source: Source) -> Path | None:
        wanted = {normal(Path(name).stem) for name in self._names(table, source)}
        if where.is_file():
            stems = {
                normal(Path(name).stem)
                for other, one in self.preset.tables.items()
                for name in self._names(other, one)
            }
            called = normal(where.stem) if normal(where.stem) in stems else _undated(where)
            main = next(iter(self.preset.tables))
            is_it = called in wanted or (not self.plain and called not in stems and table == main)
            return where if is_it else None
        for name in source.file:
            if Path(name).is_absolute() or ".." in Path(name).parts:
                raise SalesMetricsError(
                    f"the preset looks for {table} in {name!r}, outside the folder that is read; "
                    "name a file within it"
                )
        exact = [where / name for name in source.file if is_file(where / name)]
        if exact:
            return exact[0]
        with refusing(f"{where.name} cannot be looked into"):
            there = [one for one in sorted(where.iterdir()) if one.suffix.casefold() in SUFFIXES]
        named = {file: normal(file.stem) for file in there if normal(file.stem) in wanted}
        named = named or {file: _undated(file) for file in there if _undated(file) in wanted}
        files = list(named)
        if source.one_file and files:
            order = [normal(Path(name).stem) for name in self._names(table, source)]
            return min(files, key=lambda file: order.index(named[file]))
        if len(files) > 1:
            raise SalesMetricsError(
                f"{', '.join(file.name for file in files)} could each be {table}; keep one of them"
            )
        return files[0] if files else None

    def _parsed(self, name: str, data: Data, kind: Format, table: str, source: Source) -> Found:
        if kind == "excel":
            return excel_table(name, bytes(data), self.sheet, self.skip)
        if kind == "parquet":
            return parquet_table(name, bytes(data))
        if kind in ("json", "jsonl"):
            return json_table(name, bytes(data), source.rows_in, lines=kind == "jsonl")
        tab = "\t" if name.casefold().endswith(".tsv") else None
        progress = progress_of(name, len(data))
        try:
            return csv_table(
                name,
                data,
                encoding=self.encoding or self.preset.encoding,
                delimiter=self.delimiter or self.preset.delimiter or tab,
                ends_at=source.ends_at,
                kinds=_kinds(table, source),
                reader=self.reader,
                progress=progress,
                skip=self.skip,
            )
        finally:
            if progress is not None:
                progress.close()

    def _of_frame(self, table: str, source: Source) -> Found | None:
        data = self.path.get(table)
        if data is None:
            return None
        record = TABLES[table].record
        if isinstance(data, (list, tuple)) and data and isinstance(data[0], dict):
            columns = flat_columns(data)
            size = len(data)
        elif is_cursor(data) and not hasattr(data, "__arrow_c_stream__"):
            columns = cursor_columns(data, lambda cursor: fetched_rows(cursor, table))
            size = len(next(iter(columns.values()), ()))
        else:
            columns, size = raw_columns(data, record)
        return Found(table, columns, size, numbered(table, "row", 0))


def _kinds(table: str, source: Source) -> dict[str, Kind]:
    """Theirs that are times or numbers in the plain form, for readers that can use it."""
    ours = kinds_of(TABLES[table].record)
    others = {normal(n) for names in (source.leave_out, source.latest_by) for n in names}
    if source.decided is not None:
        told = (source.decided.closed, source.decided.won, source.decided.lost)
        others |= {normal(n) for names in (*told, source.decided.probability) for n in names}
    alike: dict[str, set[Kind]] = {}
    for column, names in (*source.columns.items(), *source.fill.items()):
        plain = column not in source.format or source.format[column].zone is not None
        told_words = column in source.words or column in source.replace
        kind = ours[column] if plain and not told_words else Kind.CODE
        for name in names:
            alike.setdefault(normal(name), set()).add(kind)
    plain_kinds = {Kind.MILESTONE: Kind.MILESTONE, Kind.PLAN: Kind.MILESTONE}
    found = {}
    for name, kinds in alike.items():
        same = {plain_kinds.get(kind, kind) for kind in kinds}
        if len(same) == 1 and name not in others:
            found[name] = same.pop()
    return found


def _knowing(preset: Preset, given: Collection[str]) -> Preset:
    """The preset, and tables that are given and that it knows nothing of under our own names."""
    own = plain_preset().tables
    tables = {
        name: source
        for name, source in preset.tables.items()
        if name not in given or source.file or source.table or source.columns
    }
    tables |= {name: own[name] for name in given if name not in tables}
    return preset.model_copy(update={"tables": tables})


def origin(
    path: Any,
    preset: Preset,
    *,
    plain: bool,
    schema: str | None = None,
    **how: Any,
) -> Origin:
    """What the path is, told by what is there, not by its name alone."""
    if isinstance(path, Mapping):
        unknown = [name for name in path if name not in TABLES]
        if unknown:
            raise NotFoundError(one_of("table", unknown[0], TABLES))
        return Origin(path, _knowing(preset, path), plain, **how)
    if not isinstance(path, str | PathLike):
        raise SalesMetricsError(
            "a path or an address is expected, or a mapping of tables such as "
            f'{{"deals": rows}}, not {type(path).__name__}'
        )
    if str(path) == "-":
        if len([s for s in preset.tables.values() if s.rows is None]) != 1 and plain:
            raise SalesMetricsError("stdin does not say which table it is; pass table=")
        main = next(iter(preset.tables))
        kept = {n: one for n, one in preset.tables.items() if n == main or one.rows is not None}
        only = preset.model_copy(update={"tables": kept})
        return Origin("-", only, plain, **how)
    if is_database(str(path)):
        return Origin(str(path), preset, plain, opened=database(str(path), schema), **how)
    if schema is not None:
        raise SalesMetricsError("schema= is for databases")
    where = Path(path)
    with refusing(f"{str(where)!r} cannot be looked at"):
        there = where.exists()
    if not there:
        raise NotFoundError(f"there is no file or folder {str(where)!r}")
    if not where.is_file() and not where.is_dir():
        raise BrokenFile(
            f"{str(where)!r} is neither a file nor a folder; pass - to read the standard input"
        )
    if plain and where.is_file() and normal(where.stem) not in map(normal, TABLES):
        tables = ", ".join(f"{name}.csv" for name in TABLES)
        raise NotFoundError(
            f"{where.name!r} does not say which table it is; name it one of {tables}, or give a "
            "preset or table=; salesmetrics columns FILE says which preset fits"
        )
    return Origin(where, preset, plain, **how)
