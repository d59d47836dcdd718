"""Parts of charts and of the first screen by hand: scales, shades, what a course is said to do."""

from __future__ import annotations

import random
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest

import salesmetrics as sm
from salesmetrics.report.charts.drawing import ticks
from salesmetrics.report.charts.heat_chart import HeatChart
from salesmetrics.report.charts.over_time import _course_said
from salesmetrics.report.screen import facts_told
from salesmetrics.results.words import words
from salesmetrics.snapshots.document import document_of


def test_a_scale_goes_by_the_least_round_step_that_four_of_span_it() -> None:
    """1, 2, 2.5, 5 times a power of ten; of what is counted a whole one; from below to above."""
    draw = random.Random(8)
    steps = [Fraction(one) * Fraction(10) ** power for power in range(-6, 9)
             for one in ("1", "2", "2.5", "5")]  # fmt: skip
    for _ in range(400):
        low = draw.choice([0, draw.randint(-300, 300)])
        high = low + draw.choice([1, 3, 7, 9, 11, 39, 99, 641, 7321, 88_888])
        whole = draw.choice([True, False])
        step = next(one for one in steps if 4 * one >= high - low)
        step = Fraction(-(-step // 1)) if whole else step
        first, last = low // step, -(-high // step)
        wanted = [float(step * at) for at in range(first, last + 1)]
        assert ticks(low, high, whole=whole) == pytest.approx(wanted, abs=1e-9), (low, high)


@pytest.mark.parametrize(
    ("values", "span"),
    [
        ([[2.0, None], [5.0, 3.0]], (2.0, 5.0)), ([[-4.0, 1.0]], (-4.0, 1.0)),
        ([[3.0, 3.0]], (3.0, 4.0)), ([[None]], (0.0, 1.0)),
    ],
)  # fmt: skip
def test_shades_span_from_the_least_to_the_most(values: Any, span: tuple[float, float]) -> None:
    texts = [["" for _ in row] for row in values]
    assert HeatChart([""] * len(values), [""] * len(values[0]), values, texts)._span() == span


@pytest.mark.parametrize(
    ("values", "before", "said"),
    [
        ((1, 9, 4), None, "won deals was 4 in 2025-03; the highest was 9 in 2025-02."),
        ((9, 1, 4), None, "won deals was 4 in 2025-03; the highest was 9 in 2025-01."),
        ((1, 2, 4), 3, "won deals was 4 in 2025-03, 3 a year before."),
    ],
)
def test_a_course_is_said_by_its_last_value_and_its_highest(
    values: tuple[int, ...], before: int | None, said: str
) -> None:
    figure: Any = SimpleNamespace(said=words("en"), title="won deals", text=str)
    now = [(f"2025-0{at}", value, False) for at, value in enumerate(values, 1)]
    now.append(("2025-04", 99, True))  # which is not over
    assert _course_said(figure, now, [None, None, before, 50]) == said


@pytest.mark.parametrize(
    ("known", "gone"),
    [("2025-02-01", "1 of 28"), ("2025-02-27", "27 of 28"), ("2025-02-28", None),
     ("2025-03-05", None)],
)  # fmt: skip
def test_how_far_a_period_is_gone_is_told_until_it_is_over(known: str, gone: str | None) -> None:
    deals = [{"id": 1, "created_at": "2025-01-01", "outcome": "open", "amount": 1}]
    crm = sm.CRM(deals=deals, currency="EUR").as_of(known)
    told = facts_told(document_of(sm.snapshot(crm, "2025-02", kpis=["open_deals"])), words("en"))
    assert told.startswith("2025-02")
    assert known in told
    assert (gone is not None) is (" of 28" in told)
    assert gone is None or gone in told
