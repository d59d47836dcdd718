"""Write the reference: a page a KPI, their index, the records, the charts, the README's figures.

    python docs/generate.py            # write docs/kpis/, docs/records.md and parts of README.md
    python docs/generate.py --check    # exit with 1 where a file is not what it would be

Everything on a page comes from the KPI itself: its docstring, its label and its signature.  What a
field means comes from the glossary.
"""

from __future__ import annotations

import argparse
import inspect
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from textwrap import dedent

from example_rows import rows_of_example
from gallery_page import gallery

from salesmetrics import read
from salesmetrics.catalog import KPIS, Kpi, identities, synonyms
from salesmetrics.crm import TABLES
from salesmetrics.kpi import Label, label_of
from salesmetrics.models import Kind, Record, Target, choices, kinds_of
from salesmetrics.report.front import first_screen
from salesmetrics.tables.linking import LINKS

HERE = Path(__file__).parent
ROOT = HERE.parent
FOLDER = HERE / "kpis"
GLOSSARY = HERE / "glossary.md"
WORKED = json.loads((HERE / "worked.json").read_text(encoding="utf-8"))
BY_HAND = json.loads((HERE / "by_hand.json").read_text(encoding="utf-8"))
SHORT = {"rows time": "rows, time", "rows": "rows", "": "-"}
GROUPS_KO = {
    "lead": "리드",
    "pipeline": "파이프라인",
    "customer": "고객",
    "cost": "비용",
    "activity": "활동",
    "support": "영업 지원",
    "velocity": "속도",
    "forecast": "예측",
}
ADDS = {
    "rows time": "disjoint rows, and periods that follow each other (a flow)",
    "rows": "disjoint rows, but not over time",
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
        f"**{label.en}** · **{label.ko}** · {label.group}",
        "",
        parts["Definition"],
        "",
        "| | |",
        "|---|---|",
        f"| unit | {label.unit} |",
        f"| better | {label.better} |",
        f"| adds over | {ADDS[label.adds_over]} |",
        f"| tables | {_tables(label)} |",
    ]
    if called := synonyms().get(label.name):
        lines.append(f"| also called | {', '.join(called)} |")
    if made := identities().get(label.name):
        lines.append(f"| made of | {made} |")
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
    lines += ["It is computed on these rows:", "", *rows_of_example(parts["Example"])]
    if steps := _by_hand(label.name):
        lines += ["## By hand, on the same rows", "", *steps, ""]
    return "\n".join(lines)


def _tables(label: Label) -> str:
    needed = [f"`{name}`" for name in label.tables if name not in label.optional]
    spared = [f"`{name}`" for name in label.tables if name in label.optional]
    also = f"where there are any {', '.join(spared)}" if spared else ""
    return "; ".join(part for part in (", ".join(needed), also) if part)


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
    lines = ["| given | published | here | where |", "|---|---|---|---|"]
    for row in rows:
        given = "; ".join(f"{key}: {_given(value)}" for key, value in row["inputs"].items())
        lines.append(_row((given, row["published"], row["here"], f"[source]({row['source']})")))
    return lines + [line for row in rows if "note" in row for line in ("", row["note"])]


def _by_hand(name: str) -> list[str]:
    """The figure of the example step by step, which a test reckons again."""
    rows = [step for one in BY_HAND if one["kpi"] == name for step in one["steps"]]
    each = [_row((what, f"`{sum_}`", result)) for what, sum_, result in rows]
    return ["| step | reckoned | is |", "|---|---|---|", *each] if each else []


def _given(value: object) -> str:
    """A list as people write it: equal things counted, pairs multiplied."""
    if not isinstance(value, list):
        return str(value)
    each = [" x ".join(map(str, one)) if isinstance(one, list) else str(one) for one in value]
    counted = {one: each.count(one) for one in each}
    return ", ".join(f"{n} times {one}" if n > 1 else one for one, n in counted.items())


def _variants(label: Label) -> list[str]:
    return [
        f"- `{name}`: " + ", ".join(f"`{keyword}={value!r}`" for keyword, value in keywords.items())
        for name, keywords in label.variants.items()
    ]


