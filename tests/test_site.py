"""What is made for the site of the documentation; `docs/build_site.py` itself needs Sphinx."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import build_site
import pytest

import salesmetrics as sm
from salesmetrics.catalog import KPIS
from salesmetrics.crm import TABLES
from salesmetrics.kpi import label_of
from salesmetrics.models import Kind, kinds_of

DOCS = Path(__file__).parents[1] / "docs"


def test_the_catalogue_has_every_kpi_and_leads_to_its_page() -> None:
    text = build_site.catalogue()
    pages = re.findall(r'href="docs/kpis/(\w+)\.html"', text)
    assert pages == [label_of(kpi).name for kpi in KPIS]
    assert all((DOCS / "kpis" / f"{name}.md").is_file() for name in pages)
    row = next(line for line in text.splitlines() if "kpis/win_rate.html" in line)
    mine = row[row.index('data-family="pipeline"') :] if "pipeline" in row else row
    assert "수주율" in unescape(mine) and 'data-tables="deals' in text


def test_the_reference_has_every_public_name() -> None:
    text = build_site.api()
    kpis = {label_of(kpi).name for kpi in KPIS}
    for name in set(sm.__all__) - kpis:
        thing = getattr(sm, name)
        if isinstance(thing, type) or type(thing).__name__ == "function":
            assert f"\n## {name}\n" in text, name
    assert "\n### Snapshot.to_html\n" in text
    of_this_machine = re.search(r".*(0x[0-9a-f]{6}|/src/).*", text)
    assert of_this_machine is None, of_this_machine and of_this_machine[0]


def test_records_and_tables_show_typed_fields_with_units() -> None:
    text = build_site.api()
    parts = {one.split("\n")[0]: one for one in text.split("\n## ")}
    assert "created_at: date | datetime | None = None," in parts["Deal"]
    assert "id: str,\n" in parts["Deal"] and "amount: Decimal | None = None," in parts["Deal"]
    assert "outcome: Literal['open', 'won', 'lost', 'disqualified'] | None = None," in parts["Deal"]
    for name, table in TABLES.items():
        record = table.record.__name__
        both = [parts[one] for one in (record, table.__name__) if one in parts]
        assert both, name
        for field, kind in kinds_of(table.record).items():
            rows = [line for one in both for line in one.splitlines() if f"| `{field}` |" in line]
            assert len(rows) == len(both), (name, field)
            if kind is Kind.MONEY:
                assert all("| major units of the row's currency |" in row for row in rows)
            if kind in (Kind.MILESTONE, Kind.PLAN):
                assert all("| day, or second in `tz` |" in row for row in rows)
        if table.__name__ in parts:
            assert f"def {table.__name__}.of(" in parts[table.__name__]
            assert "restricted_to: tuple" not in parts[table.__name__]  # machinery
            assert f"A row is a [{record}](#{record.lower()})" in parts[table.__name__]
    assert "### Snapshot.by\n\n```python\nby: Columns\n```" in text  # read, not called
    assert "to_text(\n    lang: str | None = None,\n    columns: int | None = None,\n    *," in text


def test_llms_txt_names_every_page_once() -> None:
    text = build_site.llms()
    assert text.startswith("# salesmetrics\n\n> ")
    links = re.findall(r"\]\(_sources/([^)]*)\.txt\)", text)
    assert len(links) == len(set(links))
    assert all((DOCS.parent / link).is_file() for link in links)
    assert {f"docs/kpis/{label_of(kpi).name}.md" for kpi in KPIS} <= set(links)


# What the builder calls that its own next version will lack is no warning of the pages.
@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
def test_it_builds_without_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for needed in ("sphinx", "myst_parser", "furo"):
        pytest.importorskip(needed)
    monkeypatch.setattr("sys.argv", ["build_site.py", "--out", str(tmp_path / "site")])
    assert build_site.main() == 0
    for name in ("index.html", "catalogue.html", "api.html", "llms.txt", "docs/gallery.html"):
        assert (tmp_path / "site" / name).is_file(), name
