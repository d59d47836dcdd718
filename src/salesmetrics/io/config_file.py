"""Read a configuration from its file, with errors that name the place."""

from __future__ import annotations

import os
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..errors import NotFoundError, SalesMetricsError, shown
from .config import Config
from .found import content, is_file
from .toml_file import toml_of

__all__ = ["NAME", "ConfigError", "config_in", "read_config"]

NAME = "salesmetrics.toml"


class ConfigError(SalesMetricsError):
    """A configuration that cannot be used; `problems` has everything wrong, with its place."""

    def __init__(self, file: str, problems: list[str]) -> None:
        self.problems: tuple[str, ...] = tuple(problems)
        super().__init__("\n".join(f"{file}, {problem}" for problem in problems))


def read_config(path: str | Path) -> Config:
    """The configuration in a TOML file, checked whole: also the files that it names.

    Raises:
        NotFoundError: there is no such file.
        ConfigError: everything that cannot be used, such as `stages.0.type: ...`.
    """
    file = Path(path)
    if not is_file(file):
        raise NotFoundError(f"there is no configuration file {str(file)!r}")
    try:
        data = toml_of(content(file))
    except ValueError as wrong:  # not UTF-8, no TOML, or a day that does not exist
        raise ConfigError(file.name, [f"not TOML that can be read: {wrong}"]) from None
    try:
        config = Config(file.parent, **data)
    except ValidationError as wrong:
        raise ConfigError(file.name, _problems(wrong, data)) from None
    problems = config.problems()
    if problems:
        raise ConfigError(file.name, problems)
    return config


def config_in(path: str | Path) -> Path | None:
    """The file `salesmetrics.toml` of a data folder, if it has one; nowhere else is looked."""
    file = os.path.join(path, NAME)
    # Unlike those of pathlib, these answer no for names that no system takes.
    return Path(file) if os.path.isdir(path) and os.path.isfile(file) else None


def _problems(wrong: ValidationError, data: Mapping[str, Any]) -> list[str]:
    schema = Config.model_json_schema()
    found = []
    for error in wrong.errors():
        place = _place(error["loc"], data, error["type"] == "missing")
        if error["type"] == "extra_forbidden":
            says = _unknown(place, schema)
        elif error["type"] == "missing":
            says = "is needed"
        else:
            says = error["msg"].removeprefix("Value error, ")
            if error["type"] != "value_error":
                says = f"{says}, not {shown(error['input'])}"
        found.append(f"{'.'.join(place)}: {says}" if place else says)
    return found


def _place(loc: tuple[Any, ...], data: Any, missing: bool) -> list[str]:
    """The path of keys as they stand in the file: without the marks that unions leave in it."""
    place: list[str] = []
    for at, part in enumerate(loc):
        if isinstance(data, Mapping):
            # Days as keys come as days.
            key = next((key for key in data if str(key) == str(part)), None)
            last = missing and at == len(loc) - 1
            if key is None and not last:
                continue
            place.append(str(part))
            data = None if key is None else data[key]
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            place.append(str(part))
            data = data[part]
    return place


def _unknown(place: list[str], schema: Mapping[str, Any]) -> str:
    allowed = _allowed(place[:-1], schema)
    near = get_close_matches(place[-1], allowed, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"no such key; there are {', '.join(allowed)}.{hint}" if allowed else "no such key"


def _allowed(place: list[str], schema: Mapping[str, Any]) -> list[str]:
    """The keys that may stand at a place, by the schema."""
    nodes = [schema]
    for part in [*place, None]:
        nodes = [leaf for node in nodes for leaf in _leaves(node, schema)]
        if part is None:
            break
        below: list[Any] = []
        for node in nodes:
            if part in node.get("properties", {}):
                below.append(node["properties"][part])
            elif isinstance(node.get("additionalProperties"), dict):
                below.append(node["additionalProperties"])
            if part.isdigit() and isinstance(node.get("items"), dict):
                below.append(node["items"])
        nodes = below
    return sorted({name for node in nodes for name in node.get("properties", {})})


def _leaves(node: Mapping[str, Any], schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if "$ref" in node:
        return _leaves(schema["$defs"][node["$ref"].rsplit("/", 1)[-1]], schema)
    several = [*node.get("anyOf", ()), *node.get("oneOf", ())]
    return [leaf for each in several for leaf in _leaves(each, schema)] if several else [node]
