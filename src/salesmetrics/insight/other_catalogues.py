"""What public catalogues of KPIs list, each entry ours with its arguments, or refused."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources

from ..catalog import KPIS
from ..errors import NotFoundError, one_of
from ..kpi import label_of

__all__ = ["OtherCatalogue", "OtherKpi", "other_catalogue", "other_catalogues"]


@dataclass(frozen=True, slots=True)
class OtherKpi:
    """A KPI of another catalogue: which of ours it is, or why none is."""

    name: str
    ours: str | None
    given: tuple[str, ...] = ()  # keywords of ours that it needs
    refused: tuple[str, str] | None = None  # in English and Korean
    differs: tuple[str, str] | None = None  # in what theirs is otherwise than ours

    def answer(self, lang: str = "en") -> str:
        """Ours with its arguments, or why not."""
        if self.ours is None:
            assert self.refused is not None
            return self.refused[0 if lang == "en" else 1]
        called = f"{self.ours}({', '.join(f'{name}=...' for name in self.given)})"
        return called + (f"; {self.differs[0 if lang == 'en' else 1]}" if self.differs else "")


@dataclass(frozen=True, slots=True)
class OtherCatalogue:
    """A public catalogue, and how far it was checked."""

    name: str
    title: str
    source: str
    checked: str
    on: date | None  # the day that it was checked
    entries: tuple[OtherKpi, ...]


@lru_cache(maxsize=1)
def other_catalogues() -> Mapping[str, OtherCatalogue]:
    """All of them by name; the articles are those that our KPIs name as theirs."""
    text = (resources.files("salesmetrics.insight") / "other_catalogues.toml").read_text("utf-8")
    found = {
        name: OtherCatalogue(
            name,
            one["title"],
            one["source"],
            one["checked"],
            one["on"],
            tuple(
                OtherKpi(
                    each["name"],
                    each.get("ours"),
                    tuple(each.get("given", ())),
                    tuple(each["refused"]) if "refused" in each else None,
                    tuple(each["differs"]) if "differs" in each else None,
                )
                for each in one["entries"]
            ),
        )
        for name, one in tomllib.loads(text).items()
    }
    labels = [label_of(kpi) for kpi in KPIS]
    mine = tuple(OtherKpi(one.ko, one.name) for one in labels if one.article)
    title = "Five Korean articles on B2B sales KPIs"
    return {**found, "articles": OtherCatalogue("articles", title, "", "read", None, mine)}


def other_catalogue(name: str) -> OtherCatalogue:
    """One of them."""
    there = other_catalogues()
    if name not in there:
        raise NotFoundError(one_of("catalogue", name, there))
    return there[name]
