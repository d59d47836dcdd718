"""The words of the views in each language, and the names that KPIs have there."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Protocol

from ..errors import SalesMetricsError, one_of

__all__ = ["Words", "words"]


class Titled(Protocol):
    """A KPI as it is asked for: its name, or that of one of its variants."""

    @property
    def name(self) -> str: ...

    @property
    def label(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Words:
    """One language: `words("ko").say("known", at="2017-12-31")`."""

    lang: str
    said: Mapping[str, Any]

    def say(self, word: str, **parts: object) -> str:
        """A word or sentence, with its parts filled in."""
        text: str = self.said[word]
        return text.format(**parts) if parts else text

    def kpi(self, one: Titled) -> str:
        """A KPI's name: in English the one it is asked for by."""
        if "variants" not in self.said:
            return one.name
        own: str = one.label.ko
        if one.name == one.label.name:
            return own
        suffix = one.name.removeprefix(one.label.name).strip("_")
        return f"{own} · {self.said['variants'].get(suffix, suffix)}"

    def unit(self, unit: str) -> str:
        """A unit's name."""
        names = self.said["units"]
        top, per, bottom = unit.partition(" per ")
        if unit in names or not per:
            return str(names.get(unit, unit))
        return self.say("per", top=names.get(top, top), bottom=names.get(bottom, bottom))

    def reason(self, text: str) -> str:
        """Why rows were left out or a figure is undefined; as it is where there are no words."""
        for like, instead in _reasons(self.lang):
            if found := like.fullmatch(text):
                return instead.format(*map(self.reason, found.groups()))
        count, _, rest = text.partition(" ")
        return f"{count} {self.reason(rest)}" if rest and count.replace(",", "").isdigit() else text

    def column(self, name: str) -> str:
        """A column's name, as it is asked for by or in the language."""
        return str(self.said.get("columns", {}).get(name, name))


@lru_cache(maxsize=2)
def _reasons(lang: str) -> list[tuple[re.Pattern[str], str]]:
    """Every reason as a pattern, the most telling first, and what is said instead."""
    said: Mapping[str, str] = _tables()[lang].get("reasons", {})
    order = sorted(said, key=lambda like: 3 * like.count("{") - len(like))
    gaps = {like: re.sub(r"\\\{\d\\\}", "(.+)", re.escape(like)) for like in order}
    return [(re.compile(gaps[like]), said[like]) for like in order]


@lru_cache(maxsize=1)
def _tables() -> Mapping[str, Mapping[str, Any]]:
    text = (resources.files("salesmetrics.results") / "words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def words(lang: str) -> Words:
    """The words of a language."""
    tables = _tables()
    if lang not in tables:
        raise SalesMetricsError(one_of("lang", lang, tables))
    return Words(lang, {**tables["en"], **tables[lang]})
