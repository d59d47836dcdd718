"""What shells complete of the command."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from salesmetrics.cli import main


def script(shell: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["completion", shell]) == 0
    return capsys.readouterr().out


def completed(source: str, *typed: str) -> list[str]:
    """What bash offers for these words, the last of which is being typed."""
    words = " ".join(f"'{word}'" for word in ("salesmetrics", *typed))
    code = f"{source}\nCOMP_WORDS=({words}); COMP_CWORD={len(typed)}; _salesmetrics\n"
    code += "printf '%s\\n' \"${COMPREPLY[@]}\""
    ran = subprocess.run(
        ["bash", "--norc", "-c", code], capture_output=True, text=True, check=True, cwd="/"
    )
    return ran.stdout.split()


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_bash(capsys: pytest.CaptureFixture[str]) -> None:
    source = script("bash", capsys)
    assert completed(source, "sn") == ["snapshot"]
    assert completed(source, "snapshot", "--form") == ["--format"]
    assert completed(source, "snapshot", "--format", "js") == ["json", "jsonl"]
    assert completed(source, "snapshot", "--kpi", "cac_pay") == ["cac_payback"]
    assert completed(source, "snapshot", "--section", "peo") == ["people"]
    assert completed(source, "scorecard", "execu") == ["executive"]
    assert completed(source, "completion", "fi") == ["fish"]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    source = script(shell, capsys)
    assert "snapshot" in source and "win_rate" in source
    if path := shutil.which(shell):
        subprocess.run([path, "-n", "-c", source], check=True)


def test_fish_completes(capsys: pytest.CaptureFixture[str]) -> None:
    if (path := shutil.which("fish")) is None:
        pytest.skip("fish is not installed")
    source = script("fish", capsys)
    for typed, gives in (
        ("salesmetrics sn", ["snapshot"]),
        ("salesmetrics snapshot --kpi cac_pay", ["cac_payback"]),
        ("salesmetrics report --section qual", ["quality"]),
    ):
        asked = f"{source}\ncomplete -C '{typed}'"
        done = subprocess.run([path, "-N", "-c", asked], check=True, capture_output=True, text=True)
        assert [line.split("\t")[0] for line in done.stdout.splitlines()] == gives


def test_zsh_takes_it_in_a_bare_shell(capsys: pytest.CaptureFixture[str]) -> None:
    if (path := shutil.which("zsh")) is None:
        pytest.skip("zsh is not installed")
    source = script("zsh", capsys) + "\nprint -r -- ${_comps[salesmetrics]}"
    done = subprocess.run([path, "-f", "-c", source], check=True, capture_output=True, text=True)
    assert "_salesmetrics" in done.stdout and not done.stderr


def test_no_other_shell() -> None:
    with pytest.raises(SystemExit):
        main(["completion", "tcsh"])
