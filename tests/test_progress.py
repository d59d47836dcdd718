"""A bar while much is read, where somebody is looking."""

from __future__ import annotations

import io
import sys

import pytest

from salesmetrics.io.csv_file import csv_table

TEXT = "id,owner\na,ana\nb,bo\n"


def test_a_bar_is_shown_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    from salesmetrics.io import progress

    assert progress.progress_of("deals.csv", 10**9) is None  # pytest's stderr is no terminal

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(progress, "find_spec", lambda name: None)
    monkeypatch.setattr(progress, "LONG", 10)
    bar = progress.progress_of("deals.csv", len(TEXT))
    assert bar is not None
    assert csv_table("deals.csv", TEXT.encode(), progress=bar).size == 2
    bar.moved(0)
    bar.close()
    assert "reading deals.csv" in screen.getvalue()