def index() -> str:
    """Every KPI in one table a group."""
    lines = [
        "# KPIs",
        "",
        "Every KPI, by what it speaks of. The pages are made from the code.",
        "",
        "*Adds over*: rows (parts of the data add up to the whole), time (months add up to the",
        "quarter; a flow), or neither. *Articles*: which of the articles on B2B sales KPIs the",
        "catalogue began with (numbered 0 to 4) speak of it.",
        "",
    ]
    for group, kpis in _groups().items():
        lines += [
            f"## {group}",
            "",
            "| KPI | 한국어 | meaning | unit | better | adds over | articles |",
            "|---|---|---|---|---|---|---|",
        ]
        for kpi in kpis:
            label = label_of(kpi)
            cells = (
                f"[`{label.name}`]({label.name}.md)",
                label.ko,
                sections(kpi.__doc__ or "")["Definition"],
                label.unit,
                label.better,
                SHORT[label.adds_over],
                label.article or "-",
            )
            lines.append(_row(cells))
        lines.append("")
    return "\n".join(lines)


def _groups() -> dict[str, list[Kpi]]:
    found: dict[str, list[Kpi]] = {}
    for kpi in KPIS:
        found.setdefault(label_of(kpi).group, []).append(kpi)
    return found


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


CELLS = """\
## What a cell may hold

- Nothing is there: `None`, NaN, NaT, pandas' NA, a blank text. The text `NaN` is not nothing: in a
  column of numbers it is refused, in a column of names it is a name.
- Money and proportions are the decimals that they are written as. A float stands for the decimal
  that it prints as; one of 32 bits too, up to 2**23 parts, beyond which it names no one decimal.
  An amount finer than its currency is refused, never rounded; a proportion keeps 18 decimals and
  is rounded beyond.
- A `datetime` without zone is read in `tz=`; where the clock showed a time twice, `fold=1` means
  the second.

A record made with a cell that cannot be used raises pydantic's `ValidationError`, which is a
`ValueError` and has the same words as a table's error: `a plain number is expected, such as
1234.50; ...`. Tables raise `DataError` with every row and field, or keep them in `.rejected` with
`on_error="collect"`. What depends on other rows or on a currency (an id that occurs twice, a stage
that is not there, an amount too fine) only a table can say."""


def records() -> str:
    """Every record with its fields; what a field means is the glossary's to say."""
    lines = [
        "# Records",
        "",
        "One row of each kind, field by field. A table takes rows of its record in any form:",
        "records, dicts, columns, frames. Only a `key` has to be there; what else a KPI needs, it",
        "says. What the kinds mean stands in the [glossary](glossary.md).",
        "",
        *CELLS.splitlines(),
        "",
    ]
    described = [(table.record, name) for name, table in TABLES.items()]
    for record, name in [*described, (Target, None)]:
        made = f"Table `{name}`" if name else "For `targets=` of a snapshot"
        derived = TABLES[name].derived if name else ()
        lines += [f"## {record.__name__}", "", " ".join((record.__doc__ or "").split()), ""]
        lines += [f"{made}.", "", "| field | kind | meaning |", "|---|---|---|"]
        lines += [_row((f"`{f}`", kind, told)) for f, kind, told in fields_of(record, derived)]
        lines.append("")
    return "\n".join(lines)


def fields_of(record: type[Record], derived: Iterable[str] = ()) -> Iterator[tuple[str, str, str]]:
    """Each field with its kind and its meaning, and the columns that its table makes."""
    meanings = meanings_of_fields()
    kinds = {Kind.CODE: "name", Kind.WHOLE: "whole number"}
    of_targets = {"value": "number", "group": "columns and values", "given": "names and values"}
    for field, kind in kinds_of(record).items():
        text = kinds.get(kind, kind.value)
        if kind is Kind.CHOICE:
            text += f": {', '.join(choices(record, field))}"
        elif record is Target:
            text = of_targets.get(field, text)
        elif field in LINKS:
            text = f"link to {LINKS[field]}"
        yield field, text, _meaning(meanings, field)
    for field in derived:
        yield field, "made by the library", _meaning(meanings, field)


