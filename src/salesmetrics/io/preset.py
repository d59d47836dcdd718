"""Presets: what the files and columns of a source mean, as data."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from ..crm import TABLES
from ..errors import NotFoundError, SalesMetricsError, one_of

__all__ = ["Lookup", "Preset", "Source", "preset", "presets"]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Lookup(_Strict):
    """A column filled from another table: of the record that the column `through` names."""

    through: str
    table: str
    column: str
    option: str | None = None  # filled only where this option is asked for


class Source(_Strict):
    """Where the rows of one table come from, and what its columns are called there."""

    file: str | None = None
    rows: tuple[dict[str, Any], ...] | None = None
    columns: dict[str, str] = {}
    replace: dict[str, dict[str, str]] = {}
    lookup: dict[str, Lookup] = {}


class Preset(_Strict):
    """All tables of a source."""

    title: str
    currency: str | None = None
    tz: str | None = None
    tables: dict[str, Source]

    @property
    def options(self) -> frozenset[str]:
        """What can be asked for beside the plain reading."""
        lookups = [look for source in self.tables.values() for look in source.lookup.values()]
        return frozenset(look.option for look in lookups if look.option is not None)


def presets() -> tuple[str, ...]:
    """The names of the presets that come with the library."""
    folder = resources.files(__package__) / "presets"
    return tuple(
        sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml"))
    )


def preset(name: str | Path) -> Preset:
    """A preset by name, or from a TOML file of one's own."""
    if isinstance(name, Path) or str(name).endswith(".toml"):
        path = Path(name)
        if not path.is_file():
            raise NotFoundError(f"there is no preset file {str(path)!r}")
        text = path.read_text(encoding="utf-8")
    elif name in presets():
        text = (resources.files(__package__) / "presets" / f"{name}.toml").read_text("utf-8")
    else:
        raise NotFoundError(one_of("preset", name, presets()))
    try:
        return _preset(tomllib.loads(text))
    except tomllib.TOMLDecodeError as wrong:
        raise SalesMetricsError(f"preset {str(name)!r} is no TOML: {wrong}") from None
    except ValidationError as wrong:
        first = wrong.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SalesMetricsError(f"preset {str(name)!r}, {where}: {first['msg']}") from None


def _preset(data: Mapping[str, Any]) -> Preset:
    facts = {key: value for key, value in data.items() if not isinstance(value, dict)}
    tables = {key: value for key, value in data.items() if isinstance(value, dict)}
    for name in tables:
        if name not in TABLES:
            raise NotFoundError(one_of("preset table", name, TABLES))
    read = Preset.model_validate({**facts, "tables": tables})
    for name, source in read.tables.items():
        fields = TABLES[name].record.model_fields
        for column in (*source.columns, *source.replace, *source.lookup):
            if column not in fields:
                raise SalesMetricsError(one_of(f"preset column of {name}", column, fields))
    return read
