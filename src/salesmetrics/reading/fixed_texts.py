"""numpy's texts of fixed length, to codes, without a Python text for each row."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .raw import Raw, object_array, of_objects, of_text

__all__ = ["fixed_codes"]

Words = npt.NDArray[Any]
MIXER = np.uint64(0x9E3779B97F4A7C15)  # odd, so that no two numbers become one by it


def fixed_codes(texts: npt.NDArray[np.str_]) -> Raw:
    """An array of numpy's own texts: only those that differ are made texts of Python."""
    size = len(texts)
    if not texts.nbytes:
        return of_objects(texts.tolist())
    words = np.ascontiguousarray(texts).view(np.uint32).reshape(size, -1)
    mixed = _mixed(words)
    order = np.argsort(mixed)
    ordered = mixed[order]
    begins = np.append(True, ordered[1:] != ordered[:-1])
    if begins.all():  # as of ids
        return of_text(np.arange(size, dtype=np.int32), object_array(texts.tolist()))
    codes = np.empty(size, dtype=np.int32)
    codes[order] = np.cumsum(begins) - 1
    first = np.empty(codes.max() + 1, dtype=np.int64)
    first[codes[::-1]] = np.arange(size)[::-1]  # of rows written to one place the last one stays
    if not (words == words[first[codes]]).all():  # two texts that are mixed to the same number
        return of_objects(texts.tolist())
    turn = np.argsort(first)
    place = np.empty(len(turn), dtype=np.int32)
    place[turn] = np.arange(len(turn), dtype=np.int32)
    return of_text(place[codes], object_array(texts[first[turn]].tolist()))


def _mixed(words: Words) -> npt.NDArray[np.uint64]:
    """One number for each row of words; those that are alike have the same."""
    if words.shape[1] % 2 == 0:
        words = words.view(np.uint64)
    mixed = words[:, 0].astype(np.uint64)
    for at in range(1, words.shape[1]):
        mixed *= MIXER
        mixed ^= mixed >> np.uint64(32)
        mixed += words[:, at]
    return mixed
