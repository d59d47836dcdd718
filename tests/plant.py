"""Plant bugs in KPIs, one at a time, and name those that no test finds.

    python tests/plant.py                     # every KPI: an hour on one core
    python tests/plant.py win_rate bookings   # these
    python tests/plant.py history/stays.py tables/verbs.py   # the machinery: two hours a file

Each bug is one that people make: forgetting `by` or the period, another date, another row set,
none at all, the start for the end; in the machinery also a bound moved by one, a condition turned
round, one of two conditions forgotten.  They are planted in a copy of the tree; for each of them
the tests that name the KPI are run, or those of the machinery, which have to fail.  The command
fails where they do not.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
METRICS = Path("src/salesmetrics/metrics")
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
# The same of the machinery: windows, rows made of history, and the history itself.
MACHINERY = {
    " < ": " <= ",
    " <= ": " < ",
    " > ": " >= ",
    " >= ": " > ",
    " == ": " != ",
    " != ": " == ",
    " & ": " | ",
    " | ": " & ",
    " + 1": "",
    " - 1": "",
    "& ~": "& ",
    "[1:]": "[:-1]",
    "[:-1]": "[1:]",
    "np.minimum": "np.maximum",
    "np.maximum": "np.minimum",
    "NEVER": "0",
}
# The tests that have to find them, the quick ones first.
OF_MACHINERY = (
    "tests/test_history_owners.py",
    "tests/test_history_rules.py",
    "tests/test_history_replay.py",
    "tests/test_history_speed.py",
    "tests/test_history_shares.py",
    "tests/test_credits.py",
    "tests/test_worked.py",
    "tests/test_slow.py",
)
FORGOTTEN = r', where="[^"]*"|(?<=count\()"[^"]*"|(?<=count\()\([^)]*\)'


def bugs(body: str) -> Iterator[tuple[str, str]]:
    """Each bug in words, and the body with it."""
    for written, instead in INSTEAD.items():
        for found in re.finditer(re.escape(written), body):
            yield f"{written} -> {instead}", body[: found.start()] + instead + body[found.end() :]
    for found in re.finditer(r"\bperiod\b", body):
        yield "period forgotten", body[: found.start()] + '"1971..2100"' + body[found.end() :]
    for found in re.finditer(FORGOTTEN, body):
        yield f"{found.group(0)} forgotten", body[: found.start()] + body[found.end() :]


def planted(file: Path, wanted: set[str]) -> Iterator[tuple[str, str, str]]:
    """Of each KPI in a file its name, the bug, and the file with it."""
    lines = file.read_text(encoding="utf-8").splitlines()
    for function in ast.parse("\n".join(lines)).body:
        if not isinstance(function, ast.FunctionDef) or function.name.startswith("_"):
            continue
        if wanted and function.name not in wanted:
            continue
        first, last = function.body[1].lineno - 1, function.body[-1].end_lineno
        for bug, body in bugs("\n".join(lines[first:last])):
            text = "\n".join([*lines[:first], body, *lines[last:]]) + "\n"
            try:
                ast.parse(text)
            except SyntaxError:
                continue
            yield function.name, bug, text


def planted_in_machinery(file: Path) -> Iterator[tuple[str, str, str]]:
    """Of each function of a file its name, the bug and its line, and the file with it."""
    text = file.read_text(encoding="utf-8")
    lines, tree = text.splitlines(keepends=True), ast.parse(text)
    places = [0]
    for line in lines:
        places.append(places[-1] + len(line))
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef) or not function.body:
            continue
        said = ast.get_docstring(function) is not None
        if len(function.body) == said:
            continue
        first, last = function.body[said].lineno - 1, function.body[-1].end_lineno
        start, end = places[first], places[last or first]
        for written, instead in MACHINERY.items():
            for at in re.finditer(re.escape(written), text[start:end]):
                line = text.count("\n", 0, start + at.start()) + 1
                if "#" in lines[line - 1].split(written)[0] or "->" in lines[line - 1]:
                    continue
                bug = text[: start + at.start()] + instead + text[start + at.end() :]
                try:
                    ast.parse(bug)
                except SyntaxError:
                    continue
                yield function.name, f"line {line}: {written.strip()} -> {instead.strip()}", bug


def found(tree: Path, file: Path, name: str, tests: tuple[str, ...] = ()) -> bool:
    """Whether a test that names the KPI, or one of these, fails; 5 says that there is none."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
    run = subprocess.run(
        [*command, *(tests or (str(file), "tests", "-k", name))],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree / "src"), "HYPOTHESIS_PROFILE": "plant"},
        capture_output=True,
        check=False,
    )
    return run.returncode not in (0, 5)


def main() -> int:
    wanted, missed, tried = set(sys.argv[1:]), 0, 0
    machinery = [ROOT / "src/salesmetrics" / name for name in wanted if name.endswith(".py")]
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / ROOT.name
        ignored = shutil.ignore_patterns(".*", "__pycache__")
        shutil.copytree(ROOT, tree, ignore=ignored)
        if (ROOT.parent / "shared").is_dir():
            (Path(folder) / "shared").symlink_to(ROOT.parent / "shared")
        for file in machinery or sorted((ROOT / METRICS).rglob("*.py")):
            here = tree / file.relative_to(ROOT)
            tests = OF_MACHINERY if machinery else ()
            bugs_here = planted_in_machinery(file) if machinery else planted(file, wanted)
            for name, bug, text in bugs_here:
                here.write_text(text, encoding="utf-8")
                tried += 1
                if not found(tree, here.relative_to(tree), name, tests):
                    missed += 1
                    print(f"not found: {file.stem}.{name}: {bug}", flush=True)
            shutil.copy(file, here)
    print(f"{tried} bugs planted, {tried - missed} found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
