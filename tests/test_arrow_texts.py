"""Columns of Arrow say what their lists say: in whatever type, in chunks, from an offset on."""

from __future__ import annotations

import pickle
import random
from datetime import date, datetime
from typing import Any

import numpy as np
import pytest

import salesmetrics as sm
from salesmetrics.columns import Keys, ShortTexts, rows_among
from salesmetrics.io import csv_arrow
from salesmetrics.reading.arrow_texts import (
    arrow_codes,
    arrow_missing,
    arrow_numbers,
    cells_differ,
    many_texts,
    short_texts,
)

pa: Any = pytest.importorskip("pyarrow")

IDS = [f"id {n:04}" for n in range(2500)]
CASES: dict[str, list[str | None]] = {
    "ids": IDS[:40],
    "many ids": IDS,
    "ids of two lengths": [*IDS[:30], "id"],
    "an id twice, of which a few tell nothing": [*IDS[:1001], IDS[3], *IDS[1001:2000]],
    "ids and blanks as long": [*IDS[:20], " " * 7, *IDS[20:30]],
    "blanks alone": ["  ", "\t", ""],
    "one blank": [" "],
    "one of no letters": [""],
    "many and one missing": [*IDS[:1500], None, *IDS[1500:2400]],
    "names": ["ana", "bo", None, "ana", "", "cho", "bo"],
    "one": ["ana"],
    "none": [],
    "missing": [None, None],
    "letters of other scripts": ["장지호", "서울", "장지호", "é", None],
}  # fmt: skip


def told(text: str | None) -> str | None:
    return None if text is None or not text.strip() else text


def listed(raw: Any) -> list[Any]:
    codes, labels = raw.labelled()
    return [None if code < 0 else labels[code] for code in codes.tolist()]


def in_chunks(texts: list[str | None], kind: Any, seed: int) -> Any:
    """As a column of some chunks, each a part of a longer array."""
    draw = random.Random(seed)
    cuts = sorted(draw.choices(range(len(texts) + 1), k=seed % 3))
    parts = [texts[a:b] for a, b in zip([0, *cuts], [*cuts, len(texts)], strict=True)]
    return pa.chunked_array(
        [pa.array(["before", *part, "after"], kind)[1 : len(part) + 1] for part in parts], kind
    )


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kind", ["string", "large_string", "string_view", "dictionary"])
@pytest.mark.parametrize("seed", range(3))
def test_texts(case: str, kind: str, seed: int) -> None:
    texts = CASES[case]
    if kind == "dictionary":
        column = in_chunks(texts, pa.string(), seed).dictionary_encode()
    else:
        column = in_chunks(texts, getattr(pa, kind)(), seed)
    raw = arrow_codes(column)
    assert listed(raw) == list(map(told, texts))
    if raw.text:
        assert raw.labels is not None and len({*raw.labels}) == len(raw.labels)
        assert not any(told(label) is None for label in raw.labels)


def test_dictionaries_that_hold_nothing_or_a_text_twice() -> None:
    places = pa.array([0, 1, 2, None, 3], pa.int8())
    for texts in (["ana", None, "bo", "cho"], ["ana", "bo", "ana", "cho"], ["", "bo", " ", "cho"]):
        column = pa.chunked_array([pa.DictionaryArray.from_arrays(places, texts)])
        wanted = [told(texts[place]) if place is not None else None for place in places.to_pylist()]
        raw = arrow_codes(column)
        assert listed(raw) == wanted
        assert not raw.text or (raw.labels is not None and len({*raw.labels}) == len(raw.labels))


def test_dictionaries_of_other_things() -> None:
    column = pa.chunked_array([pa.DictionaryArray.from_arrays(pa.array([1, 0, None]), [7, 5])])
    assert listed(arrow_codes(column)) == [5, 7, None]


