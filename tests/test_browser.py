"""The page in a real browser: no request, no error, no barrier; filters show what was computed.

Needs Chromium (Debian's), playwright and axe-core's axe.min.js (npm), which `.ci/run` installs; the
tests are skipped where they are absent.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import salesmetrics as sm
from salesmetrics.report.front import page_snapshot

api = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
AXE = Path(os.environ.get("AXE", "node_modules/axe-core/axe.min.js"))
DEMO = Path(__file__).parents[1] / "examples" / "demo"
needs_axe = pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


@pytest.fixture(scope="module")
def taken() -> sm.Snapshot:
    given = sm.read_config(DEMO / "salesmetrics.toml").assumed()
    crm = sm.read(DEMO)
    return page_snapshot(
        crm, ["2025-Q3", "2025-Q4"], assumptions=given, targets=DEMO / "targets.toml"
    )


@pytest.fixture(scope="module")
def folder(taken: sm.Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("pages")
    crm = sm.read(DEMO)
    beside = [
        sm.alerts(crm, DEMO.parent / "rules.toml", "2025-Q4", targets=DEMO / "targets.toml"),
        sm.explain(crm, "bookings", "2025-Q4", by="owner"),
        sm.quality(crm, "2025-Q4", kpis=["win_rate", "bookings"]),
    ]
    for lang in ("en", "ko"):
        taken.to_html(made / f"{lang}.html", lang=lang, beside=beside)
    return made


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


class Opened:
    """A page that was opened, with what it asked for and complained of."""

    def __init__(self, browser: Any, file: Path, **how: Any) -> None:
        self.page = browser.new_page(**{"viewport": {"width": 1200, "height": 900}, **how})
        self.asked: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", lambda one: self.asked.append(one.url))
        self.page.on("console", lambda one: self.errors.append(one.text))
        self.page.on("pageerror", lambda one: self.errors.append(str(one)))
        self.page.goto(file.as_uri())
        self.page.wait_for_selector("#filters:not([hidden])")

    def figure(self, kpi: str) -> str:
        found: str = self.page.inner_text(f'article[data-kpi="{kpi}"] .v')
        return found


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@needs_axe
def test_no_request_no_error_no_barrier(browser: Any, folder: Path, lang: str, scheme: str) -> None:
    opened = Opened(browser, folder / f"{lang}.html", color_scheme=scheme, bypass_csp=True)
    for everything_open in (False, True):
        if everything_open:
            opened.page.evaluate("document.querySelectorAll('details').forEach(d=>{d.open=true})")
        opened.page.evaluate(AXE.read_text("utf-8"))
        found = opened.page.evaluate("axe.run()")
        assert [(one["id"], [n["html"][:120] for n in one["nodes"][:3]]) for one in
                found["violations"]] == []  # fmt: skip
    assert len(opened.asked) == 1 and not opened.errors


def test_the_policy_lets_the_page_run(browser: Any, folder: Path) -> None:
    opened = Opened(browser, folder / "en.html")
    assert len(opened.asked) == 1 and not opened.errors


@needs_axe
def test_print_has_everything(browser: Any, folder: Path, tmp_path: Path) -> None:
    opened = Opened(browser, folder / "en.html", bypass_csp=True)
    opened.page.emulate_media(media="print")
    opened.page.evaluate(AXE.read_text("utf-8"))
    assert [one["id"] for one in opened.page.evaluate("axe.run()")["violations"]] == []
    opened.page.pdf(path=str(tmp_path / "q4.pdf"), format="A4")
    printed = (tmp_path / "q4.pdf").read_bytes()
    assert printed.startswith(b"%PDF")
    assert len(re.findall(rb"/Type /Page\b", printed)) <= 15  # charts two by two, no empty halves
    assert opened.page.evaluate("[...document.querySelectorAll('details')].every(d=>d.open)")


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize(("width", "zoom"), [(320, 1), (640, 2), (1200, 1)])
def test_no_sideways_scroll(browser: Any, folder: Path, lang: str, width: int, zoom: int) -> None:
    size = {"width": width // zoom, "height": 700}
    opened = Opened(browser, folder / f"{lang}.html", viewport=size, device_scale_factor=zoom)
    for open_ in ("false", "true"):
        opened.page.evaluate(f"document.querySelectorAll('details').forEach(d=>{{d.open={open_}}})")
        wide = opened.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= size["width"]


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_telephone_shows_the_whole_of_every_chart(browser: Any, folder: Path, lang: str) -> None:
    """The latest month is at the right end: nobody should have to look for it."""
    size = {"width": 390, "height": 844}
    opened = Opened(browser, folder / f"{lang}.html", viewport=size)
    boxes = opened.page.evaluate(
        "[...document.querySelectorAll('figure svg')].map(s=>s.getBoundingClientRect().right)"
    )
    assert len(boxes) >= 10 and max(boxes) <= 390
    letters = "parseFloat(getComputedStyle(s).fontSize)*s.getBoundingClientRect().width"
    sizes = opened.page.evaluate(
        f"[...document.querySelectorAll('figure svg')].map(s=>{letters}/s.viewBox.baseVal.width)"
    )
    assert min(sizes) >= 8.5  # pixels: small, but they can be read


def test_a_definition_is_not_as_heavy_as_its_name(browser: Any, folder: Path) -> None:
    opened = Opened(browser, folder / "en.html")
    weight = "getComputedStyle(document.querySelector('#k-win_rate p')).fontWeight"
    assert opened.page.evaluate(weight) == "400"


def test_filters_show_the_figures_of_the_group(
    browser: Any, folder: Path, taken: sm.Snapshot
) -> None:
    opened = Opened(browser, folder / "en.html")
    whole = opened.figure("bookings")
    for by in ("owner", "team"):
        for label in [group[0] for group in taken.figure("bookings").by(by).groups]:
            opened.page.select_option(f'select[data-by="{by}"]', label=label)
            won = taken.figure("won_deals").by(by).at(period="2025-Q4", **{by: label})
            assert opened.figure("won_deals") == f"{won.value:,}"
            rate = taken.figure("win_rate").by(by).at(period="2025-Q4", **{by: label})
            shown = "undefined" if rate.value is None else f"{rate.value:.1%}"
            assert opened.figure("win_rate") == shown
        assert opened.page.is_hidden("figure") and opened.page.is_hidden("article .tg >> nth=0")
        opened.page.select_option(f'select[data-by="{by}"]', value="")
    assert opened.figure("bookings") == whole and opened.page.is_visible("figure >> nth=0")
    # Two together show what was computed of both; what is of the whole is hidden.
    both = taken.figure("won_deals").by("owner", "team")
    (owner, team), *_ = (group for group in both.groups if group[1] == "부산팀" and group[0])
    opened.page.select_option('select[data-by="owner"]', label=str(owner))
    opened.page.select_option('select[data-by="team"]', label=str(team))
    cell = both.at(period="2025-Q4", owner=owner, team=team)
    assert opened.figure("won_deals") == f"{cell.value:,}"
    median = taken.figure("sales_cycle").by("owner", "team").at(
        period="2025-Q4", owner=owner, team=team
    )  # fmt: skip
    shown = "undefined" if median.value is None else f"{median.value:,.1f} days"
    assert opened.figure("sales_cycle") == shown
    for title in ("Alerts", "Why it changed", "Data quality", "Targets"):
        assert opened.page.is_hidden(f"h2:text-is('{title}')")
    # What is no group of both says so, and what has the company's target says that.
    opened.page.select_option('select[data-by="team"]', label="서울 1팀")
    nobody = opened.page.inner_text('article[data-kpi="bookings"] .c')
    assert nobody == "no rows of these together" and opened.figure("bookings") == "-"
    assert not opened.errors


def test_two_filters_that_were_not_computed_together_are_grey(browser: Any, tmp_path: Path) -> None:
    crm = sm.read(DEMO)
    taken = sm.snapshot(crm, "2025-Q4", by=["owner", "team"], kpis=["bookings"])
    taken.to_html(tmp_path / "a.html")
    opened = Opened(browser, tmp_path / "a.html")
    opened.page.select_option('select[data-by="owner"]', index=1)
    opened.page.select_option('select[data-by="team"]', index=1)
    assert opened.figure("bookings") == "-"
    assert opened.page.inner_text('article[data-kpi="bookings"] .c') == "not together in this file"


def test_periods_are_chosen(browser: Any, folder: Path, taken: sm.Snapshot) -> None:
    opened = Opened(browser, folder / "en.html")
    opened.page.select_option("#when", label="2025-Q3")
    assert opened.figure("won_deals") == f"{taken['won_deals'].at(period='2025-Q3').value:,}"
    opened.page.select_option('select[data-by="team"]', label="부산팀")
    cell = taken.figure("won_deals").by("team").at(period="2025-Q3", team="부산팀")
    assert opened.figure("won_deals") == f"{cell.value:,}"


def test_views_and_definitions(browser: Any, folder: Path) -> None:
    opened = Opened(browser, folder / "en.html")
    opened.page.click('[data-show="executive"]')
    assert opened.page.is_hidden("h2:text-is('Speed')")
    assert opened.page.is_visible("h2:text-is('Customers')")
    opened.page.click('[data-show="rep"]')
    assert opened.page.is_hidden("h2:text-is('Customers')")
    # A definition is a click away, also from a tile.
    opened.page.click('article[data-kpi="win_rate"] a')
    opened.page.wait_for_selector("#k-win_rate p")
    assert opened.page.is_visible("#k-win_rate p")


def test_what_is_there_is_reached_with_the_keyboard(browser: Any, folder: Path) -> None:
    opened = Opened(browser, folder / "en.html")
    reached = set()
    for _ in range(120):
        opened.page.keyboard.press("Tab")
        reached.add(opened.page.evaluate(
            "(e=>e.tagName+(e.dataset.show||e.dataset.by||e.id||''))(document.activeElement)"
        ))  # fmt: skip
    assert {
        "BUTTONall",
        "BUTTONrep",
        "SELECTowner",
        "SELECTteam",
        "SELECTwhen",
        "SUMMARY",
    } <= reached


def test_hostile_names_do_nothing(browser: Any, tmp_path: Path) -> None:
    names = ["</script><script>alert(1)</script>", '"onload="alert(1)', "\u202eevil", "x" * 10_000]
    rows = [
        {"id": n, "owner": name, "created_at": "2025-01-01", "closed_at": "2025-02-01",
         "outcome": "won", "amount": 1 + n}
        for n, name in enumerate(names)
    ]  # fmt: skip
    crm = sm.CRM(deals=rows, currency="USD", tz="UTC")
    sm.snapshot(crm, "2025-Q1", by="owner", kpis=["bookings"]).to_html(tmp_path / "a.html")
    opened = Opened(browser, tmp_path / "a.html")
    for at in range(1, 5):
        opened.page.select_option('select[data-by="owner"]', index=at)
    assert opened.page.evaluate("document.scripts.length") == 2
    assert len(opened.asked) == 1 and not opened.errors
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 1200
    opened.page.set_viewport_size({"width": 320, "height": 700})
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 320


WIDE_NAMES = ["WWMMWW@@MMWW@@WWMMWW", "owner number 12 of the far east", "i" * 40,
              "아주 긴 이름을 가진 담당자 열두 번째", "-", "0123456789012345678901234"]  # fmt: skip


def ugly() -> sm.CRM:
    """Long and wide names, amounts below 0 and very large ones."""
    amounts = [-320_000, 1e13, 12, 0, 250_000, -5]
    rows = [
        {"id": n, "owner": WIDE_NAMES[n % 6], "created_at": f"2025-0{1 + n % 6}-02",
         "closed_at": f"2025-0{2 + n % 6}-0{1 + n % 9}", "amount": amounts[n % 6] * (n + 1),
         "outcome": "won" if n % 3 else "lost", "loss_reason": WIDE_NAMES[n % 5]}
        for n in range(120)
    ]  # fmt: skip
    return sm.CRM(deals=rows, currency="USD", tz="UTC")


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_no_letter_lies_outside_its_chart(browser: Any, tmp_path: Path, lang: str) -> None:
    """In the letters of this machine's browser, of names and numbers that are wide."""
    company, months = ugly(), sm.period("2025").split("month")[:9]
    asked: list[tuple[str, Any, str | None]] = [
        (kpi, period, kind)
        for kpi in ("bookings", "win_rate", "deal_size", "sales_cycle")
        for period, kind in (("2025", None), (months, "heat"))
    ]
    asked.append(("bookings", "2025", "pareto"))
    charts = [
        company.kpi(kpi, period, by="owner").plot(kind, lang=lang) for kpi, period, kind in asked
    ]
    charts += [company.kpi(kpi, months).plot(lang=lang) for kpi in ("bookings", "deal_size")]
    charts += [company.kpi("loss_reasons", "2025").plot(lang=lang)]
    charts += [sm.read(DEMO).kpi("pipeline_movement", "2025-Q4").plot(lang=lang)]
    charts += [sm.explain(company, "bookings", "2025-Q3", by="owner").plot("owner", lang=lang)]
    file = tmp_path / "charts.html"
    file.write_text("<meta charset=utf-8>" + "".join(one.to_svg() for one in charts), "utf-8")
    page = browser.new_page()
    page.goto(file.as_uri())
    outside = page.evaluate(
        """[...document.querySelectorAll('svg')].flatMap(s => [...s.querySelectorAll('text')]
        .filter(t => {const b = t.getBBox(), w = s.viewBox.baseVal.width;
                      return b.x < -1 || b.x + b.width > w + 1})
        .map(t => [s.querySelector('title').textContent, t.textContent]))"""
    )
    assert page.evaluate("document.querySelectorAll('svg text').length") > 100
    assert outside == []


