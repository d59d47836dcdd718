"""The rules of the house: how rooms may import, how KPIs are written, what has to be named."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import bugs
import pytest

import salesmetrics
from salesmetrics import doors, models
from salesmetrics.catalog import ENTRIES, KPIS
from salesmetrics.kpi import label_of
from salesmetrics.results.words import words

SOURCE = Path(salesmetrics.__file__).parent
PROJECT = Path(__file__).parents[1]
FILES = sorted(path for path in SOURCE.rglob("*.py"))
METRICS = [  # files of KPIs; what only their family needs stands beside them
    path
    for path in FILES
    if "metrics" in path.relative_to(SOURCE).parts and "\n@kpi(" in path.read_text("utf-8")
]

# From the ground up: a room may import those before it.
ROOMS = (
    "errors", "reasons", "asked", "doors", "days", "progress", "periods",
    "relative_periods", "zones", "worktime", "money", "models",
    "results", "columns", "reading", "history", "tables", "crm", "io", "forecast", "kpi", "metrics",
    "catalog", "measuring", "insight", "snapshots", "engines", "report", "arguments", "completion",
    "given_data", "document_commands", "questions", "cli", "examples",
    "__init__", "__main__",
)  # fmt: skip
# Files of the large rooms whose order is worth keeping, from the ground up.
ORDER = {
    "results": ("grid", "result", "total", "ratio", "distribution", "formula", "statement"),
    "tables": ("row_sets", "rows", "grouping", "window", "verbs", "run", "table", "deals"),
}
# Commands import what they run, so that `salesmetrics --help` answers at once.
LAZY = {
    "cli.py", "document_commands.py", "given_data.py", "questions.py", "io/read.py",
}  # fmt: skip
NAMES_REFUSED = {"utils.py", "helpers.py", "common.py", "base.py", "misc.py", "core.py"}
PARTS = (
    "Formula:",
    "Rows and date:",
    "Undefined:",
    "Args:",
    "Returns:",
    "Raises:",
    "Source:",
    ">>>",
)
NOT_ALWAYS = {"Raises:"}


def name_of(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def room(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


MODULES = {
    ".".join(["salesmetrics", *path.relative_to(SOURCE).with_suffix("").parts]).removesuffix(
        ".__init__"
    ): path
    for path in FILES
}


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """The modules of this package that a file imports, and whether inside a function."""
    tree = ast.parse(path.read_text("utf-8"))
    inside = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
    }
    package = [*("salesmetrics", *path.relative_to(SOURCE).parts)][:-1]
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom):
            continue
        start = package[: len(package) - node.level + 1] if node.level else []
        module = ".".join([*start, *([node.module] if node.module else [])])
        for alias in node.names:
            found = f"{module}.{alias.name}"
            target = found if found in MODULES else module
            if target in MODULES:
                yield target, id(node) in inside


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_run_one_way(path: Path) -> None:
    mine = room(path)
    assert mine in ROOMS, f"{mine} has no place in the order of rooms"
    for target, inside in imports(path):
        other = target.split(".")[1] if "." in target else "__init__"
        if inside:
            assert name_of(path) in LAZY, f"{name_of(path)} imports {target} inside a function"
        if other == mine or (other == "__init__" and mine in ("cli", "__main__")):
            continue
        assert ROOMS.index(other) < ROOMS.index(mine), f"{name_of(path)} imports {target}"


def test_no_circle_among_imports() -> None:
    """Those of type checkers count too: where two classes know each other, one takes a Protocol."""
    left = {name: {to for to, _ in imports(path) if to != name} for name, path in MODULES.items()}
    left.pop("salesmetrics")  # the front, which knows its version alone
    while True:
        free = {name for name, to in left.items() if not to & left.keys()}
        if not free:
            break
        left = {name: to for name, to in left.items() if name not in free}
    assert not left, f"circles among {sorted(left)}"


@pytest.mark.parametrize("place", sorted(ORDER))
def test_files_of_a_room_stand_in_their_order(place: str) -> None:
    order = ORDER[place]
    for name, path in MODULES.items():
        if room(path) == place and name.rpartition(".")[2] in order:
            mine = order.index(name.rpartition(".")[2])
            for target, _ in imports(path):
                if target.startswith(f"salesmetrics.{place}.") and (
                    (other := target.rpartition(".")[2]) in order
                ):
                    assert order.index(other) < mine, f"{name} imports {target}"


def test_every_door_leads_somewhere() -> None:
    for target in doors.DOORS.values():
        module, _, function = target.partition(":")
        assert callable(getattr(importlib.import_module(f"salesmetrics.{module}"), function))


def test_no_two_modules_or_classes_of_one_name() -> None:
    files = [path.stem for path in FILES if path.name != "__init__.py"]
    assert sorted(set(files)) == sorted(files)
    classes = [
        node.name
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
    ]
    assert sorted(set(classes)) == sorted(classes)
    public = {name for name in salesmetrics.__all__ if callable(getattr(salesmetrics, name))}
    packages = {path.parent.name for path in FILES if path.name == "__init__.py"}
    assert not packages & public


def test_bugs_are_planted_in_every_file() -> None:
    planted = sorted(path for room in bugs.ROOMS for path in bugs.files_of(room))
    assert planted == FILES


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_file_is_small_and_says_what_it_gives(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= 400
    assert path.name not in NAMES_REFUSED
    tree = ast.parse(text)
    assert ast.get_docstring(tree) or path.name == "__main__.py"
    if path.name == "__main__.py":
        return
    module = importlib.import_module(
        ".".join(["salesmetrics", *path.relative_to(SOURCE).with_suffix("").parts]).removesuffix(
            ".__init__"
        )
    )
    if path.name == "__init__.py" and len(tree.body) == 1:
        return  # a folder that gives nothing itself
    names = module.__all__
    assert sorted(set(names)) == sorted(names)
    for name in names:
        assert hasattr(module, name)


KPI_FUNCTIONS = {
    node.name: node
    for path in METRICS
    for node in ast.parse(path.read_text("utf-8")).body
    if isinstance(node, ast.FunctionDef)
    and any("kpi(" in ast.unparse(d) for d in node.decorator_list)
}
FORBIDDEN = (
    ast.For,
    ast.While,
    ast.If,
    ast.IfExp,
    ast.comprehension,
    ast.Try,
    ast.With,
    ast.Lambda,
)


@pytest.mark.parametrize("name", sorted(KPI_FUNCTIONS))
def test_a_kpi_reads_like_its_definition(name: str) -> None:
    body = KPI_FUNCTIONS[name].body[1:]  # after the docstring
    assert 1 <= len(body) <= 6
    for statement in body:
        for node in ast.walk(statement):
            assert not isinstance(node, FORBIDDEN), ast.unparse(node)
            if isinstance(node, ast.BinOp):
                assert not isinstance(node.op, (ast.Div, ast.FloorDiv, ast.Mod, ast.Mult))


@pytest.mark.parametrize("path", METRICS, ids=name_of)
def test_metrics_do_no_arithmetic_on_arrays(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        assert not any(name.split(".")[0] in ("numpy", "pandas", "polars") for name in names)


def test_the_catalogue_is_complete() -> None:
    assert {kpi.__name__ for kpi in KPIS} == set(KPI_FUNCTIONS)
    assert len(KPIS) == len(set(KPIS))
    names = [entry.name for entry in ENTRIES.values()]
    variants = [variant for kpi in KPIS for variant in label_of(kpi).variants]
    assert len(names) == len(KPIS) + len(variants), "two KPIs or variants share a name"


def test_every_variant_has_korean_words() -> None:
    said = words("ko")
    suffixes = {
        name: name.removeprefix(one.label.name).strip("_")
        for name, one in ENTRIES.items()
        if name != one.label.name
    }
    known = said.said["variants"]
    assert [name for name, suffix in suffixes.items() if suffix not in known] == []
    assert sorted({*known} - {*suffixes.values()}) == [], "words of variants that are not there"
    for name, suffix in suffixes.items():
        assert said.kpi(ENTRIES[name]).endswith(f" · {known[suffix]}")
        assert not re.search("[a-z]", known[suffix]), name


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.__name__)
def test_a_kpi_is_documented(kpi: object) -> None:
    label = label_of(kpi)  # type: ignore[arg-type]
    assert label.en.strip()
    assert re.search("[가-힣]", label.ko), "a Korean name"
    assert label.unit
    text = inspect.getdoc(kpi) or ""
    first = text.partition("\n")[0]
    assert first.endswith("."), "the definition is one sentence on the first line"
    places = [text.find(f"\n{part}") for part in PARTS]
    for part, place in zip(PARTS, places, strict=True):
        assert place >= 0 or part in NOT_ALWAYS, f"{part} is missing"
    there = [place for place in places if place >= 0]
    assert there == sorted(there), "the parts stand in their order"
    arguments = text[text.find("\nArgs:") : text.find("\nReturns:")]
    parameters = inspect.signature(kpi).parameters  # type: ignore[arg-type]
    for name in parameters:
        if name not in ("period", "by"):
            assert re.search(rf"^ {{4}}{name}: ", arguments, re.M), f"Args says nothing of {name}"
    for variant, keywords in label.variants.items():
        assert set(keywords) <= set(parameters), variant


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.__name__)
def test_a_kpi_is_public(kpi: object) -> None:
    name = kpi.__name__  # type: ignore[attr-defined]
    assert getattr(salesmetrics, name, None) is kpi
    assert name in salesmetrics.__all__


def test_importing_brings_nothing_optional() -> None:
    optional = ["pandas", "polars", "pyarrow", "duckdb", "narwhals", "scipy", "matplotlib", "rich"]
    code = f"import sys, salesmetrics; print([n for n in {optional} if n in sys.modules])"
    out = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True
    )
    assert out.stdout.strip() == "[]"


GLOSSARY = PROJECT / "docs" / "glossary.md"


def vocabulary() -> set[str]:
    cells = re.findall(r"^\|([^|]*)\|", GLOSSARY.read_text("utf-8"), re.M)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


@pytest.mark.skipif(not GLOSSARY.is_file(), reason="docs/glossary.md is not written yet")
def test_names_are_those_of_the_glossary() -> None:
    words = vocabulary()
    records = [getattr(models, name) for name in models.__all__]
    columns = {
        field
        for record in records
        if isinstance(record, type) and issubclass(record, models.Record)
        for field in record.model_fields
    }
    arguments = {name for kpi in KPIS for name in inspect.signature(kpi).parameters}
    assert sorted((columns | arguments) - words) == []


def test_columns_are_named_alike() -> None:
    for name in models.__all__:
        record = getattr(models, name)
        if not (isinstance(record, type) and issubclass(record, models.Record)):
            continue
        for field, kind in models.kinds_of(record).items():
            is_time = kind in (models.Kind.MILESTONE, models.Kind.PLAN)
            assert field.endswith("_at") == is_time, f"{name}.{field}"
            is_money = kind is models.Kind.MONEY
            assert (field == "amount" or field.endswith("_amount")) == is_money, f"{name}.{field}"


def test_every_public_name_has_its_home() -> None:
    """Names are imported when first asked for: what type checkers see is what there is."""
    stub = Path(salesmetrics.__file__).with_suffix(".pyi").read_text(encoding="utf-8")
    seen = {
        alias.name: f".{node.module}"
        for node in ast.walk(ast.parse(stub))
        if isinstance(node, ast.ImportFrom) and node.level == 1
        for alias in node.names
    }
    assert seen == salesmetrics._HOME
    for name in salesmetrics.__all__:
        assert type(getattr(salesmetrics, name)).__name__ != "module", name


# What these say is for windows to read: they know history, removal and what is known.
LIFE = {"created_at", "closed_at", "removed_at"}


@pytest.mark.parametrize("path", [p for p in FILES if room(p) == "metrics"], ids=name_of)
def test_no_kpi_reads_for_itself_when_a_row_came_and_went(path: Path) -> None:
    """KPIs name these columns to the verbs of windows, and take none of them to compare."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        read = None
        match node:
            case ast.Call(func=ast.Attribute(attr="times" | "column"), args=[ast.Constant(read)]):
                pass
            case ast.Subscript(value=ast.Attribute(attr="columns" | "given"), slice=place):
                read = getattr(place, "value", None)
            case ast.Compare():
                names = [getattr(each, "value", None) for each in ast.walk(node)]
                read = next((name for name in names if name in LIFE), None)
        assert read not in LIFE, f"{name_of(path)}:{node.lineno} reads {read}; ask a window"
