"""Build the documentation as a site: the pages as they are, a catalogue to filter, a reference.

    pip install -e '.[docs]'
    python docs/build_site.py --out site     # any warning is an error

The Markdown stays what it is where it stands; what is built is nowhere committed.
"""

from __future__ import annotations

import argparse
import inspect
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from html import escape
from inspect import formatannotation
from pathlib import Path
from typing import Any

from generate import fields_of, units_of_kinds

import salesmetrics
from salesmetrics.catalog import KPIS, synonyms
from salesmetrics.kpi import label_of
from salesmetrics.models import Record
from salesmetrics.tables.rows import Rows

HERE = Path(__file__).parent
ROOT = HERE.parent
STATIC = HERE / "site_static"
COPIED = ("docs", "examples", "benchmarks")
FILES = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "pyproject.toml")
# The order in which the pages stand at the side.
PARTS = {
    "Begin": ["docs/tutorial", "docs/usage", "examples/demo/README"],
    "How to": ["docs/how-to/*"],
    "Explanation": ["docs/explanation/*"],
    "Reference": [
        "catalogue",
        "api",
        "docs/gallery",
        "docs/glossary",
        "docs/records",
        "docs/kpis/index",
    ],
    "Project": ["CHANGELOG", "CONTRIBUTING"],
}
WIDE = 90
LINK = r"\[([^]]*)\]\([^)]*\)"  # in Markdown
SUMMARY = (
    "KPIs of B2B sales with a public definition, computed exactly from records of a CRM: deals, "
    "leads, customers, subscriptions, activities. Undefined is not 0; every figure says its rows."
)


def index() -> str:
    """The README, and all pages at the side."""
    text = (ROOT / "README.md").read_text("utf-8")
    for caption, pages in PARTS.items():
        inner = "\n".join(pages)
        text += f"\n```{{toctree}}\n:hidden:\n:glob:\n:caption: {caption}\n\n{inner}\n```\n"
    hidden = "docs/kpis/*\nexamples/maven/README"
    return text + f"\n```{{toctree}}\n:hidden:\n:glob:\n\n{hidden}\n```\n"


def catalogue() -> str:
    """Every KPI in a table that a reader narrows down: by words, family, unit and tables."""
    rows = []
    for kpi in KPIS:
        label = label_of(kpi)
        first = inspect.cleandoc(kpi.__doc__ or "").split("\n\n")[0].replace("\n", " ")
        words = " ".join([label.name, label.en, label.ko, first, *synonyms().get(label.name, ())])
        tables = " ".join(label.tables)
        rows.append(
            f'<tr data-family="{label.group}" data-unit="{escape(label.unit)}" '
            f'data-tables="{escape(tables)}" data-words="{escape(words.casefold())}">'
            f'<td><a href="docs/kpis/{label.name}.html">{label.name}</a></td>'
            f"<td>{escape(label.ko)}</td><td>{escape(first)}</td><td>{escape(label.unit)}</td></tr>"
        )
    labels = [label_of(kpi) for kpi in KPIS]
    choices = "".join(
        [
            _choice("family", sorted({one.group for one in labels})),
            _choice("unit", sorted({one.unit for one in labels})),
            _choice("tables", sorted({table for one in labels for table in one.tables})),
        ]
    )
    return f"""# Catalogue

All {len(KPIS)} KPIs; words are looked for in names, meanings and synonyms, English and Korean.

```{{raw}} html
<p class="kpi-filters"><label>words <input type="search" id="kpi-words"></label>{choices}
<span id="kpi-count" role="status"></span></p>
<div class="kpi-frame"><table class="kpi-table">
<thead><tr><th>KPI<th>한국어<th>meaning<th>unit</thead>
<tbody>{"".join(rows)}</tbody></table></div>
```
"""


def _choice(name: str, values: list[str]) -> str:
    options = "".join(f"<option>{escape(value)}</option>" for value in values)
    return (
        f'<label>{name} <select data-narrows="{name}"><option value="">all</option>{options}'
        "</select></label>"
    )


def api() -> str:
    """What `import salesmetrics` gives beside the KPIs: signatures with types, and what they do."""
    kpis = {label_of(kpi).name for kpi in KPIS}
    names = sorted({name for name in salesmetrics.__all__ if name not in kpis}, key=str.casefold)
    parts = ["# Reference", "The KPIs have [pages of their own](catalogue.md)."]
    for name in names:
        thing = getattr(salesmetrics, name)
        if inspect.ismodule(thing) or not (inspect.isroutine(thing) or inspect.isclass(thing)):
            continue
        parts += [f"## {name}", _made(name, thing), *_docstring(thing), *_columns(thing)]
        for method, one in _methods(thing):
            told = _property if isinstance(one, property) else _signature
            begins = method if isinstance(one, property) else f"def {method}"
            parts += [f"### {name}.{method}", told(begins, one), *_docstring(one)]
    return "\n\n".join(parts) + "\n"


