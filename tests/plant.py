"""Plant bugs, one at a time, and name those that no test finds: see tests/bugs.py for which.

    python tests/reached.py                          # once, before: which tests reach which line
    python tests/plant.py history --sample 60 --seed 1   # a room, estimated
    python tests/plant.py tables/verbs.py results/total.py   # every bug of these files
    python tests/plant.py win_rate bookings          # of these KPIs
    python tests/plant.py columns/keys.py:places_among columns/keys.py:56   # of a function, a line

All tests are collected in one process.  For each bug it is forked, the code of the function is
exchanged, and the tests that reach the line are run, quick ones first, until one fails.  What
never ends (by processor time) is found.  A bug that the tests of `--budget` seconds do not find
counts as not found.  Those that change nothing anybody could see are argued one by one in
tests/equivalent.toml; they count neither as planted nor as found.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import signal
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from math import sqrt
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest
from bugs import PACKAGE, ROOMS, Bug, bugs_in, files_of, parses
from reached import IMPORTED, ROOT, SHARED, Reached, arguments, caches

ALL_PASSED = "all passed"
NOWHERE = "not tried, its code is nowhere in use"
QUICK = 0.05  # seconds below which one test is as quick as another
MADE_ANEW = 3.0  # seconds for what tests of a file share: about, it is not timed
LONG_ONE = 15.0  # seconds that a test takes which was cut short when it was collected
SLACK = 10  # times what a test takes, and a second; a bug by which it takes more hangs


def interval(found: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's interval of 95 % of a share."""
    if not of:
        return 0.0, 1.0
    share = found / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return max(0.0, middle - half), min(1.0, middle + half)


Told = tuple[str, str, str, str, int]


def told_apart(bugs: Sequence[Bug]) -> dict[Bug, Told]:
    """What bugs are told by: file, function, line, what, and which of those that are alike."""
    alike: dict[tuple[str, str, str, str], int] = defaultdict(int)
    found: dict[Bug, Told] = {}
    for bug in sorted(bugs, key=lambda bug: bug.start):
        key = (bug.file, bug.function, bug.on, bug.what)
        alike[key] += 1
        found[bug] = (*key, alike[key])
    return found


def equivalent() -> dict[Told, str]:
    """The reason why a bug changes nothing."""
    file = Path(__file__).with_name("equivalent.toml")
    told = tomllib.loads(file.read_text(encoding="utf-8")).get("bug", [])
    names = ("file", "function", "on", "what")
    return {(*(one[name] for name in names), one.get("place", 1)): one["why"] for one in told}


class Failures:
    """A pytest plugin: whether a test has failed."""

    failed = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed = report.nodeid


