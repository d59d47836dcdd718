"""SQLite and DuckDB files and PostgreSQL, each through its own driver."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..errors import NotFoundError, SalesMetricsError
from ..progress import counted_rows, fetched_rows, is_watched
from ..reading.foreign import cursor_columns, frame_columns, is_there
from .found import BrokenFile, Found, is_file, normal, numbered, refusing

__all__ = ["Database", "database", "is_database"]

POSTGRES = ("postgresql://", "postgres://")
ALONE = (
    "; a table is read from this database alone, its text as UTF-8: save a view that reaches "
    "further as a table"
)
# What a file's own views may reach: nothing but the file, neither other files, nor the network,
# nor the variables of the program that reads it.
CLOSED = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
}


class Database:
    """The tables of one database, to be read by name."""

    def __init__(
        self,
        name: str,
        connection: Any,
        tables: Sequence[tuple[str, str]],
        schema: str | None,
        views: Iterable[tuple[str, str]] = (),
        most: int = 0,
    ) -> None:
        """`views` are those of the tables that give at most so many rows."""
        self.name: str = name
        self.connection: Any = connection
        self.views, self.most = frozenset(views), most
        schemas = sorted({one for one, _ in tables})
        if schema is not None and schema not in schemas:
            connection.close()
            raise NotFoundError(
                f"{name} has no schema {schema!r}; it has {', '.join(schemas) or 'no tables'}"
            )
        self.tables: list[tuple[str, str]] = [
            (one, table) for one, table in tables if schema in (None, one)
        ]

    @property
    def names(self) -> list[str]:
        """Its tables and views, as they are called in what is told of them."""
        return [_shown(schema, table) for schema, table in self.tables]

    def read(self, names: Sequence[str]) -> Found | None:
        """The first of these tables that there is, all of its columns."""
        for wanted in names:
            there = [one for one in self.tables if normal(one[1]) == normal(wanted)]
            if len(there) > 1:
                schemas = ", ".join(one for one, _ in there)
                raise SalesMetricsError(
                    f"{self.name} has {wanted!r} in several schemas ({schemas}); pass schema="
                )
            if there:
                return self._all_of(*there[0])
        return None

    def _all_of(self, schema: str, table: str) -> Found:
        named = ".".join(_quoted(part) for part in (schema, table) if part)
        shown, limit = _shown(schema, table), ""
        if is_view := (schema, table) in self.views:
            limit = f" limit {self.most + 1}"  # one that calls itself may never end
        with refusing(f"{self.name}: {shown} cannot be read", ALONE):
            if _is_duckdb(self.connection):
                columns = frame_columns(self._in_batches(schema, table, shown, limit))
            else:
                total = self._counted(named)
                with closing(self.connection.cursor()) as cursor:
                    cursor.execute(f"select * from {named}{limit}")
                    columns = cursor_columns(cursor, lambda rows: fetched_rows(rows, shown, total))
        size = len(next(iter(columns.values()), ()))
        if is_view and size > self.most:
            raise BrokenFile(
                f"{self.name}: the view {shown} gives more than {self.most:,} rows, which is more "
                "than its file can hold; save what is meant as a table"
            )
        return Found(shown, columns, size, numbered(shown, "row", 1))

    def _in_batches(self, schema: str, table: str, shown: str, limit: str) -> Any:
        """A table of DuckDB; where somebody is looking, as a stream that shows how far it is."""
        named = ".".join(_quoted(part) for part in (schema, table))
        relation = self.connection.sql(f"select * from {named}{limit}")
        if not is_watched() or not is_there("pyarrow"):
            return relation
        told = self.connection.execute(
            "select estimated_size from duckdb_tables() where schema_name = ? and table_name = ?",
            [schema, table],
        ).fetchall()  # none of a view, whose rows nobody has counted
        stream = import_module("pyarrow").RecordBatchReader.from_stream(relation)
        batches = counted_rows(shown, stream, told[0][0] if told else None)
        return import_module("pyarrow").RecordBatchReader.from_batches(stream.schema, batches)

    def _counted(self, named: str) -> int | None:
        """How many rows a table in a file has; a server is not made to count for a bar."""
        if not isinstance(self.connection, sqlite3.Connection) or not is_watched():
            return None
        return int(self.connection.execute(f"select count(*) from {named}").fetchone()[0])

    def close(self) -> None:
        """Let the database go."""
        self.connection.close()


def _is_duckdb(connection: Any) -> bool:
    return type(connection).__module__.startswith(("duckdb", "_duckdb"))


def _shown(schema: str, table: str) -> str:
    return f"{schema}.{table}" if schema else table


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def is_database(path: str) -> bool:
    """Whether it names a PostgreSQL server, or a file whose first bytes are a database's."""
    if path.startswith(POSTGRES):
        return True
    file = Path(path)
    if not is_file(file):
        return False
    head = _head(file)
    return head.startswith(b"SQLite format 3\0") or head[8:12] == b"DUCK"


