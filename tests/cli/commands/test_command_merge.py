"""`merge` prints what it did, and fails with the exit codes of all commands."""

from __future__ import annotations

from pathlib import Path

from support.artifact_samples import ROOT
from support.command_runner import run
from support.divided_sources import built

FIXTURES = ROOT / "fixtures"
RUNS = FIXTURES / "wink-0.27.0" / "runs"


def test_bundles_are_merged(tmp_path: Path) -> None:
    """The summary names what is in both, the outcome of all, and the next commands, within 80 columns."""
    one = built(RUNS, tmp_path / "1.db")
    two = built(RUNS, tmp_path / "2.db")
    result = run("merge", one, two, "--output", tmp_path / "m.db", "--tag", "a=b")
    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert lines[0].startswith("Merged: 2 bundles with 7 runs, ")
    assert lines[1] == "Copied once: 7 files that several bundles have"
    assert any(line.startswith("Joined: ") for line in lines)
    assert any(line.startswith("  Runs: 7 ") for line in lines)
    assert run("verify", tmp_path / "m.db").exit_code == 0


def test_attempts_of_two_evaluations_are_said(tmp_path: Path) -> None:
    """Samples that were run in both bundles are named, with what keeps evaluations apart; labels do."""
    folders = [FIXTURES / "wink-0.24.0" / "evaluation", FIXTURES / "wink-0.27.0" / "evaluation"]
    bundles = [built(folder, tmp_path / f"{folder.parent.name}.db") for folder in folders]
    lines = run("merge", *bundles, "--output", tmp_path / "m.db").stdout.splitlines()
    (said,) = [number for number, line in enumerate(lines) if line.startswith("Attempts: ")]
    assert lines[said] == "Attempts: 3 samples with several runs, taken for attempts of one evaluation"
    assert lines[said + 1].endswith("build each bundle with create --label NAME")
    for folder, bundle in zip(folders, bundles, strict=True):
        assert run("create", folder, "-r", "-f", "-q", "-o", bundle, "--label", folder.parent.name).exit_code == 0
    text = run("merge", *bundles, "--output", tmp_path / "m.db", "--force").stdout
    assert "Attempts: " not in text
    assert "2 evaluations: wink-0.24.0 1 of 6 passed, wink-0.27.0 1 of 6 passed" in text


def test_quiet_prints_nothing(tmp_path: Path) -> None:
    """One bundle is merged as well."""
    one = built(RUNS, tmp_path / "1.db")
    result = run("merge", one, "-o", tmp_path / "m.db", "--quiet")
    assert (result.exit_code, result.output) == (0, "")


def test_a_damaged_bundle_has_its_exit_code(tmp_path: Path) -> None:
    """As for every command that reads it."""
    one = built(RUNS, tmp_path / "1.db")
    data = bytearray(one.read_bytes())
    data[len(data) // 2] ^= 1
    one.write_bytes(data)
    result = run("merge", one, "-o", tmp_path / "m.db")
    assert result.exit_code == 3
    assert "checksum differs" in result.stderr
    assert not (tmp_path / "m.db").exists()


def test_bundles_must_be_named(tmp_path: Path) -> None:
    """A glob that matches nothing is wrong usage."""
    assert run("merge", "-o", tmp_path / "m.db").exit_code == 2