@dataclass
class Planter:
    """A pytest plugin: plants bugs, and runs of each only the tests that reach it."""

    bugs: Sequence[Bug]
    reached: Reached
    budget: float
    failures: Failures
    tell: int  # where to print: pytest has the usual way out
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    passes: dict[str, bool] = field(default_factory=dict)
    finders: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.items = {item.nodeid: item for item in session.items}
        self.sharing = {name for name, item in self.items.items() if _shares(item)}
        self.functions: dict[tuple[str, str, int], list[FunctionType]] = defaultdict(list)
        for name in {bug.file for bug in self.bugs}:  # some are imported only where they are used
            import_module(".".join(("salesmetrics", *Path(name).with_suffix("").parts)))
        for each in gc.get_objects():
            if isinstance(each, FunctionType):
                code = each.__code__
                self.functions[code.co_filename, code.co_qualname, code.co_firstlineno].append(each)
        gc.collect()
        gc.freeze()  # what is there already is looked through by no child, and copied by none
        reasons, lines = equivalent(), {}
        told: dict[Bug, Told] = {}
        for name in {bug.file for bug in self.bugs}:
            told |= told_apart(bugs_in(PACKAGE / name))
        for bug in self.bugs:
            if bug.file not in lines:
                lines[bug.file] = self.reached.of_lines(Path(bug.file))
            tests = self.order(bug, lines[bug.file].get(bug.line, set()))
            why = reasons.get(told[bug])
            how = self.try_(bug, tests) if tests else "no test reaches it"
            if why is not None:
                by = (self.finders[bug.file] or ["itself"])[0]
                how = f"found by {by}, though it is said to change nothing" * (how == "found")
            self.counts["equivalent" if how == "" else "found" if how == "found" else "not"] += 1
            if how not in ("found", ""):
                self.say(f"{how}: {bug}")
            if (tried := sum(self.counts.values())) % 20 == 0:
                self.say(f"{tried} tried, {self.counts['found']} found")
        return True

    def say(self, line: str) -> None:
        os.write(self.tell, (line + "\n").encode())

    def order(self, bug: Bug, contexts: set[str]) -> list[str]:
        """The tests to run: what found others here before, then the quick ones of each file.

        Files take turns: a line that thousands of tests reach is what the tests of one file are
        about, and they would be late among all; so do the functions of a file, of which some have
        hundreds of parameters.  What tests of a file share is made anew for each bug, by whichever
        of them is first.
        """
        shared = {c.removeprefix(SHARED) for c in contexts if c.startswith(SHARED)}
        files = {c.removeprefix(IMPORTED) for c in contexts if c.startswith(IMPORTED)}
        seconds = self.reached.seconds
        sharing = {name for name in self.sharing if name.split("::")[0] in shared}
        reaching = [
            name for name in self.items
            if name in contexts or name in sharing or name.split("::")[0] in files
        ]  # fmt: skip
        there = set(reaching)
        ordered = [name for name in self.finders[bug.file] if name in there]
        turns: dict[str, int] = defaultdict(int)
        alike: dict[str, int] = {}
        for name in sorted(reaching, key=lambda name: seconds.get(name, 0.0)):
            turns[name.split("[")[0]] += 1
            alike[name] = turns[name.split("[")[0]]
        late: dict[str, float] = {}
        for name in sorted(reaching, key=lambda name: (alike[name], seconds.get(name, 0.0))):
            file = name.split("::")[0]
            turns[file] += 1
            late[name] = turns[file] * (self.cost(name) + (MADE_ANEW if name in sharing else QUICK))
        ordered += sorted(reaching, key=lambda name: late[name])
        found, spent = [], 0.0
        for name in dict.fromkeys(ordered):
            spent += self.cost(name)
            if found and spent > self.budget:
                break
            found.append(name)
        return found

    def cost(self, name: str) -> float:
        """About the seconds of a test.

        Of one that was cut short, or that shares what was cut short, it is only known to be long.
        """
        return LONG_ONE if name in self.reached.failed else self.reached.seconds.get(name, 0.0)

    def try_(self, bug: Bug, tests: Sequence[str]) -> str:
        """What becomes of a bug: found, or why it is not."""
        told = self.forked(bug, [name for name in tests if self.passes.get(name, True)])
        if told in self.items and told not in self.passes:  # it has to pass without the bug
            self.passes[told] = not self.forked(None, [told])
        if not self.passes.get(told, True):
            self.say(f"fails without a bug, and is not asked any more: {told}")
            return self.try_(bug, tests)
        if told in self.items:
            if told in self.finders[bug.file]:
                self.finders[bug.file].remove(told)
            self.finders[bug.file].insert(0, told)
        return "not found" if not told else told if told == NOWHERE else "found"

    def forked(self, bug: Bug | None, tests: Sequence[str]) -> str:
        """The test that fails or never ends, or what else ends it; nothing where all pass."""
        came, sent = os.pipe()
        child = os.fork()
        if not child:
            self.run(bug, tests, sent)
        os.close(sent)
        with os.fdopen(came, encoding="utf-8") as stream:
            begun = stream.read().splitlines()
        os.waitpid(
            child, 0
        )  # ended by the limit of processor time of a test, it may be, or crashed
        return begun[-1] if begun and begun[-1] != ALL_PASSED else ""

    def run(self, bug: Bug | None, tests: Sequence[str], sent: int) -> None:
        """In the child: never returns."""
        code = 0
        try:
            os.setsid()
            nothing = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(nothing, stream)
            signal.signal(signal.SIGPROF, signal.SIG_DFL)
            for cache in caches():
                cache.cache_clear()
            if bug is not None and not self.exchange(bug):
                os.write(sent, NOWHERE.encode())
                os._exit(0)
            os.write(sent, b"begun\n")
            items = [self.items[name] for name in tests]
            for item, following in zip(items, [*items[1:], None], strict=True):
                os.write(sent, f"{item.nodeid}\n".encode())
                signal.setitimer(signal.ITIMER_PROF, SLACK * (1 + self.cost(item.nodeid)))
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                if self.failures.failed:
                    break
            else:
                os.write(sent, ALL_PASSED.encode())
        except BaseException as error:  # of pytest itself, which a bug has broken
            os.write(sent, type(error).__name__.encode())
        finally:
            os._exit(code)

    def exchange(self, bug: Bug) -> bool:
        """Give every function made of the code with the bug its new code; whether there is one."""
        path = str(PACKAGE / bug.file)
        old = compile((PACKAGE / bug.file).read_text(encoding="utf-8"), path, "exec")
        new = compile(bug.text, path, "exec")
        done = False
        for was, instead in _apart(old, new):
            key = (path, was.co_qualname, was.co_firstlineno)
            for function in self.functions.get(key, ()):
                if len(instead.co_freevars) == len(function.__code__.co_freevars):
                    function.__code__ = instead
                    done = True
        return done