@pytest.mark.parametrize("start", [0, 1, 7, 8, 9])
def test_numbers_and_what_is_missing_from_an_offset_on(start: int) -> None:
    cells = [None if n % 3 == 0 else n for n in range(30)]
    array = pa.array(cells, pa.int64())[start:]
    gaps = arrow_missing(array).tolist()
    assert gaps == [cell is None for cell in cells[start:]]
    numbers = arrow_numbers(array).tolist()
    assert [n for n, gap in zip(numbers, gaps, strict=True) if not gap] == [
        cell for cell in cells[start:] if cell is not None
    ]
    assert not arrow_missing(pa.array([1, 2])[1:]).any()


def test_whether_a_few_of_many_texts_differ() -> None:
    """Every one of up to a thousand and more; then about a thousand of them."""
    assert many_texts(pa.chunked_array([IDS])) and many_texts(pa.chunked_array([IDS[:1]]))
    assert not many_texts(pa.chunked_array([["ana", "bo", "ana"]]))
    assert not many_texts(pa.chunked_array([[*IDS[:1998], IDS[0]]]))
    odd = [*IDS[:2000]]
    odd[1001] = odd[1]
    assert many_texts(pa.chunked_array([odd]))


def test_ids_in_order_differ_unless_two_beside_each_other_are_alike() -> None:
    for texts in (["a", "b"], ["장", "지"], ["a1", "a11"], [f"{n:06}" for n in range(3000)]):
        assert differ(texts)
        assert differ(texts[::-1])
        for at in (0, len(texts) - 1):
            assert not differ([*texts[: at + 1], *texts[at:]])


def differ(texts: list[str]) -> bool:
    cells = short_texts(pa.array(texts))
    assert cells is not None and ShortTexts(cells)[:] == texts
    return cells_differ(cells)


LONG = "x" * 64
NOT_SHORT = {
    "one letter too many": [LONG, LONG + "x"],
    "one of many letters": [*IDS, "x" * 10_000],
    "one much longer than most": [*"abcdefgh", LONG],
    "other scripts of several lengths": ["장지호", "장"],
    "a zero at an end": ["a\0", "b1"],
    "a zero within": ["a\0b", "abc"],
    "one of no letters": ["a", ""],
    "one blank": ["ab", "  "],
    "one blank of another script": ["\u2003", "\u3000", "장"],
    "one missing": ["a", None],
    "none": [],
}


@pytest.mark.parametrize("case", NOT_SHORT)
def test_texts_that_are_not_kept_as_bytes(case: str) -> None:
    assert short_texts(pa.array(NOT_SHORT[case], pa.string())) is None


def test_short_texts_are_made_one_by_one_or_all_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("salesmetrics.columns.short_texts.PIECE", 2)
    for texts in (["a", "bcd", "ef", "g"], ["장", "é1", "서"], ["a"], [LONG]):
        cells = np.array([text.encode() for text in texts])
        short = ShortTexts(cells)
        assert [*short] == short[:] == [short[at] for at in range(len(short))] == texts
        keys = Keys(cells)
        assert keys.labels() == [keys.at(at) for at in range(len(texts))] == texts
        assert keys.take(np.array([0, -1])).labels() == [texts[0], texts[-1]]
        assert not keys.whole and pickle.loads(pickle.dumps(keys)).labels() == texts
    assert Keys(cells[:0]).labels() == []


def by_hand(texts: list[str], ids: list[str]) -> list[int]:
    return [ids.index(text) if text in ids else -1 for text in texts]


