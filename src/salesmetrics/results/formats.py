"""Figures as people read them, in each language."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Protocol

from ..money import digits, format_money
from . import Cell, Distribution, Result, Survival
from .words import Words, words

__all__ = [
    "RATES", "UNITS", "Number", "Quantity", "cell_text", "cells_text", "figure_text", "is_daily",
    "number_text", "numbers_text", "quantity_text", "reached_text", "unit_text",
]  # fmt: skip


RATES = ("proportion", "share of amount", "share")
# What is not counted in rows, but measured.
UNITS = ("days", "weeks", "months", "hours", "ratio")
Number = int | float | Decimal | Fraction


def reached_text(share: float, places: int = 0) -> str:
    """How much of a target is reached: 100 % is not written for what rounding alone makes of it."""
    text = f"{share:z.{places}%}"
    if share == 1 or text != f"{1:.{places}%}":
        return text
    finer = f"{share:.{places + 1}%}"
    if finer != f"{1:.{places + 1}%}":
        return finer
    return f"{'<' if share < 1 else '>'}{text}"


class Quantity(Protocol):
    """What is to be known of a KPI to write its numbers."""

    @property
    def unit(self) -> str: ...
    @property
    def currency(self) -> str | None: ...
    @property
    def rounds_up(self) -> bool: ...


def cell_text(result: Result, cell: Cell, lang: str = "en") -> str:
    """One figure: money with its currency's decimals where it is small, shares in percent."""
    return cells_text(result, [cell], words(lang))[0]


def cells_text(
    result: Result, cells: Sequence[Cell | None], said: Words, undefined: str | None = None
) -> list[str]:
    """Figures of one KPI that stand together, all with as many decimals; nothing for None."""
    blank = said.say("undefined") if undefined is None else undefined
    values = [None if cell is None else cell.exact for cell in cells]
    texts = numbers_text(result, values, said, blank)
    return ["" if cell is None else text for cell, text in zip(cells, texts, strict=True)]


def numbers_text(
    of: Quantity, values: Sequence[Number | None], said: Words, undefined: str
) -> list[str]:
    """Numbers of one KPI that stand together, all with as many decimals."""
    decimals = _decimals([value for value in values if value is not None], of.currency)
    return [
        undefined
        if value is None
        else number_text(
            ceil(value) if of.rounds_up else value, of.unit, of.currency, said, decimals
        )
        for value in values
    ]


def number_text(
    value: Number, unit: str | None, currency: str | None, said: Words, decimals: int | None = None
) -> str:
    """A number of a KPI's unit."""
    if unit in RATES:
        return f"{float(value):z.1%}"
    if currency is not None:
        if said.lang == "ko":
            minor = Fraction(value) * 10 ** digits(currency)
            return format_money(minor, currency, "ko", compact=True)
        places = _decimals([value], currency) if decimals is None else decimals
        return _plain(Fraction(value), places)
    if isinstance(value, int):
        return f"{value:,}"
    return f"{float(value):z,.1f}"


def figure_text(result: Result, cell: Cell, said: Words) -> str:
    """One figure with its unit, as it is said in a sentence."""
    if cell.exact is None:
        return said.say("undefined")
    exact = ceil(cell.exact) if result.rounds_up else cell.exact
    if result.unit in RATES:
        return f"{float(exact) * 100:z,.1f} %"
    number = quantity_text(exact, result.currency, said)
    if result.currency is not None and said.lang == "ko":
        return number
    unit = said.unit(result.unit) if result.unit in UNITS else ""
    if result.currency is not None:
        _, per, of = result.unit.partition(" per ")
        unit = f"{result.currency} a {of}" if per else result.currency
        unit += " a day" if result.unit.endswith("a day") else ""
    text = f"{number} {unit}".rstrip()
    return f"{text}, {said.say('statistics_median')}" if cell.statistics else text


def quantity_text(value: Number, currency: str | None, said: Words) -> str:
    """A number of a figure's unit: whole numbers without decimals."""
    if currency is not None:
        return number_text(value, None, currency, said)
    return f"{int(value):,}" if value == int(value) else f"{float(value):z,.1f}"


def unit_text(of: Quantity, said: Words, median: bool = False) -> str:
    """The unit: a currency, a percent sign, what is counted; also that it is a median."""
    unit = of.currency or said.unit(of.unit)
    if of.currency is not None and is_daily(of.unit):
        unit += said.say("a_day")
    median = median or isinstance(of, (Distribution, Survival))
    return f"{unit}, {said.say('statistics_median')}" if median else unit


def is_daily(unit: str) -> bool:
    """Whether money is that of a day, as a velocity is."""
    return unit.endswith((" a day", " per day"))


def _decimals(values: Sequence[Number], currency: str | None) -> int:
    """The currency's own while all are small; none once one of them is not."""
    if currency is None or not any(values):
        return 0
    return digits(currency) if all(abs(float(value)) < 1000 for value in values) else 0


def _plain(value: Fraction, places: int) -> str:
    """Rounded once, half to even, from the exact number."""
    whole, rest = divmod(abs(round(value * 10**places)), 10**places)
    tail = f".{rest:0{places}d}" if places else ""
    return f"{'-' if value < 0 and (whole or rest) else ''}{whole:,}{tail}"