def _shares(item: pytest.Item) -> bool:
    """Whether a test uses a fixture that other tests of its file use too."""
    used: Any = item._fixtureinfo.name2fixturedefs  # type: ignore[attr-defined]
    file = item.nodeid.split("::")[0]
    return any(
        one.scope != "function" and one.baseid == file for some in used.values() for one in some
    )


def _apart(old: CodeType, new: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """The codes, of functions and of functions in them, that are not the same."""
    if old != new:
        yield old, new
    pairs = zip(_codes(old), _codes(new), strict=False)
    for a, b in pairs:
        yield from _apart(a, b)


def _codes(code: CodeType) -> list[CodeType]:
    return [each for each in code.co_consts if isinstance(each, CodeType)]


def chosen(names: Sequence[str], sample: int | None, seed: int) -> list[Bug]:
    """The bugs of these rooms, files, functions or lines; of each so many by chance."""
    kpis = [name for name in names if name not in ROOMS and ".py" not in name]
    found: list[Bug] = []
    rooms = [name for name in names if name not in kpis]
    for room in rooms or (["metrics"] if kpis else [*ROOMS]):
        name, _, part = room.partition(":")
        all_of = [bug for file in files_of(name) for bug in bugs_in(file)]
        if part:
            all_of = [bug for bug in all_of if part in (bug.function, str(bug.line))]
        elif kpis and name == "metrics":
            all_of = [bug for bug in all_of if bug.function in kpis]
        mixed = all_of if sample is None else random.Random(seed).sample(all_of, len(all_of))
        kept: list[Bug] = []
        for bug in mixed:
            if sample is not None and len(kept) == sample:
                break
            if parses(bug):
                kept.append(bug)
        found += sorted(kept)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    names = "rooms, files in the package, KPIs, FILE:FUNCTION, FILE:LINE"
    parser.add_argument("names", nargs="*", help=names)
    parser.add_argument("--sample", type=int, help="so many bugs, by chance")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--budget", type=float, default=120.0, help="seconds of tests for a bug")
    parser.add_argument("--nice", type=int, default=19, help="how much others go before")
    given = parser.parse_args()
    os.nice(given.nice - os.nice(0))
    os.chdir(ROOT)
    os.environ["HYPOTHESIS_PROFILE"] = "plant"
    bugs, reached = chosen(given.names, given.sample, given.seed), Reached()
    failures, tell = Failures(), os.dup(1)
    planter = Planter(bugs, reached, given.budget, failures, tell)
    files = sorted({name.split("::")[0] for name in reached.seconds})
    pytest.main([*arguments(), *files], plugins=[planter, failures])
    found, planted = planter.counts["found"], len(bugs) - planter.counts["equivalent"]
    low, high = interval(found, planted)
    print(
        f"{planted} bugs planted, {found} found: {found / max(planted, 1):.1%} "
        f"({low:.1%} to {high:.1%}); {planter.counts['equivalent']} change nothing"
    )
    return 1 if found < planted else 0


if __name__ == "__main__":
    sys.exit(main())
