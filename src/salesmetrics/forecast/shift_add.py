"""The law of a sum of deals that each come in or not, on a grid of amounts."""

from __future__ import annotations

import math

import numpy as np

from .arrays import FloatArray, IntArray

__all__ = ["add_deals", "compound_poisson", "convolve", "exact_unit", "grid_unit"]

HANDFUL = 40  # deals
JOINED = 8  # handfuls
FEW_CELLS = 256  # over which a handful is added all at once; over more, deal by deal is faster


def add_deals(amounts: FloatArray, chances: FloatArray, unit: float, cells: int) -> FloatArray:
    """Law of the sum of amounts that come in with given chances, independent of one another.

    `chances` has a row per scenario and a column per deal; so has the result, with the chance of a
    sum of 0, unit, 2 unit, ... An amount between two cells is split between them so that its mean
    is kept; what lies beyond the grid is kept in the last cell. Many deals are added in handfuls,
    small ones together, so that each handful spreads over few cells; the handfuls are then joined,
    eight at a time, by their Fourier transforms, each of which rounds in the order of 1e-16.
    """
    order = np.argsort(amounts, kind="stable")
    # What few deals may come to is kept to the last digit of the smallest chance; a count is not.
    rounded = len(order) > HANDFUL or bool((amounts == unit).all())
    laws = []
    for at in range(0, max(len(order), 1), HANDFUL):
        handful = order[at : at + HANDFUL]
        reach = math.ceil(float(amounts[handful].sum()) / unit) + len(handful) + 1
        one = _multiplied if rounded and reach <= FEW_CELLS else _spread
        laws.append(one(amounts[handful], chances[:, handful], unit, min(cells, reach)))
    while len(laws) > 1:
        laws = [_joined(laws[at : at + JOINED], cells) for at in range(0, len(laws), JOINED)]
    law = np.zeros((len(chances), cells))
    law[:, : laws[0].shape[1]] = laws[0]
    return law


def _joined(laws: list[FloatArray], cells: int) -> FloatArray:
    """The law of a sum of sums, on no more cells than it reaches."""
    reach = sum(law.shape[1] - 1 for law in laws) + 1
    size = _quick(min(2 * cells, reach))
    joined = np.fft.rfft(laws[0], size, axis=1)
    for law in laws[1:]:
        joined *= np.fft.rfft(law, size, axis=1)
    return _kept(np.fft.irfft(joined, size, axis=1), min(cells, reach))


def _quick(size: int) -> int:
    """The next even number that is a power of two, or one and a half of it: quick to transform."""
    power = 1 << max(1, (size - 1).bit_length())
    return power * 3 // 4 if power >= 8 and power * 3 // 4 >= size else power


