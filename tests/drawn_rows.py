"""Charts of rows against what is wanted of them: the picture, the specification, matplotlib."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isnan
from pathlib import Path
from typing import Any

import pytest
from drawn import Picture, axes_of, encoded, is_name, near

import salesmetrics as sm
from salesmetrics.money import digits, format_money

DEMO = Path(__file__).parents[1] / "examples" / "demo"
NAMES = ["ana", "bo <b>&", "장지호", "M" * 40, "i", "a name that is longer than its room is wide"]


@dataclass(frozen=True)
class Wanted:
    """A row of a chart: what is drawn in it, in the unit of the figure."""

    name: str
    text: str
    bars: tuple[tuple[float, float, str], ...]  # from, to, look
    whisker: tuple[float, float] | None = None
    diamond: float | None = None


def ugly(seed: int) -> sm.CRM:
    """Deals of few or many people: below 0, of 0, without an amount, large, alike."""
    draw = random.Random(seed)
    people = draw.sample(NAMES, draw.randint(1, len(NAMES)))
    people += [f"person {n}" for n in range(draw.choice([0, 0, 14]))]
    size = draw.choice([1, 1, 1000, 2_000_000])
    kinds = [[0], [7], [None, 3, 8], [-5, 0, 4, None, 90], [-3, -1], [1, 20, 300]]
    amounts: list[int | None] = kinds[seed % len(kinds)]  # type: ignore[arg-type]
    rows: list[dict[str, object]] = []
    for n in range(draw.randint(4, 60)):
        amount = draw.choice(amounts)
        rows.append(
            {"id": n, "owner": draw.choice(people), "created_at": "2024-12-01",
             "closed_at": f"2025-{draw.randint(1, 6):02}-{draw.randint(1, 28):02}",
             "outcome": draw.choice(["won", "won", "lost"]),
             "loss_reason": draw.choice(["price", "가격", None, "W" * 30]),
             "amount": None if amount is None else amount * size}
        )  # fmt: skip
    return sm.CRM(deals=rows, currency=draw.choice(["USD", "KRW"]), tz="UTC").as_of("2025-06-15")


def money(value: float | Fraction, currency: str | None, lang: str) -> str:
    assert currency is not None
    minor = Fraction(value) * 10 ** digits(currency)
    return format_money(minor, currency, "ko" if lang == "ko" else "en", compact=True)


def look_at(chart: Any, wanted: Sequence[Wanted], line: float | None = None) -> Picture:
    """The picture has these rows in this order, at one scale, and nothing else."""
    picture = Picture(chart)
    axis, rows = picture.axis(), picture.rows()
    assert len(rows) == len(wanted)
    drawn_at = [0.0] + ([] if line is None else [line])
    for row, one in zip(rows, wanted, strict=True):
        assert is_name(row.label, one.name), (row.label, one.name)
        assert row.texts[0].text == one.text
        bars = [rect for rect in row.rects if rect.left < row.texts[0].x]
        assert len(bars) == len(one.bars), (row, one)
        for bar, (start, end, look) in zip(bars, one.bars, strict=True):
            low, high = sorted((start, end))
            assert near(bar.left, axis.at(low)) and near(bar.right, axis.at(high)), (bar, one)
            assert bar.look == look
        assert len(row.whiskers) == (one.whisker is not None), one
        for (left, right), (low, high) in zip(row.whiskers, [one.whisker or (0, 0)], strict=False):
            assert near(left, axis.at(low)) and near(right, axis.at(high)), one
        assert len(row.diamonds) == (one.diamond is not None), one
        assert all(near(at, axis.at(one.diamond or 0)) for at in row.diamonds), one
        assert all(near(line.middle, bar.middle) for line in row.lines for bar in bars), one
        values = [v for start, end, _ in one.bars for v in (start, end)]
        values += [*(one.whisker or ()), *([] if one.diamond is None else [one.diamond])]
        drawn_at += values
        beside = row.texts[0].x - max(map(axis.at, values or [0.0]))
        assert 4 <= beside <= 13, (one, beside)  # beside what is farthest, never over it
        if one.diamond is not None:
            assert row.texts[0].x > axis.at(one.diamond) + 5  # half of a diamond
    targets = [one.points[0][0] for one in picture.of("t")]
    assert len(targets) == (line is not None)
    assert all(near(at, axis.at(line or 0)) for at in targets)
    spans(axis.first[0], axis.last[0], axis.step, drawn_at)
    return picture


def spans(first: float, last: float, step: float, values: Sequence[float]) -> None:
    """No number of a scale without need; of nothing but 0 it goes to 1 (a rate: to 1 %)."""
    low, high = min(values), max(values)
    edge = 1e-6 * step
    assert low - step + edge < first <= low + edge, (first, low, step)
    assert high - edge <= last, (last, high)
    if high > low:
        assert last < high + step - edge or last == pytest.approx(0.01), (last, high, step)


def look_at_others(result: Any, kind: str | None, wanted: Sequence[Wanted], **given: Any) -> None:
    """The specification and the axes of matplotlib have the same rows."""
    spec = result.plot(kind, backend="vega", **given)
    if encoded(spec, "x2", "bar"):
        (starts,), (ends,) = encoded(spec, "x", "bar"), encoded(spec, "x2", "bar")
        assert starts == pytest.approx([one.bars[0][0] for one in wanted])
        assert ends == pytest.approx([one.bars[0][1] for one in wanted])
    else:
        assert encoded(spec, "x", "bar")[-1] == [_end(one) for one in wanted]
        marks = [one for layer in encoded(spec, "x", "point") for one in layer]
        if any(one.diamond is not None for one in wanted):
            assert marks == [
                None if one.diamond is None else pytest.approx(one.diamond) for one in wanted
            ]
        else:
            assert marks == []
    names = encoded(spec, "y", "bar")[-1]
    assert all(is_name(a, b.name) or a == b.name for a, b in zip(names, wanted, strict=True))
    axes = axes_of(result, kind, **given)
    if axes is None:
        return
    assert [one.get_text() for one in axes.get_yticklabels()] == names
    assert axes.yaxis_inverted()
    bars = [(one.get_y() + one.get_height() / 2, one.get_x(), one.get_x() + one.get_width())
            for one in axes.patches]  # fmt: skip
    for at, one in enumerate(wanted):
        mine = [sorted((left, right)) for middle, left, right in bars if round(middle) == at]
        there = [pair for pair in mine if not isnan(sum(pair))]  # what is no number is no bar
        strokes = [bar for bar in one.bars if bar[2] != "stroke"]
        assert len(there) == len(strokes), (mine, one)
        for (left, right), (start, end, _) in zip(there, strokes, strict=True):
            assert (left, right) == pytest.approx(tuple(sorted((start, end))), abs=1e-9)
        assert any(one.text in text.get_text() for text in axes.texts)
        ends = [text.xy for text in axes.texts if text.xy[1] == at]
        values = [0.0, *(v for bar in one.bars for v in bar[:2]), *(one.whisker or ()),
                  *([] if one.diamond is None else [one.diamond])]  # fmt: skip
        assert [x for x, _ in ends] == pytest.approx([max(values)])
        lines = [line for line in axes.lines if list(line.get_ydata()) in ([at], [at, at])]
        spans = [tuple(line.get_xdata()) for line in lines if len(line.get_xdata()) == 2]
        known = [span for span in spans if span[0] == span[0] and span[1] == span[1]]
        assert known == ([] if one.whisker is None else [pytest.approx(one.whisker)])
        points = [line.get_xdata()[0] for line in lines if len(line.get_xdata()) == 1]
        points = [x for x in points if not isnan(x)]
        assert points == ([] if one.diamond is None else [pytest.approx(one.diamond)])
    low, high = axes.get_xlim()
    drawn = [0.0, *(v for one in wanted for bar in one.bars for v in bar[:2])]
    assert low < high
    if len(drawn) > 1:
        assert low <= min(drawn) and high > max(drawn)


def _end(one: Wanted) -> float | None:
    return one.bars[0][1] if one.bars else None
