"""The configuration of a company: what its files mean, its stages, calendar, zone and money.

`schema_text()` is what docs/config.schema.json holds; `salesmetrics config schema` prints it.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    PrivateAttr,
    Tag,
    model_validator,
)

from ..crm import TABLES
from ..errors import NotFoundError, SalesMetricsError, ZoneError, one_of
from ..models import Stage, Target, values
from ..money import ExchangeRates, digits
from ..periods import FiscalYear, period
from ..relative_periods import is_relative
from ..worktime import WorkCalendar
from ..zones import zone
from .found import is_file
from .preset import Preset, Source, Strict, chosen_preset, preset_of, with_own_names
from .rates import rates_of_file

__all__ = ["Calendar", "Config", "Exchange", "Fiscal", "assumptions_of", "schema_text"]

DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _day(value: Any) -> date:
    """A date, or its text: nothing else, for a number could be a day of any count."""
    if isinstance(value, str) and DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError(f"{value} does not exist; write a day of the calendar") from None
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise ValueError("a day is expected, such as 2025-01-01")


def _currency(value: str) -> str:
    digits(value)
    return value


def _zone(value: str) -> str:
    try:
        zone(value)
    except ZoneError as wrong:
        raise ValueError(str(wrong)) from None
    return value


def _rate(value: Decimal) -> Decimal:
    if not value.is_finite() or value <= 0:
        raise ValueError(f"{value} is no rate; it must be above 0")
    return value


def _several(value: Any) -> str:
    """Which of two ways of writing is meant: told by the type alone."""
    return "text" if isinstance(value, str) else "listed"


Day = Annotated[date, BeforeValidator(_day)]
Currency = Annotated[str, AfterValidator(_currency)]
ZoneName = Annotated[str, AfterValidator(_zone)]
Rate = Annotated[Decimal, BeforeValidator(values.bounded), AfterValidator(_rate)]
Hours = Annotated[
    Annotated[str, Tag("text")] | Annotated[dict[str, str], Tag("listed")],
    Discriminator(_several),
]
Asked = Annotated[tuple[str, ...], BeforeValidator(lambda v: (v,) if isinstance(v, str) else v)]
Number = int | Decimal
Assumption = bool | Number | str | tuple[str, ...] | dict[str, dict[str, Number]]
Targets = Annotated[
    Annotated[str, Tag("text")] | Annotated[tuple[Target, ...], Tag("listed")],
    Discriminator(_several),
]


class Fiscal(Strict):
    """When the fiscal year begins, and which day's year names it."""

    first_month: Annotated[int, Field(strict=True, ge=1, le=12)]
    named_after: Literal["start", "end"]


class Calendar(Strict):
    """When people work: hours of the week, holidays, and days with hours of their own."""

    hours: Hours | None = None
    days: str | None = None
    tz: ZoneName | None = None
    holidays: tuple[Day, ...] = ()
    special: dict[Day, str] = Field(default={})
    fiscal: Fiscal | None = None


class Exchange(Strict):
    """Exchange rates into the reporting currency: told here, or in a CSV file."""

    file: str | None = None
    max_age: Annotated[int, Field(strict=True, ge=0)] | None = None
    rates: dict[Currency, dict[Day, Rate]] = Field(default={})

    @model_validator(mode="after")
    def _has_rates(self) -> Exchange:
        if (self.file is None) == (not self.rates):
            raise ValueError("give rates, or a file with them: one of the two")
        for currency, dated in self.rates.items():
            if not dated:
                raise ValueError(f"{currency} has no rate; give one at least, or leave it out")
        return self


