"""Names that may be one or several: spelling variants, several in one cell, rounded numbers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

import numpy as np

from ..columns import Codes, Keys
from ..crm import CRM
from ..models import Kind, kinds_of
from ..reasons import Reason
from ..tables import Table
from .suspects import Suspect, some

__all__ = ["name_suspects"]

MANY_NAMES = 200_000  # more than people can look through
NOT_GROUPED = ("name",)  # of deals: titles, by which nothing is grouped
MARKS = (";", "|", ",", "\n")
JOINTS = ("/", "+", "&", "·", " and ", " und ", " et ")  # between names, and often within one
EXPONENT = "E+"
ROUNDED = re.compile(r"[+-]?\d(\.\d+)?E\+\d{2,}")  # as spreadsheets write long numbers
OPAQUE = re.compile(r"[0-9a-zA-Z+/=_-]{15,}")  # ids of machines, in which case has a meaning


def name_suspects(crm: CRM) -> Iterator[Suspect]:
    """Columns whose names differ in spelling alone, or hold several names at once."""
    for table in crm.tables.values():
        for name, kind in kinds_of(table.record).items():
            column = table.given.get(name)
            named = kind in (Kind.CODE, Kind.KEY) and set(table.given) > {"id"}
            if named and isinstance(column, (Codes, Keys)):
                yield from _rounded(table, name, column)
            grouped = kind is Kind.CODE and name not in NOT_GROUPED
            if grouped and isinstance(column, Codes) and len(column.labels) <= MANY_NAMES:
                yield from _variants(table, name, column)
                yield from _several(table, name, column)


def _rounded(table: Table, name: str, column: Codes | Keys) -> Iterator[Suspect]:
    """Ids that a spreadsheet has cut to a few digits: what was several may be one."""
    if isinstance(column, Codes):
        cut = [code for code, label in enumerate(column.labels) if _is_rounded(label)]
        rows = np.flatnonzero(np.isin(column.codes, cut)) if cut else np.zeros(0, np.int64)
        labels = [column.labels[code] for code in cut]
    elif column.whole or (column.short and EXPONENT.encode() not in column.values.tobytes()):
        return
    else:
        ids = column.labels()
        rows = np.array([at for at, one in enumerate(ids) if _is_rounded(one)], np.int64)
        labels = [ids[row] for row in rows.tolist()]
    if len(rows):
        facts = {"names": some([repr(label) for label in labels])}
        yield Suspect("rounded", table.name, name, rows, facts, untreated=AS_WRITTEN)


def _is_rounded(label: str | None) -> bool:
    return isinstance(label, str) and EXPONENT in label and ROUNDED.fullmatch(label) is not None


def _variants(table: Table, name: str, column: Codes) -> Iterator[Suspect]:
    alike: dict[str, list[int]] = {}
    for code in np.flatnonzero(column.in_use()).tolist():
        label = column.labels[code]
        if isinstance(label, str) and not OPAQUE.fullmatch(label):
            alike.setdefault(_folded(label), []).append(code)
    sets = [codes for spelled, codes in alike.items() if spelled and len(codes) > 1]
    if not sets:
        return
    rows = np.flatnonzero(np.isin(column.codes, [code for codes in sets for code in codes]))
    told = some([" = ".join(repr(column.labels[code]) for code in codes) for codes in sets])
    yield Suspect("spelled_alike", table.name, name, rows, {"names": told}, untreated=AS_WRITTEN)


def _folded(label: str) -> str:
    """Without case, marks and the ways in which one letter may be written."""
    plain = unicodedata.normalize("NFKC", label).casefold()
    return "".join(filter(str.isalnum, plain))


def _several(table: Table, name: str, column: Codes) -> Iterator[Suspect]:
    used = {column.labels[code]: code for code in np.flatnonzero(column.in_use()).tolist()}
    found = [
        code for label, code in used.items() if isinstance(label, str) and _is_several(label, used)
    ]
    if not found:
        return
    rows = np.flatnonzero(np.isin(column.codes, found))
    told = some([repr(column.labels[code]) for code in found])
    yield Suspect("several_in_one", table.name, name, rows, {"names": told}, untreated=AS_WRITTEN)


def _is_several(label: str, used: dict[str | None, int]) -> bool:
    """Whether its parts are names: one of them stands alone elsewhere, or all of them do where the
    mark is often within a name; a ; always parts them."""
    for mark in (*MARKS, *JOINTS):
        parts = [part.strip() for part in label.split(mark)]
        if len(parts) < 2 or not all(parts):
            continue
        alone = [part in used for part in parts]
        if mark == ";" or all(alone) or (mark in MARKS and any(alone)):
            return True
    return False


AS_WRITTEN = Reason("grouped_as_written")
