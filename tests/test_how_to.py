"""The commands of the pages on CRMs run as they stand, on exports in the form of each CRM."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from warehouses import FIXTURES, made

from salesmetrics.cli import main
from salesmetrics.io import presets

ROOT = Path(__file__).parents[1]
CRMS = ("salesforce", "hubspot", "pipedrive", "zoho", "salesmap", "warehouse")
COMMANDS = [
    (page, command)
    for page in CRMS
    for block in re.findall(
        r"```console\n(.*?)```", (ROOT / "docs/how-to" / f"{page}.md").read_text("utf-8"), re.DOTALL
    )
    for command in block.splitlines()
]


@pytest.mark.parametrize(("page", "command"), COMMANDS, ids=[c for _, c in COMMANDS])
def test_a_command_runs(
    page: str, command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program, *arguments = shlex.split(command)
    assert program == "salesmetrics"
    preset = arguments[arguments.index("--preset") + 1]
    if page == "warehouse" and "postgresql:" not in command:
        assert arguments[1] == "crm.duckdb"
    arguments[1] = str(FIXTURES / preset if page != "warehouse" else made(preset, tmp_path))
    assert main(arguments) == 0
    assert capsys.readouterr().out


@pytest.mark.parametrize("page", CRMS)
def test_every_crm_has_commands(page: str) -> None:
    assert page in [one for one, _ in COMMANDS]


def test_every_preset_stands_on_a_page() -> None:
    pages = "".join(path.read_text("utf-8") for path in (ROOT / "docs").glob("how-to/*.md"))
    pages += (ROOT / "README.md").read_text("utf-8")
    assert [name for name in presets() if name not in pages] == []
