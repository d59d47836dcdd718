"""The documentation is current, leads somewhere, and its commands are the ones that run."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

import salesmetrics as sm
from salesmetrics.crm import TABLES

ROOT = Path(__file__).parent.parent
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/*.md")]


GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
PUBLIC = (
    sm.CRM, sm.CRM.as_of, sm.Deals.of, sm.Deals.as_of, sm.Distribution.quantile, sm.ExchangeRates,
    sm.FiscalYear, sm.Period, sm.Period.split, sm.Period.to_date, sm.Ratio.interval, sm.Result.at,
    sm.WorkCalendar.weekly, *filter(inspect.isfunction, (getattr(sm, name) for name in sm.__all__)),
)  # fmt: skip


def words() -> set[str]:
    """What stands in backticks in the first column of the glossary's tables."""
    cells = re.findall(r"^\|([^|]*)\|", GLOSSARY, flags=re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def test_reference_pages_are_what_the_code_says() -> None:
    command = [sys.executable, str(ROOT / "docs" / "generate.py"), "--check"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text)
    for link in links:
        if "://" not in link:
            assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_ci_runs_the_commands_of_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"^python3 -m venv .*$", readme, flags=re.MULTILINE)
    assert len(commands) == 2
    ran = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert [line for line in ran if line.startswith("python3 -m venv")] == commands


def test_readme_reaches_a_definition_in_two_steps() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    index = (ROOT / "docs" / "kpis" / "index.md").read_text(encoding="utf-8")
    assert "(docs/kpis/index.md)" in readme
    assert "(win_rate.md)" in index


@pytest.mark.parametrize("function", PUBLIC, ids=lambda f: f.__qualname__)
def test_arguments_are_in_the_glossary(function: object) -> None:
    names = set(inspect.signature(function).parameters) - {"self"}  # type: ignore[arg-type]
    assert sorted(names - words() - set(TABLES)) == []


def test_row_sets_and_results_are_in_the_glossary() -> None:
    sets = {name for table in TABLES.values() for name in table.row_sets}
    derived = {name for table in TABLES.values() for name in table.derived}
    assert sorted((sets | derived | {field.name for field in fields(sm.Cell)}) - words()) == []


def test_a_word_stands_once_in_its_table_of_the_glossary() -> None:
    for section in re.split(r"^## ", GLOSSARY, flags=re.MULTILINE)[1:]:
        cells = re.findall(r"^\|([^|]*)\|", section, flags=re.MULTILINE)
        names = [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]
        assert sorted(names) == sorted(set(names)), section.partition("\n")[0]


def test_the_architecture_names_every_room() -> None:
    text = (ROOT / "docs" / "explanation" / "architecture.md").read_text(encoding="utf-8")
    for path in Path(sm.__file__).parent.iterdir():
        if not path.name.startswith("__") and path.name != "py.typed":
            assert path.name + ("/" if path.is_dir() else "") in text, path.name


def test_every_page_is_reached_from_the_readme() -> None:
    seen, ahead = set(), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop().resolve()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in link:
                ahead.append(page.parent / link)
    assert {page.relative_to(ROOT) for page in ROOT.glob("docs/**/*.md")} <= {
        page.relative_to(ROOT) for page in seen
    }
