"""Definitions side by side, as text."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..catalog import ENTRIES
from ..results.formats import RATES
from ..results.text_table import columns_text, visible
from ..results.words import words
from .views import rows_lost

if TYPE_CHECKING:
    from ..insight.definitions import DefinedSo, Definitions

__all__ = ["definitions_text"]

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "title": "{kpi}, {period}: one name, {count} definitions",
        "header": "definition,by,value,difference,n,rows more,rows fewer,counted otherwise",
        "ours": "salesmetrics",
        "reason": "{name}: undefined, because {reason}",
        "says": "{system}, {name} = {ours} ({source}, {checked}): {says}",
        "read": "its source was read on {on}",
        "excerpt": "from excerpts, {on}",
        "unverified": "from general knowledge: no public definition was found by {on}",
        "points": "pp",
    },
    "ko": {
        "title": "{kpi}, {period}: 같은 이름의 정의 {count}가지",
        "header": "정의,출처,값,차이,n,추가된 행,빠진 행,다르게 센 행",
        "ours": "salesmetrics",
        "reason": "{name}: 산출 불가({reason})",
        "says": "{system}, {name} = {ours} ({source}, {checked}): {says}",
        "read": "{on} 원본 확인",
        "excerpt": "{on} 인용 확인",
        "unverified": "{on} 기준 공개된 정의를 찾지 못해 일반적으로 알려진 내용을 따름",
        "points": "%p",
    },
}


def definitions_text(found: Definitions, lang: str = "en") -> str:
    """A row a definition, then what each system does and why some have no figure."""
    said = words(lang)
    text = WORDS[said.lang]
    title = text["title"].format(
        kpi=said.kpi(ENTRIES[found.kpi]), period=said.period(found.period), count=len(found)
    )
    rows = [
        [
            visible(one.name),
            visible(one.system or text["ours"]),
            _number(one, one.value, text),
            _number(one, one.difference, text, signed=True),
            "" if one.n is None else f"{one.n:,}",
            "" if one.more is None else f"{one.more:,}",
            "" if one.fewer is None else f"{one.fewer:,}",
            "" if one.otherwise is None else f"{one.otherwise:,}",
        ]
        for one in found
    ]
    room = shutil.get_terminal_size((120, 24)).columns
    table = columns_text(text["header"].split(","), rows, 2, room)
    notes = [
        text["says"].format(
            system=one.system, name=one.name, source=one.source, ours=one.definition,
            checked=text[one.checked or "unverified"].format(on=one.on),
            says=one.says[0 if said.lang == "en" else 1],
        )
        for one in found
        if one.says is not None
    ]  # fmt: skip
    notes += [
        text["reason"].format(name=one.name, reason=one.reason.said(said.lang))
        for one in found
        if one.reason is not None
    ]
    notes += rows_lost(found.rows_read, said)
    return "\n\n".join(part for part in (title, table, "\n".join(map(visible, notes))) if part)


def _number(
    one: DefinedSo, value: float | None, text: Mapping[str, str], signed: bool = False
) -> str:
    if value is None:
        return "" if signed else "-"
    sign = "+" if signed else ""
    if one.unit in RATES:
        return f"{value * 100:{sign}.1f} {text['points']}" if signed else f"{value:z.1%}"
    places = 0 if abs(value) >= 1000 or value == int(value) else 1
    return f"{value:{sign},.{places}f}"