class Config(Strict):
    """What is said once for all readings of a company's data (`salesmetrics.toml`).

    Files named here are looked for from the folder of the configuration.
    """

    preset: str | None = Field(None, description="What files and columns mean: a name or a file.")
    options: tuple[str, ...] = ()
    tz: ZoneName | None = Field(None, description="The zone of local times and of days.")
    currency: Currency | None = Field(None, description="The reporting currency.")
    tables: dict[str, Source] = Field({}, description="What files and columns mean, by table.")
    stages: tuple[Stage, ...] = ()
    owners: str | None = Field(None, description="A file with the roster of owners.")
    targets: Targets | None = Field(None, description="A file with targets, or targets.")
    rules: str | None = Field(None, description="A file with the rules of alerts.")
    sections: Asked = Field((), description="What a report shows, where it is not told.")
    calendar: Calendar | None = None
    exchange: Exchange | None = None
    period: Asked = Field((), description="The periods of a command that is given none.")
    on_error: Literal["raise", "collect"] = Field(
        "raise", description="collect: rows that cannot be used are left out and counted."
    )
    all_open: bool = Field(False, description="Deals are open where nothing says how they stand.")
    assumptions: dict[str, Assumption] = Field(
        {}, description="What KPIs ask for and no data says, such as margin."
    )
    _folder: Path = PrivateAttr(default_factory=Path)

    def __init__(self, folder: str | Path = ".", /, **data: Any) -> None:
        super().__init__(**data)
        self._folder = Path(folder)

    @model_validator(mode="after")
    def _tables_exist(self) -> Config:
        for name in self.tables:
            if name not in TABLES:
                raise ValueError(f"tables.{name}: {one_of('table', name, TABLES)}")
        if self.stages and "stages" in self.tables:
            raise ValueError("stages are told twice, in stages and in tables.stages; keep one")
        for at, stage in enumerate(self.stages):
            if stage.id in [earlier.id for earlier in self.stages[:at]]:
                raise ValueError(f"stages.{at}.id: {stage.id!r} is the id of an earlier stage")
            if stage.type is None:
                raise ValueError(
                    f"stages.{at}.type: one of open, won, lost, disqualified is needed"
                )
        return self

    @property
    def folder(self) -> Path:
        """Where the files it names are looked for."""
        return self._folder

    def file(self, name: str) -> Path:
        """The path of a file that it names."""
        return self._folder / name

    # what is made of it --------------------------------------------------------------------------

    def chosen_preset(self, given: Any = None) -> Any:
        """The preset to read with: the one given, else its own; with its tables on top."""
        named = self.preset if given is None else given
        if isinstance(named, str) and named.endswith(".toml") and given is None:
            named = self.file(named)
        if not self.tables:
            return named
        tables = {n: source.model_dump(exclude_unset=True) for n, source in self.tables.items()}
        if isinstance(named, Preset):
            raise SalesMetricsError(
                "the configuration has tables of its own; give the preset under them by name"
            )
        if named is None:
            return with_own_names(preset_of({"title": "configuration", **tables}))
        return preset_of({"extends": str(named), **tables})

    def with_stages(self, preset: Preset) -> Preset:
        """The preset with the stages told here in place of its own."""
        if not self.stages:
            return preset
        rows = tuple(stage.model_dump(exclude_none=True) for stage in self.stages)
        return preset.model_copy(update={"tables": {**preset.tables, "stages": Source(rows=rows)}})

    def exchange_rates(self) -> ExchangeRates | None:
        """The exchange rates into the reporting currency."""
        if self.exchange is None:
            return None
        if self.currency is None:
            raise SalesMetricsError("exchange rates need to know the reporting currency: currency")
        rates: Mapping[str, Mapping[Any, Any]] = self.exchange.rates
        if self.exchange.file is not None:
            rates = rates_of_file(self.file(self.exchange.file))
        return ExchangeRates(to=self.currency, rates=rates, max_age=self.exchange.max_age)

    def work_calendar(self) -> WorkCalendar | None:
        """The hours of work; none where the calendar says no hours."""
        one = self.calendar
        if one is None:
            return None
        if one.hours is None:
            if one.holidays or one.special or one.days:
                raise SalesMetricsError("a calendar with days or holidays needs hours")
            return None
        tz = one.tz or self.tz
        if tz is None:
            raise SalesMetricsError("hours of work need a time zone: tz, or calendar.tz")
        return WorkCalendar.weekly(
            one.hours, tz=tz, days=one.days, holidays=one.holidays, special=one.special
        )

    def fiscal_year(self) -> FiscalYear | None:
        """The fiscal calendar, for periods such as FY2025-Q1."""
        if self.calendar is None or self.calendar.fiscal is None:
            return None
        return FiscalYear(self.calendar.fiscal.first_month, self.calendar.fiscal.named_after)

    def targets_given(self) -> Path | tuple[Target, ...] | None:
        """The file with targets, or the targets; what `snapshot(targets=)` takes."""
        return self.file(self.targets) if isinstance(self.targets, str) else self.targets

    def rules_given(self) -> Path | None:
        """The file with the rules of alerts."""
        return None if self.rules is None else self.file(self.rules)

    def assumed(self) -> dict[str, Any]:
        """The assumptions, the calendar among them; `"none"` is None."""
        calendar = self.work_calendar()
        hours = {} if calendar is None else {"calendar": calendar}
        return hours | {n: None if v == "none" else v for n, v in self.assumptions.items()}

    def problems(self) -> list[str]:
        """What cannot be used of it, each with its place; files it names are looked for too."""
        found = []
        rates = None if self.exchange is None else self.exchange.file
        targets = self.targets if isinstance(self.targets, str) else None
        for where, name in (
            ("owners", self.owners),
            ("exchange.file", rates),
            ("targets", targets),
            ("rules", self.rules),
        ):
            if name is not None and not is_file(self.file(name)):
                found.append(f"{where}: there is no file {str(self.file(name))!r}")
        if rates is None or is_file(self.file(rates)):
            found += _tried("exchange", self.exchange_rates)
        found += _tried("calendar", self.work_calendar)
        for at, text in enumerate(self.period):
            if not is_relative(text):  # which is of the day of --as-of
                found += _tried(f"period.{at}", partial(period, text, fiscal=self.fiscal_year()))
        found += _tried("preset" if not self.tables else "tables", partial(_whole_preset, self))
        return found


