"""Times of a column: what a clock showed, and when that was."""

from __future__ import annotations

from datetime import datetime

import numpy as np

import salesmetrics as sm


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
