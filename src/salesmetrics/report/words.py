"""The words of the views in each language, and the names that KPIs have there."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from ..catalog import Entry
from ..errors import SalesMetricsError, one_of

__all__ = ["Words", "words"]


@dataclass(frozen=True, slots=True)
class Words:
    """One language: `words("ko").say("known", at="2017-12-31")`."""

    lang: str
    said: Mapping[str, Any]

    def say(self, word: str, **parts: object) -> str:
        """A word or sentence, with its parts filled in."""
        text: str = self.said[word]
        return text.format(**parts) if parts else text

    def kpi(self, one: Entry) -> str:
        """A KPI's name: in English the one it is asked for by."""
        if "variants" not in self.said:
            return one.name
        own = one.label.ko
        if one.name == one.label.name:
            return own
        suffix = one.name.removeprefix(one.label.name).strip("_")
        return f"{own} · {self.said['variants'].get(suffix, suffix)}"

    def unit(self, unit: str) -> str:
        """A unit's name."""
        return str(self.said["units"].get(unit, unit))

    def column(self, name: str) -> str:
        """A column's name, as it is asked for by or in the language."""
        return str(self.said.get("columns", {}).get(name, name))


@lru_cache(maxsize=1)
def _tables() -> Mapping[str, Mapping[str, Any]]:
    text = (resources.files(__package__) / "words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def words(lang: str) -> Words:
    """The words of a language."""
    tables = _tables()
    if lang not in tables:
        raise SalesMetricsError(one_of("lang", lang, tables))
    return Words(lang, {**tables["en"], **tables[lang]})