def _made(name: str, thing: Any) -> str:
    """How it is called: a record by its fields, a table of rows in any form."""
    if inspect.isclass(thing) and issubclass(thing, Rows):
        return _signature(f"def {name}.of", thing.of)  # type: ignore[attr-defined]
    if inspect.isclass(thing) and issubclass(thing, Record):
        fields = "".join(f"    {line},\n" for line in _fields(thing))
        return f"```python\nclass {name}(\n    *,\n{fields})\n```"
    return _signature(f"{'class' if inspect.isclass(thing) else 'def'} {name}", thing)


def _fields(record: type[Record]) -> Iterator[str]:
    """What the constructor takes: typed values, what is left out missing."""
    for name, one in record.model_fields.items():
        kind = _spelled(formatannotation(one.annotation))
        default = "" if one.is_required() else f" = {one.get_default(call_default_factory=True)!r}"
        yield f"{name}: {kind}{default}"


def _columns(thing: Any) -> list[str]:
    """Of a record and of its table: each field with its kind, its unit and what it means."""
    table = inspect.isclass(thing) and issubclass(thing, Rows)
    if not table and not (inspect.isclass(thing) and issubclass(thing, Record)):
        return []
    record, derived = (thing.record, thing.derived) if table else (thing, ())
    units = units_of_kinds()
    rows = [
        f"| `{field}` | {_plain(kind)} | {_plain(units.get(kind.partition(':')[0], ''))} "
        f"| {_plain(told)} |"
        for field, kind, linked in fields_of(record, derived)
        for told in [re.sub(LINK, r"\1", linked)]
    ]
    first = [f"A row is a [{record.__name__}](#{record.__name__.lower()}); its columns:"]
    head = "| field | kind | unit | meaning |\n|---|---|---|---|"
    return [*(first if table else []), "\n".join([head, *rows])]


def _methods(thing: Any) -> Iterator[tuple[str, Any]]:
    """Those that the class itself says something of."""
    if not inspect.isclass(thing):
        return
    for name, one in vars(thing).items():
        plain = one.__func__ if isinstance(one, (classmethod, staticmethod)) else one
        plain = plain.fget if isinstance(plain, property) else plain
        if not name.startswith("_") and inspect.isfunction(plain) and plain.__doc__:
            yield name, one if isinstance(one, property) else plain


def _property(name: str, one: Any) -> str:
    """Read, not called."""
    gives = inspect.signature(one.fget).return_annotation
    return f"```python\n{name}: {_spelled(str(gives))}\n```"


def _signature(begins: str, thing: Any) -> str:
    """With its types; an argument a line where it is long."""
    try:
        told = inspect.signature(thing)
    except (TypeError, ValueError):
        return f"```text\n{begins}(...)\n```"
    each = [one for one in told.parameters.values() if one.name != "self"]
    parts = [_spelled(str(one)) for one in each]
    kinds = [one.kind for one in each]
    if inspect.Parameter.KEYWORD_ONLY in kinds and inspect.Parameter.VAR_POSITIONAL not in kinds:
        parts.insert(kinds.index(inspect.Parameter.KEYWORD_ONLY), "*")
    back = told.return_annotation
    gives = "" if back is told.empty or begins.startswith("class") else f" -> {_spelled(str(back))}"
    line = f"{begins}({', '.join(parts)}){gives}"
    if len(line) > WIDE:
        inner = "".join(f"    {part},\n" for part in parts)
        line = f"{begins}(\n{inner}){gives}"
    return f"```python\n{line}\n```"


def _spelled(text: str) -> str:
    """Types as they are written, without where they stand or where something is in memory."""
    text = re.sub(r", \w+Validator\(func=.*?, json_schema_input_type=\w+\)", "", text)
    text = re.sub(r"\bAnnotated\[((?:[^][]|\[[^][]*\])*)\]", r"\1", text)
    text = re.sub(r"(: |-> |^)'([^']*)'", r"\1\2", text)
    text = re.sub(r"\bOptional\[(Literal\[[^]]*\])\]", r"\1 | None", text)
    text = re.sub(
        r"\b(salesmetrics|pathlib|collections|decimal|datetime)(\.\w+)*\.(?=[A-Za-z])", "", text
    )
    return re.sub(r"<(class|function) '?([\w.]*\.)?(\w+)[^>]*>", r"\3", text.replace("typing.", ""))


