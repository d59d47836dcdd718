"""Scorecards: which KPIs belong together, as data."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from ..catalog import ENTRIES, _plain, entry
from ..errors import NotFoundError, SalesMetricsError, one_of, shown
from ..io.found import content, is_file
from ..io.toml_file import toml_of
from ..models import values

__all__ = ["Scorecard", "scorecard_named", "scorecards"]


Weight = Annotated[Decimal, BeforeValidator(values.bounded)]


class Scorecard(BaseModel):
    """Some KPIs under a name.

    `weights` say how much each counts in the attainment of all, and `cap` how much of it one KPI
    can have at most (1.2: far beyond its target it counts as 120 %).
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: str
    en: str
    ko: str | None = None
    kind: Literal["function", "process", "role", "journey", "own"] = "own"
    kpis: tuple[str, ...]
    weights: dict[str, Weight] = {}
    cap: Weight | None = None

    @property
    def known(self) -> tuple[str, ...]:
        """Its KPIs that the catalogue has."""
        return tuple(name for name in self.kpis if name in ENTRIES)

    @property
    def missing(self) -> tuple[str, ...]:
        """Its KPIs that the catalogue does not have yet."""
        return tuple(name for name in self.kpis if name not in ENTRIES)


def scorecards() -> Mapping[str, Scorecard]:
    """The scorecards that come with the library, by name.

    >>> scorecards()["decision"].kpis[:3]
    ('win_rate', 'average_deal_size', 'sales_cycle')
    """
    return dict(_shipped())


@lru_cache(maxsize=1)
def _shipped() -> Mapping[str, Scorecard]:
    text = (resources.files("salesmetrics.insight") / "scorecards.toml").read_text(encoding="utf-8")
    return {name: Scorecard(name=name, **card) for name, card in tomllib.loads(text).items()}


@lru_cache(maxsize=1)
def _titled() -> Mapping[str, Scorecard]:
    """Every name that finds one: its own, its titles, and what stands in them after a colon."""
    found: dict[str, Scorecard] = {_plain(name): card for name, card in _shipped().items()}
    titles = [(title, card) for card in _shipped().values() for title in (card.en, card.ko or "")]
    for title, card in titles:
        found.setdefault(_plain(title), card)
    for title, card in titles:
        found.setdefault(_plain(title.partition(":")[2]), card)
    found.pop("", None)
    return found


def scorecard_named(name: str | Path) -> Scorecard:
    """A scorecard by name or title ("sales", "영업"), or from a TOML file of one's own.

    The file names the KPIs, and as needed a title and weights::

        en = "Key accounts"
        kpis = ["bookings", "win_rate"]
        weights = { bookings = 2, win_rate = 1 }

    Raises:
        NotFoundError: no such scorecard or file, or a KPI in the file that does not exist.
        SalesMetricsError: a file that is no scorecard.
    """
    if isinstance(name, str) and not name.endswith(".toml"):
        found = _titled().get(_plain(name))
        if found is None:
            there = [f"{card.name} ({card.ko})" for card in _shipped().values()]
            near = get_close_matches(_plain(name), _titled(), n=1)
            meant = f" Did you mean {_titled()[near[0]].name!r}?" if near else ""
            known = ", ".join(there)
            raise NotFoundError(
                f"scorecard {shown(name)} is not known; choose one of {known}.{meant}"
            )
        return found
    file = Path(name)
    if not is_file(file):
        raise NotFoundError(f"there is no file {str(file)!r} with a scorecard")
    try:
        read: dict[str, Any] = toml_of(content(file))
    except ValueError as wrong:
        raise SalesMetricsError(f"{file.name} is no TOML: {wrong}") from None
    try:
        card = Scorecard(**{"name": file.stem, "en": file.stem, **read})
    except ValidationError as wrong:
        first = wrong.errors()[0]
        at = ".".join(str(part) for part in first["loc"])
        raise SalesMetricsError(f"{file.name}: {at}: {first['msg']}") from None
    for kpi in card.kpis:  # one's own names only what there is: a typing error would vanish
        try:
            entry(kpi)
        except NotFoundError as wrong:
            raise NotFoundError(f"{file.name}: {wrong}") from None
    for kpi, weight in card.weights.items():
        if kpi not in card.kpis:
            raise SalesMetricsError(f"{file.name}: {one_of('weight of', kpi, card.kpis)}")
        if weight < 0:
            raise SalesMetricsError(f"{file.name}: the weight of {kpi} is {weight}; 0 or more")
    if len(set(card.kpis)) < len(card.kpis) or not card.kpis:
        raise SalesMetricsError(f"{file.name}: kpis names one twice, or none")
    return card