def _head(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(16)
    except OSError as wrong:
        raise BrokenFile(f"{file.name} cannot be read: {wrong.strerror}") from None


def database(path: str, schema: str | None = None) -> Database:
    """Connect, for reading only."""
    if path.startswith(POSTGRES):
        return _postgres(path, schema)
    lite = _head(Path(path)).startswith(b"SQLite")
    return (_sqlite if lite else _duckdb)(path, schema)


def _sqlite(path: str, schema: str | None) -> Database:
    connection = sqlite3.connect(f"{Path(path).absolute().as_uri()}?mode=ro", uri=True)
    try:
        with refusing(f"{Path(path).name} cannot be read"):
            connection.execute("pragma trusted_schema = off")  # views call nothing that does more
            found = connection.execute(
                "select name, type = 'view' from sqlite_master where type in ('table', 'view') "
                "and substr(name, 1, 7) <> 'sqlite_' order by name"
            ).fetchall()
    except BrokenFile:
        connection.close()
        raise
    tables, views = [("", name) for name, _ in found], [("", name) for name, view in found if view]
    return Database(Path(path).name, connection, tables, schema or None, views, _most(path))


def _most(path: str) -> int:
    """So many rows that what a file holds, in which a row takes a byte or more, is never more."""
    return max(FEWEST, Path(path).stat().st_size)


FEWEST = 1_000_000
LISTED = (
    "select table_schema, table_name, table_type = 'VIEW' from information_schema.tables "
    "where table_schema not in ('information_schema', 'pg_catalog') order by 1, 2"
)


def _duckdb(path: str, schema: str | None) -> Database:
    if find_spec("duckdb") is None:
        raise BrokenFile(
            f"{Path(path).name} is a DuckDB file, which needs duckdb: "
            "pip install 'salesmetrics[duckdb]'"
        )
    name = Path(path).name
    with refusing(f"{name} cannot be opened"):
        connection = import_module("duckdb").connect(path, read_only=True, config=CLOSED)
    try:
        with refusing(f"{name} cannot be read"):
            connection.execute("set TimeZone = 'UTC'")
            found = connection.execute(LISTED).fetchall()
    except BrokenFile:
        connection.close()
        raise
    tables, views = [one[:2] for one in found], [one[:2] for one in found if one[2]]
    return Database(name, connection, tables, schema, views, _most(path))


def _postgres(url: str, schema: str | None) -> Database:
    shown = "postgresql://" + url.partition("://")[2].rpartition("@")[2].partition("?")[0]
    drivers: list[tuple[str, Callable[[Any], Any]]] = [
        ("psycopg", lambda driver: driver.connect(url, autocommit=True)),
        ("psycopg2", lambda driver: driver.connect(url)),
    ]
    for name, connect in drivers:
        if find_spec(name) is None:
            continue
        driver = import_module(name)
        try:
            connection = connect(driver)
        except driver.Error as wrong:
            reason = str(wrong).strip().splitlines()[0] if str(wrong).strip() else "no answer"
            raise SalesMetricsError(f"{shown}: {reason}") from None
        with closing(connection.cursor()) as cursor:
            cursor.execute(LISTED)
            tables = [one[:2] for one in cursor.fetchall()]
        return Database(shown, connection, tables, schema)
    raise SalesMetricsError(
        f"{shown} needs a PostgreSQL driver: pip install 'salesmetrics[postgres]'"
    )
