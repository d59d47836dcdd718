"""Stages that a preset has itself: by their names, however written, and in its pipelines alone."""

from __future__ import annotations

from pathlib import Path

import pytest

import salesmetrics as sm
from salesmetrics.reasons import Reason

HEAD = "Record ID,Deal Stage,Pipeline,Amount,Close Date,Create Date\n"
ROWS = (
    "1,{won},{pipeline},100,2025-01-10 10:00,2025-01-02 09:00\n"
    "2,{lost},{pipeline},50,2025-01-12 10:00,2025-01-03 09:00\n"
    "3,{sent},{pipeline},70,2025-02-12 10:00,2025-01-03 09:00\n"
)
PLAIN = {"won": "Closed Won", "lost": "Closed Lost", "sent": "Contract Sent",
         "pipeline": "Sales Pipeline"}  # fmt: skip
HOW = {"preset": "hubspot_export", "currency": "USD", "tz": "UTC"}


def written(folder: Path, **names: str) -> Path:
    file = folder / "deals.csv"
    file.write_text(HEAD + ROWS.format(**PLAIN | names), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    "names",
    [
        {},
        {"won": "Closed won", "lost": "Closed lost", "sent": "Contract sent"},
        {"won": "CLOSED WON", "pipeline": "sales pipeline"},
        {"pipeline": ""},
    ],
)
def test_the_labels_of_its_own_pipeline_say_how_deals_stand(
    tmp_path: Path, names: dict[str, str]
) -> None:
    crm = sm.read(written(tmp_path, **names), **HOW)
    assert (sm.win_rate(crm.deals, "2025-01").value, sm.bookings(crm.deals).value) == (0.5, 100)
    assert sm.open_deals(crm.deals, "2025-01").value == 1
    (stage,) = (names.get("won", "Closed Won"),)
    assert stage in crm.stages.ids()  # as the file writes it


@pytest.mark.parametrize(
    ("names", "refused"),
    [
        ({"won": "계약 체결", "lost": "계약 실패"}, 2),
        ({"won": "Signed"}, 1),
        ({"pipeline": "Renewals"}, 3),  # in which the same labels may mean anything
    ],
)
def test_other_labels_and_other_pipelines_are_refused_with_what_to_give(
    tmp_path: Path, names: dict[str, str], refused: int
) -> None:
    file = written(tmp_path, **names)
    with pytest.raises(sm.DataError, match=r"export Is Deal Closed\?, Is Closed Won too, or name"):
        sm.read(file, **HOW)
    crm = sm.read(file, **HOW, on_error="collect")
    assert [one.value for one in crm.faults["deals"]][-1] in {*PLAIN.values(), *names.values()}
    reasons = [one.reason for one in crm.faults["deals"]]
    assert len(reasons) == refused
    for why in reasons:
        assert isinstance(why, Reason)
        assert why.code == "stage_not_own"
        assert "열을 함께 내보내거나" in why.said("ko")


def test_stages_of_ones_own_are_those_of_every_pipeline(tmp_path: Path) -> None:
    own = {"won": "계약 체결", "lost": "계약 실패", "pipeline": "영업"}
    file = written(tmp_path, **own)
    rows = (
        '{ id = "계약 체결", type = "won" }, { id = "계약 실패", type = "lost" }, '
        '{ id = "Contract Sent", type = "open" }'
    )
    mapping = tmp_path / "mine.toml"
    mapping.write_text(f'extends = "hubspot_export"\n[stages]\nrows = [{rows}]\n', "utf-8")
    crm = sm.read(file, **HOW | {"preset": str(mapping)})
    assert sm.win_rate(crm.deals, "2025-01").value == 0.5
    (tmp_path / "salesmetrics.toml").write_text(f'preset = "hubspot_export"\nstages = [{rows}]\n')
    crm = sm.read(tmp_path, currency="USD", tz="UTC")
    assert sm.win_rate(crm.deals, "2025-01").value == 0.5
