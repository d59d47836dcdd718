"""Which CSV texts every reader takes alike, against the standard library's strict reader."""

from __future__ import annotations

import csv
import io
import random

import pytest

from salesmetrics.io.csv_alike import read_alike


def test_what_readers_take_alike_is_told_from_any_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    """Well quoted says well quoted by the standard library; and the same wherever pieces part."""
    draw = random.Random(5)
    texts = ["x,y\n" + "".join(draw.choices('a,\n"\r', k=draw.randint(1, 14))) for _ in range(6000)]
    pieces: list[list[tuple[bool, bool]]] = []
    for piece in (1, 3, 1 << 18):
        monkeypatch.setattr("salesmetrics.io.csv_alike.PIECE", piece)
        pieces.append([read_alike(text.encode(), ",") for text in texts])
    told = list(zip(texts, pieces[2], strict=True))
    assert [alike for alike, _ in pieces[0]] == [alike for alike, _ in pieces[1]]
    assert pieces[0] == pieces[2]
    assert sum(alike for _, (alike, _) in told) > 300
    for text, (alike, flat) in told:
        if alike:
            rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
            assert all(rows), text
            assert flat == (not any("\n" in cell for row in rows for cell in row)), text
