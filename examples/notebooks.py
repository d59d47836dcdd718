"""Run the notebooks of this folder, and write what they give into them.

    python examples/notebooks.py            # run, and write the outputs
    python examples/notebooks.py --check    # exit with 1 where an output is not what stands there

A notebook is kept with its outputs, as text that differs where something changed: a line of the
file is a line of code or of output, there are texts and charts but no pages of HTML, and nothing
that another run would change.  Jupyter opens it, and shows more of the same when it is run there.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import io
import json
import os
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
WIDE = "100"


def executed(notebook: dict[str, Any]) -> dict[str, Any]:
    """The notebook with the outputs of its cells, run from top to bottom."""
    names: dict[str, Any] = {"__name__": "__main__"}
    count = 0
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            count += 1
            cell["execution_count"] = count
            cell["outputs"] = _outputs("".join(cell["source"]), names, count)
    return notebook


def _outputs(source: str, names: dict[str, Any], count: int) -> list[dict[str, Any]]:
    """What a cell prints, and the value of its last line."""
    body = ast.parse(source).body
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    printed, value = io.StringIO(), None
    with contextlib.redirect_stdout(printed):
        exec(compile(ast.Module(body, []), "<cell>", "exec"), names)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)
    found: list[dict[str, Any]] = []
    if printed.getvalue():
        text = printed.getvalue()
        found.append({"name": "stdout", "output_type": "stream", "text": _lines(text)})
    if value is not None:
        data = {"text/plain": _lines(repr(value))}
        if hasattr(value, "_repr_svg_"):
            data["image/svg+xml"] = _lines(value._repr_svg_().replace("><", ">\n<"))
        found.append(
            {
                "data": data,
                "execution_count": count,
                "metadata": {},
                "output_type": "execute_result",
            }
        )
    return found


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def written(notebook: dict[str, Any]) -> str:
    """As Jupyter writes it: a line of text a line of the file."""
    return json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def run(file: Path) -> str:
    """The text of a notebook that was run where it stands."""
    notebook = json.loads(file.read_text("utf-8"))
    before, wide = Path.cwd(), os.environ.get("COLUMNS")
    os.chdir(file.parent)
    os.environ["COLUMNS"] = WIDE  # or tables would be as wide as the terminal happens to be
    try:
        return written(executed(notebook))
    finally:
        os.chdir(before)
        os.environ.pop("COLUMNS") if wide is None else os.environ.update(COLUMNS=wide)


def main() -> int:
    parser = argparse.ArgumentParser(description="run the notebooks of this folder")
    parser.add_argument("--check", action="store_true", help="write nothing; 1 where one is stale")
    given = parser.parse_args()
    stale = 0
    for file in sorted(HERE.glob("*.ipynb")):
        text = run(file)
        if text != file.read_text("utf-8"):
            stale += 1
            print(f"{file.name} is not what it gives", file=sys.stderr)
            if not given.check:
                file.write_text(text, "utf-8", newline="\n")
    return 1 if given.check and stale else 0


if __name__ == "__main__":
    raise SystemExit(main())
