"""Aligned columns for a terminal: the one style of every table."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from ..errors import visible

__all__ = ["NAME", "columns_text", "encodable", "shortened", "visible", "width", "wrapped"]

GAP = 2
NARROW = 24  # a column of remarks is not made narrower than this
LONGEST = 42  # a name in the first columns is cut beyond this
NAME = 60  # and beyond this in a sentence, and where lines wrap


def encodable(text: str) -> str:
    """With halves of characters, which no file can hold, written out."""
    return text.encode("utf-8", "backslashreplace").decode()


def width(text: str) -> int:
    """Columns on a terminal: a Hangul syllable takes two."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def wrapped(text: str, room: int) -> list[str]:
    """The text in lines of so many columns, broken at blanks and after underscores."""
    if "\n" not in text and width(text) <= room:
        return [text.rstrip()]
    lines: list[str] = []
    for part in text.split("\n"):
        line = ""
        for word in re.findall(r"[^\s_]*_+|[^\s_]+\s*|\s+", part):
            if line and width(line + word.rstrip()) > room:
                lines.append(line.rstrip())
                line = ""
            line += word
        lines.append(line.rstrip())
    return lines


def columns_text(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    left: int = 1,
    room: int | None = None,
    remarks: bool = False,
) -> str:
    """Aligned columns: the first `left` to the left, the others to the right.

    Names in the header wrap at the width of what stands below them.  Columns that do not fit the
    room go to further tables, which repeat the first ones; with `remarks` the last column is
    text, wrapped to the room that is left.  Columns with nothing in them are left out.
    """
    used = [i for i, _ in enumerate(header) if i < left or any(row[i] for row in rows)]
    cut = [[shortened(line[i], LONGEST) if i < left else line[i] for i in used] for line in rows]
    heads = [header[i] for i in used]
    text = {len(used) - 1} if remarks and used and used[-1] == len(header) - 1 else set()
    sizes = [
        max([*(width(line[i]) for line in cut), *(width(w) for w in _words(heads[i]))], default=0)
        for i in range(len(used))
    ]
    if room is not None:
        for i in text:
            others = sum(sizes[:i]) + GAP * i
            sizes[i] = max(min(sizes[i], room - others), min(sizes[i], NARROW))
    shown = []
    for block in _blocks(sizes, left, room):
        shown.append(
            _table(
                [heads[i] for i in block],
                [[line[i] for i in block] for line in cut],
                [sizes[i] for i in block],
                {at for at, i in enumerate(block) if i < left or i in text},
            )
        )
    return "\n\n".join(shown)


def _blocks(sizes: Sequence[int], left: int, room: int | None) -> list[list[int]]:
    """Which columns stand together, each time after the first ones."""
    first = list(range(left))
    taken = sum(sizes[:left]) + GAP * (left - 1)
    blocks, block, used = [], [*first], taken
    for i in range(left, len(sizes)):
        if room is not None and len(block) > left and used + GAP + sizes[i] > room:
            blocks.append(block)
            block, used = [*first], taken
        block.append(i)
        used += GAP + sizes[i]
    return [*blocks, block]


def _table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], sizes: Sequence[int], text: set[int]
) -> str:
    def lines(cells: Sequence[str], bottom: bool) -> list[str]:
        each = [wrapped(cell, size) for cell, size in zip(cells, sizes, strict=True)]
        high = max(map(len, each))
        pad = [[""] * (high - len(c)) + c if bottom else c + [""] * (high - len(c)) for c in each]
        return [_aligned([column[at] for column in pad], sizes, text) for at in range(high)]

    rule = (" " * GAP).join("-" * size for size in sizes)
    body = [line for row in rows for line in lines(row, bottom=False)]
    return "\n".join([*lines(heads, bottom=True), rule, *body])


def _aligned(line: Sequence[str], sizes: Sequence[int], text: set[int]) -> str:
    cells = [
        cell + " " * (size - width(cell)) if i in text else " " * (size - width(cell)) + cell
        for i, (cell, size) in enumerate(zip(line, sizes, strict=True))
    ]
    return (" " * GAP).join(cells).rstrip()


def _words(name: str) -> list[str]:
    return [line for part in name.split("\n") for line in wrapped(part, 0)]


def shortened(text: str, columns: int = NAME) -> str:
    """A name of at most so many columns; one that is cut ends in a sign that says so.

    >>> shortened("Seoul 1", 7), shortened("Seoul 10", 7), shortened("서울 1팀 동부", 7)
    ('Seoul 1', 'Seoul …', '서울 1…')
    """
    if width(text) <= columns:
        return text
    kept, left = "", columns - 1
    for char in text:
        left -= width(char)
        if left < 0:
            break
        kept += char
    return kept + "…"
