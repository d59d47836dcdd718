"""The first screen: its figures, its order, its width, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import salesmetrics as sm
from salesmetrics.catalog import KPIS
from salesmetrics.cli import main
from salesmetrics.insight.sections import LOOKED_AT, section_named, section_of, sections
from salesmetrics.report.attention import looks
from salesmetrics.report.front import first_screen
from salesmetrics.report.sparkline import sparkline
from salesmetrics.report.told import reason_said
from salesmetrics.results.text_table import width
from salesmetrics.results.words import words
from salesmetrics.snapshots.document import document_of
from salesmetrics.snapshots.schema import DocumentReason, read_document

ROOT = Path(__file__).parents[1]
DEMO = ROOT / "examples" / "demo"


def deal(n: int, owner: str, closed: str, outcome: str, amount: int) -> dict[str, object]:
    return {
        "id": n, "owner": owner, "created_at": "2024-09-01", "closed_at": closed,
        "outcome": outcome, "amount": amount,
    }  # fmt: skip


# 2025-Q1: ana wins 2 of 2 (300), bo 1 of 2 (500), cho 0 of 1; the quarter before: 1 of 2 (400).
ROWS = [
    deal(1, "ana", "2025-01-10", "won", 100), deal(2, "ana", "2025-02-10", "won", 200),
    deal(3, "bo", "2025-03-10", "won", 500), deal(4, "bo", "2025-03-31", "lost", 50),
    deal(5, "cho", "2025-03-30", "lost", 70), deal(6, "ana", "2024-12-31", "won", 400),
    deal(7, "bo", "2024-10-01", "lost", 10),
]  # fmt: skip


def crm() -> sm.CRM:
    return sm.CRM(deals=ROWS, currency="USD", tz="UTC")


def lines_of(text: str, first: str) -> list[str]:
    return next(line for line in text.splitlines() if line.lstrip().startswith(first)).split()


def test_headline_figures_by_hand() -> None:
    text = first_screen(crm(), "2025-Q1")
    # 800 against 400: twice; 3 of 5 against 1 of 2; months from April 2024 on.
    won = next(line for line in text.splitlines() if line.startswith("Won"))
    assert won.split()[1:5] == ["bookings", "$800.00", "+100.0%", "better"]
    # January 100, February 200, March 500, December 400 of at most 500
    assert won.endswith("▁▁▁▁▁▁▁▁▇▂▄█")
    rate = lines_of(text, "win rate")
    assert rate[2:6] == ["60.0%", "+10.0", "pp,", "chance"]
    assert lines_of(text, "won deals")[2:4] == ["3", "+200.0%"]


def test_owners_are_ranked_by_what_they_won() -> None:
    text = first_screen(crm(), "2025-Q1")
    at = text.index("Owner by bookings")
    ranked = text[at:].splitlines()[1:4]
    assert [line.split()[0] for line in ranked[:2]] == ["bo", "ana"]
    # bo: 500 of 800, 1 won of 2 decided; Wilson's interval of 1 of 2 is 9 % to 91 %
    assert ranked[0].split()[1:] == ["$500.00", "62%", "1", "50.0%", "9%-91%", "2"]
    assert ranked[2].strip() == "1 without any"
    # by what was asked for instead
    assert "Outcome by bookings" in first_screen(crm(), "2025-Q1", by="outcome")


def test_a_rate_of_owners_is_not_without_its_n_nor_an_interval_without_its_rate() -> None:
    """On a narrow terminal the share and the deals go first, then the interval, then both."""
    heads = []
    for room in (100, 66, 55, 40):
        text = first_screen(crm(), "2025-Q1", room=room)
        at = text.index("Owner by bookings")
        heads.append(re.split(r"  +", text[at:].splitlines()[0]))
    assert heads == [
        ["Owner by bookings", "bookings", "share", "won deals", "win rate", "95 % interval",
         "decided"],
        ["Owner by bookings", "bookings", "win rate", "decided"],
        ["Owner by bookings", "bookings", "win rate", "decided"],
        ["Owner by bookings", "bookings"],
    ]  # fmt: skip


def test_owners_without_any_bookings_are_ranked_by_the_deals_they_won() -> None:
    free = [{**row, "amount": 0} for row in ROWS]
    text = first_screen(sm.CRM(deals=free, currency="USD", tz="UTC"), "2025-Q1")
    at = text.index("Owner by won deals")
    # ana 2 of 2, bo 1 of 2
    assert [line.split()[:2] for line in text[at:].splitlines()[1:3]] == [["ana", "2"], ["bo", "1"]]


def test_a_column_of_changes_that_are_not_known_is_not_there() -> None:
    """Of a period that has not begun nothing is compared, nor said what it would be against."""
    text = first_screen(crm(), "2026-Q1")
    assert "change" not in text and "2025-Q4" not in text
    assert not [line for line in text.splitlines() if line.endswith(" -")]


def test_a_company_of_which_only_revenue_is_known_sees_its_revenue() -> None:
    """300 against 200, 50 of it of who bought before; with deals these are not headlines."""
    booked = [("ana", "2024-11-03", 200), ("ana", "2025-01-05", 50), ("bo", "2025-02-07", 250)]
    rows = [
        {"id": n, "customer": who, "booked_at": day, "amount": amount}
        for n, (who, day, amount) in enumerate(booked)
    ]
    only = sm.CRM(revenues=rows, currency="USD", tz="UTC").as_of("2025-03-31")
    text = first_screen(only, "2025-Q1")
    assert lines_of(text, "Customers")[1:5] == ["revenue", "$300.00", "+50.0%", "better"]
    assert lines_of(text, "repeat revenue share")[3] == "16.7%"  # 50 of 300
    page = sm.snapshot(only, "2025-Q1", compare="previous", recent=12).to_html()
    assert 'data-kpi="revenue"' in page and page.count("<figure") == 1  # its course
    both = sm.CRM(deals=ROWS, revenues=rows, currency="USD", tz="UTC").as_of("2025-03-31")
    assert "revenue" not in first_screen(both, "2025-Q1").partition("Needs a look")[0]


def test_it_says_what_the_changes_are_against() -> None:
    assert "changes: against 2024-Q4" in first_screen(crm(), "2025-Q1")
    early = first_screen(crm(), "2025-Q1", as_of="2025-01-15")
    assert early.splitlines()[0] == ("2025-Q1 · 15 of 90 days gone · known until 2025-01-15 · USD")
    assert "2024-Q4 to 2024-10-15, the same part of it" in early
    compared = first_screen(crm(), "2025-Q1", compare="year_before")
    assert "changes: against 2024-Q1" in compared


def test_what_cannot_be_computed_is_counted_with_what_it_needs() -> None:
    text = first_screen(crm(), "2025-Q1")
    needs = sm.snapshot(crm(), "2025-Q1").needs
    assert f"{len(needs)} cannot be computed; they need" in text
    assert f"of {len(KPIS)} KPIs." in text
    for word in ("--all", "--kpi", "--section", "scorecard"):
        assert word in text


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("columns", [50, 60, 80, 100, 200])
def test_at_most_forty_lines_of_the_width(
    lang: str, columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    assert main(["snapshot", str(DEMO), "--lang", lang]) == 0
    text = capsys.readouterr().out
    lines = text.splitlines()
    assert len(lines) <= 40 or columns < 80
    assert max(map(width, lines)) <= max(columns, 62), max(lines, key=width)
    assert ("█" in text) == (columns >= 100)
    # The targets of the folder give what plans need.
    assert lines[-1] == {"en": "all of them can be computed", "ko": "모든 KPI 산출 가능"}[lang]


def test_figures_stay_where_room_is_short() -> None:
    config = sm.read_config(DEMO / "salesmetrics.toml")
    asked = {"assumptions": config.assumed(), "targets": DEMO / "targets.toml"}
    company = sm.read(DEMO)
    wide = first_screen(company, "2025-Q4", **asked, room=120)
    assert "█" in wide and "39% of ₩1.2B" in wide
    middle = first_screen(company, "2025-Q4", **asked, room=85)
    assert "█" not in middle and "39% of ₩1.2B" in middle
    narrow = first_screen(company, "2025-Q4", **asked, room=60)
    assert "39% of ₩1.2B" not in narrow and "₩472.9M" in narrow and "-41.0% worse" in narrow
    assert "█" not in first_screen(company, "2025-Q4", **asked, room=120, bars=False)


def test_a_target_that_is_far_away_comes_first() -> None:
    config = sm.read_config(DEMO / "salesmetrics.toml")
    taken = sm.snapshot(
        sm.read(DEMO), "2025-Q4", kpis=["bookings", *LOOKED_AT], compare="previous",
        targets=DEMO / "targets.toml", assumptions=config.assumed(),
    )  # fmt: skip
    found = looks(document_of(taken), words("en"))
    # 472.946 of 1,200 million are 39 %; 66 of 92 calendar days are 72 %, x 92 / 66 = 659.3 million
    assert found[0].text.startswith(
        "bookings: 39% of its target with 72% of the period gone; heading for ₩659.3M of ₩1.2B"
    )
    assert [one.kind for one in found] == ["target", "stage", "data"]
    assert found[2].text.startswith("data: 3 rows left out (2 deals, 1 checks)")
    assert "목표" in looks(document_of(taken), words("ko"))[0].text


def test_nothing_to_say_is_said() -> None:
    quiet = sm.CRM(deals=ROWS[:1], currency="USD", tz="UTC")
    assert "nothing stands out" in first_screen(quiet, "2025-Q1")


def test_a_saved_document_looks_as_the_live_one() -> None:
    taken = sm.snapshot(crm(), "2025-Q1", by="owner", compare="previous", recent=12)
    again = read_document(taken.to_json())
    assert again == document_of(taken)
    bookings = next(one for one in again.kpis if one.kpi == "bookings")
    assert [one.value for one in bookings.recent[-4:]] == [400, 100, 200, 500]
    assert bookings.recent[0].period.label == "2024-04"


def test_recent_is_a_number_of_months() -> None:
    for wrong in (-1, 121, 1.5, "12"):
        with pytest.raises(sm.SalesMetricsError, match="recent is"):
            sm.snapshot(crm(), "2025-Q1", recent=wrong)  # type: ignore[arg-type]


def test_every_kpi_is_in_one_section() -> None:
    every = [kpi for section in sections().values() for kpi in section.kpis]
    assert len(every) == len(set(every))
    for kpi in KPIS:
        assert section_of(sm.entry(kpi)).name
    assert section_named("customer").name == section_named("고객").name == "customers"
    with pytest.raises(sm.SalesMetricsError, match="section"):
        section_named("customs")


def test_parts_of_the_catalogue_are_asked_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")  # where tables of targets take two blocks
    assert main(["snapshot", str(DEMO), "--section", "cost"]) == 0
    out = capsys.readouterr().out
    assert "customer_acquisition_cost" in out and "win_rate" not in out
    assert "\nTargets" not in out  # which are of other figures
    assert (
        main(["snapshot", str(DEMO), "--kpi", "qualified_leads", "--kpi", "turnaround_time"]) == 0
    )
    out = " ".join(capsys.readouterr().out.split())
    # what is counted is whole, also where it is heading; what is measured has its unit
    assert "qualified_leads company 2025-Q4 139 300 46.3% -161 no -76" in out
    assert "qualified_leads company 2025-Q4 194 9.5" in out
    assert "1.9 hours 2 hours 107.8% -0.1 hours yes" in out
    assert main(["snapshot", str(DEMO), "--kpi", "수주율", "--kpi", "mrr"]) == 0
    out = capsys.readouterr().out.partition("\nTargets")[0]
    assert "win_rate" in out and "mrr" in out and "sales_cycle" not in out
    assert main(["snapshot", str(DEMO), "--section", "nowhere"]) == 2
    assert main(["snapshot", str(DEMO), "--all"]) == 0
    out = capsys.readouterr().out
    # what holds for all stands once; what a mark in a triangle means stands below it
    assert out.count("; period not over") == 1
    assert out.count("period not over") - out.count("\n* period not over\n") == 1


def test_a_course_in_signs() -> None:
    assert sparkline([], True) == sparkline([None], True) == ""
    assert sparkline([3, 3, 3], False) == "▄▄▄"
    assert sparkline([0, 0], True) == "▁▁" and sparkline([0, 0], False) == "▄▄"
    assert sparkline([-2, -2], True) == "▁▁" and sparkline([2, 2], True) == "██"
    # -3 of -3 to 0, two thirds up
    assert sparkline([-3, -1], True) == "▁▆"
    assert sparkline([-1, 0, 1], True) == "▁▅█"
    assert sparkline([3, 6, 1], True, open_last=True) == "▅█ ▂"


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_month_that_is_not_over_is_no_fall(lang: str) -> None:
    """Five days of December stand apart from eleven months, and the head says what that means."""
    text = first_screen(sm.read(DEMO), "2025-Q4", lang=lang)
    booked = next(line for line in text.splitlines() if "₩" in line and "▆" in line)
    assert booked[-2] == " " and len(booked.rpartition("  ")[2]) == 13
    said = {"en": "the month set apart is not over", "ko": "떨어져 있는 마지막 달은 진행 중"}
    assert said[lang] in text.partition("\n\n")[0]
    assert said["en"] not in first_screen(crm(), "2025-Q1")  # which is over
    narrow = first_screen(sm.read(DEMO), "2025-Q4", lang=lang, room=60)
    assert "▆" not in narrow and said[lang] not in narrow


def test_a_reason_of_another_version_is_shown_as_it_was_written() -> None:
    unknown = DocumentReason(code="of_the_future", params={}, text="as it was said")
    assert reason_said(unknown, words("ko")) == "as it was said"


def test_hostile_names_draw_nothing() -> None:
    rows = [{**ROWS[0], "owner": "\x1b[31m" + "x" * 10_000}, {**ROWS[1], "owner": "\u202eevil\n"}]
    text = first_screen(sm.CRM(deals=rows, currency="USD", tz="UTC"), "2025-Q1")
    assert "\x1b" not in text and "\u202e" not in text
    assert max(map(width, text.splitlines())) <= 120


def test_a_forecast_of_a_quarter_is_not_compared_with_a_part_of_one() -> None:
    """650 against the 801 of 66 days of the quarter before is no fall: all of that is 1,081."""
    crm_ = sm.read(DEMO)
    names = ["bookings_forecast", "bookings"]
    taken = sm.snapshot(crm_, "2025-Q4", kpis=names, by="team", compare="previous")
    found = taken.compare("bookings_forecast")
    assert (found.change, found.direction) == (None, None)
    assert found.reason == "a forecast is of the whole period, and the base a part of one"
    assert taken.compare("bookings_forecast", team="부산팀").change is None
    assert taken.compare("bookings").relative == pytest.approx(472_946_000 / 801_236_000 - 1)
    # of quarters that are over, one is compared with the other
    over = sm.snapshot(crm_, "2025-Q3", kpis=names, compare="previous")
    assert over.compare("bookings_forecast").change == over.compare("bookings").change


def test_the_forecast_of_a_period_that_is_not_over() -> None:
    config = sm.read_config(DEMO / "salesmetrics.toml")
    company = sm.read(DEMO)
    asked = {"assumptions": config.assumed(), "targets": DEMO / "targets.toml"}
    text = first_screen(company, "2025-Q4", **asked)
    parts = sm.bookings_forecast(company, "2025-Q4", target=1_200_000_000).parts
    line = next(one for one in text.splitlines() if one.strip().startswith("forecast"))
    expected, low, high = ((parts[name] or 0) / 1e6 for name in ("expected", "p10", "p90"))
    assert f"₩{expected:,.1f}M" in line and f"80%: ₩{low:,.1f}M to ₩{high:,.1f}M" in line
    assert "P(target) <1%" in line
    assert "  forecast" not in first_screen(company, "2025-Q3", assumptions=config.assumed())


def test_a_period_that_has_not_begun_is_said_once_at_the_top() -> None:
    rows = [{"id": 1, "created_at": "2025-01-02", "closed_at": "2025-02-01", "outcome": "won"}]
    crm = sm.CRM(deals=rows, currency="EUR", tz="UTC")
    shown = first_screen(crm, "2025-Q3", room=100)
    assert shown.startswith(
        "2025-Q3 · the period has not begun by what is known, until 2025-02-01;"
    )
    assert shown.count("has not begun") == 1
    assert "아직 시작되지 않음" in first_screen(crm, "2025-Q3", lang="ko", room=200).split("\n")[0]
    assert "not begun" not in first_screen(crm, "2025-Q1", room=100)
