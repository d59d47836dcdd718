"""Presets: what the files and columns of a source mean, as data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, WithJsonSchema

from ..crm import TABLES
from ..errors import NotFoundError, SalesMetricsError, one_of
from ..reading.forms import Form
from .found import content, is_file, normal
from .toml_file import toml_of

__all__ = [
    "Decided", "Lookup", "Preset", "Source", "plain_preset", "preset", "preset_of", "presets",
    "with_own_names",
]  # fmt: skip


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


# One name, or several that a source is known to use; the first that is there counts.
Names = Annotated[
    tuple[str, ...],
    BeforeValidator(_listed),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]


class Strict(BaseModel):
    """Settings of a file: no key that is not named here."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Lookup(Strict):
    """A column filled from another table: of the record that the column `through` names."""

    through: str
    table: str
    column: str
    option: str | None = None  # filled only where this option is asked for


class Decided(Strict):
    """Columns that say together how a deal, or the deals in a stage, stand."""

    closed: Names = ()
    won: Names = ()
    lost: Names = ()
    probability: Names = ()  # 1 where closed is won, 0 where closed is lost


class Source(Strict):
    """Where the rows of one table come from, and what its columns are called there.

    Names of columns are compared without case, blanks, underscores and dots.
    """

    file: Names = ()
    one_file: bool = False  # of several that are there the first; otherwise they are refused
    table: Names = ()  # in a database
    rows: tuple[dict[str, Any], ...] | None = None
    fallback: bool = False  # `rows` serve only where the deals do not say how they stand
    pipelines: Names = ()  # in which alone these stages are told by their names
    rows_in: Names = ()  # where a JSON document has its list, such as data.dealList
    columns: dict[str, Names] = {}
    own_names: bool = False  # columns that are named like our fields are those
    fill: dict[str, Names] = {}  # row by row from the first of these columns that has a value
    fixed: dict[str, str] = {}  # what every row has, where no column says it
    format: dict[str, Form] = {}
    words: dict[str, dict[str, str]] = {}  # their word = ours, without regard to case
    replace: dict[str, dict[str, str]] = {}  # their value = the one meant; counted
    lookup: dict[str, Lookup] = {}
    decided: Decided | None = None
    one_close_date: bool = False  # closed_at where decided, expected_close_at where open
    entered: Names = ()  # of deals: columns with the day a stage was entered, "Date entered *"
    leave_out: dict[str, Names] = {}  # rows with these values are not read; counted
    only: dict[str, Names] = {}  # rows with other values are not read; counted
    first_of: dict[str, str] = {}  # of several in one cell, parted by this, the first; counted
    latest_by: Names = ()  # of rows with one id only the latest by this column; counted
    ends_at: tuple[str, ...] = ()  # a line that begins so is the footer of a report
    missing: Names = ()  # texts that mean that nothing is there, such as "\\N"


class Preset(Strict):
    """All tables of a source.  The first is what a single file holds that is named otherwise."""

    title: str
    currency: str | None = None
    tz: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    missing: Names = ()  # texts that mean that nothing is there, in all tables
    other_files: Names = ()  # that come with the source and hold none of its rows
    tables: dict[str, Source]

    @property
    def options(self) -> frozenset[str]:
        """What can be asked for beside the plain reading."""
        lookups = [look for source in self.tables.values() for look in source.lookup.values()]
        return frozenset(look.option for look in lookups if look.option is not None)

    def with_missing(self, words: Iterable[str]) -> Preset:
        """With these texts, and its own, told to each of its tables."""
        told = (*self.missing, *words)
        if not told:
            return self
        tables = {
            name: source.model_copy(update={"missing": (*source.missing, *told)})
            for name, source in self.tables.items()
        }
        return self.model_copy(update={"tables": tables, "missing": told})


def presets() -> tuple[str, ...]:
    """The names of the presets that come with the library."""
    folder = resources.files("salesmetrics.io") / "presets"
    return tuple(
        sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml"))
    )


