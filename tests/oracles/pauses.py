"""The pauses that the worlds draw, and when unpaused time reaches a limit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from .facts import Cut, Row

# 2017-11-01T00:00Z is 1,509,494,400; the texts and what they mean in seconds of UTC.
DAY, NOVEMBER = 86_400, 1_509_494_400
PAUSES = {
    "2017-10-31T12:00Z/2017-11-02T00:00Z": [(NOVEMBER - DAY // 2, NOVEMBER + DAY)],
    "2017-11-14T01:00+01:00/2017-11-15T00:00Z; 2017-11-14T12:00Z/2017-11-16T00:00Z": [
        (NOVEMBER + 13 * DAY, NOVEMBER + 14 * DAY),
        (NOVEMBER + 13 * DAY + DAY // 2, NOVEMBER + 15 * DAY),
    ],
    "2017-11-30T23:59:59Z/..": [(NOVEMBER + 30 * DAY - 1, 2 * NOVEMBER)],
}
RUNS_ON = 2 * NOVEMBER


def unpaused(cut: Cut, row: Row, start: Any, done: str, due: Any) -> Any:
    """The deadline, pause after pause: free time is used up, and the rest follows the pause."""
    world = cut.world
    if world.tz is None or not row["pauses"]:
        return due
    at, left = world.instant(start).timestamp(), 0.0
    left = due.timestamp() - at
    until = None if row[done] is None else world.instant(row[done]).timestamp()
    if world.cut_at is not None:
        now = world.cut_at.timestamp()
    elif world.known is None:
        now = 0.0
    else:
        now = world.instant(world.known + timedelta(days=1)).timestamp()
    ends: list[list[float]] = []
    for first, last in sorted(PAUSES[row["pauses"]]):
        if ends and first <= ends[-1][1]:
            ends[-1][1] = max(last, ends[-1][1])
        else:
            ends.append([first, last])
    for first, last in ends:
        begun = max(first, at)
        over = last
        if last == RUNS_ON:
            over = until if until is not None and until >= begun else max(now, first)
        if over <= begun:
            continue
        if begun - at >= left:
            break
        left -= begun - at
        at = over
    return datetime.fromtimestamp(at + left, UTC)
