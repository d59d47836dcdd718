"""Texts made to do harm pass every way out: as data whole, on a screen without effect."""

from __future__ import annotations

import csv
import io
import json
import unicodedata

import pytest

import salesmetrics as sm

HOSTILE = [
    "=cmd|' /C calc'!A0", "+1", "-2", " @SUM(A1)", "\t=1", "<script>alert(1)</script>",
    "\x1b[31mred\x07", "a\rb", "a\r\nb", "a\nb", "\u202eevil\u202c", "x" * 5000, "|`*_[a](b)",
    "nul\x00l", "\ud800half", "a\u2028b", '"', "a,b",
]  # fmt: skip


def crm() -> sm.CRM:
    rows = [
        sm.Deal(id=f"d{at}", owner=text, name=text, loss_reason=text, outcome="lost",
                created_at="2025-01-01", closed_at="2025-01-02", amount=1)
        for at, text in enumerate(HOSTILE)
    ]  # fmt: skip
    return sm.CRM(deals=rows, currency="USD")


@pytest.fixture(scope="module")
def taken() -> sm.Snapshot:
    return sm.snapshot(crm(), "2025", by="owner", kpis=["lost_deals", "win_rate"])


def owners(figure: dict[str, object]) -> set[str]:
    found: set[str] = set()

    def looked(part: object) -> None:
        if isinstance(part, str):
            found.add(part)
        elif isinstance(part, dict):
            for each in part.values():
                looked(each)
        elif isinstance(part, list):
            for each in part:
                looked(each)

    looked(figure)
    return found


def test_json_has_every_text_whole(taken: sm.Snapshot) -> None:
    text = taken.to_json()
    assert set(HOSTILE) <= owners(json.loads(text))
    text.encode()
    assert sm.quality(crm()).to_json().encode()


def test_csv_has_every_text_and_no_formula(taken: sm.Snapshot) -> None:
    text = taken.to_csv()
    text.encode()
    lines = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    assert all(None not in line and None not in line.values() for line in lines)
    cells = {line["owner"] for line in lines}
    for owner in HOSTILE:
        kept = owner.replace("\r\n", "\n").replace("\r", "\n").replace("\ud800", "\\ud800")
        assert {kept, f"'{kept}"} & cells, repr(owner)
    figures = ("value", "numerator")
    assert not any(cell.lstrip().startswith(tuple("=+-@")) for line in lines
                   for name, cell in line.items() if name not in figures)  # fmt: skip


def test_screens_and_markdown_show_no_control(taken: sm.Snapshot) -> None:
    result = sm.lost_deals(crm().deals, "2025", by="owner")
    for text in (taken.to_text(), repr(result), sm.quality(crm()).to_text()):
        hidden = {c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
        assert hidden <= {"\n"}
    for text in (taken.to_markdown(), sm.quality(crm()).to_markdown(), result._repr_html_()):
        text.encode()
        assert "<script" not in text


def test_frames_have_every_text_that_they_can_hold() -> None:
    pytest.importorskip("pyarrow")
    pytest.importorskip("polars")
    result = sm.lost_deals(crm().deals, "2025", by="owner")
    records = {record["owner"] for record in result.to_records()}
    assert records == set(HOSTILE)
    for made in (result.to_arrow()["owner"].to_pylist(), result.to_polars()["owner"].to_list()):
        assert set(made) == {text.replace("\ud800", "\\ud800") for text in HOSTILE}
