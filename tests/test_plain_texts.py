"""Texts that are read many at once say what the same texts say that are read one by one."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from salesmetrics.reading import fixed_texts
from salesmetrics.reading.arrow_texts import cells_differ, short_texts
from salesmetrics.reading.fixed_texts import fixed_codes
from salesmetrics.reading.texts import (
    LENGTHS,
    MIDNIGHT_ONLY,
    WITH_ZONE,
    WITHOUT_ZONE,
    any_thousands,
    plain_numbers,
    plain_times,
)

DATE = r"(\d{4})-(\d\d)-(\d\d)"
TIME = r"(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{3}|\d{6}))?)?(Z|[+-]\d\d:\d\d)?)?"
EPOCH = datetime(1970, 1, 1)


def read_alone(text: str) -> tuple[int, int]:
    """Seconds and form; form 0 is what is no plain time from 1970 to the middle of 2149."""
    found = re.fullmatch(DATE + TIME, text, re.ASCII)
    if found is None or not 1970 <= int(found[1]) < 2149:
        return 0, 0
    if len(text) not in LENGTHS:  # hours and minutes with an offset: rare, and read one by one
        return 0, 0
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    try:
        at = datetime(year, month, day, hour, minute, second)
    except ValueError:
        return 0, 0
    seconds, zone = int((at - EPOCH).total_seconds()), found[8]
    if found[4] is None:
        return seconds, MIDNIGHT_ONLY
    if zone is None:
        return seconds, WITHOUT_ZONE
    if zone != "Z":
        hours, minutes = int(zone[1:3]), int(zone[4:6])
        if hours > 23 or minutes > 59:
            return 0, 0
        seconds -= (hours * 3600 + minutes * 60) * (-1 if zone[0] == "-" else 1)
    return seconds, WITH_ZONE


def near_times(draw: random.Random) -> str:
    """A time at its edges, and often one letter of it another."""
    text = (
        f"{draw.choice([1969, 1970, 1971, 2000, 2024, 2100, 2148, 2149])}-"
        f"{draw.choice([0, 1, 2, 2, 9, 12, 13]):02}-{draw.choice([0, 1, 28, 29, 30, 31, 32]):02}"
    )
    if draw.random() < 0.8:
        text += (
            f"{draw.choice('T T')}{draw.choice([0, 1, 23, 24]):02}:{draw.choice([0, 59, 60]):02}"
        )
        if draw.random() < 0.8:
            text += f":{draw.choice([0, 1, 59, 60]):02}"
            text += draw.choice(["", "", ".000", ".999", ".123456", ".12"])
        text += draw.choice(["", "Z", "+00:00", "-00:30", "+09:00", "-23:59", "+24:00", "+05:99"])
    if draw.random() < 0.2:
        at = draw.randrange(len(text))
        text = text[:at] + draw.choice("/:9 -+.Zz0T\x3a") + text[at + 1 :]
    return text


@pytest.mark.parametrize("seed", range(40))
def test_times(seed: int) -> None:
    draw = random.Random(seed)
    texts = [near_times(draw) for _ in range(draw.choice([1, 300]))]
    texts += ["２０２４-01-01", "x" * 19] * (seed % 2)
    seconds, form = plain_times(texts)
    plain = [text for text in texts if text.isascii()]
    if len(plain) < len(texts):  # those of the same length are read one by one
        odd = len("２０２４-01-01")
        told = [read_alone(t) if len(t) != odd else (0, 0) for t in texts]
    else:
        told = [read_alone(text) for text in texts]
    assert list(zip(seconds.tolist(), form.tolist(), strict=True)) == told


@pytest.mark.parametrize("seed", range(30))
def test_numbers(seed: int) -> None:
    """Digits, a point, a minus, up to fifteen letters; one that is no number leaves all."""
    draw = random.Random(seed)
    texts = [
        f"{draw.choice(['', '-'])}{draw.choice([0, 7, 12, 9876])}{draw.choice(['', '.5', '.125'])}"
        for _ in range(20)
    ]  # fmt: skip
    others = ["1e3", "+5", "1,5", "-", "٣", "1_0", " 5", "/", ":", "9", "0"]
    others += ["123456789.12345", "123456789012345", "1234567890123456"]
    texts += draw.sample(others, draw.choice([0, 1, 3]))
    draw.shuffle(texts)
    found, good = plain_numbers(texts)
    plain = [bool(re.fullmatch(r"[0-9.-]{1,15}", text)) for text in texts]
    if "-" in texts:
        assert not good.any()
        return
    assert good.tolist() == plain
    assert found.tolist() == [
        float(text) if there else 0.0 for text, there in zip(texts, plain, strict=True)
    ]


@pytest.mark.parametrize(
    "text",
    ["12.500", "1.500", "123.500", "1234.500", "-12.500", "+1.234", "0.500", "-0.500", "12.50",
     "12.5000", ".500", "12500", "00.500", "1.2.500", "-.500", "10.000", "100.000", "9.999"],
)  # fmt: skip
@pytest.mark.parametrize("beside", [[], ["7"], ["1.25", "0.125"], ["-3", "1234.567"]])
def test_what_could_be_thousands(text: str, beside: list[str]) -> None:
    wanted = bool(re.fullmatch(r"[+-]?[1-9]\d{0,2}\.\d{3}", text))
    if text == "1.2.500":  # which is no number, and is left to be refused
        return
    for texts in ([text, *beside], [*beside, text]):
        assert any_thousands(texts) is wanted


@pytest.mark.parametrize("kind", ["U1", "U2", "U3", "U4", "U9", ">U3", "<U5"])
@pytest.mark.parametrize("seed", range(8))
def test_texts_of_one_length_in_the_order_in_which_they_come(
    kind: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = random.Random(f"{kind} {seed}")
    size, few = draw.choice([0, 1, 2, 30]), draw.choice([1, 3, 26])
    texts = ["".join(draw.choices("abcdefghijklmnopqrstuvwxyz"[:few], k=draw.randint(0, 5)))
             for _ in range(size)]  # fmt: skip
    cells = np.array(texts, kind)
    if size:  # no text is made for each row, but where all differ
        monkeypatch.setattr(fixed_texts, "of_objects", lambda cells: pytest.fail("one by one"))
    wanted = [text or None for text in cells.tolist()]
    raw = fixed_codes(cells)
    assert [raw.at(row) for row in range(len(raw))] == wanted
    listed = [] if raw.labels is None else list(raw.labels)
    assert listed == [*dict.fromkeys(text for text in wanted if text)]


def test_texts_of_no_length_are_missing() -> None:
    nothing = np.zeros(2, dtype=[("name", "U0")])["name"]
    assert fixed_codes(nothing).absent().all()


def test_texts_of_a_length_that_are_mixed_to_one_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fixed_texts, "_mixed", lambda words: np.zeros(len(words), np.uint64))
    raw = fixed_codes(np.array(["ana", "bo", "ana", "cho"]))
    assert [raw.at(row) for row in range(4)] == ["ana", "bo", "ana", "cho"]


def differ(texts: Any) -> bool:
    cells = short_texts(texts)
    return cells is not None and cells_differ(cells)


@pytest.mark.parametrize("size", [1, 7, 8, 9, 63, 64])
@pytest.mark.parametrize("start", [0, 3])
def test_texts_of_one_length_that_differ(size: int, start: int) -> None:
    pa: Any = pytest.importorskip("pyarrow")
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    texts = [letters[n] * size for n in range(20)]
    texts += [texts[0][:-1] + "#", "#" + texts[0][1:]] if size > 1 else []
    column = pa.array(["xy"[: min(size, 2)]] * start + texts)[start:]
    assert differ(column)
    assert not differ(pa.array([*texts, texts[3]]))
    assert differ(pa.array([*texts, texts[3] + "a"])) == (size < 64)  # no longer than is kept
    assert not differ(pa.array(["", ""])) and not differ(pa.array([""]))
    assert not differ(pa.array([], pa.string()))
    assert not differ(pa.array(texts, pa.large_string()))
    assert not differ(pa.array(["a" * 65, "b" * 65]))


def test_an_offset_of_half_an_hour_west_is_later_in_utc() -> None:
    (seconds,), (form,) = plain_times(["2024-01-01T00:00:00-00:30"])
    assert (EPOCH.replace(tzinfo=UTC) + timedelta(seconds=int(seconds))).minute == 30
    assert form == WITH_ZONE
