"""People read what stages, products, owners and customers are called; data keep their ids."""

from __future__ import annotations

import json
import pickle

import pytest

import salesmetrics as sm
from salesmetrics.results.names import distinct

STAGES = [
    {"id": "s1", "label": "첫 상담", "order": 1, "type": "open"},
    {"id": "s2", "label": "Proposal", "order": 2, "type": "open"},
    {"id": "s3", "label": "Proposal", "order": 3, "type": "open"},
    {"id": "w", "label": "Won", "order": 4, "type": "won"},
    {"id": "l", "label": "Lost", "order": 5, "type": "lost"},
]


@pytest.fixture(scope="module")
def crm():
    deals, changes = [], []
    for at, way in enumerate((["s1", "s2", "s3", "w"], ["s1", "s2", "l"], ["s1", "s2", "s3"])):
        deals.append(
            {
                "id": f"d{at}", "name": f"Deal {at}", "created_at": "2025-01-02", "stage": way[-1],
                "closed_at": "2025-02-20" if way[-1] in "wl" else None, "amount": 1_000_000,
                "owner": 7 + at % 2, "product": "p1", "customer": "c1",
                "expected_close_at": "2025-03-20",
            }
        )  # fmt: skip
        for step, stage in enumerate(way):
            changes.append(
                {
                    "deal": f"d{at}",
                    "stage": stage,
                    "changed_at": f"2025-0{1 + step // 2}-{5 + 6 * step:02}",
                }
            )
    deals.append({"id": "d9", "created_at": "2025-03-03", "stage": "s3", "owner": 7})
    return sm.CRM(
        deals=deals, stage_changes=changes, stages=STAGES, currency="KRW",
        products=[{"id": "p1", "name": "한빛 CRM"}], customers=[{"id": "c1", "name": "대성물산"}],
        owners=[{"id": 7, "name": "Kim", "team": "A"}, {"id": 8, "name": "Lee", "team": "A"}],
    )  # fmt: skip


def test_two_of_one_name_keep_their_ids_beside():
    assert distinct(["a", "b", "c", "d"], ["X", "X", None, "c"]) == {
        "a": "X (a)", "b": "X (b)", "d": "c (d)"
    }  # fmt: skip


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_every_view_says_labels_and_data_say_ids(crm, lang, tmp_path):
    taken = sm.snapshot(
        crm, "2025-Q1", by=["stage", "owner", "product", "customer"],
        kpis=["open_deals", "stage_conversion", "bottlenecks", "bookings"],
        targets=[sm.Target(kpi="bookings", value=9, period="quarter", owner="7")],
    )  # fmt: skip
    views = (
        taken.to_text(lang),
        taken.to_markdown(lang),
        taken._repr_html_(),
        taken.to_html(lang=lang),
    )
    for text in views:
        for name in ("첫 상담", "Proposal (s2)", "Proposal (s3)", "Kim", "한빛 CRM", "대성물산"):
            assert name.replace("(", "\\(").replace(")", "\\)") in text or name in text, name
    assert "s1 " not in views[0]
    saved = sm.read_document(taken.to_json())
    assert saved.to_text(lang) == views[0]
    assert saved.to_markdown(lang) == views[1]
    assert saved.to_html(lang=lang) == views[3]
    made = json.loads(taken.to_json())
    assert made["called"]["stage"]["s2"] == "Proposal (s2)"
    assert made["called"]["owner"] == {"7": "Kim", "8": "Lee"}
    groups = [cell["group"] for cell in made["kpis"][0]["figures"]]
    assert {"stage": "s1"} not in groups or {"stage": "s2"} in groups
    assert {"stage": "s3"} in groups
    assert "Proposal" not in taken.to_csv()
    assert {one.get("stage") for one in taken.to_records()} >= {"s3"}


def test_only_what_stands_in_a_document_is_named_there(crm):
    made = json.loads(sm.snapshot(crm, "2025-Q1", kpis=["bookings"], by="product").to_json())
    assert made["called"] == {"product": {"p1": "한빛 CRM"}}


def test_results_their_parts_and_charts_say_labels(crm):
    found = crm.kpi("stage_conversion", "2025-Q1")
    assert "첫 상담" in str(found)
    assert "첫 상담" in found._repr_html_()
    rate = crm.kpi("win_rate", "2025-Q1", by="owner")
    for one in (rate, rate.part("numerator"), pickle.loads(pickle.dumps(rate)), sm.ranking(rate)):
        assert "Kim" in str(one)
    assert "Kim" in rate.plot().to_svg()
    assert rate.at(owner="7").value == 1.0
    assert [one["owner"] for one in rate.to_records()] == ["7", "8"]
    assert "첫 상담" in crm.kpi("bottlenecks", "2025-Q1").plot().to_svg()


def test_deals_are_named_where_they_are_listed(crm):
    assert "Deal 2" in str(sm.risk(crm))


def test_alerts_and_explanations_say_labels(crm):
    rules = [{"kind": "threshold", "kpi": "open_deals", "above": 0, "by": "stage"}]
    report = sm.alerts(crm, rules, "2025-Q1")
    assert "Proposal (s3)" in report.to_text()
    assert [dict(one.group) for one in report.alerts] == [{"stage": "s3"}]
    why = sm.explain(crm, "bookings", "2025-02", by=["owner"])
    assert "Kim" in why.to_text()
    page = sm.snapshot(crm, "2025-Q1", kpis=["bookings", "open_deals"]).to_html(
        beside=[report, why]
    )
    assert "Proposal (s3)" in page
    assert "Kim" in page


def test_a_digest_says_labels(crm):
    a, b = (
        sm.snapshot(crm, month, by="owner", kpis=["bookings"]) for month in ("2025-01", "2025-02")
    )
    assert "Kim" in sm.digest(a, b).to_text()
