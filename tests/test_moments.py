"""Times of a column: what a clock showed, and when that was."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

import salesmetrics as sm
from salesmetrics.reading.texts import (
    MIDNIGHT_ONLY,
    WITH_ZONE,
    WITHOUT_ZONE,
    plain_numbers,
    plain_times,
    thousands_in,
)

SHAPES = [
    (day + clock + part + zone, WITH_ZONE if zone else WITHOUT_ZONE if clock else MIDNIGHT_ONLY)
    for day in ("1970-01-01", "2024-02-29", "2024-12-31", "2148-12-31", "2100-02-28")
    for clock, parts in (
        ("", [""]), ("T00:00", [""]), (" 23:59", [""]), ("T09:05:59", ["", ".123", ".999999"])
    )
    for part in parts
    for zone in (["", "Z", "+09:00", "-03:30", "+23:59", "-00:00"] if len(clock) == 9 else [""])
]  # fmt: skip


def test_the_second_time_that_a_clock_showed_is_kept() -> None:
    """fold=1 of PEP 495: an hour later, in records, lists and object columns alike."""
    first = datetime(2018, 10, 28, 2, 30)
    again = first.replace(fold=1)
    for rows in (
        [{"id": "a", "created_at": first}, {"id": "b", "created_at": again}],
        [sm.Deal(id="a", created_at=first), sm.Deal(id="b", created_at=again)],
        {"id": ["a", "b"], "created_at": np.array([first, again], dtype=object)},
    ):
        created = sm.Deals.of(rows, tz="Europe/Berlin").times("created_at")
        assert np.diff(created.seconds).tolist() == [3600]


def test_days_and_instants_with_gaps_and_nothing_else() -> None:
    """Arrays of one type are read at once; the edges of that are no rows and no values."""
    missing = np.array(["NaT", "NaT"], dtype="M8[s]")
    for empty in (missing, missing[:0], missing.astype("M8[D]")):
        table = sm.Deals.of({"id": list("ab")[: len(empty)], "created_at": empty})
        assert (table.times("created_at").days == 65535).all()
    days = np.array(["2017-01-05", "NaT"], dtype="M8[D]")
    table = sm.Deals.of({"id": ["a", "b"], "created_at": days}, tz="Asia/Seoul")
    created = table.times("created_at")
    assert created.days.tolist() == [17171, 65535]
    assert created.seconds[0] == 17171 * 86400 - 9 * 3600


def told(text: str) -> tuple[int, int] | None:
    """Seconds of the clock that is named, and whether a zone is; as Python reads it."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    if at.tzinfo is not None:
        return int(at.timestamp() // 1), WITH_ZONE
    second = int(at.replace(microsecond=0, tzinfo=UTC).timestamp())
    return second, MIDNIGHT_ONLY if len(text) == 10 else WITHOUT_ZONE


def test_plain_times_are_those_that_python_reads() -> None:
    texts = [text for text, _ in SHAPES]
    seconds, forms = plain_times(texts)
    for text, form, second, found in zip(
        texts, [form for _, form in SHAPES], seconds.tolist(), forms.tolist(), strict=True
    ):
        assert found == form, text  # all of them by the array: that is why it is quick
        assert (second, found) == told(text), text


@pytest.mark.parametrize("text", [text for text, _ in SHAPES[13:26]])
def test_a_time_with_one_letter_wrong_is_never_read_as_another(text: str) -> None:
    """Each letter in turn as another one: what is read by the array is what Python reads."""
    near = [
        text[:at] + letter + text[at + 1 :]
        for at in range(len(text)) for letter in "0123456789-+:.,TZ x/;\u0660"
        if letter != text[at]
    ]  # fmt: skip
    for two, wrong in (("09:05", "24:00"), ("09:05", "09:60"), ("05:59", "05:60"), ("59", "61")):
        near.append(text.replace(two, wrong))
    for zone in ("+24:00", "-24:00", "+09:60", "-09:99", "+9:000", "+09-00", "*09:00", "z", "W"):
        near += [text + zone, text[:-6] + zone]
    seconds, forms = plain_times(near)
    for one, second, form in zip(near, seconds.tolist(), forms.tolist(), strict=True):
        if form:
            assert (second, form) == told(one), one


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0.0), ("9", 9.0), ("-5", -5.0), ("12.5", 12.5), ("-0.25", -0.25), (".5", 0.5),
        ("123456789012345", 123456789012345.0), ("1234567890123456", None), ("1e5", None),
        ("1,5", None), ("5/", None), ("5:", None), ("+5", None), ("5 ", None), ("\u0665", None),
    ],
)  # fmt: skip
def test_plain_numbers_are_digits_a_point_and_a_minus(text: str, number: float | None) -> None:
    for texts in ([text], ["7", text], [text, "8.25", "-1"]):
        found, good = plain_numbers(texts)
        at = texts.index(text)
        assert good.tolist() == [number is not None or row != at for row in range(len(texts))]
        assert [found[row] for row in range(len(texts)) if good[row]] == [
            float(one) for one in texts if one != text or number is not None
        ]
    assert plain_numbers(["1.2.3", "4"])[1].tolist() == [False, False]  # judged one at a time


@pytest.mark.parametrize(
    ("text", "of_thousands"),
    [
        ("12.500", True), ("1.500", True), ("123.500", True), ("-1.500", True), ("-123.456", True),
        ("1234.500", False), ("0.500", False), ("-0.500", False), (".500", False), ("1.50", False),
        ("1.5000", False), ("1500", False), ("01.500", False), ("-1234.500", False),
        ("9.000", True),
    ],
)  # fmt: skip
def test_numbers_that_may_be_thousands(text: str, of_thousands: bool) -> None:
    for texts in ([text], ["7", text], [text, "8.25"], ["1.25", text, "3"]):
        cells = np.frombuffer("".join(texts).encode(), np.uint8)
        assert thousands_in(cells, np.cumsum([len(one) for one in texts])) is of_thousands
