"""Check the types of every Python example: README, docs and docstrings, as an editor reads them.

    python docs/check_types.py [PROGRAM ...]    # mypy --strict and pyright, or another checker

Each page becomes a file whose lines have the numbers that they have on the page.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from doctest import DocTestParser, Example
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "salesmetrics"
# The pages of KPIs are made of docstrings, which are read where they stand.
PAGES = [
    ROOT / "README.md",
    *(p for p in sorted((ROOT / "docs").rglob("*.md")) if p.parent.name != "kpis"),
]
MODULES = sorted(path for path in SOURCE.rglob("*.py") if ">>> " in path.read_text("utf-8"))
PARSER = DocTestParser()


def page(text: str) -> str:
    """The examples of a page, one after the other, as doctest runs them."""
    lines = [""] * (text.count("\n") + 2)
    for block in re.finditer(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        begin = text.count("\n", 0, block.start(1))
        examples = PARSER.get_examples(block[1])
        for example in examples:
            _put(lines, begin, example, "")
        if not examples:
            for at, line in enumerate(block[1].splitlines(), begin):
                lines[at] = line
    return "\n".join(lines)


def module(text: str, name: str) -> str:
    """The examples of a module's docstrings, each a function of its own."""
    lines = [""] * (text.count("\n") + 2)
    whole = text.splitlines()
    used: set[str] = set()
    for begin, end in _docstrings(ast.parse(text)):
        examples = PARSER.get_examples("\n".join(whole[begin:end]) + "\n")
        for example in examples:
            _put(lines, begin, example, "    ")
        if examples:
            lines[begin + examples[0].lineno - 1] = f"def example_{begin}() -> None:"
            sources = "".join(example.source for example in examples)
            used |= {one.id for one in ast.walk(ast.parse(sources)) if isinstance(one, ast.Name)}
    there = vars(importlib.import_module(name))
    found = sorted(used & there.keys() - vars(builtins).keys())
    lines[0] = f"from {name} import {', '.join(found)}  # type: ignore" if found else ""
    return "\n".join(lines)


def _put(lines: list[str], begin: int, example: Example, indent: str) -> None:
    for at, line in enumerate(example.source.splitlines(), begin + example.lineno):
        lines[at] = indent + line


def _docstrings(tree: ast.Module) -> Iterator[tuple[int, int]]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                yield first.lineno - 1, first.end_lineno or first.lineno


def written(folder: Path) -> list[str]:
    """A file for each page and module, named after it."""
    files = {path: page(path.read_text("utf-8")) for path in PAGES}
    for path in MODULES:
        name = ".".join(("salesmetrics", *path.relative_to(SOURCE).with_suffix("").parts))
        files[path] = module(path.read_text("utf-8"), name.removesuffix(".__init__"))
    names = []
    for path, text in files.items():
        if text.strip():
            names.append("_".join(path.relative_to(ROOT).with_suffix("").parts) + ".py")
            (folder / names[-1]).write_text(text + "\n", encoding="utf-8")
    return names


def main(programs: Sequence[str]) -> int:
    failed = 0
    with tempfile.TemporaryDirectory() as place:
        names = written(Path(place))
        (Path(place) / "mypy.ini").write_text(
            "[mypy]\nstrict = true\nwarn_unused_ignores = false\nallow_redefinition = true\n"
            "local_partial_types = true\nignore_missing_imports = true\n"
            f"mypy_path = {ROOT / 'src'}\ncache_dir = {ROOT / '.mypy_cache'}\n",
            encoding="utf-8",
        )
        (Path(place) / "pyrightconfig.json").write_text(
            '{"reportUnusedExpression": false, "reportMissingImports": false}', encoding="utf-8"
        )
        for program in programs:
            words = [program, "--pythonpath", sys.executable] if program == "pyright" else [program]
            failed |= subprocess.run([*words, *names], cwd=place, check=False).returncode
    return failed


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:] or ("mypy", "pyright")))
