"""Lines of code without docstrings, comments and blank lines, by room.

python docs/count_lines.py [folder]
"""

from __future__ import annotations

import ast
import sys
import tokenize
from collections import Counter
from pathlib import Path

QUIET = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
QUIET |= {tokenize.ENCODING, tokenize.ENDMARKER}


def lines_of(file: Path) -> int:
    """The lines on which something stands that runs."""
    docs: set[int] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        if isinstance(node, kinds) and ast.get_docstring(node) is not None:
            first = node.body[0]
            docs |= set(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    code: set[int] = set()
    with file.open("rb") as source:
        for token in tokenize.tokenize(source.readline):
            if token.type not in QUIET:
                code |= set(range(token.start[0], token.end[0] + 1))
    return len(code - docs)


def main(folder: Path) -> None:
    rooms: Counter[str] = Counter()
    for file in sorted(folder.rglob("*.py")):
        rooms[file.relative_to(folder).parts[0]] += lines_of(file)
    for room, lines in rooms.most_common():
        print(f"{room:20} {lines:6,}")
    print(f"{'all':20} {sum(rooms.values()):6,}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else Path(__file__).parents[1] / "src" / "salesmetrics")
