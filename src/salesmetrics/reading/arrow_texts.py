"""Arrow's texts and numbers, to codes and arrays, without what pyarrow would import for them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from ..columns import ShortTexts, mixed
from .raw import Raw, all_differ, object_array, of_objects, of_text

__all__ = [
    "arrow_codes", "arrow_missing", "arrow_numbers", "cells_differ", "many_texts", "own_labels",
    "short_texts",
]  # fmt: skip

Index = npt.NDArray[Any]
Bools = npt.NDArray[np.bool_]
MOST_BYTES, SPACE, ASCII = 64, 32, 127
FEW = 1000  # names that are made at once


def arrow_codes(column: Any) -> Raw:
    """Arrow's dictionaries: one for all chunks, whatever each chunk has."""
    pa = import_module("pyarrow")
    given = pa.types.is_dictionary(column.type)
    if not given:
        if pa.types.is_string_view(column.type):
            column = _of_views(column)
        whole = column.combine_chunks()  # one dictionary at once, not one a chunk to be unified
        column = pa.chunked_array([whole]) if isinstance(whole, pa.Array) else whole
        if many_texts(column):
            short = short_texts(whole) if isinstance(whole, pa.Array) else None
            if short is not None and cells_differ(short):
                return own_labels(ShortTexts(short))
            ids = _listed(column)
            if all_differ(ids):
                return own_labels(ids)
        column = column.dictionary_encode()
    one = column.unify_dictionaries().combine_chunks()
    one = one.chunk(0) if hasattr(one, "num_chunks") and one.num_chunks else one
    if len(one) == 0:
        return Raw(np.zeros(0, np.int32), ())
    indices = one.indices.cast(pa.int32(), safe=False) if len(one) < 2**31 else one.indices
    codes = arrow_numbers(indices)
    if indices.null_count:
        codes = np.where(arrow_missing(indices), codes.dtype.type(-1), codes)
    labels = one.dictionary
    if pa.types.is_string_view(labels.type):
        labels = _of_views(labels)
    if not (pa.types.is_string(labels.type) or pa.types.is_large_string(labels.type)):
        return Raw(codes, labels.to_pylist())
    short = None if given or len(labels) <= FEW else short_texts(labels)
    if short is not None:
        return Raw(codes, ShortTexts(short), text=True)
    # A dictionary that came so may hold null, or the same text twice.
    listed = _listed(labels)
    if labels.null_count or (given and len(set(listed.tolist())) < len(listed)):
        return of_objects([None if code < 0 else listed[code] for code in codes])
    return of_text(codes, listed)


def _of_views(texts: Any) -> Any:
    """Views of strings as strings, also by pyarrow before 18, which cannot cast them."""
    pa = import_module("pyarrow")
    try:
        return texts.cast(pa.large_string())
    except pa.ArrowNotImplementedError:
        made = pa.array(texts.to_pylist(), pa.large_string())
        return pa.chunked_array([made]) if isinstance(texts, pa.ChunkedArray) else made


def _listed(texts: Any) -> Index:
    """Texts as Python has them; as fast as to_numpy(), which imports pandas where it is there."""
    return object_array(texts.to_pylist())


def arrow_numbers(array: Any) -> Index:
    """The numbers of an Arrow array, where they lie; where one is missing, any number stands."""
    numbers = np.frombuffer(array.buffers()[1], array.type.to_pandas_dtype())
    return numbers[array.offset : array.offset + len(array)]


def arrow_missing(array: Any) -> Bools:
    """Where an Arrow array has nothing: of its bits, each of which tells that a cell is there."""
    bits = array.buffers()[0]
    if bits is None:
        return np.zeros(len(array), dtype=bool)
    there = np.unpackbits(np.frombuffer(bits, np.uint8), bitorder="little")
    return ~there[array.offset : array.offset + len(array)].astype(bool)


def many_texts(column: Any) -> bool:
    """Whether a few cells of a column of texts all differ, as those of ids do."""
    size = len(column)
    few = column[:: max(1, size // 1000)].unique()
    return len(few) == len(range(0, size, max(1, size // 1000)))


def short_texts(texts: Any) -> Index | None:
    """Texts in as many bytes as the longest has; None where that is many, or more than they need.

    Nor where any has a zero in it, which tells the end of a shorter one, or is blank or missing.
    """
    if str(texts.type) != "string" or not len(texts) or texts.null_count:
        return None
    offsets = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset :][: len(texts) + 1]
    cells = np.frombuffer(texts.buffers()[2], np.uint8)[offsets[0] : offsets[-1]]
    sizes = np.diff(offsets)
    least, most = int(sizes.min()), int(sizes.max())
    if not 0 < least <= most <= MOST_BYTES or not cells.all():
        return None
    firsts = cells[offsets[:-1] - offsets[0]]
    if not ((firsts > SPACE) & (firsts < ASCII)).all() and _any_blank(texts):
        return None
    if least == most:
        return cells.view(f"S{most}")
    if most * len(texts) > 2 * len(cells) or cells.max() >= ASCII:
        return None
    padded = import_module("pyarrow.compute").ascii_rpad(texts, most, padding="\0")
    return np.frombuffer(padded.buffers()[2], f"S{most}")[: len(texts)]


def _any_blank(texts: Any) -> bool:
    pc = import_module("pyarrow.compute")
    return bool(pc.any(pc.utf8_is_space(texts)).as_py())


def cells_differ(cells: Index) -> bool:
    """Whether short texts surely differ, as their numbers do; else they are compared as texts."""
    if bool((cells[1:] > cells[:-1]).all()):  # in order, as most systems give them
        return True
    numbers = mixed(cells)
    numbers.sort()
    return bool((numbers[1:] != numbers[:-1]).all())


def own_labels(ids: Index | ShortTexts) -> Raw:
    """Every row its own label, in its own place."""
    rows = np.arange(len(ids), dtype=np.int32)
    return Raw(rows, ids, text=True) if isinstance(ids, ShortTexts) else of_text(rows, ids)
