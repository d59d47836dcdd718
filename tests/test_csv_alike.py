"""Which CSV texts every reader takes alike, against the standard library's strict reader."""

from __future__ import annotations

import csv
import io
import random
import re

import pytest

from salesmetrics.io.csv_alike import read_alike


def by_hand(text: str) -> bool:
    """Byte for byte: lines end alike, none is blank, and every quote has its place."""
    ends = "\r\n" if "\r" in text else "\n"
    if text.count("\r") != (text.count("\r\n") if ends == "\r\n" else 0):
        return False
    blank = re.search("\n\n" if ends == "\n" else "\n.?\n", text, re.DOTALL)
    if text[:1] in ("\n", "\r") or blank or text.count('"') % 2:
        return False
    places = [at for at, byte in enumerate(text) if byte == '"']
    for number, at in enumerate(places):
        beside = text[at - 1 : at] if number % 2 == 0 else text[at + 1 : at + 2]
        if beside not in ("", ",", "\n", "\r", '"'):
            return False
    return True


def test_quotes_and_lines_are_told_wherever_words_and_pieces_part(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    draw, alike_at_all = random.Random(6), 0
    for number in range(4000):
        end = draw.choice(["\n", "\n", "\r\n"])
        cells = draw.choices(["a", '"a"', '""', '"a ""b"""', f'"a{end}b"', '"a,b"'], k=12)
        text = "x,y" + "z" * draw.randint(0, 150) + end
        text += "".join(cell + draw.choice([",", end]) for cell in cells)
        if draw.random() < 0.5:  # one byte more, or one less
            at = draw.randint(0, len(text))
            text = text[:at] + draw.choice(["", *'a,\n"\r']) + text[at + draw.randint(0, 1) :]
        monkeypatch.setattr("salesmetrics.io.csv_alike.PIECE", (1, 64, 128, 1 << 20)[number % 4])
        alike, flat = read_alike(text.encode(), ",")
        assert alike == by_hand(text), text
        alike_at_all += alike
        if alike:
            inside = "".join(text.split('"')[1::2])
            assert flat == ("\n" not in inside), text
    assert 2000 < alike_at_all < 3500


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
