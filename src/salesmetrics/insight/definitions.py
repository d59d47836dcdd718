"""One name, several definitions: what each comes to on the same data, and the rows between them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from importlib import resources
from typing import Any

from ..catalog import ENTRIES, Entry, entry
from ..crm import CRM
from ..doors import door
from ..errors import NeedsError, SalesMetricsError
from ..periods import Period, as_periods
from ..reasons import Reason, reason_of
from ..results import Distribution, Result
from ..results.rows_read import RowsRead

__all__ = ["DefinedSo", "Definitions", "Profile", "definitions", "profiles"]

MOST_ROWS = 200_000
EXAMPLES = 5
ENOUGH = 100
RowKey = tuple[str, str, int]  # part, table, row


@dataclass(frozen=True, slots=True)
class Profile:
    """What another system reports under a name, by one of our KPIs, and where it goes wrong."""

    system: str
    called: str
    of: str
    ours: str
    reading: str
    says: tuple[str, str]
    source: str
    checked: str  # "read": in its source; "excerpt": in what is cited of it; "unverified"
    on: date  # the day of that
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DefinedSo:
    """One definition on the data: its figure, how far from the first, and the rows between them.

    `more` and `fewer` are how many rows it has that the first has not, and the other way round,
    `otherwise` how many count in both but otherwise (by amount, not by one); `examples` are ids of
    some of them.  They are None where a figure lists no rows.
    """

    name: str
    system: str | None
    definition: str
    value: float | None
    unit: str
    currency: str | None
    n: int | None = None
    difference: float | None = None
    more: int | None = None
    fewer: int | None = None
    otherwise: int | None = None
    examples: tuple[str, ...] = ()
    says: tuple[str, str] | None = None
    source: str | None = None
    checked: str | None = None
    on: date | None = None
    reason: Reason | None = None

    def to_dict(self) -> dict[str, Any]:
        """In plain types."""
        return {
            "name": self.name,
            "system": self.system,
            "definition": self.definition,
            "value": self.value,
            "unit": self.currency or self.unit,
            "n": self.n,
            "difference": self.difference,
            "more": self.more,
            "fewer": self.fewer,
            "otherwise": self.otherwise,
            "examples": list(self.examples),
            "en": None if self.says is None else self.says[0],
            "ko": None if self.says is None else self.says[1],
            "source": self.source,
            "checked": self.checked,
            "on": None if self.on is None else self.on.isoformat(),
            "reason": None if self.reason is None else self.reason.to_dict(),
        }


@dataclass(frozen=True, slots=True, repr=False)
class Definitions:
    """All definitions of one KPI side by side, the one asked for first."""

    kpi: str
    period: Period
    each: tuple[DefinedSo, ...]
    rows_read: tuple[RowsRead, ...] = ()  # what became of the rows of its tables when read

    def __iter__(self) -> Any:
        return iter(self.each)

    def __len__(self) -> int:
        return len(self.each)

    def to_records(self) -> list[dict[str, Any]]:
        """A dict a definition."""
        return [{**one.to_dict(), "examples": ", ".join(one.examples)} for one in self.each]

    def to_dict(self) -> dict[str, Any]:
        """In plain types."""
        each = [one.to_dict() for one in self.each]
        rows = [one.to_dict() for one in self.rows_read]
        return {"kpi": self.kpi, "period": self.period.label, "definitions": each, "rows": rows}

    def to_text(self, lang: str = "en") -> str:
        """The table for a terminal, with what each system does."""
        return door("definitions_text", str)(self, lang)

    def __repr__(self) -> str:
        return self.to_text()


def definitions(crm: CRM, kpi: str | Any, period: Period | str, **keywords: Any) -> Definitions:
    """What a KPI comes to by each of its definitions, and by what other systems report as it.

    Args:
        crm: the tables.
        kpi: a name of the catalogue, or a function.
        period: one period.
        keywords: what the KPI, or one of its variants, asks for: `margin=0.8`.

    Raises:
        SalesMetricsError: several periods.

    >>> from salesmetrics import CRM, examples
    >>> found = definitions(CRM(deals=examples.deals), "win_rate", "2025-Q1")
    >>> [(one.name, round(one.value, 3)) for one in found if one.system is None][:2]
    [('win_rate', 0.667), ('win_rate_by_amount', 0.84)]
    """
    one = entry(kpi)
    asked = as_periods(period)
    if len(asked) != 1:
        raise SalesMetricsError("one period is expected; ask again for another one")
    label = one.label
    names = [
        one.name,
        *(name for name, e in ENTRIES.items() if e.label is label and name != one.name),
    ]
    first: Result | None = None
    found: list[DefinedSo] = []
    for name in names:
        made, result = _of_entry(crm, ENTRIES[name], asked[0], keywords)
        if name == one.name:
            first = result
        found.append(_beside(made, result, found[0] if found else None, first))
    for profile in profiles():
        if profile.of == label.name:
            found.append(_of_profile(crm, profile, asked[0], keywords, found[0], first))
    read = () if first is None else first.rows_read
    return Definitions(one.name, asked[0], tuple(found), read)


@lru_cache(maxsize=1)
def profiles() -> tuple[Profile, ...]:
    """What other systems report, each with its source."""
    text = (resources.files("salesmetrics.insight") / "profiles.toml").read_text(encoding="utf-8")
    return tuple(
        Profile(**{**one, "says": tuple(one["says"])}) for one in tomllib.loads(text)["profile"]
    )


def _asked(crm: CRM, one: Entry, period: Period, given: Mapping[str, Any]) -> Result:
    takes = {name: value for name, value in given.items() if name in one.label.keywords}
    return crm.kpi(one.name, period, **takes)


def _of_entry(
    crm: CRM, one: Entry, period: Period, given: Mapping[str, Any]
) -> tuple[DefinedSo, Result | None]:
    keywords = ", ".join(f"{name}={value!r}" for name, value in one.keywords.items())
    plain: dict[str, Any] = {
        "name": one.name,
        "system": None,
        "definition": keywords or one.definition,
    }
    try:
        result = _asked(crm, one, period, given)
    except (NeedsError, SalesMetricsError) as wrong:
        why = wrong.needs if isinstance(wrong, NeedsError) else reason_of(wrong)
        reason = why if isinstance(why, Reason) else reason_of(wrong)
        return DefinedSo(
            **plain, value=None, unit=one.label.unit, currency=None, reason=reason
        ), None
    cell = result.cell(0, 0)
    value = None if cell.value is None else float(cell.value)
    return (
        DefinedSo(
            **plain, value=value, unit=result.unit, currency=result.currency, n=cell.n,
            reason=cell.reason,
        ),
        result,
    )  # fmt: skip


def _beside(
    made: DefinedSo, result: Result | None, base: DefinedSo | None, first: Result | None
) -> DefinedSo:
    """With how far it is from the first, and the rows between them."""
    if base is None or result is None:
        return made
    difference = None
    if made.value is not None and base.value is not None:
        difference = made.value - base.value
    found: dict[str, Any] = {"difference": difference}
    rows, others = (
        (None, None) if first is None or result is first else (_rows(result), _rows(first))
    )
    if rows is not None and others is not None:
        only, missing = rows.keys() - others.keys(), others.keys() - rows.keys()
        changed = {key for key in rows.keys() & others.keys() if rows[key][0] != others[key][0]}
        each = {name: {key[1:] for key in keys} for name, keys in (
            ("more", only), ("fewer", missing), ("otherwise", changed),
        )}  # fmt: skip
        found |= {name: len(keys) for name, keys in each.items()}
        ids = [(rows.get(key) or others[key])[1] or str(key[2]) for key in sorted(only | missing)]
        found["examples"] = tuple(dict.fromkeys(ids))[:EXAMPLES]
    return replace(made, **found)


def _rows(result: Result) -> dict[RowKey, tuple[str, str | None]] | None:
    """The rows behind a figure: what each contributes, and its id; None where it lists none."""
    if result.cell(0, 0).n > MOST_ROWS:
        return None
    try:
        listed = result.records()
    except SalesMetricsError:
        return None
    return {
        (one.part, one.table, one.row): (str(one.contribution), one.id)
        for one in listed
        if one.contribution is not None
    }


def _of_profile(
    crm: CRM,
    profile: Profile,
    period: Period,
    given: Mapping[str, Any],
    base: DefinedSo,
    first: Result | None,
) -> DefinedSo:
    made, result = _of_entry(crm, entry(profile.ours), period, {**given, **profile.given})
    value, reason = made.value, made.reason
    if result is not None:
        value, reason = _read(profile.reading, result, made)
    if profile.reading == "without reactivation":  # of other rows: a table of movements
        made = replace(made, unit=entry(profile.of).label.unit, currency=None, n=None)
        first = None
    keywords = ", ".join(f"{name}={each!r}" for name, each in profile.given.items())
    definition = f"{profile.ours}({keywords})"
    if profile.reading != "value":
        definition += f", {profile.reading}"
    told = replace(
        made,
        name=profile.called,
        system=profile.system,
        definition=definition,
        value=value,
        says=profile.says,
        source=profile.source,
        checked=profile.checked,
        on=profile.on,
        reason=reason,
    )
    return _beside(told, result, base, first)


def _read(reading: str, result: Result, made: DefinedSo) -> tuple[float | None, Reason | None]:
    """The figure as the other system shows it."""
    if reading == "zero if undefined" and made.value is None:
        return 0.0, None
    if reading == "from a hundred rows" and (made.n or 0) < ENOUGH:
        return None, Reason("fewer_than_minimum", n=made.n or 0, least=ENOUGH)
    if reading in ("mean", "negated mean") and isinstance(result, Distribution):
        mean = result.exact_mean()
        if mean is None:
            return None, made.reason
        return float(mean if reading == "mean" else -mean), None
    if reading == "without reactivation":
        parts = result.cell(0, 0).parts
        lost = abs(parts["contraction"] or 0) + abs(parts["churn"] or 0)
        gained = (parts["new"] or 0) + (parts["expansion"] or 0)
        if not lost:
            return None, Reason("none_in_period", what="customers that shrank or left")
        return float(gained / lost), None
    if reading == "hundredfold" and made.value is not None:
        return made.value * 100, None
    return made.value, made.reason
