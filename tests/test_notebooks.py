"""The notebooks of the examples give what stands in them."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
NOTEBOOKS = sorted(EXAMPLES.glob("*.ipynb"))


def runner() -> ModuleType:
    spec = importlib.util.spec_from_file_location("notebooks", EXAMPLES / "notebooks.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_there_are_two() -> None:
    assert [file.stem for file in NOTEBOOKS] == ["an_analysts_quarter", "our_own_columns"]


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_a_notebook_gives_what_stands_in_it(file: Path) -> None:
    assert runner().run(file) == file.read_text("utf-8")


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_a_notebook_opens_anywhere(file: Path) -> None:
    """Of the format that Jupyter reads, with cells of its kinds, and no path of a machine."""
    text = file.read_text("utf-8")
    notebook = json.loads(text)
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(ids) == len(set(ids))
    for cell in notebook["cells"]:
        kinds = {"markdown": set(), "code": {"execution_count", "outputs"}}
        assert set(cell) == {"cell_type", "id", "metadata", "source"} | kinds[cell["cell_type"]]
        for output in cell.get("outputs", []):
            assert output["output_type"] in ("stream", "execute_result")
    assert not re.search(r"/tmp/|/home/|/Users/|<[^>]* object at 0x", text)