def units_of_kinds() -> dict[str, str]:
    """The glossary's unit of each kind of field that has one."""
    part = GLOSSARY.read_text(encoding="utf-8").partition("## Kinds of fields\n")[2]
    rows = re.findall(
        r"^\| ([^|]*) \| [^|]* \| ([^|]*?) ?\|$", part.partition("\n## ")[0], re.MULTILINE
    )
    return {kind.partition(",")[0]: unit for kind, unit in rows if unit and kind != "kind"}


def meanings_of_fields() -> dict[str, str]:
    """The glossary's sentence for each field and each column made here."""
    text = GLOSSARY.read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for heading in ("Arguments", "Columns made by the library", "Fields of records"):
        part = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
        for names, meaning in re.findall(r"^\| (`[^|]*) \| ([^|]*?) \|", part, re.MULTILINE):
            found |= dict.fromkeys(re.findall(r"`([^`]+)`", names), meaning)
    return found


def _meaning(meanings: Mapping[str, str], field: str) -> str:
    if field not in meanings:
        raise SystemExit(f"docs/glossary.md does not say what the field `{field}` is")
    return meanings[field]


def readme() -> str:
    """The README with its parts that are made: the output, the KPIs, their Korean names."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, part in (("output", _output()), ("kpis", _kpis()), ("korean", _korean())):
        begin, end = f"<!-- {name}: made by docs/generate.py -->", f"<!-- end of {name} -->"
        before, found, rest = text.partition(begin)
        after = rest.partition(end)[2]
        if not found or end not in rest:
            raise SystemExit(f"README.md has no {begin} ... {end}")
        text = f"{before}{begin}\n\n{part}\n\n{end}{after}"
    return text


def _output() -> str:
    """What the set-up command prints."""
    crm = read(ROOT / "examples" / "maven", preset="maven")
    return "\n".join(["```text", first_screen(crm, "2017-Q4", by="owner"), "```"])


def _kpis() -> str:
    rows = [
        _row((group, ", ".join(f"[`{n}`](docs/kpis/{n}.md)" for n in map(_name, kpis))))
        for group, kpis in _groups().items()
    ]
    return "\n".join(["| about | KPIs |", "|---|---|", *rows])


def _korean() -> str:
    rows = []
    for group, kpis in _groups().items():
        names = ", ".join(f"[{label_of(kpi).ko}](docs/kpis/{_name(kpi)}.md)" for kpi in kpis)
        rows.append(_row((GROUPS_KO.get(group, group), names)))
    return "\n".join(["| 분야 | KPI |", "|---|---|", *rows])


def _name(kpi: Kpi) -> str:
    return label_of(kpi).name


def pages() -> dict[Path, str]:
    """What each file should hold."""
    found = {FOLDER / f"{label_of(kpi).name}.md": page(kpi) for kpi in KPIS}
    found[FOLDER / "index.md"] = index()
    found[HERE / "records.md"] = records()
    found[ROOT / "README.md"] = readme()
    found |= gallery(HERE, ROOT / "examples" / "demo")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="change nothing, exit with 1 if stale")
    check = parser.parse_args().check
    wanted = pages()
    for folder in {path.parent for path in wanted}:
        folder.mkdir(exist_ok=True)
    stale = [p for p, text in wanted.items() if not p.is_file() or p.read_text("utf-8") != text]
    extra = [path for path in FOLDER.glob("*.md") if path not in wanted]
    if check:
        for path in (*stale, *extra):
            print(f"{path.relative_to(ROOT)}: run python docs/generate.py", file=sys.stderr)
        return 1 if stale or extra else 0
    for path in stale:
        path.write_text(wanted[path], encoding="utf-8")
    for path in extra:
        path.unlink()
    print(f"{len(wanted)} pages, {len(stale)} written, {len(extra)} removed")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