def _whole_preset(config: Config) -> None:
    preset, _ = chosen_preset(config.chosen_preset(), None)
    for option in config.options:
        if option not in preset.options:
            raise SalesMetricsError(one_of("option", option, sorted(preset.options) or ["none"]))


def _tried(where: str, make: Any) -> list[str]:
    try:
        make()
    except SalesMetricsError as wrong:
        return [f"{where}: {wrong}"]
    return []


def assumptions_of(given: Iterable[str]) -> dict[str, Any]:
    """Assumptions as a command is given them, such as `margin=0.8`; `none` is None.

    By group: `target={team = {"Seoul 1" = 500000000}}`.
    """
    found: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise NotFoundError(f"--assume {text!r}: NAME=VALUE is expected, such as margin=0.8")
        if value.lstrip().startswith("{"):
            found[name] = _table(text, value)
            continue
        try:
            whole = value.isdecimal() and len(value) < 400  # Python reads no longer int
            found[name] = int(value) if whole else Decimal(value)
        except InvalidOperation:
            found[name] = None if value == "none" else value
    return found


def _table(text: str, value: str) -> Any:
    try:
        return tomllib.loads(f"table = {value}", parse_float=Decimal)["table"]
    except tomllib.TOMLDecodeError as wrong:
        raise NotFoundError(
            f"--assume {text!r}: a table is expected, such as "
            f'target={{team = {{"Seoul 1" = 500000000}}}} ({wrong})'
        ) from None


def schema_text() -> str:
    """The JSON Schema of a configuration, as it stands in the documentation."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Config.model_json_schema(),
        "title": "salesmetrics.toml",
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
