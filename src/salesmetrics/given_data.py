"""What a command is given to work on: the configuration, the periods, and the data."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from .reasons import Reason

if TYPE_CHECKING:
    from .crm import CRM
    from .io import Config
    from .periods import Period

__all__ = ["asked_of", "data_of", "how_to_read", "no_clock_but", "periods_of", "settings_of"]


def how_to_read(given: argparse.Namespace) -> dict[str, Any]:
    """What file, sheet and form were named."""
    return {
        "preset": given.preset,
        "table": given.table,
        "format": given.file_format,
        "encoding": given.encoding,
        "delimiter": given.delimiter,
        "sheet": given.sheet,
        "skip": given.skip,
        "schema": given.schema,
    }


def lang_of(given: argparse.Namespace) -> str:
    """The language asked for; English of a command that has none."""
    return getattr(given, "lang", None) or "en"


def settings_of(given: argparse.Namespace) -> Config:
    """The configuration named, else that of the data folder; which one is said on stderr."""
    from .errors import visible
    from .io import Config, config_in, read_config

    file = given.config or config_in(given.path)
    if file is None:
        return Config()
    settings = read_config(file)
    named = Reason("note_configuration", text=visible(str(file)))
    print(named.said(lang_of(given)), file=sys.stderr)
    return settings


def periods_of(given: argparse.Namespace, settings: Config) -> tuple[Period, ...]:
    """Those asked for; names such as this-quarter are of the day of --as-of, and said in full."""
    from .errors import NotFoundError
    from .periods import as_periods
    from .relative_periods import is_relative, named_on

    asked = [given.period] if isinstance(given.period, str) else given.period or settings.period
    if not asked:
        raise NotFoundError("--period is needed, such as --period 2017-Q4; or a configuration's")
    as_of, fiscal = getattr(given, "as_of", None), settings.fiscal_year()
    found = as_periods([named_on(text, as_of, fiscal) for text in asked])
    for text, one in zip(asked, found, strict=True):
        if is_relative(text):
            named = Reason("note_period", name=text, period=one.label)
            print(named.said(lang_of(given)), file=sys.stderr)
    return found


def no_clock_but(given: argparse.Namespace) -> None:
    """`--as-of today` is the one way to the clock, and the day that it is then."""
    from datetime import date

    if getattr(given, "as_of", None) == "today":
        given.as_of = date.today().isoformat()
        print(f"as of: {given.as_of}", file=sys.stderr)


def data_of(given: argparse.Namespace, on_error: Any, settings: Config) -> CRM:
    """The tables, filtered as asked for."""
    from .errors import MoneyError, NotFoundError
    from .io import read
    from .money import digits
    from .tables.filtering import conditions_of

    if given.currency is not None:
        try:
            digits(given.currency)
        except MoneyError as wrong:
            raise NotFoundError(f"--currency: {wrong}") from None
    how = how_to_read(given) | {"tz": given.tz, "currency": given.currency, "on_error": on_error}
    crm = read(given.path, config=settings, options=given.option, missing=given.missing, **how)
    return crm.filter(**conditions_of(given.where))


def asked_of(given: argparse.Namespace) -> tuple[CRM, Period, Config]:
    """The data as known then, and the one period that a question is about."""
    from .errors import NotFoundError

    crm, periods, settings = several_of(given)
    if len(periods) != 1:
        raise NotFoundError("one period is asked about; name it with --period")
    return crm, periods[0], settings


def several_of(given: argparse.Namespace) -> tuple[CRM, tuple[Period, ...], Config]:
    """The data as known then, and the periods that a question is about."""
    from .report.check import notes

    settings = settings_of(given)
    periods = periods_of(given, settings)
    crm = data_of(given, given.on_error or settings.on_error, settings)
    for note in notes(crm, getattr(given, "targets", None), lang_of(given)):
        print(note, file=sys.stderr)
    return crm if given.as_of is None else crm.as_of(given.as_of), periods, settings
