"""numpy's texts of fixed length are read as the same texts of Python are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import salesmetrics as sm
from salesmetrics.reading import fixed_texts
from salesmetrics.reading.fixed_texts import fixed_codes
from salesmetrics.reading.raw import of_objects

ARRAYS: dict[str, Any] = {
    "names": np.array(["kim", "박지수", "kim", "", " ", "lee ", "lee", "박지수"]),
    "ids": np.array([f"D{n}" for n in range(2000)]),
    "one letter": np.array(["b", "a", "b"]),
    "long": np.array(["x" * 300 + str(n % 7) for n in range(100)]),
    "every other": np.array(["a", "b", "c", "a", "b"])[::2],
    "the other order of bytes": np.array(["a", "나", "a"]).astype(">U3"),
    "blank": np.array(["", "", ""]),
    "none": np.array([], dtype="U5"),
}


def cells(raw: Any) -> list[Any]:
    return [raw.at(row) for row in range(len(raw))]


@pytest.mark.parametrize("name", ARRAYS)
def test_they_are_read_as_texts_of_python(name: str) -> None:
    given = ARRAYS[name]
    found, expected = fixed_codes(given), of_objects(given.tolist())
    assert cells(found) == cells(expected)
    assert [*(found.labels if found.labels is not None else [])] == [
        *(expected.labels if expected.labels is not None else [])
    ]  # in the order they came


def test_texts_that_mix_to_one_number_stay_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fixed_texts, "_mixed", lambda words: np.zeros(len(words), np.uint64))
    given = np.array(["kim", "lee", "kim"])
    assert cells(fixed_codes(given)) == ["kim", "lee", "kim"]


def test_a_million_rows_make_no_text_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only names that differ become texts of Python."""
    made: list[int] = []
    listed = fixed_texts.object_array

    def counted(texts: Any) -> Any:
        made.append(len(texts))
        return listed(texts)

    monkeypatch.setattr(fixed_texts, "object_array", counted)
    owners = np.array(["kim", "lee"])[np.arange(10_000) % 2]
    deals = sm.Deals.of(
        {"id": np.arange(10_000), "owner": owners, "created_at": ["2025-01-01"] * 10_000}, tz="UTC"
    )
    created = sm.deals_created(deals, "2025-01", by="owner")
    assert [(row.group, row.value) for row in created.rows()] == [
        (("kim",), 5000),
        (("lee",), 5000),
    ]
    assert made == [2]
