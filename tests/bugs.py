"""Bugs that people make, each planted in the text of one function: see tests/plant.py.

In a KPI: forgetting `by` or the period, another date, another row set, none at all, the start for
the end.  Anywhere: a bound moved by one, a condition turned round, one of two conditions forgotten.
What only narrows types (`assert`) and annotations are left alone: no test could tell.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src/salesmetrics"
# Rooms by name; where it is not the folder of that name, its files.
ROOMS = {
    "columns": ("columns", "asked.py"),
    "history": ("history",),
    "tables": ("tables",),
    "periods": ("periods.py", "relative_periods.py", "days.py", "zones.py", "worktime.py"),
    "reading": ("reading",),
    "insight": ("insight",),
    "results": ("results",),
    "metrics": ("metrics", "money.py"),
    "forecast": ("forecast",),
    "report": ("report",),
    "io": ("io",),
    "snapshots": ("snapshots",),
    "models": ("models", "kpi.py", "catalog.py", "errors.py", "reasons.py"),
    "commands": (
        "crm.py", "measuring.py", "given_data.py", "questions.py", "progress.py", "arguments.py",
        "completion.py", "document_commands.py", "cli.py", "doors.py", "examples.py",
        "__init__.py", "__main__.py",
    ),
}  # fmt: skip
# What is written in a KPI, and what somebody might have written instead.
INSTEAD = {
    "by=by": "by=None",
    ", by)": ", None)",
    '"won"': '"lost"',
    '"lost"': '"won"',
    '"decided"': '"won"',
    '"open"': '"won"',
    '"closed_at"': '"created_at"',
    '"created_at"': '"closed_at"',
    '"expected_close_at"': '"created_at"',
    '"done_at"': '"scheduled_at"',
    '"requested_at"': '"completed_at"',
    '"published_at"': '"due_at"',
    '"due_at"': '"published_at"',
    '"answered_at"': '"sent_at"',
    '"sent_at"': '"answered_at"',
    '"amount"': '"list_amount"',
    '"outbound"': '"replied"',
    '"report"': '"insight"',
    '"insight"': '"report"',
    '"guide"': '"report"',
    '"sales and marketing"': '"marketing"',
    '"active at the end"': '"active at the start"',
    '"active at the start"': '"active at the end"',
    '"left"': '"new"',
}
FORGOTTEN = r', where="[^"]*"|(?<=count\()"[^"]*"|(?<=count\()\([^)]*\)'
# Signs and words of a program, and what somebody might have written instead.
SIGNS = {
    "<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==",
    "&": "|", "|": "&", "and": "or", "or": "and", "not": "", "NEVER": "0",
    "minimum": "maximum", "maximum": "minimum", "min": "max", "max": "min",
    "any": "all", "all": "any",
}  # fmt: skip
SEQUENCES = {
    ("+", "1"): "",
    ("-", "1"): "",
    ("&", "~"): "&",
    ("[", "1", ":", "]"): "[:-1]",
    ("[", ":", "-", "1", "]"): "[1:]",
}


@dataclass(frozen=True, slots=True, order=True)
class Bug:
    """A place in a file, in the package, and what stands there instead."""

    file: str
    line: int
    function: str
    what: str
    start: int
    stop: int
    instead: str

    @property
    def text(self) -> str:
        """The file with it."""
        text = (PACKAGE / self.file).read_text(encoding="utf-8")
        return text[: self.start] + self.instead + text[self.stop :]

    @property
    def on(self) -> str:
        """The line as it is."""
        text = (PACKAGE / self.file).read_text(encoding="utf-8")
        return text.splitlines()[self.line - 1].strip()

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.function}: {self.what}   {self.on}"


def files_of(room: str) -> list[Path]:
    """The files of a room, or the one of this name."""
    found = []
    for name in ROOMS.get(room, (room,)):
        path = PACKAGE / name
        found += sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return found


def bugs_in(file: Path) -> list[Bug]:
    """All bugs of a file, in their order; some leave it no program (`parses`)."""
    text = file.read_text(encoding="utf-8")
    name, tree, places = file.relative_to(PACKAGE).as_posix(), ast.parse(text), _Places(text)
    left = [span for node in ast.walk(tree) for span in _left_alone(node, places)]
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    spans: dict[tuple[int, int], str] = {}
    kpis: list[tuple[int, int]] = []
    for function in functions:
        body = function.body[ast.get_docstring(function) is not None :]
        if body:
            span = places.start(body[0]), places.stop(body[-1])
            spans[span] = function.name
            if name.startswith("metrics/") and not function.name.startswith("_"):
                kpis.append(span)
    ways = [*_of_signs(text, places)]
    for span in kpis:
        ways += _of_kpis(text, *span)
    found = []
    for start, stop, instead, what in sorted(set(ways)):
        around = [span for span in spans if span[0] <= start < span[1]]
        if around and not any(a <= start < b for a, b in left):
            function = spans[min(around, key=lambda span: span[1] - span[0])]
            line = text.count("\n", 0, start) + 1
            found.append(Bug(name, line, function, what, start, stop, instead))
    return found


def parses(bug: Bug) -> bool:
    """Whether the file is still a program with it."""
    try:
        ast.parse(bug.text)
    except SyntaxError:
        return False
    return True


class _Places:
    """Where lines begin, and nodes, counted in letters."""

    def __init__(self, text: str) -> None:
        self.lines = text.splitlines(keepends=True)
        self.begin = [0]
        for line in self.lines:
            self.begin.append(self.begin[-1] + len(line))

    def start(self, node: ast.expr | ast.stmt) -> int:
        return self._at(node.lineno, node.col_offset)

    def stop(self, node: ast.expr | ast.stmt) -> int:
        return self._at(node.end_lineno or 1, node.end_col_offset or 0)

    def _at(self, line: int, octets: int) -> int:
        before = self.lines[line - 1].encode()[:octets].decode()
        return self.begin[line - 1] + len(before)


def _left_alone(node: ast.AST, places: _Places) -> Iterator[tuple[int, int]]:
    each: ast.AST | None = None
    if isinstance(node, ast.Assert):
        each = node
    elif isinstance(node, ast.AnnAssign | ast.arg):
        each = node.annotation
    elif isinstance(node, ast.FunctionDef):
        each = node.returns
    if isinstance(each, ast.expr | ast.stmt):
        yield places.start(each), places.stop(each)


def _of_signs(text: str, places: _Places) -> Iterator[tuple[int, int, str, str]]:
    begin = places.begin
    tokens = [
        (token.string, begin[token.start[0] - 1] + token.start[1],
         begin[token.end[0] - 1] + token.end[1])
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type in (tokenize.OP, tokenize.NAME, tokenize.NUMBER)
    ]  # fmt: skip
    for at, (sign, start, stop) in enumerate(tokens):
        if sign in SIGNS:
            yield start, stop, SIGNS[sign], f"{sign} -> {SIGNS[sign] or 'nothing'}"
        for sequence, instead in SEQUENCES.items():
            these = tokens[at : at + len(sequence)]
            if tuple(one for one, _, _ in these) != sequence:
                continue
            before = tokens[at - 1][0]
            if sequence[0] in "+-" and not (before[-1].isalnum() or before[-1] in ")]_"):
                continue  # a sign of a number, not of a sum
            what = f"{' '.join(sequence)} -> {instead or 'nothing'}"
            yield start, these[-1][2], instead, what


def _of_kpis(text: str, first: int, last: int) -> Iterator[tuple[int, int, str, str]]:
    body = text[first:last]
    for written, instead in INSTEAD.items():
        for at in re.finditer(re.escape(written), body):
            yield first + at.start(), first + at.end(), instead, f"{written} -> {instead}"
    for at in re.finditer(r"\bperiod\b", body):
        yield first + at.start(), first + at.end(), '"1971..2100"', "period forgotten"
    for at in re.finditer(FORGOTTEN, body):
        yield first + at.start(), first + at.end(), "", f"{at.group(0)} forgotten"
