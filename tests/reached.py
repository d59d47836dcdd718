"""Which tests execute which line: collected once, asked by tests/plant.py.

    python tests/reached.py          # the whole suite under coverage, on one core
    python tests/reached.py tests/test_ties.py tests/test_zones.py   # these, beside what there is
    python tests/reached.py --anew   # from the beginning, else it goes on where it was stopped
    python tests/reached.py --longer 10   # again those that were cut short: after ten seconds

The answer is kept in `.plant/`, beside a copy of the sources as they were then: lines that have
moved since are found again; one that nothing is noted of, as it was written since or stands in the
midst of an expression, is asked of the tests of the line before it.
"""

from __future__ import annotations

import argparse
import difflib
import json
import os
import shutil
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

import coverage
import pytest

ROOT = Path(__file__).parent.parent
KEPT = ROOT / ".plant"
PACKAGE = Path("src/salesmetrics")
# These read the sources or the documentation, or need a browser or Java: no bug is theirs to find.
NOT_ASKED = ("test_house", "test_docs", "test_browser", "test_other_frames", "test_how_to")
# The last to be collected: many tests of many lines each.
LONG = (
    "test_laws.py",
    "test_slow.py",
    "test_use.py",
    "test_bad_input_matrix.py",
    "test_records.py",
)
LONGEST = 1.0  # seconds of processor time
IMPORTED = "imported by "  # what is executed while a file of tests is collected
SHARED = "shared by "  # what is executed by a fixture that several tests of a file use


def arguments() -> list[str]:
    """What pytest is told, here and where bugs are planted: the same tests in the same order."""
    left_out = [f"--ignore={ROOT / 'tests' / name}.py" for name in NOT_ASKED]
    return [
        "-q",
        "-s",
        "--tb=no",
        "-rN",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "-p",
        "no:cov",
        *left_out,
    ]


def caches() -> Iterator[Any]:
    """What the package keeps of calls: only who calls first would be seen to execute them."""
    for name, module in [*sys.modules.items()]:
        if name.partition(".")[0] == "salesmetrics":
            yield from (each for each in vars(module).values() if hasattr(each, "cache_clear"))


class TooLongError(BaseException):
    """A test is cut short: what it has executed by then is enough to know it by."""


def cut_short(*_: object) -> None:
    raise TooLongError


def timed(longest: float) -> Generator[None, Any, Any]:
    """Cut short where pytest takes what is raised for the end of a test, and nowhere else."""
    signal.setitimer(signal.ITIMER_PROF, longest)
    try:
        return (yield)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


class Collector:
    """A pytest plugin: tells coverage which test is running, and times it."""

    def __init__(self, watching: coverage.Coverage, longest: float) -> None:
        self.watching, self.longest = watching, longest
        self.seconds: dict[str, float] = {}
        self.failed: list[str] = []
        self.now = ""
        if (KEPT / "seconds.json").is_file():
            told = json.loads((KEPT / "seconds.json").read_text(encoding="utf-8"))
            self.seconds, self.failed = told["seconds"], told["failed"]

    def _of(self, context: str) -> str:
        before, self.now = self.now, context
        self.watching.switch_context(context)
        return before

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Iterator[None]:
        before = self._of(IMPORTED + collector.nodeid)
        try:
            return (yield)
        finally:
            self._of(before)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        def last(item: pytest.Item) -> int:
            name = item.nodeid.split("::")[0].removeprefix("tests/")
            return LONG.index(name) if name in LONG else -1

        items[:] = sorted((item for item in items if item.nodeid not in self.seconds), key=last)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._of(item.nodeid)
        for cache in caches():
            cache.cache_clear()
        begun = time.process_time()
        try:
            return (yield)
        finally:
            self.seconds[item.nodeid] = time.process_time() - begun
            self._of("")
            if len(self.seconds) % 20 == 0:
                self.keep()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self) -> Iterator[None]:
        return (yield from timed(self.longest))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Iterator[None]:
        return (yield from timed(self.longest))

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Iterator[None]:
        if fixturedef.scope == "function":
            return (yield)
        before = self._of(SHARED + request.node.nodeid.split("::")[0])
        try:
            return (yield)
        finally:
            self._of(before)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)

    def keep(self) -> None:
        told = {"root": str(ROOT), "seconds": self.seconds, "failed": self.failed}
        (KEPT / "seconds.json").write_text(json.dumps(told, indent=0), encoding="utf-8")


