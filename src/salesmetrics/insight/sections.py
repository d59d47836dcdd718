"""The parts of a sales report: which KPIs stand in each, and which lead it."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from ..catalog import ENTRIES, KPIS, Entry
from ..errors import NotFoundError, one_of
from ..kpi import label_of

__all__ = ["LOOKED_AT", "Section", "section_named", "section_of", "sections", "short_name"]

# What is not shown as a headline figure, but looked at for what needs a look.
LOOKED_AT = ("open_deals", "overdue_deals", "stale_deals", "bottlenecks", "response_sla_rate")


SOLD = ("bookings", "mrr")  # what says how much was sold


@dataclass(frozen=True, slots=True)
class Section:
    """One part: the KPIs that lead it, and all that belong to it."""

    name: str
    en: str
    ko: str
    front: tuple[str, ...]
    kpis: tuple[str, ...]
    views: tuple[str, ...]
    instead: tuple[str, ...] = ()  # which lead it where nothing else says what was sold

    def headlines(self, there: Collection[str]) -> tuple[str, ...]:
        """The KPIs that lead it, for a company that has figures of these.

        >>> sections()["customers"].headlines(["revenue", "new_customers"])[:2]
        ('revenue', 'repeat_revenue_share')
        >>> sections()["customers"].headlines(["revenue", "bookings"])[:2]
        ('mrr', 'net_revenue_retention')
        """
        return self.front if any(kpi in there for kpi in SOLD) else (*self.instead, *self.front)

    def title(self, lang: str) -> str:
        """What it is called."""
        return self.ko if lang == "ko" else self.en


@lru_cache(maxsize=1)
def sections() -> Mapping[str, Section]:
    """The sections in the order in which a report is read; every KPI is in one of them."""
    given = {name: one for name, one in _given().items() if name != "short"}
    own = {
        kpi: name for name, one in given.items() for kpi in (*one["front"], *one.get("kpis", ()))
    }
    families = {family: name for name, one in given.items() for family in one.get("families", ())}
    of = {label.name: own.get(label.name) or families[label.group] for label in map(label_of, KPIS)}
    return {
        name: Section(
            name,
            one["en"],
            one["ko"],
            tuple(kpi for kpi in one["front"] if kpi in ENTRIES),
            (
                *one["front"],
                *(kpi for kpi, into in of.items() if into == name and kpi not in one["front"]),
            ),
            tuple(one["views"]),
            tuple(one.get("instead", ())),
        )
        for name, one in given.items()
    }


@lru_cache(maxsize=1)
def _given() -> Mapping[str, Any]:
    text = (resources.files("salesmetrics.insight") / "sections.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def short_name(kpi: str, lang: str) -> str | None:
    """What a KPI is called where room is short, if it has such a name."""
    both = _given()["short"].get(kpi)
    return None if both is None else str(both[1 if lang == "ko" else 0])


def section_of(one: Entry) -> Section:
    """The section that a KPI, or a variant of one, stands in."""
    return next(each for each in sections().values() if one.label.name in each.kpis)


def section_named(name: str, others: Iterable[str] = ()) -> Section:
    """A section by its name or title, in either language; also its singular.

    `others` are what else could have been named where the name was asked for.
    """
    called = name.strip().casefold()
    for each in sections().values():
        if called in (each.name, each.name.removesuffix("s"), each.en.casefold(), each.ko):
            return each
    raise NotFoundError(one_of("section", name, [*sections(), *others]))