@pytest.mark.parametrize("width", [320, 800])
def test_what_a_notebook_shows_does_not_widen_its_page(
    browser: Any, tmp_path: Path, width: int
) -> None:
    """On a bare page, everything unfolded: what is too wide is moved in its own place."""
    company, rules = sm.read(DEMO), DEMO.parent / "rules.toml"
    shown = [
        company.kpi("win_rate", "2025", by="owner"),
        company.kpi("bottlenecks", "2025-Q4"),
        company.kpi("cohort_retention", sm.period("2024").split("quarter")),
        company.kpi("bookings", sm.period("2025").split("month"), by="owner"),
        sm.snapshot(company, "2025-Q4", by="team", compare="previous"),
        sm.explain(company, "bookings", "2025-Q4", by=["owner", "team"]),
        sm.alerts(company, rules, "2025-Q4"),
        sm.quality(company, "2025-Q4", kpis=["win_rate"]),
        ugly().kpi("win_rate", "2025", by="owner"),
    ]
    page = browser.new_page(viewport={"width": width, "height": 900})
    for one in shown:
        file = tmp_path / "fragment.html"
        made = one._repr_html_()
        file.write_text(f"<!doctype html><meta charset=utf-8><body>{made}", "utf-8")
        page.goto(file.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(d => {d.open = true})")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, type(one)


@pytest.mark.parametrize("wide", [320, 520, 900, 1000, 1400])
def test_a_tile_breaks_no_word(browser: Any, tmp_path: Path, wide: int) -> None:
    """Of a period that has not begun bookings are undefined: a long word in a narrow tile."""
    crm = sm.read(DEMO).as_of("2025-10-20")
    taken = sm.snapshot(crm, ["2025-Q4", "2026-Q1"], kpis=["bookings", "bookings_forecast"])
    taken.to_html(tmp_path / "page.html")
    page = browser.new_page(viewport={"width": wide, "height": 800})
    page.goto((tmp_path / "page.html").as_uri())
    high = page.evaluate(
        """() => [...document.querySelectorAll(".ti .v")].filter(e => !/\\s/.test(e.textContent))
        .map(e => e.getBoundingClientRect().height / parseFloat(getComputedStyle(e).lineHeight))"""
    )
    page.close()
    assert len(high) == 2 and all(one < 1.5 for one in high), high
