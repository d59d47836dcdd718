"""Business hours: against a slow walk over days and minutes, densest around clock changes."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from salesmetrics.errors import SalesMetricsError, ZoneError
from salesmetrics.worktime import WorkCalendar
from salesmetrics.zones import FIRST_SECOND, LAST_SECOND

HOUR, DAY = 3600, 86_400
WEEK = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# Days whose clock changes, and one that is like any other.
CHANGES = [
    ("Asia/Seoul", date(1988, 5, 8)),
    ("Asia/Seoul", date(2024, 2, 9)),
    ("Europe/Berlin", date(2024, 3, 31)),
    ("Europe/Berlin", date(2024, 10, 27)),
    ("Australia/Lord_Howe", date(2024, 4, 7)),
    ("Australia/Lord_Howe", date(2024, 10, 6)),
    ("America/Sao_Paulo", date(2017, 10, 15)),
    ("America/Sao_Paulo", date(2018, 2, 18)),
    ("America/New_York", date(2140, 3, 13)),
    ("Pacific/Apia", date(2011, 12, 30)),
]
Minutes = list[tuple[int, int]]


def at(*when: int, tz: str = "UTC") -> int:
    return int(datetime(*when, tzinfo=ZoneInfo(tz)).timestamp())  # type: ignore[arg-type,misc]


def text(minutes: Minutes) -> str:
    return ",".join(f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in minutes)


@dataclass(frozen=True)
class Slow:
    """The same calendar as plain lists, answered by walking."""

    tz: str
    middle: date
    week: dict[int, Minutes]
    holidays: frozenset[date]
    special: dict[date, Minutes]

    @property
    def noon(self) -> int:
        return at(self.middle.year, self.middle.month, self.middle.day, 12)

    def fast(self) -> WorkCalendar:
        return WorkCalendar.weekly(
            {WEEK[day]: text(minutes) for day, minutes in self.week.items()},
            tz=self.tz,
            holidays=self.holidays,
            special={day: text(minutes) for day, minutes in self.special.items()},
        )

    def of(self, day: date) -> Minutes:
        if day in self.special:
            return self.special[day]
        return [] if day in self.holidays else self.week.get(day.weekday(), [])

    def first_instant(self, day: date, minute: int) -> int:
        """The first whole minute at which the clock shows this time or a later one."""
        wanted = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)
        info = ZoneInfo(self.tz)
        pair = [wanted.replace(tzinfo=info, fold=fold).astimezone(UTC) for fold in (0, 1)]
        instant = min(pair)
        while instant.astimezone(info).replace(tzinfo=None) < wanted:
            instant += timedelta(minutes=1)
        return int(instant.timestamp())

    def worked(self, start: int, end: int) -> int:
        day = datetime.fromtimestamp(start, UTC).date() - timedelta(days=2)
        total = 0
        while day <= datetime.fromtimestamp(end, UTC).date() + timedelta(days=2):
            for opens, closes in self.of(day):
                first, last = self.first_instant(day, opens), self.first_instant(day, closes)
                total += max(0, min(end, last) - max(start, first))
            day += timedelta(days=1)
        return total


@st.composite
def hours(draw: st.DrawFn) -> Minutes:
    edges = draw(st.lists(st.integers(0, 48).map(lambda half: half * 30), min_size=2, max_size=6))
    edges = sorted(set(edges))
    spans = list(zip(edges[::2], edges[1::2], strict=False))
    if len(spans) > 1 and draw(st.booleans()):
        spans[1] = (spans[0][1], spans[1][1])  # no break between the first two
    return spans or [(9 * 60, 18 * 60)]


@st.composite
def calendars(draw: st.DrawFn) -> Slow:
    tz, middle = draw(st.sampled_from(CHANGES))
    near = st.integers(-6, 6).map(lambda days: middle + timedelta(days=days))
    return Slow(
        tz,
        middle,
        draw(st.dictionaries(st.integers(0, 6), hours(), min_size=1)),
        draw(st.frozensets(near, max_size=4)),
        draw(st.dictionaries(near, hours(), max_size=3)),
    )


seconds = st.integers(-8 * DAY, 8 * DAY) | st.integers(-200, 200).map(lambda half: half * 1800)
slowly = settings(deadline=None, max_examples=150)


@slowly
@given(calendars(), st.lists(st.tuples(seconds, seconds), min_size=1, max_size=4))
def test_worked_seconds_are_those_of_the_slow_walk(
    slow: Slow, spans: list[tuple[int, int]]
) -> None:
    pairs = [(slow.noon + min(span), slow.noon + max(span)) for span in spans]
    starts, ends = map(np.array, zip(*pairs, strict=True))
    expected = [slow.worked(start, end) for start, end in pairs]
    fast = slow.fast()
    assert fast.seconds_between(starts, ends).tolist() == expected
    assert fast.seconds_between(ends, starts).tolist() == [-worked for worked in expected]


@slowly
@given(calendars(), seconds, seconds, seconds)
def test_spans_add_up(slow: Slow, a: int, b: int, c: int) -> None:
    fast = slow.fast()
    first, second, whole = fast.seconds_between(
        [slow.noon + a, slow.noon + b, slow.noon + a],
        [slow.noon + b, slow.noon + c, slow.noon + c],
    ).tolist()
    assert first + second == whole


@slowly
@given(calendars(), st.lists(st.tuples(seconds, st.integers(0, 60 * HOUR)), min_size=1, max_size=5))
def test_a_deadline_is_the_first_instant_by_which_the_time_is_worked(
    slow: Slow, asked: list[tuple[int, int]]
) -> None:
    fast = slow.fast()
    starts = np.array([slow.noon + start for start, _ in asked])
    wanted = np.array([seconds for _, seconds in asked])
    due = fast.deadline(starts, wanted)
    assert (fast.seconds_between(starts, due) == wanted).all()
    before = np.maximum(due - 1, starts)
    assert (fast.seconds_between(starts, before) == np.maximum(wanted - 1, 0)).all()
    assert (due[wanted == 0] == starts[wanted == 0]).all()


@slowly
@given(calendars(), st.integers(-20, 20), st.integers(-20, 20))
def test_working_days_are_counted_one_by_one(slow: Slow, a: int, b: int) -> None:
    days = [slow.middle + timedelta(days=shift) for shift in sorted((a, b))]
    walk = [days[0] + timedelta(days=n) for n in range((days[1] - days[0]).days)]
    expected = sum(bool(slow.of(day)) for day in walk)
    fast, numbers = slow.fast(), [(day - date(1970, 1, 1)).days for day in days]
    assert int(fast.working_days(*days)) == expected
    assert fast.working_days(numbers[:1], numbers[1:]).tolist() == [expected]
    back = fast.working_days(np.array(numbers[1:], np.uint16), np.array(numbers[:1], np.uint16))
    assert back.tolist() == [-expected]


@pytest.mark.parametrize(("tz", "middle"), CHANGES)
def test_minute_by_minute(tz: str, middle: date) -> None:
    calendar = WorkCalendar.weekly("04:00-12:00,13:00-23:00", days="Fri-Mon", tz=tz)
    info, start = ZoneInfo(tz), at(middle.year, middle.month, middle.day) - 3 * DAY
    minutes = range(start, start + 6 * DAY, 60)
    shown = [datetime.fromtimestamp(minute, info) for minute in minutes]
    is_open = [
        clock.weekday() in (4, 5, 6, 0) and (4 <= clock.hour < 12 or 13 <= clock.hour < 23)
        for clock in shown
    ]
    worked = calendar.seconds_between(np.array(minutes), np.array(minutes) + 60)
    assert worked.tolist() == [60 * each for each in is_open]


@pytest.mark.parametrize("tz", sorted({tz for tz, _ in CHANGES}))
def test_always_open_is_elapsed_time(tz: str) -> None:
    random = np.random.default_rng(11)
    start, end = random.integers(DAY, 5_680_000_000, (2, 2000))
    for hours in ("00:00-24:00", "00:00-02:15,02:15-24:00"):
        calendar = WorkCalendar.weekly(hours, days="Mon-Sun", tz=tz)
        assert (calendar.seconds_between(start, end) == end - start).all()
        later = np.maximum(start, end)
        assert (calendar.deadline(start, later - start) == later).all()


def test_the_night_of_a_clock_change_is_as_long_as_it_lasts() -> None:
    night = WorkCalendar.weekly("00:00-06:00", days="Sun", tz="Europe/Berlin")
    early = WorkCalendar.weekly("02:15-02:45", days="Sun", tz="Europe/Berlin")
    lord = WorkCalendar.weekly("00:00-06:00", days="Sun", tz="Australia/Lord_Howe")

    def of(calendar: WorkCalendar, *day: int) -> int:
        midnight = at(*day)
        return int(calendar.seconds_between(midnight - DAY, midnight + 2 * DAY))

    assert [of(night, 2024, 3, 31), of(night, 2024, 4, 14), of(night, 2024, 10, 27)] == [
        5 * HOUR,
        6 * HOUR,
        7 * HOUR,
    ]
    assert [of(lord, 2024, 4, 7), of(lord, 2024, 10, 6)] == [6 * HOUR + 1800, 6 * HOUR - 1800]
    # Skipped by the clock: no time; shown twice: worked the first time.
    assert [of(early, 2024, 3, 31), of(early, 2024, 10, 27)] == [0, 1800]


def office(tz: str = "Asia/Seoul") -> WorkCalendar:
    return WorkCalendar.weekly(
        "09:00-12:00, 13:00-18:00",
        tz=tz,
        holidays=[date(2024, 2, 9), date(2024, 2, 12), date(1950, 1, 1), date(2200, 1, 1)],
        special={date(2024, 2, 8): "09:00-13:00", date(2024, 2, 12): "10:00-11:00"},
    )


def test_a_week_with_breaks_holidays_and_half_days_by_hand() -> None:
    seoul = office()

    def clock(*when: int) -> int:
        return at(*when, tz="Asia/Seoul")

    cases = [
        (clock(2024, 2, 7, 11, 30), clock(2024, 2, 7, 13, 30), HOUR),  # over the break
        (clock(2024, 2, 7, 12, 15), clock(2024, 2, 7, 12, 45), 0),  # inside it
        (clock(2024, 2, 7, 17), clock(2024, 2, 8, 10), 2 * HOUR),
        (clock(2024, 2, 8, 12), clock(2024, 2, 9, 18), HOUR),  # a half day, then a holiday
        (clock(2024, 2, 10), clock(2024, 2, 12), 0),  # a weekend
        (clock(2024, 2, 12), clock(2024, 2, 13), HOUR),  # special hours on a holiday
        (clock(2024, 2, 7, 10), clock(2024, 2, 7, 10), 0),
    ]
    starts, ends, expected = zip(*cases, strict=True)
    assert seoul.seconds_between(starts, ends).tolist() == list(expected)

    deadlines = [
        (clock(2024, 2, 7, 11), 4 * HOUR, clock(2024, 2, 7, 16)),
        (clock(2024, 2, 7, 11), HOUR, clock(2024, 2, 7, 12)),  # to the closing, not beyond
        (clock(2024, 2, 7, 20), HOUR, clock(2024, 2, 8, 10)),  # from the next opening
        (clock(2024, 2, 8, 13), 2 * HOUR, clock(2024, 2, 13, 10)),
        (clock(2024, 2, 10, 3), 0, clock(2024, 2, 10, 3)),
    ]
    starts, wanted, due = zip(*deadlines, strict=True)
    assert seoul.deadline(starts, wanted).tolist() == list(due)
    assert int(seoul.working_days(date(2024, 2, 7), date(2024, 2, 14))) == 4


def test_arrays_meet_single_values_and_every_result_is_int64() -> None:
    seoul = office()
    starts = np.array([at(2024, 2, 7), at(2024, 2, 8)])
    assert seoul.seconds_between(starts, at(2024, 2, 9)).shape == (2,)
    assert seoul.deadline(starts[0], [0, 1, 2]).shape == (3,)
    assert seoul.working_days([19_000, 19_001], date(2024, 2, 7)).shape == (2,)
    assert seoul.seconds_between([], []).tolist() == []
    assert seoul.deadline([], 5).tolist() == []
    for result in (
        seoul.seconds_between(starts, starts),
        seoul.deadline(starts, 60),
        seoul.working_days([0], [1]),
        seoul.deadline(0, 0),
    ):
        assert result.dtype == np.int64


def test_the_first_and_the_last_second_that_can_be_asked() -> None:
    utc = WorkCalendar.weekly("09:00-18:00", days="Mon-Sun", tz="UTC")
    last_day = LAST_SECOND // DAY
    assert int(utc.seconds_between(FIRST_SECOND, LAST_SECOND)) == (last_day + 1) * 9 * HOUR
    assert int(utc.deadline(FIRST_SECOND, 1)) == FIRST_SECOND + 9 * HOUR + 1
    closing = LAST_SECOND - 6 * HOUR
    assert int(utc.deadline(closing - 1, 1)) == closing
    assert int(utc.deadline(LAST_SECOND, 0)) == LAST_SECOND


def test_hours_that_differ_by_day() -> None:
    shop = WorkCalendar.weekly({"mon-thu": "9:00-18:00", "Fri, Sat": "09:00-13:00"}, tz="UTC")
    assert str(shop) == "Mon-Thu 09:00-18:00; Fri-Sat 09:00-13:00; UTC"
    week = at(2024, 2, 5)
    assert int(shop.seconds_between(week, week + 7 * DAY)) == (4 * 9 + 2 * 4) * HOUR
    wraps = WorkCalendar.weekly("22:00-24:00", days="Sat-Mon", tz="UTC")
    assert str(wraps) == "Mon 22:00-24:00; Sat-Sun 22:00-24:00; UTC"
    special = {date(2024, 2, 5): "09:00-10:00"}
    for holidays in ([], [date(2024, 2, 6)], [date(2024, 2, 5)]):
        once = WorkCalendar.weekly({}, special=special, holidays=holidays, tz="UTC")
        assert int(once.seconds_between(week, week + 7 * DAY)) == HOUR
    minutes = WorkCalendar.weekly("08:59-09:59", days="Mon", tz="UTC")
    assert str(minutes) == "Mon 08:59-09:59; UTC"


def test_holidays_of_days_that_no_table_holds_change_nothing() -> None:
    """Those of 2150-01-02 and later, and before 1969-12-31: nothing is ever measured there."""
    first, last = date(1969, 12, 31), date(1970, 1, 1) + timedelta(LAST_SECOND // DAY)
    far = [first - timedelta(1), last, last + timedelta(1), date(2500, 1, 1), date(1900, 1, 1)]
    plain = WorkCalendar.weekly("09:00-18:00", days="Mon-Sun", tz="UTC")
    for calendar in (
        WorkCalendar.weekly("09:00-18:00", days="Mon-Sun", tz="UTC", holidays=far),
        WorkCalendar.weekly(
            "09:00-18:00", days="Mon-Sun", tz="UTC", special=dict.fromkeys(far, "01:00-02:00")
        ),
    ):
        assert calendar.working_days(0, 65_534) == plain.working_days(0, 65_534) == 65_534
        worked = calendar.seconds_between(FIRST_SECOND, LAST_SECOND)
        assert worked == plain.seconds_between(FIRST_SECOND, LAST_SECOND)


def test_a_calendar_is_what_it_says() -> None:
    assert str(office()) == (
        "Mon-Fri 09:00-12:00,13:00-18:00; 3 holidays; 2 special days; Asia/Seoul"
    )
    assert office() == office()
    assert office() != office("Asia/Tokyo")
    assert len({office(), office()}) == 1
    assert pickle.loads(pickle.dumps(office())) == office()
    spans = WorkCalendar.weekly("13:00-18:00,09:00-12:00", tz="UTC")
    assert spans == WorkCalendar.weekly("09:00-12:00,13:00-18:00", tz="UTC")


def test_the_dates_of_the_package_holidays() -> None:
    holidays = pytest.importorskip("holidays")
    korea = holidays.country_holidays("KR", years=[2024])
    calendar = WorkCalendar.weekly("09:00-18:00", tz="Asia/Seoul", holidays=korea)
    # Lunar New Year from Friday 9 to Monday 12 February, the last a substitute.
    assert int(calendar.working_days(date(2024, 2, 8), date(2024, 2, 14))) == 2


@pytest.mark.parametrize(
    ("hours", "days", "reason"),
    [
        ("9-18", None, "cannot be read at '9-18'"),
        ("", None, "cannot be read at ''"),
        ("09:00-12:00;13:00-18:00", None, "cannot be read"),
        ("09:60-18:00", None, "is not on the clock"),
        ("09:00-24:01", None, "is not on the clock"),
        ("18:00-09:00", None, "closes before it opens"),
        ("09:00-09:00", None, "closes before it opens"),
        ("22:00-06:00", None, "'22:00-24:00' on its day and '00:00-06:00' on the next"),
        ("09:00-13:00,12:30-18:00", None, "overlap: one span opens at 12:30, before .* 13:00"),
        ("09:00-18:00", "Monday", "cannot be read at 'Monday'"),
        ("09:00-18:00", "Mon-Wed-Fri", "cannot be read at 'Mon-Wed-Fri'"),
        ("09:00-18:00", "", "cannot be read at ''"),
        ("09:00-18:00", "Mon,Mon-Fri", "the hours of Mon are given twice"),
    ],
)
def test_hours_that_are_refused(hours: str, days: str | None, reason: str) -> None:
    with pytest.raises(SalesMetricsError, match=reason):
        WorkCalendar.weekly(hours, days=days, tz="UTC")


def test_calendars_that_are_refused() -> None:
    weekly = WorkCalendar.weekly
    with pytest.raises(SalesMetricsError, match="the hours of Fri are given twice"):
        weekly({"Mon-Fri": "09:00-18:00", "Fri": "09:00-13:00"}, tz="UTC")
    with pytest.raises(SalesMetricsError, match="together with hours for each day"):
        weekly({"Mon-Fri": "09:00-18:00"}, days="Mon", tz="UTC")
    with pytest.raises(SalesMetricsError, match="no working time at all"):
        weekly({}, holidays=[date(2024, 1, 1)], tz="UTC")
    with pytest.raises(SalesMetricsError, match=r"of 2024-12-24 cannot be read"):
        weekly("09:00-18:00", special={date(2024, 12, 24): "morning"}, tz="UTC")
    with pytest.raises(SalesMetricsError, match="holiday '2024-12-25' is not a date"):
        weekly("09:00-18:00", holidays=["2024-12-25"], tz="UTC")  # type: ignore[list-item]
    with pytest.raises(SalesMetricsError, match=r"special day datetime.* is not a date"):
        weekly("09:00-18:00", special={datetime(2024, 12, 24): "09:00-12:00"}, tz="UTC")
    with pytest.raises(ZoneError, match="Did you mean 'Asia/Seoul'"):
        weekly("09:00-18:00", tz="Seoul")


def test_questions_that_are_refused() -> None:
    seoul = office()
    with pytest.raises(SalesMetricsError, match=r"end 1707000000000 at position 1 .*milliseconds"):
        seoul.seconds_between([0, 0], [0, 1_707_000_000_000])
    with pytest.raises(SalesMetricsError, match=r"each start must be a whole number .* float64"):
        seoul.seconds_between([0.5], [1])
    with pytest.raises(SalesMetricsError, match="working time -1 at position 0"):
        seoul.deadline([0], [-1])
    with pytest.raises(SalesMetricsError, match="deadline at position 1 lies after 2149"):
        seoul.deadline(5_600_000_000, [0, 1_000_000_000])
    with pytest.raises(SalesMetricsError, match="end 65535 at position 0"):
        seoul.working_days(np.array([0], np.uint16), np.array([65_535], np.uint16))
    with pytest.raises(SalesMetricsError, match=r"start datetime.* is not a date"):
        seoul.working_days(datetime(2024, 1, 1), date(2024, 1, 2))
