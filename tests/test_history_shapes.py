"""Four shapes of history give one canonical form, also from the files that CRMs export."""

from __future__ import annotations

import csv
from datetime import date
from itertools import permutations
from pathlib import Path

import pandas as pd
import pytest

import salesmetrics as sm
from salesmetrics import CRM

FORMATS = Path(__file__).parents[2] / "shared" / "data" / "crm_formats"
STAGES = [{"id": s, "order": n, "type": "open"} for n, s in enumerate(("talks", "demo", "offer"))]
DEALS = [{"id": "1", "created_at": "2025-01-10"}, {"id": "2", "created_at": "2025-01-20"}]

SNAPSHOTS = [
    {"Id": d, "Stage": s, "At": a}
    for d, s, a in [
        ("1", "talks", "2025-01-10"), ("1", "talks", "2025-01-15"), ("1", "demo", "2025-02-01"),
        ("1", "offer", "2025-03-01"), ("2", "talks", "2025-01-20"), ("2", "offer", "2025-02-10"),
    ]
]  # fmt: skip
CHANGES = [
    {"Id": d, "Field": "stage", "Old": o, "New": n, "At": a}
    for d, o, n, a in [
        ("1", "talks", "demo", "2025-02-01"), ("1", "demo", "offer", "2025-03-01"),
        ("2", "talks", "offer", "2025-02-10"),
    ]
] + [{"Id": "1", "Field": "amount", "Old": 1, "New": 2, "At": "2025-02-02"}]  # fmt: skip
WIDE = [
    {"Id": "1", "a": date(2025, 1, 10), "b": date(2025, 2, 1), "c": date(2025, 3, 1)},
    {"Id": "2", "a": date(2025, 1, 20), "b": None, "c": date(2025, 2, 10)},
]
PERIODS = [
    {"Id": "1", "s": "talks", "from": "2025-01-10", "to": "2025-02-01"},
    {"Id": "1", "s": "demo", "from": "2025-02-01", "to": "2025-03-01"},
    {"Id": "1", "s": "offer", "from": "2025-03-01", "to": None},
    {"Id": "2", "s": "offer", "from": "2025-02-10", "to": None},
    {"Id": "2", "s": "talks", "from": "2025-01-20", "to": "2025-02-10"},
]
READ = {
    "snapshots": lambda rows: sm.changes_from_snapshots(
        rows(SNAPSHOTS), deal="Id", value="Stage", at="At"
    ),
    "changes": lambda rows: sm.changes_from_old_and_new(
        rows(CHANGES), deal="Id", new="New", old="Old", at="At", where=("Field", "stage")
    ),
    "columns": lambda rows: sm.changes_from_date_columns(
        rows(WIDE), deal="Id", stages={"talks": "a", "demo": "b", "offer": "c"}
    ),
    "periods": lambda rows: sm.changes_from_periods(
        rows(PERIODS), deal="Id", value="s", entered="from", left="to"
    ),
}
EXPECTED = [
    ("1", "talks", "2025-01-10"), ("1", "demo", "2025-02-01"), ("1", "offer", "2025-03-01"),
    ("2", "talks", "2025-01-20"), ("2", "offer", "2025-02-10"),
]  # fmt: skip


@pytest.mark.parametrize("rows", [list, pd.DataFrame], ids=["dicts", "pandas"])
@pytest.mark.parametrize("shape", READ)
def test_one_form(shape, rows):
    crm = CRM(deals=DEALS, stages=STAGES, stage_changes=READ[shape](rows))
    track = crm.deals.history.tracks["stage"]
    labels = track.values.labels
    found = [
        (str(deal + 1), labels[code], date.fromordinal(int(day) + 719163).isoformat())
        for deal, code, day in zip(track.deals(), track.values.codes, track.days, strict=True)
    ]
    assert found == EXPECTED


def test_periods_that_overlap_or_end_before_they_begin_are_refused():
    for to, reason in (("2025-02-02", "after the next stay"), ("2025-01-01", "before the stay")):
        rows = [{**PERIODS[0], "to": to}, *PERIODS[1:]]
        with pytest.raises(sm.DataError, match=reason) as caught:
            sm.changes_from_periods(rows, deal="Id", value="s", entered="from", left="to")
        assert [(fault.row, fault.value) for fault in caught.value.faults] == [(0, to)]


def test_a_column_that_is_not_there_is_named():
    with pytest.raises(sm.ColumnError, match=r"'Stag'.*Stage"):
        sm.changes_from_snapshots(SNAPSHOTS, deal="Id", value="Stag", at="At")
    with pytest.raises(sm.ColumnError, match="changed_at"):
        CRM(deals=DEALS, stage_changes=[{"deal": "1", "stage": "talks"}])
    with pytest.raises(sm.NeedsError, match="deals"):
        CRM(stage_changes=[{"deal": "1", "stage": "talks", "changed_at": "2025-01-10"}])


def rows_of(name):
    path = FORMATS / name
    if not path.is_file():
        pytest.skip(f"{path} is not there: the real exports are kept outside of the repository")
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_salesforce_opportunity_history():
    rows = rows_of("salesforce/sf_opportunity_history_data.csv")
    names = {name.lower(): name for name in rows[0]}
    stage = names.get("stage_name", names.get("stagename"))
    deal = names.get("opportunity_id", names.get("id"))
    at = names.get("created_date", names.get("createddate", names.get("_fivetran_start")))
    if not (stage and deal and at):
        pytest.skip(f"another shape: {', '.join(rows[0])}")
    found = sm.changes_from_snapshots(rows, deal=deal, value=stage, at=at)
    assert len(found["deal"]) == len(rows)


def test_hubspot_property_history():
    rows = rows_of("hubspot/deal_property_history_data.csv")
    found = sm.changes_from_old_and_new(
        rows, deal="deal_id", new="value", at="timestamp", where=("name", "dealstage")
    )
    assert len(found["deal"]) == sum(row["name"] == "dealstage" for row in rows)


def test_stays_of_one_moment_follow_each_other_wherever_their_rows_stand():
    """Back to talks by way of offer in one day, though offer comes later in the process."""
    rows = [
        {"Id": "1", "s": "demo", "from": "2025-01-10", "to": "2025-02-01"},
        {"Id": "1", "s": "offer", "from": "2025-02-01", "to": "2025-02-01"},
        {"Id": "1", "s": "talks", "from": "2025-02-01", "to": "2025-03-01"},
        {"Id": "1", "s": "demo", "from": "2025-03-05", "to": "2025-03-05"},
    ]
    for listed in permutations(rows):
        found = sm.changes_from_periods(listed, deal="Id", value="s", entered="from", left="to")
        crm = CRM(deals=DEALS[:1], stages=STAGES, stage_changes=found)
        track = crm.deals.history.tracks["stage"]
        stages = [track.values.labels[code] for code in track.values.codes]
        assert stages == ["demo", "offer", "talks", None, "demo", None]
        assert not crm.deals.history.notes


def test_dates_of_one_day_are_in_the_order_of_the_process_that_is_told():
    """What the caller says of the order holds, also where the stages say another."""
    row = {"Id": "1", "a": "2025-01-10", "b": "2025-02-01T09:00", "c": "2025-02-01T09:00"}
    found = sm.changes_from_date_columns(
        [row], deal="Id", stages={"talks": "a", "offer": "b", "demo": "c"}
    )
    crm = CRM(deals=DEALS[:1], stages=STAGES, stage_changes=found, tz="UTC")
    track = crm.deals.history.tracks["stage"]
    assert [track.values.labels[code] for code in track.values.codes] == ["talks", "offer", "demo"]
