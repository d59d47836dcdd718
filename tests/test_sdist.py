"""What leaves the repository: the source distribution and the page of a package index."""

from __future__ import annotations

import re
import runpy
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent


def test_the_source_distribution_holds_what_its_tests_and_its_text_name() -> None:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    included = set(told["tool"]["hatch"]["build"]["targets"]["sdist"]["only-include"])
    assert {"src", "tests", "docs", "examples", "benchmarks", ".ci"} < included
    assert all((ROOT / name).exists() for name in included)
    links = re.findall(r"\]\(([^)#:]+)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert {link.split("/")[0] for link in links} <= included


def test_no_link_of_an_index_leads_into_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("hatchling", "hatchling.metadata", "hatchling.metadata.plugin"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    interface = ModuleType("hatchling.metadata.plugin.interface")
    interface.MetadataHookInterface = type("MetadataHookInterface", (), {})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, interface.__name__, interface)
    hook = runpy.run_path(str(ROOT / "hatch_build.py"))
    plain = hook["without_links_inside"]
    assert plain("a [`b`](docs/b.md), ![c](d.png)[e](#f)") == "a `b`, [e](#f)"
    assert plain("[a](https://b.c/d)") == "[a](https://b.c/d)"
    text = plain((ROOT / "README.md").read_text(encoding="utf-8"))
    assert not re.findall(r"\]\((?!https?:|#)", text)
