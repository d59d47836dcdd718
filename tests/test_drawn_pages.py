"""What a page draws read back: the courses and targets of tiles, the target of a course."""

from __future__ import annotations

import random
import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest
from drawn import Picture, near

import salesmetrics as sm
from salesmetrics.report.front import page_snapshot
from salesmetrics.snapshots.document import document_of

FROM_ZERO = {"bookings": True, "won_deals": True, "win_rate": False}


def company(seed: int) -> sm.CRM:
    """Some months without a deal; of the first one only the last two months of 2025-Q2 have any."""
    draw = random.Random(seed)
    months = sm.period("2024-01-01..2025-06-30").split("month")
    rows: list[dict[str, object]] = []
    for one in months[-2:] if seed == 0 else months:
        for _ in range(1 if seed == 0 else draw.choice([0, 1, 1, 4])):
            closed = one.start + timedelta(days=draw.randint(3, 12))
            rows.append(
                {"id": len(rows), "created_at": one.start, "closed_at": closed, "owner": "ana",
                 "outcome": draw.choice(["won", "won", "lost"]) if seed else "won",
                 "amount": draw.choice([-30, 0, 500] if seed == 1 else [100, 700])}
            )  # fmt: skip
    return sm.CRM(deals=rows, currency="USD", tz="UTC").as_of("2025-06-20")


def shot(seed: int, target: float) -> tuple[Any, str]:
    targets = [sm.Target(kpi="bookings", value=target, period="2025-Q2"),
               sm.Target(kpi="won_deals", value=2, period="2025-Q2")]  # fmt: skip
    taken = page_snapshot(company(seed), "2025-Q2", targets=targets)
    return document_of(taken), taken.to_html()


def tile(page: str, kpi: str) -> ElementTree.Element:
    found = re.search(rf'<article class="ti" data-kpi="{kpi}">.*?</article>', page, re.DOTALL)
    assert found is not None
    return ElementTree.fromstring(found[0].replace(" data-whole", ""))


def drawn(one: ElementTree.Element, look: str) -> ElementTree.Element | None:
    return next((svg for svg in one.iter("svg") if svg.get("class") == look), None)


@pytest.mark.parametrize("seed", range(6))
def test_the_courses_of_tiles(seed: int) -> None:
    document, page = shot(seed, 900)
    for figure in document.kpis:
        if figure.kpi not in FROM_ZERO:
            continue
        months = figure.recent[-12:]
        values = [one.value for one in months]
        known = [v for v in values if v is not None]
        svg = drawn(tile(page, figure.kpi), "sp")
        assert (svg is not None) is (len(known) > 1)
        if svg is None:
            continue
        left, top, wide, high = map(float, (svg.get("viewBox") or "").split())
        assert (left, top, wide) == (0, 0, len(values) - 1)
        low, most = min(known), max(known)
        low = min(low, 0) if FROM_ZERO[figure.kpi] else low

        def place(
            at: int, low: float = low, most: float = most, high: float = high,
            values: list[Any] = values,
        ) -> tuple[float, float]:  # fmt: skip
            share = (values[at] - low) / (most - low) if most > low else 0.5
            return at, 2 + (high - 4) * (1 - share)

        ends = months[-1].unfinished and values[-1] is not None
        runs: list[list[int]] = [[]]
        for at, value in enumerate(values[:-1] if ends else values):
            runs = [*runs, []] if value is None else [*runs[:-1], [*runs[-1], at]]
        wanted = [(None if len(run) > 1 else "k", run) for run in runs if run]
        if ends:  # it is led to by the month before, where that is known
            last = [at for at in (len(values) - 2, len(values) - 1) if values[at] is not None]
            wanted.append(("z" if len(last) > 1 else "k z", last))
        paths = [(path.get("class"), path.get("d") or "") for path in svg.iter("path")]
        assert [look for look, _ in paths] == [look for look, _ in wanted]
        for (_, way), (_, run) in zip(paths, wanted, strict=True):
            assert way.endswith("h0") is (len(run) == 1)  # a point has no length
            steps = way.removeprefix("M").removesuffix("h0").split("L")
            points = [tuple(map(float, p.split())) for p in steps]
            assert len(points) == len(run)
            for (x, y), at in zip(points, run, strict=True):
                assert (x, y) == pytest.approx(place(at), abs=0.06)
        label = svg.get("aria-label") or ""
        there = [one.period.label for one in months if one.value is not None]
        assert f"{there[0]} " in label and f"{there[-1]} " in label