class Reached:
    """What was collected."""

    def __init__(self, folder: Path = KEPT) -> None:
        if not (folder / "seconds.json").is_file():
            raise SystemExit(
                f"nothing is collected in {folder}: run `python tests/reached.py` first"
            )
        self.folder = folder
        told = json.loads((folder / "seconds.json").read_text(encoding="utf-8"))
        self.seconds: dict[str, float] = told["seconds"]
        self.failed: set[str] = set(told["failed"])
        self.root = told["root"]
        self.data = coverage.CoverageData(str(folder / "lines.sqlite"))
        self.data.read()

    def of_lines(self, file: Path) -> dict[int, set[str]]:
        """The tests of each line of a file (relative to the package) as it stands now."""
        told = self.data.contexts_by_lineno(str(Path(self.root) / PACKAGE / file))
        before = self.folder / "sources" / file
        if not before.is_file():  # written since
            return {}
        then = before.read_text(encoding="utf-8").splitlines()
        now = (ROOT / PACKAGE / file).read_text(encoding="utf-8").splitlines()
        found: dict[int, set[str]] = {}
        matcher = difflib.SequenceMatcher(None, then, now, autojunk=False)
        for block in matcher.get_matching_blocks():
            for step in range(block.size):
                found[block.b + step + 1] = set(told.get(block.a + step + 1, ())) - {""}
        for line in range(1, len(now) + 1):  # written since, or in the midst of an expression
            found[line] = found.get(line) or found.get(line - 1, set())
        return found


def bring_forward() -> None:
    """What was collected, by the lines of the sources as they stand: more comes by these."""
    before, sources = Reached(), KEPT / "sources"
    found: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for path in sources.rglob("*.py"):
        now = ROOT / PACKAGE / path.relative_to(sources)
        lines = before.of_lines(path.relative_to(sources)) if now.is_file() else {}
        for line, contexts in lines.items():
            for context in contexts:
                found[context][str(now)].append(line)
    (KEPT / "lines.sqlite").unlink()
    data = coverage.CoverageData(str(KEPT / "lines.sqlite"))
    for context, of_files in found.items():
        data.set_context(context)
        data.add_lines(of_files)
    data.write()
    shutil.rmtree(sources)


def forget_those_cut_short() -> None:
    told = json.loads((KEPT / "seconds.json").read_text(encoding="utf-8"))
    for name in told["failed"]:
        told["seconds"].pop(name, None)
    told["failed"] = []
    (KEPT / "seconds.json").write_text(json.dumps(told, indent=0), encoding="utf-8")


def collect(anew: bool = False, longer: float | None = None, tests: Sequence[str] = ()) -> int:
    if anew:
        shutil.rmtree(KEPT, ignore_errors=True)
    elif (KEPT / "seconds.json").is_file():
        bring_forward()
        if longer is not None:
            forget_those_cut_short()
    if not (KEPT / "sources").is_dir():
        sources = shutil.ignore_patterns("__pycache__", "*.pyc")
        shutil.copytree(ROOT / PACKAGE, KEPT / "sources", ignore=sources)
    os.environ["HYPOTHESIS_PROFILE"] = "reached"
    os.chdir(ROOT)
    watching = coverage.Coverage(
        data_file=str(KEPT / "lines.sqlite"),
        config_file=False,
        branch=False,
        source=[str(ROOT / PACKAGE)],
        messages=False,
    )
    collector = Collector(watching, longer or LONGEST)
    signal.signal(signal.SIGPROF, cut_short)
    watching.load()
    watching.start()
    try:
        pytest.main([*arguments(), *tests], plugins=[collector])
    finally:
        watching.stop()
        watching.save()
    collector.keep()
    print(f"{len(collector.seconds)} tests, {len(collector.failed)} of them failed")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("tests", nargs="*", help="files of tests, or all")
    parser.add_argument("--anew", action="store_true")
    parser.add_argument("--longer", type=float, metavar="SECONDS")
    given = parser.parse_args()
    return collect(given.anew, given.longer, given.tests)


if __name__ == "__main__":
    sys.exit(main())
