"""What the columns of somebody's own file mean: by their names, else by what the cells look like.

A guess is a proposal to a person, who sees what it rests on; no file is read by one.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import numpy as np

from ..reading.raw import Raw
from .found import Found, normal

__all__ = ["Guess", "Guesses", "guesses"]

MOST_ROWS = 500  # that are looked at
MOST_STAGES = 15
MOST = 0.9  # of the cells have to look alike
DATE = re.compile(r"\d{4}([-./])\d{1,2}\1\d{1,2}(?:[ T.]|$)|\d{4}년 ?\d{1,2}월 ?\d{1,2}일")
KEY = re.compile(r"[^\s/$€£¥₩]+")  # no day such as 2/1/2025, and no amount
CLOCK = re.compile(r"([ T])\d{1,2}:\d\d(:\d\d)?$")
AMOUNT = re.compile(r"[₩$€£¥]?\s?-?\d[\d,]*(?:\.\d+)?\s?(?:원|KRW|USD|EUR)?", re.IGNORECASE)
SIGNS = ("₩", "$", "€", "£", "¥", "원", "KRW", "USD", "EUR")
# Two or three words with capitals, or a Korean name: a frequent family name and a syllable or two.
PERSON = re.compile(
    r"[^\W\d_a-z][\w'.-]*(?: [^\W\d_a-z][\w'.-]*){1,2}"
    r"|[김이박최정강조윤장임한오서신권황안송류유홍전고문손배백허남심노하곽성차주우구민진][가-힣]{1,2}"
)


@dataclass(frozen=True, slots=True)
class Guess:
    """A column for a field of ours, and what that rests on: its name, or its cells."""

    column: str
    by: str  # "name", or what the cells are
    how: Mapping[str, object] | None = None  # how its cells are written, where that has to be told


@dataclass(frozen=True, slots=True)
class Guesses:
    """All guesses of one table, and what stands in its stages or outcomes."""

    fields: Mapping[str, Guess]
    one_close_date: bool = False
    stages: Mapping[str, str] | None = None  # stage: open, won or lost, in the order of the file
    outcomes: Mapping[str, str] | None = None  # their word: ours

    def __bool__(self) -> bool:
        return bool(self.fields)


NONE = Guesses({})


def guesses(table: str, found: Found, taken: Mapping[str, str | None]) -> Guesses:
    """What the columns that no preset knows are likely to be; `taken` are those it does."""
    cells = {
        name: _Cells(raw)
        for name, raw in found.columns.items()
        if name not in taken.values() and not name.startswith("Unnamed")
    }
    fields = _by_name(_names().get(table, {}), cells, taken)
    if table == "deals":
        there = {*taken, *fields}
        left = {n: c for n, c in cells.items() if n not in {one.column for one in fields.values()}}
        fields |= _by_cells(left, there)
    if not fields:
        return NONE
    stage, outcome = fields.get("stage"), fields.get("outcome")
    told = {} if outcome is None else _decided_words(cells[outcome.column].labels)
    if outcome is not None and told:
        told |= _words_of("undecided", cells[outcome.column].labels)
    if outcome is not None and not told and stage is None:  # a state that is no outcome: a stage
        fields["stage"] = stage = fields.pop("outcome")
    stages = None
    if stage is not None and not told:
        labels = cells[stage.column].labels
        found_words = _decided_words(labels)
        if found_words:
            order = sorted(labels, key=lambda one: one in found_words)
            stages = {label: found_words.get(label, "open") for label in order}
    one_date = (
        table == "deals"
        and "closed_at" in fields
        and not {"expected_close_at"} & {*taken, *fields}
        and bool(told or stages or "outcome" in taken)
        and cells[fields["closed_at"].column].full
    )
    return Guesses(fields, one_date, stages, told or None)


class _Cells:
    """The first cells of a column as texts."""

    def __init__(self, raw: Raw) -> None:
        codes, labels = raw.take(np.arange(min(len(raw), MOST_ROWS))).labelled()
        texts = [str(label).strip() for label in labels]
        counts = np.bincount(codes[codes >= 0], minlength=len(texts))[: len(texts)]
        given = [(text, int(n)) for text, n in zip(texts, counts, strict=True) if n and text]
        self.labels = list(dict.fromkeys(text for text, _ in given))
        self.rows = sum(n for _, n in given)
        self.full = self.rows == len(codes)
        self.distinct = len(self.labels) == self.rows

    def share(self, looks: re.Pattern[str], whole: bool = True) -> float:
        """Of the labels that there are, how many look so."""
        match = looks.fullmatch if whole else looks.match
        alike = sum(match(label) is not None for label in self.labels)
        return alike / len(self.labels) if self.labels else 0.0

    @property
    def is_date(self) -> bool:
        return self.share(DATE, whole=False) >= MOST

    @property
    def is_amount(self) -> bool:
        return self.share(AMOUNT) >= MOST

    def written(self) -> Mapping[str, object] | None:
        """How amounts and days are written, where that has to be told."""
        if self.is_date:
            return _pattern(next(label for label in self.labels if DATE.match(label)))
        if self.is_amount:
            joined = " ".join(self.labels)
            signs = [sign for sign in SIGNS if sign in joined]
            how: dict[str, object] = {"thousands": ","} if "," in joined else {}
            return how | ({"strip": signs} if signs else {}) or None
        return None


def _by_name(
    names: Mapping[str, Sequence[str]], cells: Mapping[str, _Cells], taken: Mapping[str, str | None]
) -> dict[str, Guess]:
    """Columns that people call so; one column is for one field."""
    alike: dict[str, str] = {}
    for theirs in cells:
        alike.setdefault(normal(theirs), theirs)
    fields: dict[str, Guess] = {}
    used: set[str] = set()
    for ours, called in names.items():
        there = [alike[normal(one)] for one in called if normal(one) in alike]
        free = [one for one in there if one not in used]
        if ours not in taken and free:
            used.add(free[0])
            how = cells[free[0]].written() if ours.endswith("_at") or ours == "amount" else None
            fields[ours] = Guess(free[0], "name", how)
    return fields


def _by_cells(cells: Mapping[str, _Cells], there: set[str]) -> dict[str, Guess]:
    """Days, amounts, stages, people and ids by how they look."""
    fields: dict[str, Guess] = {}
    left = {name: one for name, one in cells.items() if one.rows}

    def take(ours: str, theirs: str, looks: str) -> None:
        fields[ours] = Guess(theirs, looks, left.pop(theirs).written())

    days = sorted(
        (name for name, one in left.items() if one.is_date),
        key=lambda name: min(_day(label) for label in left[name].labels),
    )
    if "created_at" not in there and days:
        take("created_at", days.pop(0), "days, the earliest")
    if "closed_at" not in there and days:
        take("closed_at", days.pop(), "days, the latest")
    if not {"stage", "outcome"} & there:
        for name, one in list(left.items()):
            if len(one.labels) <= MOST_STAGES and _decided_words(one.labels):
                take("stage", name, "few words, and some say won or lost")
                break
    if "id" not in there:
        for name, one in list(left.items()):
            if one.distinct and one.full and one.share(KEY) == 1:
                take("id", name, "another one in every row")
                break
    if "amount" not in there:
        sums = {name: _sum(one.labels) for name, one in left.items() if one.is_amount}
        if sums:
            take("amount", max(sums, key=lambda name: sums[name]), "the largest numbers")
    if "owner" not in there:
        people = [
            name for name, one in left.items() if not one.distinct and one.share(PERSON) >= MOST
        ]
        if people:
            take("owner", people[0], "names of people, some of them often")
    return fields


def _pattern(text: str) -> Mapping[str, object] | None:
    """How a day is written, where not as 2025-01-03."""
    clock = CLOCK.search(text)
    hours = "" if clock is None else f"{clock[1]}%H:%M{':%S' if clock[2] else ''}"
    if "년" in text:
        gap = " " if "년 " in text else ""
        return {"date": f"%Y년{gap}%m월{gap}%d일{hours}"}
    mark = text[4]
    return None if mark == "-" else {"date": f"%Y{mark}%m{mark}%d{hours}"}


def _day(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])


def _sum(labels: Sequence[str]) -> float:
    amounts = (label for label in labels if AMOUNT.fullmatch(label))
    return sum(float(re.sub(r"[^\d.]", "", label)) for label in amounts)


def _decided_words(labels: Sequence[str]) -> dict[str, str]:
    """Which of these words say won, and which lost."""
    return _words_of("decided", labels)


def _words_of(kinds: str, labels: Sequence[str]) -> dict[str, str]:
    known = {normal(word): kind for kind, words in _names()[kinds].items() for word in words}
    return {label: known[normal(label)] for label in labels if normal(label) in known}


@lru_cache(maxsize=1)
def _names() -> Mapping[str, Mapping[str, Sequence[str]]]:
    text = (resources.files("salesmetrics.io") / "column_names.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
