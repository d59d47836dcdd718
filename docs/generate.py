"""Write the reference: a page for every KPI, and their index.

    python docs/generate.py            # write docs/kpis/
    python docs/generate.py --check    # exit with 1 where a page is not what it would be

Everything on a page comes from the KPI itself: its docstring, its label and its signature.
"""

from __future__ import annotations

import argparse
import inspect
import json
import re
import sys
from pathlib import Path
from textwrap import dedent

from salesmetrics.catalog import KPIS, Kpi
from salesmetrics.kpi import Label, label_of

HERE = Path(__file__).parent
FOLDER = HERE / "kpis"
WORKED = json.loads((HERE / "worked.json").read_text(encoding="utf-8"))
ADDS = {
    "rows time": "disjoint rows, and periods that follow each other (a flow)",
    "rows": "disjoint rows, but not over time (a stock)",
    "": "nothing: a roll-up is computed anew",
}
LISTS = ("Args", "Raises")
HEADINGS = ("Formula", "Rows and date", "Undefined", "Args", "Returns", "Raises", "Source")


def sections(doc: str) -> dict[str, str]:
    """The parts of a docstring by their heading; the first sentence and the example beside them."""
    text = inspect.cleandoc(doc)
    example = text.find(">>> ")
    found = {"Example": text[example:].rstrip()} if example >= 0 else {}
    body = text[:example] if example >= 0 else text
    first, _, rest = body.partition("\n\n")
    found["Definition"] = " ".join(first.split())
    pattern = rf"^({'|'.join(HEADINGS)}):[ \n]"
    parts = re.split(pattern, rest, flags=re.MULTILINE)
    for name, content in zip(parts[1::2], parts[2::2], strict=True):
        found[name] = content.rstrip() if name in LISTS else " ".join(content.split())
    return found


def page(kpi: Kpi) -> str:
    """The page of a KPI."""
    label, parts = label_of(kpi), sections(kpi.__doc__ or "")
    lines = [
        f"# {label.name}",
        "",
        f"**{label.ko}** · {label.group}",
        "",
        parts["Definition"],
        "",
        "| | |",
        "|---|---|",
        f"| unit | {label.unit} |",
        f"| better | {label.better} |",
        f"| adds over | {ADDS[label.adds_over]} |",
        f"| tables | {', '.join(f'`{name}`' for name in label.tables)} |",
    ]
    if label.given:
        lines.append(f"| to be given | {', '.join(f'`{name}`' for name in label.given)} |")
    lines += ["", "```python", signature(kpi), "```", ""]
    for name, title in (
        ("Formula", "Formula"),
        ("Rows and date", "Which rows and which date"),
        ("Undefined", "When it is undefined"),
    ):
        lines += [f"## {title}", "", _sentence(parts[name]), ""]
    lines += ["## Arguments", "", *_arguments(parts.get("Args", "")), ""]
    lines += ["`period`, `by` and what a result can do are explained in [usage](../usage.md).", ""]
    lines += ["## Result", "", _sentence(parts["Returns"]), ""]
    if "Raises" in parts:
        lines += ["## Errors", "", *_arguments(parts["Raises"]), ""]
    if label.variants:
        lines += ["## Variants", "", *_variants(label), ""]
    lines += ["## Source, and who differs", "", _sentence(parts["Source"]), ""]
    worked = _worked(label.name)
    if worked:
        lines += ["## Worked examples", "", *worked, ""]
    lines += ["## Example", "", "```python", f">>> from salesmetrics import {label.name}"]
    lines += [parts["Example"], "", "```", ""]
    return "\n".join(lines)


def signature(kpi: Kpi) -> str:
    """The signature without the module names that annotations carry."""
    parameters = ", ".join(
        ("*, " if p.kind is p.KEYWORD_ONLY and first else "")
        + p.name
        + ("" if p.default is p.empty else f"={_default(p.default)}")
        for p, first in _with_first_keyword(inspect.signature(kpi).parameters.values())
    )
    return f"{kpi.__name__}({parameters})"


def _with_first_keyword(parameters: object) -> list[tuple[inspect.Parameter, bool]]:
    listed = list(parameters)  # type: ignore[call-overload]
    keywords = [p for p in listed if p.kind is p.KEYWORD_ONLY]
    return [(p, bool(keywords) and p is keywords[0]) for p in listed]


def _default(value: object) -> str:
    return "ALL_TIME" if str(value) == "all time" else repr(value)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _arguments(text: str) -> list[str]:
    """`name: meaning` lines, continued by deeper ones, as a list."""
    found: list[str] = []
    for line in dedent(text).splitlines():
        match = re.match(r"^(\w+): (.*)$", line)
        if match:
            found.append(f"- `{match[1]}`: {match[2]}")
        elif line.strip() and found:
            found[-1] += f" {line.strip()}"
    return found


def _worked(name: str) -> list[str]:
    """Examples that others published, which a test computes again."""
    rows = [example for example in WORKED if example["kpi"] == name]
    if not rows:
        return []
    lines = ["| given | published | where | note |", "|---|---|---|---|"]
    for row in rows:
        given = ", ".join(f"{key}: {value}" for key, value in row["inputs"].items())
        cells = (given, row["published"], f"[source]({row['source']})", row["note"])
        lines.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |")
    return lines


def _variants(label: Label) -> list[str]:
    return [
        f"- `{name}`: " + ", ".join(f"`{keyword}={value!r}`" for keyword, value in keywords.items())
        for name, keywords in label.variants.items()
    ]


def index() -> str:
    """Every KPI in one table a group."""
    lines = ["# KPIs", "", "Every KPI, by what it speaks of. The pages are made from the code.", ""]
    groups = list(dict.fromkeys(label_of(kpi).group for kpi in KPIS))
    for group in groups:
        lines += [
            f"## {group}",
            "",
            "| KPI | 한국어 | meaning | unit | better |",
            "|---|---|---|---|---|",
        ]
        for kpi in KPIS:
            label = label_of(kpi)
            if label.group != group:
                continue
            meaning = sections(kpi.__doc__ or "")["Definition"].replace("|", "\\|")
            lines.append(
                f"| [`{label.name}`]({label.name}.md) | {label.ko} | {meaning} | {label.unit} "
                f"| {label.better} |"
            )
        lines.append("")
    return "\n".join(lines)


def pages() -> dict[Path, str]:
    """What each file should hold."""
    found = {FOLDER / f"{label_of(kpi).name}.md": page(kpi) for kpi in KPIS}
    found[FOLDER / "index.md"] = index()
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="change nothing, exit with 1 if stale")
    check = parser.parse_args().check
    wanted = pages()
    FOLDER.mkdir(exist_ok=True)
    stale = [p for p, text in wanted.items() if not p.is_file() or p.read_text("utf-8") != text]
    extra = [path for path in FOLDER.glob("*.md") if path not in wanted]
    if check:
        for path in (*stale, *extra):
            print(f"{path.relative_to(HERE)}: run python docs/generate.py", file=sys.stderr)
        return 1 if stale or extra else 0
    for path in stale:
        path.write_text(wanted[path], encoding="utf-8")
    for path in extra:
        path.unlink()
    print(f"{len(wanted)} pages, {len(stale)} written, {len(extra)} removed")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
