"""What the columns of somebody's own file mean: by their names, else by what the cells look like.

A guess is a proposal to a person, who sees what it rests on; no file is read by one.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib import resources

import numpy as np

from ..reading.raw import Raw
from .found import Found, normal
from .written_days import WrittenDays, days_written

__all__ = ["Guess", "Guesses", "guesses"]

MOST_ROWS = 500  # that are looked at
MOST_STAGES = 15
MOST = 0.9  # of the cells have to look alike
KEY = re.compile(r"[^\s/$€£¥₩]+")  # no day such as 2/1/2025, and no amount
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
    # How the cells of columns that are named like ours are written.
    forms: Mapping[str, Mapping[str, object]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.fields or self.stages or self.forms)


NONE = Guesses({})


def guesses(table: str, found: Found, taken: Mapping[str, str | None]) -> Guesses:
    """What the columns that no preset knows are likely to be; `taken` are those it does."""
    cells = {
        name: _Cells(raw) for name, raw in found.columns.items() if not name.startswith("Unnamed")
    }
    free = {name: one for name, one in cells.items() if name not in taken.values()}
    fields = _by_name(_names().get(table, {}), free, taken)
    if table == "deals":
        there = {*taken, *fields}
        left = {n: c for n, c in free.items() if n not in {one.column for one in fields.values()}}
        fields |= _by_cells(left, there)
        fields |= _name_as_id(fields, taken, cells)
    outcome = fields.get("outcome")
    told = {} if outcome is None else _decided_words(cells[outcome.column].labels)
    if outcome is not None and told:
        told |= _words_of("undecided", cells[outcome.column].labels)
    if outcome is not None and not told and "stage" not in {*taken, *fields}:
        fields["stage"] = fields.pop("outcome")  # a state that is no outcome
    column = {**taken, **{ours: one.column for ours, one in fields.items()}}
    stages = None
    if "outcome" not in taken and not told and (named := column.get("stage")) in cells:
        labels = cells[str(named)].labels
        if words := _decided_words(labels):
            order = sorted(labels, key=lambda one: one in words)
            stages = {label: words.get(label, "open") for label in order}
    closed = cells.get(str(column.get("closed_at")))
    one_date = (
        table == "deals"
        and closed is not None
        and closed.full
        and "expected_close_at" not in column
        and bool(told or stages or "outcome" in taken)
        and bool(fields or stages)
    )
    forms = {
        ours: cells[theirs].written()
        for ours, theirs in taken.items()
        if theirs is not None and theirs in cells
    }
    known = {ours: how for ours, how in forms.items() if how and _is_written(ours)}
    return Guesses(fields, one_date, stages, told or None, known)


def _name_as_id(
    fields: Mapping[str, Guess], taken: Mapping[str, str | None], cells: Mapping[str, _Cells]
) -> dict[str, Guess]:
    """The names of deals, where no column has ids and every row another name."""
    name = fields["name"].column if "name" in fields else taken.get("name")
    if name is None or name not in cells or "id" in {*fields, *taken} or not cells[name].rows:
        return {}
    one = cells[name]
    return {"id": Guess(name, "another one in every row")} if one.distinct and one.full else {}


def _is_written(ours: str) -> bool:
    """Whether its cells may be written in several ways."""
    return ours.endswith("_at") or ours == "amount"


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

    def share(self, looks: re.Pattern[str]) -> float:
        """Of the labels that there are, how many look so."""
        alike = sum(looks.fullmatch(label) is not None for label in self.labels)
        return alike / len(self.labels) if self.labels else 0.0

    @cached_property
    def days(self) -> WrittenDays | None:
        return days_written(self.labels)

    @property
    def is_amount(self) -> bool:
        return self.share(AMOUNT) >= MOST

    def written(self) -> Mapping[str, object] | None:
        """How amounts and days are written, where that has to be told."""
        if self.days is not None:
            return None if self.days.pattern is None else {"date": self.days.pattern}
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
            how = cells[free[0]].written() if _is_written(ours) else None
            fields[ours] = Guess(free[0], "name", how)
    return fields


def _by_cells(cells: Mapping[str, _Cells], there: set[str]) -> dict[str, Guess]:
    """Days, amounts, stages, people and ids by how they look."""
    fields: dict[str, Guess] = {}
    left = {name: one for name, one in cells.items() if one.rows}

    def take(ours: str, theirs: str, looks: str) -> None:
        fields[ours] = Guess(theirs, looks, left.pop(theirs).written())

    dated = {name: one.days.earliest for name, one in left.items() if one.days is not None}
    days = sorted(dated, key=lambda name: dated[name])
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