def preset(name: str | Path) -> Preset:
    """A preset by name, or from a TOML file of one's own."""
    if isinstance(name, Path) or str(name).endswith(".toml"):
        path = Path(name)
        if not is_file(path):
            raise NotFoundError(f"there is no preset file {str(path)!r}")
        data = content(path)
    elif name in presets():
        data = (resources.files("salesmetrics.io") / "presets" / f"{name}.toml").read_bytes()
    else:
        raise NotFoundError(one_of("preset", name, presets()))
    try:
        told = toml_of(data)
    except ValueError as wrong:
        raise SalesMetricsError(f"preset {str(name)!r} is no TOML: {wrong}") from None
    if "extends" in told and told["extends"] not in presets():  # a file that is read reads no other
        raise NotFoundError(
            f"preset {str(name)!r}, extends: {one_of('preset', told['extends'], presets())}"
        )
    try:
        return preset_of(told)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SalesMetricsError(f"preset {str(name)!r}, {where}: {first['msg']}") from None


def preset_of(data: Mapping[str, Any]) -> Preset:
    """A preset as TOML spells it: facts at the top, then a table for each table.

    `extends` names a preset that this one builds on: what is told here stands in its place.
    """
    facts = {key: value for key, value in data.items() if not isinstance(value, dict)}
    tables = {key: value for key, value in data.items() if isinstance(value, dict)}
    for name in tables:
        if name not in TABLES:
            raise NotFoundError(one_of("preset table", name, TABLES))
    if "extends" in facts:
        below = preset(str(facts.pop("extends"))).model_dump(exclude_unset=True)
        under = below.pop("tables")
        if "rows" in tables.get("stages", {}):  # stages of one's own are those of every pipeline
            under.get("stages", {}).pop("pipelines", None)
        facts = below | facts
        tables = {
            name: _merged(under.get(name, {}), tables.get(name, {}))
            for name in (*under, *(name for name in tables if name not in under))
        }
    read = Preset.model_validate({**facts, "tables": tables or {name: {} for name in TABLES}})
    named = {name: _named_like_ours(name, source) for name, source in read.tables.items()}
    read = read.model_copy(update={"tables": named})
    for name, source in read.tables.items():
        fields = TABLES[name].record.model_fields
        told: list[Mapping[str, Any]] = [source.columns, source.fill, source.fixed, source.format]
        told += [source.words, source.replace, source.lookup, source.first_of]
        for column in (column for part in told for column in part):
            if column not in fields:
                raise SalesMetricsError(one_of(f"preset column of {name}", column, fields))
    return read


def _named_like_ours(table: str, source: Source) -> Source:
    """A table of which no column is named, or that is said to have our names, has these too."""
    if source.rows is not None or (source.columns and not source.own_names):
        return source
    plain = _plain_source(table)
    given: dict[str, Any] = {"columns": {**plain.columns, **source.columns}, "own_names": True}
    if not (source.file or source.table):
        given["file"] = plain.file
    return source.model_copy(update=given)


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Entry by entry, for the tables of tables that a source consists of."""
    found = dict(below)
    for key, value in above.items():
        both = isinstance(value, dict) and isinstance(found.get(key), dict)
        found[key] = {**found[key], **value} if both else value
    return found


def plain_preset() -> Preset:
    """Files named like tables, columns named like fields (or as some are also spelled)."""
    return Preset(title="plain", tables={name: _plain_source(name) for name in TABLES})


def _plain_source(table: str) -> Source:
    columns: dict[str, tuple[str, ...]] = {
        field: (field,) for field in TABLES[table].record.model_fields
    }
    for other, field in TABLES[table].also_spelled.items():
        columns[field] = (*columns[field], other)
    return Source(file=(table,), columns=columns, own_names=True)


def with_own_names(told: Preset) -> Preset:
    """The tables told first, then all others under our own names."""
    files = {normal(Path(file).stem) for source in told.tables.values() for file in source.file}
    plain = plain_preset().tables
    rest = {n: one for n, one in plain.items() if n not in told.tables and normal(n) not in files}
    return told.model_copy(update={"tables": told.tables | rest})


def chosen_preset(given: str | Path | Preset | None, table: str | None) -> tuple[Preset, bool]:
    """The preset, and whether it is the plain one; with the table named as its first."""
    plain = given is None
    chosen = (
        plain_preset()
        if given is None
        else given if isinstance(given, Preset) else preset(given)
    )  # fmt: skip
    if table is None:
        return chosen, plain
    if table not in chosen.tables:
        raise NotFoundError(one_of("table", table, chosen.tables))
    kept = {n: s for n, s in chosen.tables.items() if n == table or s.rows is not None}
    first = {table: kept.pop(table)}
    return chosen.model_copy(update={"tables": first | kept}), plain
