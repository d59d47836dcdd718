"""The arrays that the models take, checked once at the door."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import SalesMetricsError

__all__ = [
    "BoolArray", "FloatArray", "IntArray", "ShortArray", "codes", "days", "in_any_order",
    "level_of", "numbers", "shares", "short",
]  # fmt: skip

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
ShortArray = NDArray[np.int32]
BoolArray = NDArray[np.bool_]


def in_any_order(values: FloatArray) -> float:
    """Their sum, the same to the last digit in whatever order they come."""
    return float(np.sort(values).sum())


def numbers(
    name: str, values: ArrayLike, size: int | None = None, *, gaps: bool = False
) -> FloatArray:
    """One-dimensional floats; `gaps` allows NaN for a value that is not known."""
    array: FloatArray = np.atleast_1d(np.asarray(values, dtype=np.float64))
    _shape(name, array, size)
    bad = np.isinf(array) if gaps else ~np.isfinite(array)
    if bad.any():
        at = int(np.argmax(bad))
        raise SalesMetricsError(f"{name}[{at}] is {array[at]}; give a finite number")
    return array


def shares(name: str, values: ArrayLike, size: int | None = None) -> FloatArray:
    """Floats from 0 to 1; a percentage is refused."""
    array = numbers(name, values, size)
    bad = (array < 0) | (array > 1)
    if bad.any():
        at = int(np.argmax(bad))
        raise SalesMetricsError(f"{name}[{at}] is {array[at]}; a probability lies from 0 to 1")
    return array


def days(name: str, values: ArrayLike, size: int | None = None) -> IntArray:
    """Whole days as 64-bit integers; floats are taken where they are whole."""
    array: IntArray = _whole(name, values).astype(np.int64, copy=False)
    _shape(name, array, size)  # nobody writes into what was given
    return array


def short(
    name: str, values: ArrayLike, size: int | None = None, *, most: int | None = None
) -> ShortArray:
    """Whole numbers in four bytes; those above `most` count as that, where it is given."""
    given = _whole(name, values)
    _shape(name, given, size)
    if most is not None and (given > most).any():
        given = np.minimum(given, most)
    limits = np.iinfo(np.int32)
    if given.dtype != np.int32 and len(given):
        outside = (given < limits.min) | (given > limits.max)
        if outside.any():
            at = int(np.argmax(outside))
            raise SalesMetricsError(
                f"{name}[{at}] is {given[at]}; give whole numbers from {limits.min} to {limits.max}"
            )
    return given.astype(np.int32, copy=False)  # nobody writes into what was given


def _whole(name: str, values: ArrayLike) -> NDArray[Any]:
    given = np.atleast_1d(np.asarray(values))
    whole = given.dtype.kind in "iub" or (
        given.dtype.kind == "f" and bool((np.isfinite(given) & (given == np.floor(given))).all())
    )
    if not whole:
        raise SalesMetricsError(f"{name} has to be whole numbers, not {given.dtype}")
    return given


def codes(name: str, values: ArrayLike, count: int, size: int | None = None) -> IntArray:
    """Whole numbers from 0 to `count` - 1."""
    array = days(name, values, size)
    bad = (array < 0) | (array >= count)
    if bad.any():
        at = int(np.argmax(bad))
        raise SalesMetricsError(f"{name}[{at}] is {array[at]}; codes run from 0 to {count - 1}")
    return array


def level_of(level: float) -> float:
    """A confidence level strictly between 0 and 1."""
    if not 0 < level < 1:
        raise SalesMetricsError(f"level is {level}; give a share between 0 and 1, such as 0.95")
    return level


def _shape(name: str, array: NDArray[Any], size: int | None) -> None:
    if array.ndim != 1:
        raise SalesMetricsError(f"{name} has {array.ndim} dimensions; give a list of values")
    if size is not None and len(array) != size:
        raise SalesMetricsError(f"{name} has {len(array)} values where {size} are needed")
