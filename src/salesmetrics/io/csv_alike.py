"""Which CSV texts every reader takes alike, so that the fastest may read them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .found import Data

__all__ = ["even", "read_alike"]

PIECE = 1 << 19  # bytes that stay near the processor
QUOTE, LINE, RETURN = b'"\n\r'
ONE, TOP = np.uint64(1), np.uint64(63)
STEPS = [np.uint64(1 << step) for step in range(6)]
Words = npt.NDArray[np.uint64]


def read_alike(text: Data, mark: str, returns: bool = False) -> tuple[bool, bool]:
    """Whether every reader takes the text alike, and whether no cell has a line end in it.

    For the first, lines end alike and none is blank, and every quote opens or closes a cell or is
    doubled: in such a text every other quote opens, and has a separator before it, or the quote
    that it doubles.  What a byte is stands in one bit, so that 64 of them are looked at together.
    `returns` says that lines end with a return, which the first one that is met tells.
    """
    if len(mark) != 1 or not mark.isascii() or text[:1] in (b"\n", b"\r"):
        return False, False
    cells, size = np.frombuffer(text, np.uint8), max(PIECE // 64, 1) * 64
    flat, odd = True, np.uint64(0)
    # A quote at either end of the text stands well there.
    parts_before, lines_before, returns_before = ONE << TOP, np.uint64(0), np.uint64(0)
    room = np.empty((4, size), dtype=bool)  # once for all pieces: to get it anew takes longest
    for start in range(0, len(cells), size):
        piece = cells[start : start + size]
        found = room[:, : len(piece)]
        for byte, marked in zip((QUOTE, LINE, ord(mark), RETURN), found, strict=True):
            np.equal(piece, byte, out=marked)
        quotes, lines, parts = map(_words, found[:3])
        parts |= quotes | lines
        if returns:
            ends = _words(found[3])
            parts |= ends
            if (_later(ends, ONE, returns_before) & ~lines).any():  # one alone
                return False, False
            returns_before = ends[-1]
        elif found[3].any():
            return read_alike(text, mark, returns=True)
        within, odd = _within(quotes, odd)
        after = parts >> ONE
        after[:-1] |= parts[1:] << TOP
        beyond = cells[start + size : start + size + 1]
        if not len(beyond) or beyond[0] in b'"\n\r' + mark.encode():
            after[-1] |= ONE << np.uint64((len(piece) - 1) % 64)
        opens, closes = quotes & within, quotes & ~within
        if (opens & ~_later(parts, ONE, parts_before)).any() or (closes & ~after).any():
            return False, False
        blank = lines & _later(lines, ONE, lines_before)
        if returns:
            blank |= lines & _later(lines, ONE + ONE, lines_before)
        if blank.any():
            return False, False
        flat = flat and not (lines & within).any()
        parts_before, lines_before = parts[-1], lines[-1]
    return not odd and not (returns and cells[-1] == RETURN), flat


def _words(marked: npt.NDArray[np.bool_]) -> Words:
    """A bit for each byte, the first of 64 the lowest."""
    bits = np.packbits(marked, bitorder="little")
    return np.append(bits, np.zeros(-len(bits) % 8, np.uint8)).view("<u8")


def _later(words: Words, by: np.uint64, before: np.uint64) -> Words:
    """What is marked so many bytes before each; `before` is the word before these."""
    found = words << by
    found[1:] |= words[:-1] >> (ONE + TOP - by)
    found[0] |= before >> (ONE + TOP - by)
    return found


def _within(quotes: Words, odd: np.uint64) -> tuple[Words, np.uint64]:
    """Where an odd number of quotes has come, and whether one has by the end; `odd`: before."""
    found = quotes.copy()
    for step in STEPS:
        found ^= found << step
    by_end = np.bitwise_xor.accumulate(found >> TOP) ^ odd
    found[1:] ^= np.uint64(0) - by_end[:-1]  # all bits of a word, where one has come before it
    if odd:
        found[0] = ~found[0]
    return found, by_end[-1]


def even(text: bytes, mark: str, columns: int) -> bool:
    """Whether there are as many separators as rows of that many columns have."""
    cells = np.frombuffer(text, np.uint8)
    outside = ~np.bitwise_xor.accumulate(cells == QUOTE) if b'"' in text else np.True_
    lines = int(((cells == LINE) & outside).sum()) + (not text.endswith(b"\n"))
    return int(((cells == ord(mark)) & outside).sum()) == lines * (columns - 1)
