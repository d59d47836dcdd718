"""The words of the views in each language, and the names that KPIs have there."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from importlib import resources
from typing import Any, Protocol

from ..errors import SalesMetricsError, one_of, visible
from ..periods import Period
from ..reasons import Reason, name_said
from .names import NAMELESS
from .text_table import shortened

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
    # By column and id what records are called.
    called: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

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

    def title(self, one: Titled) -> str:
        """A KPI's name in words."""
        if "variants" in self.said:
            return self.kpi(one)
        variant = one.name.removeprefix(one.label.name).strip("_").replace("_", " ")
        return f"{one.label.en} {variant}".rstrip()

    def definition(self, kpi: str, own: str) -> str:
        """What a KPI is, in a sentence: `own` where it is none of the catalogue, and in English."""
        return str(self.said.get("definitions", {}).get(kpi, own))

    def unit(self, unit: str) -> str:
        """A unit's name."""
        names = self.said["units"]
        top, per, bottom = unit.partition(" per ")
        if unit in names or not per:
            return str(names.get(unit, unit))
        return self.say("per", top=names.get(top, top), bottom=names.get(bottom, bottom))

    def rows(self, n: int, why: Reason) -> str:
        """So many rows, and why they are named."""
        return Reason("so_many", rows=n, why=why).said(self.lang)

    def column(self, name: str, of: str = "") -> str:
        """A column's name, or that of a part of the KPI `of`, in the language."""
        return name_said(name, self.lang, of)

    def columns(self, names: Sequence[str]) -> str:
        """Columns one after another."""
        return ", ".join(map(self.column, names))

    def name(self, column: str, one: object) -> str:
        """What a group is called: by the name of its record, else as it stands; also none."""
        if one is None:
            return self.say("none")
        names = self.called.get(column.rpartition(".")[2], {})
        return visible(names.get(str(one), str(one)))

    def names(self, group: Mapping[str, object]) -> str:
        """What a group of several columns is called."""
        return ", ".join(self.name(column, one) for column, one in group.items())

    def brief(self, group: Mapping[str, object]) -> str:
        """The same in a sentence or a chart: a long name is cut, and shows that it is."""
        return ", ".join(shortened(self.name(column, one)) for column, one in group.items())

    def period(self, one: Period) -> str:
        """A period's label; what is no name of a calendar span is said in the language."""
        if one.unit == "to_date" and one._whole is not None:
            last = str(one.end - timedelta(days=1))
            return self.say("to_date", period=one._whole.label, day=last)
        if one.unit == "trailing":
            last = str(one.end - timedelta(days=1))
            word = "day_to" if one.days == 1 else "days_to"
            return self.say(word, days=one.days, day=last)
        return self.say("all_time") if one.unit == "all" else one.label


@lru_cache(maxsize=1)
def _tables() -> Mapping[str, Mapping[str, Any]]:
    text = (resources.files("salesmetrics.results") / "words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def words(lang: str, called: Mapping[str, Mapping[str, str]] = NAMELESS) -> Words:
    """The words of a language; with the names of the records that figures name by ids."""
    tables = _tables()
    if lang not in tables:
        raise SalesMetricsError(one_of("lang", lang, tables))
    return Words(lang, {**tables["en"], **tables[lang]}, called)
