"""What is made for the site of the documentation; `docs/build_site.py` itself needs Sphinx."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import build_site
import pytest

import salesmetrics as sm
from salesmetrics.catalog import KPIS
from salesmetrics.kpi import label_of

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
    assert not re.search(r"0x[0-9a-f]{6}|/src/", text)


def test_llms_txt_names_every_page_once() -> None:
    text = build_site.llms()
    assert text.startswith("# salesmetrics\n\n> ")
    links = re.findall(r"\]\(_sources/([^)]*)\.txt\)", text)
    assert len(links) == len(set(links))
    assert all((DOCS.parent / link).is_file() for link in links)
    assert {f"docs/kpis/{label_of(kpi).name}.md" for kpi in KPIS} <= set(links)


def test_it_builds_without_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for needed in ("sphinx", "myst_parser", "furo"):
        pytest.importorskip(needed)
    monkeypatch.setattr("sys.argv", ["build_site.py", "--out", str(tmp_path / "site")])
    assert build_site.main() == 0
    for name in ("index.html", "catalogue.html", "api.html", "llms.txt", "docs/gallery.html"):
        assert (tmp_path / "site" / name).is_file(), name