def test_rows_of_short_texts_among_ids() -> None:
    """Of any lengths, in any order, some of them not there; and where numbers are alike."""
    draw = random.Random(4)
    for _ in range(300):
        every = sorted({draw.choice("ab장") * draw.randint(1, 5) + str(n) for n in range(40)})
        ids = draw.sample(every, draw.randint(1, 30))
        texts = draw.choices(every, k=draw.randint(0, 50))
        found = rows_among(
            np.array([t.encode() for t in texts], "S"), np.array([t.encode() for t in ids])
        )
        assert found is not None and found.tolist() == by_hand(texts, ids)
        keys = [Keys(np.array([t.encode() for t in some], "S")) for some in (texts, ids)]
        kept = [Keys(one.objects()) for one in keys]
        for links, rows in ((keys[0], kept[1]), (kept[0], keys[1]), (keys[0], keys[1])):
            assert links.rows_in(rows).tolist() == by_hand(texts, ids)
    assert rows_among(np.array([b"a"]), np.zeros(0, "S4")) is not None


def test_texts_whose_numbers_are_alike_are_looked_up_as_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("salesmetrics.columns.short_texts.MIXER", np.uint64(0))
    ids = np.array([b"abcdefgh" + b"12345678", b"hgfedcba" + b"12345678"])
    assert not cells_differ(ids[::-1]) and rows_among(ids, ids) is None
    assert Keys(ids).rows_in(Keys(ids)).tolist() == [0, 1]


def test_links_by_short_ids_are_kept_as_bytes_where_none_is_missing() -> None:
    ids = [f"D-{n}" for n in range(1500)]
    named = [*ids, *ids[::-1]]
    for deals, kind in ((named, "S"), ([*named, None], "O"), ([*named[:5], "D-0"], "O")):
        changes = {"deal": pa.array(deals), "stage": ["new"] * len(deals)}
        dated = sm.StageChanges.of(
            {**changes, "changed_at": [date(2025, 1, 5)] * len(deals)}, on_error="collect"
        )
        links = dated.given["deal"]
        assert isinstance(links, Keys) and links.values.dtype.kind == kind
        assert links.labels() == [text for text in deals if text is not None]


def test_ids_are_kept_as_bytes_and_others_as_they_are() -> None:
    """No text of Python is made for a row, nor room for the longest of them in each."""
    for texts, kind in ((IDS, "S"), ([*IDS, "id"], "S"), ([*IDS, "x" * 10_000], "O")):
        deals = sm.Deals.of({"id": pa.array(texts), "owner": ["ana"] * len(texts)})
        keys = deals.columns["id"]
        assert isinstance(keys, Keys) and keys.values.dtype.kind == kind
        assert deals.ids() == texts and deals.ids(slice(1, 3)) == texts[1:3]
        assert deals.digest() == sm.Deals.of({"id": texts, "owner": ["ana"] * len(texts)}).digest()


@pytest.mark.parametrize("at_once", [1, 3, 2**16])
def test_only_digits_points_and_signs_are_plain(
    monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(csv_arrow, "AT_ONCE", at_once)
    for byte in range(256):
        cells = np.frombuffer(b"0123" + bytes([byte]) + b"4.-9", np.uint8)
        assert csv_arrow._plain(cells) == (byte in b"0123456789.-")


@pytest.mark.parametrize("at_once", [1, 2, 3, 2**16])
def test_times_are_the_same_in_parts(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(csv_arrow, "AT_ONCE", at_once)
    days = ["2025-01-31", None, "2024-02-29", "1970-01-01", None]
    found = csv_arrow._times(pa.array(days))
    assert found is not None and found.values.astype(object).tolist() == [
        None if day is None else date.fromisoformat(day) for day in days
    ]
    times = ["2025-01-31T23:59:59Z", "2024-02-29T00:00:00Z", None, "1970-01-01T00:00:01Z"]
    found = csv_arrow._times(pa.array(times))
    assert found is not None and found.aware
    assert found.values.astype(object).tolist() == [
        None if one is None else datetime.fromisoformat(one.rstrip("Z")) for one in times
    ]
    assert csv_arrow._times(pa.array([*times, "2025-02-30T00:00:00Z"])) is None
    assert csv_arrow._times(pa.array(["2025-01-31T00:00:00", "2025-02-01T00:00:00"])) is None
