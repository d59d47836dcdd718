"""What changed between two snapshots: in a few sentences, and a line a KPI."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import salesmetrics as sm
from salesmetrics.cli import main
from salesmetrics.report.digest_texts import SAID

ROOT = Path(__file__).parents[1]
KPIS = ["bookings", "won_deals", "win_rate", "sales_cycle", "open_pipeline", "pipeline_movement"]


def shot(crm: sm.CRM, period: str, day: str, **keywords: Any) -> sm.Snapshot:
    given = {"kpis": KPIS, "by": ["team", "owner"], **keywords}
    return sm.snapshot(crm, period, as_of=day, **given)


@pytest.fixture(scope="module")
def demo() -> sm.CRM:
    return sm.read(ROOT / "examples" / "demo")


@pytest.fixture(scope="module")
def shots(demo: sm.CRM) -> dict[str, sm.Snapshot]:
    return {
        "18": shot(demo, "2025-Q4", "2025-11-18"),
        "25": shot(demo, "2025-Q4", "2025-11-25"),
        "Q2": shot(demo, "2025-Q2", "2025-11-25"),
        "Q3": shot(demo, "2025-Q3", "2025-11-25"),
    }


# the digest --------------------------------------------------------------------------------------


def test_a_week_in_sentences(shots: dict[str, sm.Snapshot]) -> None:
    found = sm.digest(shots["18"], shots["25"])
    assert found.said() == [
        "2025-Q4 as known until 2025-11-25, against 2025-11-18: 5 of 6 figures changed.",
        "won deals: 29, +16.0% (25 before), better.",
        "The largest part of that by 서울 2팀: +2 of +4.",
        "bookings: ₩340.9M, +12.6% (₩302.6M before), better.",
        "win rate: 51.8%, +2.8 pp (49.0% before), better.",
        "Changed too: open pipeline, pipeline movement.",
    ]
    assert found.said("ko")[1] == "수주 건수 29, +16.0% (이전 25), 개선."
    assert found.to_markdown().startswith("# What changed\n\n2025-Q4")


def test_quarters_say_how_sure_they_are(shots: dict[str, sm.Snapshot]) -> None:
    """15 wins more are no more than chance: 57 - 42 = 15 < 1.96 x sqrt(99) = 19.5."""
    lines = sm.digest(shots["Q2"], shots["Q3"]).lines
    moved = {one.facts["kpi"]: one.facts for one in lines if one.code == "moved"}
    assert moved["won_deals"]["clear"] is False
    assert "no more than chance would make" in sm.digest(shots["Q2"], shots["Q3"]).to_text()


def test_part_of_a_quarter_is_not_compared_with_a_whole_one(shots: dict[str, sm.Snapshot]) -> None:
    found = sm.digest(shots["Q3"], shots["25"])
    named = [one.facts["kpi"] for one in found.lines if one.code == "moved"]
    assert "bookings" not in named
    assert "won_deals" not in named
    assert "2025-Q4 is not over" in found.to_text()
    assert "끝나지 않은 기간" in found.to_text("ko")


def month(name: str, day: str) -> sm.Snapshot:
    """A win of 100 by ana on the 5th of each month, one of 40 by bo on the 20th, lost by May."""
    won = [
        {"id": f"{who}{at}", "owner": who, "created_at": "2025-01-02", "amount": amount,
         "closed_at": f"2025-0{at}-{on}", "outcome": "won"}
        for at in (3, 4, 5)
        for who, on, amount in (("ana", "05", 100 * at), ("bo", "20", 40 if at < 5 else 10))
    ]  # fmt: skip
    given: Any = {"kpis": ["bookings", "won_deals"], "by": "owner"}
    return sm.snapshot(sm.CRM(deals=won, currency="EUR"), name, as_of=day, **given)


def test_parts_of_periods_are_compared_where_as_many_days_are_known() -> None:
    """By the 10th only ana has won: 300, 400; by the 25th of April bo too."""
    march, short, long = (
        month("2025-03", "2025-03-10"), month("2025-04", "2025-04-10"),
        month("2025-04", "2025-04-25"),
    )  # fmt: skip
    first, *others = sm.digest(march, short).said()
    assert first == (
        "2025-04 against 2025-03, as known until 2025-04-10: 1 of 2 figures changed. 2025-03 was "
        "known until 2025-03-10: as many days of both."
    )
    assert others[0].startswith("bookings: €400.00, +33.3%")
    for before, after in ((march, long), (march, month("2025-04", "2025-04-30"))):
        (line,) = sm.digest(before, after).said()
        assert "0 of 2 figures changed. 2025-03 was known until 2025-03-10 only: what" in line
    assert "2025-03-10까지의 집계이므로" in sm.digest(march, long).said("ko")[0]


def test_a_part_larger_than_the_whole_is_no_part_of_it() -> None:
    """April to May: ana +100, bo -30, together +70."""
    said = sm.digest(month("2025-04", "2025-04-30"), month("2025-05", "2025-05-31"))
    wanted = "Most of all by ana: +€100.00, where all together make +€70.00."
    assert wanted in said.said()
    assert "가장 크게 움직인 곳은 ana: +€100.00 (전체 +€70.00)." in said.said("ko")


def test_groups_of_a_rate_sum_to_its_change(shots: dict[str, sm.Snapshot]) -> None:
    """The effects in a digest are those of an explanation of the same two figures."""
    from salesmetrics.snapshots.digests import _contributions
    from salesmetrics.snapshots.schema import read_document

    old, new = read_document(shots["Q2"]), read_document(shots["Q3"])
    one, other = (next(k for k in doc.kpis if k.kpi == "win_rate") for doc in (old, new))
    found = _contributions(one, other, ["team"], "2025-Q2", "2025-Q3")
    assert found is not None
    crm = sm.read(ROOT / "examples" / "demo").as_of("2025-11-25")
    slow = sm.explain(crm, "win_rate", "2025-Q3", by="team").level("team")
    each = {dict(place)["team"]: effect for place, effect in found[1].items()}
    assert {one.group["team"]: pytest.approx(one.effect) for one in slow.causes} == each


def test_nothing_changed_is_one_sentence(shots: dict[str, sm.Snapshot]) -> None:
    found = sm.digest(shots["25"], shots["25"])
    assert not found
    assert found.said() == ["2025-Q4 as known until 2025-11-25: nothing changed."]


def test_what_is_no_longer_told_met_or_defined(demo: sm.CRM) -> None:
    early = sm.Target(kpi="won_deals", value=27, period="2025-Q4")
    before = shot(demo, "2025-Q4", "2025-11-18", targets=[early])
    after = shot(demo, "2025-Q4", "2025-11-25", targets=[early])
    codes = [one.code for one in sm.digest(before, after).lines]
    assert "met" in codes
    assert "The target of won deals is met now (107% of it)." in sm.digest(before, after).said()
    assert "missed" in [one.code for one in sm.digest(after, before).lines]
    document = after.to_dict()
    figure = next(one for one in document["kpis"] if one["kpi"] == "win_rate")
    figure["definition"] = "Another share."
    lost = next(one for one in document["kpis"] if one["kpi"] == "sales_cycle")
    cell = next(one for one in lost["figures"] if not one["group"])
    cell |= {"value": None, "exact": None}
    cell["reason"] = sm.Reason("no_rate").to_dict()
    told = sm.digest(before, document)
    assert "No longer told: sales cycle, because no exchange rate." in told.said()
    assert "정의가 바뀌어 비교하지 않음: 수주율(거래 성사율)." in told.said("ko")
    assert len(told) <= 7


def test_the_same_input_gives_the_same_bytes(shots: dict[str, sm.Snapshot]) -> None:
    pairs = [(shots["18"], shots["25"]), (shots["18"].to_json(), shots["25"].to_dict())]
    made = [json.dumps(sm.digest(*pair).to_dict()) for pair in pairs]
    assert made[0] == made[1]
    blocks = sm.digest(*pairs[0]).to_blocks("ko")
    assert [one["type"] for one in blocks][:2] == ["header", "section"]
    assert all(one["text"]["type"] == "plain_text" for one in blocks)


def test_both_languages_say_the_same_things() -> None:
    assert SAID["en"].keys() == SAID["ko"].keys()


# a line a KPI ------------------------------------------------------------------------------------


def test_changes_are_a_line_a_kpi(shots: dict[str, sm.Snapshot]) -> None:
    changes = sm.diff(shots["18"], shots["25"])
    lines = [str(one) for one in changes.grouped()]
    assert len(changes) > 60
    assert len(lines) == 7
    assert lines[0] == "snapshot: known_until 2025-11-18 -> 2025-11-25"
    assert lines[2] == (
        "won_deals (2025-Q4): 25 -> 29 (+16.0%), n 25 -> 29, 7 groups, most owner='조수아' "
        "2 -> 3 (+50.0%)"
    )
    assert any("of its parts" in line for line in lines)


def test_a_quarters_turn_is_one_line(shots: dict[str, sm.Snapshot]) -> None:
    changes = sm.diff(shots["Q3"], shots["25"])
    assert [str(one) for one in changes.grouped()] == [
        "snapshot: 2025-Q3 -> 2025-Q4; no figure of one is in the other"
    ]


def test_a_quarters_turn_is_no_change_beyond_a_limit(
    shots: dict[str, sm.Snapshot], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changes = sm.diff(shots["Q3"], shots["25"])
    assert not changes.filter(beyond=0.1)
    assert len(changes.turn) == 1
    assert not sm.diff(shots["18"], shots["25"]).turn
    names = [str(tmp_path / f"{name}.json") for name in ("Q3", "25")]
    for name, shot in zip(names, ("Q3", "25"), strict=True):
        Path(name).write_text(shots[shot].to_json(), encoding="utf-8")
    assert main(["diff", *names, "--beyond", "0.1"]) == 0
    out = capsys.readouterr().out
    assert out == "snapshot: 2025-Q3 -> 2025-Q4; no figure of one is in the other\n"


def test_filters_keep_what_is_asked_for(shots: dict[str, sm.Snapshot]) -> None:
    changes = sm.diff(shots["18"], shots["25"])
    some = changes.filter(["수주 건수"])
    assert {one.kpi for one in some} == {None, "won_deals"}
    large = changes.filter(["won_deals"], beyond=0.15)
    assert {one.what for one in large} == {"value"}
    assert all(abs(one.after - one.before) > 0.15 * one.before for one in large)
    assert not changes.filter(["won_deals"], beyond=5.0)


@pytest.fixture(scope="module")
def files(shots: dict[str, sm.Snapshot], tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("nights")
    for name in ("18", "25"):
        (folder / f"{name}.json").write_text(shots[name].to_json(), encoding="utf-8")
    return [str(folder / "18.json"), str(folder / "25.json")]


def test_the_command_ends_with_4_beyond_a_limit(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["diff", *files, "--kpi", "bookings", "--beyond", "0.1"]) == 4
    assert "bookings (2025-Q4): 302,616,000 -> 340,896,000" in capsys.readouterr().out
    assert main(["diff", *files, "--kpi", "bookings", "--beyond", "5"]) == 0
    assert capsys.readouterr().out == "no difference\n"
    assert main(["diff", *files]) == 0
    assert main(["diff", *files, "--kpi", "no_such"]) == 2


def test_the_command_digests(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["digest", *files, "--lang", "ko"]) == 0
    assert "수주 건수 29" in capsys.readouterr().out
    for kind in ("json", "blocks"):
        assert main(["digest", *files, "--format", kind]) == 0
        assert json.loads(capsys.readouterr().out)