@pytest.mark.parametrize("target", [1, 900, 5000])
@pytest.mark.parametrize("seed", range(4))
def test_the_targets_of_tiles(seed: int, target: float) -> None:
    """What is reached, at most all, and where it should be by now: after 81 of 91 days."""
    document, page = shot(seed, target)
    actual = next(one for one in document.kpis if one.kpi == "bookings").figures
    value = next(one.value for one in actual if not one.group and one.period == "2025-Q2") or 0
    svg = drawn(tile(page, "bookings"), "tg")
    assert svg is not None
    whole = float((svg.get("viewBox") or "").split()[2])
    track, reached, mark = svg.iter("rect")
    assert float(track.get("width") or 0) == whole
    assert near(float(reached.get("width") or 0), whole * min(1, max(0, value / target)))
    middle = float(mark.get("x") or 0) + float(mark.get("width") or 0) / 2
    assert near(middle, whole * 81 / 91)


def course(page: str) -> Picture:
    """The course of bookings that a page draws."""
    found = re.search(r"<svg[^>]*><title>bookings</title>.*?</svg>", page, re.DOTALL)
    assert found is not None
    quoted = re.sub(r"(?<= )([\w-]+)=([\w.#-]+)(?=[ >/])", r'\1="\2"', found[0])
    quoted = quoted.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    finding = re.search(r"<desc>(.*?)</desc>", quoted)
    chart = SimpleNamespace(title="bookings", finding=finding and finding[1], to_svg=lambda: quoted)
    return Picture(chart)


@pytest.mark.parametrize("target", [900, 90_000])
@pytest.mark.parametrize("seed", range(1, 4))
def test_the_target_of_a_course_is_its_part_of_a_month(seed: int, target: float) -> None:
    document, page = shot(seed, target)
    recent = next(one for one in document.kpis if one.kpi == "bookings").recent[-12:]
    picture = course(page)
    axis = picture.axis(across=False)
    (line,) = picture.of("t")
    assert all(near(y, axis.at(target / 3)) for _, y in line.points)
    assert picture.legend["target"] == "t"
    dots = sorted(one.points[0] for one in picture.of("k"))
    values = [one.value for one in recent if one.value is not None and not one.unfinished]
    assert [near(y, axis.at(v)) for (_, y), v in zip(dots, values, strict=True)] == [True] * len(
        dots
    )
    assert axis.last[0] >= target / 3 > (axis.last[0] - axis.step if target > 9000 else 0)


def test_the_target_of_a_course_of_quarters_is_that_of_a_quarter() -> None:
    """Where no months are there the periods themselves are drawn."""
    targets = [sm.Target(kpi="bookings", value=900, period="2025-Q2")]
    taken = sm.snapshot(company(3), ["2025-Q1", "2025-Q2"], kpis=["bookings"], targets=targets)
    picture = course(taken.to_html())
    (line,) = picture.of("t")
    assert all(near(y, picture.axis(across=False).at(900)) for _, y in line.points)


def test_where_no_day_is_one_of_work_a_target_has_no_mark_of_its_pace() -> None:
    """A target of a weekend, spread over working days of which there is none."""
    deals = [{"id": 1, "created_at": "2025-01-05", "closed_at": "2025-03-01", "outcome": "won",
              "amount": 30, "owner": "ana"}]  # fmt: skip
    crm = sm.CRM(deals=deals, currency="USD", tz="UTC").as_of("2025-03-01T12:00:00Z")
    targets = [sm.Target(kpi="bookings", value=90, period="2025-03-01..2025-03-02")]
    taken = page_snapshot(
        crm,
        "2025-03-01..2025-03-02",
        targets=targets,
        calendar=sm.WorkCalendar.weekly("09:00-18:00", tz="UTC"),
    )
    svg = drawn(tile(taken.to_html(), "bookings"), "tg")
    assert svg is not None
    _, reached = svg.iter("rect")
    assert near(float(reached.get("width") or 0), 100 / 3)