def _multiplied(amounts: FloatArray, chances: FloatArray, unit: float, cells: int) -> FloatArray:
    """The law of a few deals that reach over few cells: their characteristic functions' product."""
    whole, upper = _split(amounts, unit)
    size = _quick(max(cells, int(whole.sum()) + len(whole) + 1))
    turn = np.exp(-2j * np.pi / size * np.arange(size))
    places = np.arange(size // 2 + 1)
    comes = turn[whole[:, None] * places % size]
    comes += upper[:, None] * comes * (turn[places] - 1)
    law = (1 + chances[:, :, None] * (comes - 1)).prod(axis=1)
    return _kept(np.fft.irfft(law, size, axis=1), cells)


def _spread(amounts: FloatArray, chances: FloatArray, unit: float, cells: int) -> FloatArray:
    """The law of a few deals, one after another: only sums and products of numbers from 0 to 1."""
    law = np.zeros((len(chances), cells))
    law[:, 0] = 1
    size = 1
    whole, upper = _split(amounts, unit)
    stays, lower, higher = 1 - chances, chances * (1 - upper), chances * upper
    for at, (cell, part) in enumerate(zip(whole.tolist(), upper.tolist(), strict=True)):
        mine = slice(at, at + 1)
        before = law[:, :size].copy()
        law[:, :size] *= stays[:, mine]
        _shift(law, before, cell, lower[:, mine])
        if part:
            _shift(law, before, cell + 1, higher[:, mine])
        size = min(size + cell + (part > 0), cells)
    return law


def _shift(law: FloatArray, before: FloatArray, shift: int, chance: FloatArray) -> None:
    size, cells = before.shape[1], law.shape[1]
    if shift + size <= cells:
        law[:, shift : shift + size] += before * chance
        return
    fits = max(0, cells - shift)
    law[:, shift : shift + fits] += before[:, :fits] * chance
    law[:, -1] += before[:, fits:].sum(axis=1) * chance[:, 0]


def _split(amounts: FloatArray, unit: float) -> tuple[IntArray, FloatArray]:
    """(cell at or below each amount, share that belongs to the next one)."""
    place = amounts / unit
    near = np.rint(place)
    on_grid = np.abs(place - near) < 1e-9  # up to the rounding of the quotient
    cell = np.where(on_grid, near, np.floor(place))
    return cell.astype(np.int64), np.where(on_grid, 0.0, place - cell)


def compound_poisson(
    rates: FloatArray, amounts: FloatArray, scale: FloatArray, unit: float, cells: int
) -> FloatArray:
    """Law of the sum of a random number of amounts: Poisson many of each, on the same grid.

    `rates[i]` is the expected number of `amounts[i]`, multiplied by `scale` of each scenario (the
    rows of the result). By its characteristic function exp(sum of rate (e^(i t amount) - 1)); mass
    beyond the grid is kept in the last cell, rounding below 0 is cut off.
    """
    cell, upper = _split(amounts, unit)
    size = _quick(2 * cells)
    places = np.minimum(np.stack([cell, cell + 1], axis=1), size - 1)
    shares = np.stack([rates * (1 - upper), rates * upper], axis=1)
    mass = np.bincount(places.ravel(), shares.ravel(), minlength=size)
    phase = np.fft.rfft(mass) - mass.sum()
    return _kept(np.fft.irfft(np.exp(scale[:, None] * phase), size, axis=1), cells)


def convolve(one: FloatArray, other: FloatArray) -> FloatArray:
    """Law of the sum of two independent sums, row by row; the rest goes to the last cell."""
    cells = one.shape[1]
    size = _quick(2 * cells)
    joined = np.fft.rfft(one, size, axis=1) * np.fft.rfft(other, size, axis=1)
    return _kept(np.fft.irfft(joined, size, axis=1), cells)


def _kept(law: FloatArray, cells: int) -> FloatArray:
    """The first cells of a law, what lies beyond in the last; rounding below 0 is cut off."""
    law = np.maximum(law, 0)
    law[:, cells - 1] += law[:, cells:].sum(axis=1)
    law = law[:, :cells]
    return np.asarray(law / law.sum(axis=1, keepdims=True), dtype=np.float64)


def exact_unit(amounts: FloatArray, span: float, target: float | None, most: int) -> float | None:
    """The unit on whose grid every amount lies exactly; None where that takes over `most` cells.

    Amounts and targets are often round: what falls on the target to the last unit then counts.
    """
    given = amounts if target is None else np.append(amounts, target)
    if (given != np.floor(given)).any() or given.max() > 2**53:
        return None
    whole: IntArray = given.astype(np.int64)
    unit = math.gcd(*whole.tolist())
    return float(unit) if unit and span / unit + 2 <= most else None


def grid_unit(span: float, target: float | None, cells: int) -> float:
    """A unit that covers `span` with at most `cells` cells and has the target on the grid.

    The target is above 0; one beyond the span is not looked at.
    """
    unit = span / (cells - 2)
    if target is None or target > span:
        return unit
    return target / max(1, math.floor(target / unit))
