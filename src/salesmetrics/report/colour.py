"""Colours on a terminal, where the extra `rich` is installed; the text is the same without."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ..errors import SalesMetricsError
from .streams import put_document

__all__ = ["printed", "put"]

STYLES = {
    r"(?m)^-[- ]*$": "dim",
    r"\bbetter\b|개선": "green",
    r"\bworse\b|악화": "red",
    r"\bunclear\b|불분명|\bundefined\b|산출 불가": "dim",
}


def printed(text: str, table: bool) -> None:
    """Print a text; a table in colours, if somebody looks at it on a terminal that has them."""
    if table and sys.stdout.isatty() and "NO_COLOR" not in os.environ:
        try:
            from rich.console import Console  # pyright: ignore[reportMissingImports]
            from rich.text import Text  # pyright: ignore[reportMissingImports]
        except ImportError:
            pass
        else:
            coloured = Text(text)  # not markup: brackets in names mean nothing
            for pattern, style in STYLES.items():
                coloured.highlight_regex(pattern, style)
            Console(highlight=False, soft_wrap=True).print(coloured)
            return
    print(text)


def put(made: str | bytes, output: str | None, table: bool) -> None:
    """On the screen, or into a file: a table for people, else a document for programs."""
    text = made if isinstance(made, bytes) else made.rstrip("\n")
    if output is None and isinstance(text, bytes):
        raise SalesMetricsError("a workbook is written into a file: -o FILE.xlsx")
    if output is None:
        assert isinstance(text, str)
        if table:
            printed(text, table)
        else:
            put_document(text)
        return
    try:
        if isinstance(text, bytes):
            Path(output).write_bytes(text)
        else:
            Path(output).write_text(text + "\n", encoding="utf-8", newline="\n")
    except OSError as wrong:
        raise SalesMetricsError(f"cannot write {output!r}: {wrong.strerror}") from None
