"""The rows that the examples of KPIs are computed on, as they are written in `examples.py`."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import salesmetrics.examples

__all__ = ["rows_of_example"]

IMPORT = re.compile(r"from salesmetrics\.examples import ([\w, ]+)")


def rows_of_example(example: str) -> list[str]:
    """A Markdown table of each table that an example imports, under its name."""
    lines: list[str] = []
    for found in IMPORT.findall(example):
        for name in found.split(","):
            written = _assigned()[name.split()[0]]
            for title, rows in _tables(name.split()[0], written):
                lines += [f"`{title}`:", "", *_markdown(rows), ""]
    return lines


def _assigned() -> dict[str, ast.expr]:
    tree = ast.parse(Path(salesmetrics.examples.__file__).read_text("utf-8"))
    return {
        node.target.id: node.value
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value
    }


def _tables(name: str, written: ast.expr) -> list[tuple[str, Sequence[Mapping[str, Any]]]]:
    """The rows behind a name: of a table, or of each table of a CRM."""
    if isinstance(written, ast.Call) and ast.unparse(written.func) == "CRM":
        return [
            (f"{name}.{one.arg}", _rows(one.value))
            for one in written.keywords
            if one.arg not in (None, "currency", "tz")
        ]
    return [(name, _rows(written))]


def _rows(written: ast.expr) -> Sequence[Mapping[str, Any]]:
    """Literal rows, given as they are, by a name, or to a table's `of`."""
    if isinstance(written, ast.Call):
        return _rows(written.args[0])
    if isinstance(written, ast.Name):
        return _rows(_assigned()[written.id])
    if isinstance(written, ast.Subscript):
        assert isinstance(written.slice, ast.Slice)
        assert isinstance(written.slice.upper, ast.Constant)
        return _rows(written.value)[: written.slice.upper.value]  # the first rows of a longer list
    rows = ast.literal_eval(written)
    if isinstance(rows, Mapping):
        return [dict(zip(rows, row, strict=True)) for row in zip(*rows.values(), strict=True)]
    found: Sequence[Mapping[str, Any]] = rows
    return found


def _markdown(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    names = list(dict.fromkeys(name for row in rows for name in row))
    body = [[_cell(row.get(name)) for name in names] for row in rows]
    return [f"| {' | '.join(cells)} |" for cells in (names, ["---"] * len(names), *body)]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