def _docstring(thing: Any) -> list[str]:
    """Text as it stands, lists of arguments as lists, examples as code."""
    text = inspect.getdoc(thing) or ""
    parts = []
    for block in text.split("\n\n"):
        if block.lstrip().startswith(">>>"):
            parts.append(f"```python\n{inspect.cleandoc(block)}\n```")
        elif re.match(r"(Args|Raises|Returns|Attributes):\n", block):
            title, _, body = block.partition("\n")
            items = re.sub(r"\n {5,}", " ", inspect.cleandoc(body)).replace("\n    ", " ")
            lines = [f"- {_plain(line)}" for line in items.splitlines() if line.strip()]
            parts += [f"**{title.rstrip(':')}**", "\n".join(lines)]
        else:
            parts.append(_plain(block))
    return parts


def _plain(text: str) -> str:
    """Nothing of it is markup but code between backticks."""
    pieces = re.split(r"(`[^`\n]*`)", text)
    return "".join(
        one if at % 2 else re.sub(r"([*_<>\[\]#|{}$\\])", r"\\\1", one)
        for at, one in enumerate(pieces)
    )


def llms() -> str:
    """What a language model reads first: what this is, and where each page stands as Markdown."""
    lines = ["# salesmetrics", "", f"> {SUMMARY}", ""]
    pages = {
        "Docs": sorted((HERE).glob("*.md")) + sorted((HERE / "how-to").glob("*.md")),
        "Explanation": sorted((HERE / "explanation").glob("*.md")),
        "KPIs": sorted((HERE / "kpis").glob("*.md")),
    }
    for part, files in pages.items():
        lines += [f"## {part}", ""]
        for file in files:
            text = file.read_text("utf-8").splitlines()
            title = text[0].removeprefix("# ")
            said = [line for line in text[1:] if line and line[0] not in "*#|`>!-"]
            about = f": {said[0].split('. ')[0].rstrip('.')}" if said else ""
            where = file.relative_to(ROOT).as_posix()
            lines.append(f"- [{title}](_sources/{where}.txt){about}")
        lines.append("")
    return "\n".join(lines)


def laid_out(into: Path) -> None:
    """The sources of the site: the repository's pages in their places, so that links lead on."""
    for name in COPIED:
        shutil.copytree(ROOT / name, into / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, into / name)
    (into / "README.md").unlink()
    for page in into.glob("*/**/*.md"):  # the README is the first page
        text = page.read_text("utf-8")
        page.write_text(text.replace("../README.md", "../index.md"), "utf-8")
    (into / "index.md").write_text(index(), "utf-8")
    (into / "catalogue.md").write_text(catalogue(), "utf-8")
    (into / "api.md").write_text(api(), "utf-8")
    extra = into / "extra"
    extra.mkdir()
    (extra / "llms.txt").write_text(llms(), "utf-8")


def settings() -> dict[str, Any]:
    """How the site looks, and what its Markdown may be."""
    return {
        "project": "salesmetrics",
        "version": salesmetrics.__version__,
        "release": salesmetrics.__version__,
        "html_title": f"salesmetrics {salesmetrics.__version__}",
        "extensions": ["myst_parser"],
        "myst_heading_anchors": 3,
        "html_theme": "furo",
        "html_show_copyright": False,
        "html_static_path": [str(STATIC)],
        "html_css_files": ["catalogue.css"],
        "html_js_files": ["catalogue.js"],
        "html_extra_path": ["extra"],
        "exclude_patterns": ["extra"],
        "language": "en",
        "suppress_warnings": ["misc.highlighting_failure"],
    }


def main() -> int:
    parser = argparse.ArgumentParser(description="build the documentation as a site")
    parser.add_argument("--out", required=True, metavar="FOLDER", help="where it is written")
    given = parser.parse_args()
    from sphinx.application import Sphinx

    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        source.mkdir()
        laid_out(source)
        site = Sphinx(
            source, None, Path(given.out), Path(folder) / "trees", "html",
            confoverrides=settings(), warningiserror=True, status=None,
        )  # fmt: skip
        site.build()
    print(json.dumps({"written": str(given.out), "status": site.statuscode}), file=sys.stderr)
    return site.statuscode


if __name__ == "__main__":
    raise SystemExit(main())
