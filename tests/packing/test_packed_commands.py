"""Every command that takes a bundle takes a packed one, and prints the same."""

from __future__ import annotations

import shutil
from pathlib import Path

import click
import pytest
from support.command_runner import run, run_on_terminal
from support.packed_bundles import compressed, copies_in

import wink_debug_bundle
from wink_debug_bundle import DebugBundle
from wink_debug_bundle.cli.main import bundle_commands
from wink_debug_bundle.cli.shared_options import PATH
from wink_debug_bundle.explore.web import server
from wink_debug_bundle.packing.frame_header import is_packed

READING: dict[str, list[str]] = {
    "cat": ["README.md"],
    "cell": ["logs.1.message"],
    "cost": [],
    "export": ["logs"],
    "extract": ["--output", "OUT"],
    "query": ["SELECT count(*) FROM logs"],
    "report": ["--output", "OUT.html"],
    "schema": ["logs"],
    "search": ["note"],
    "show": ["3e4b1302-ec6d-4774-a957-7dd055cbc3ef"],
    "verify": [],
}
"""Arguments of the commands that read a bundle and print the same of a packed one; OUT is a path."""

OTHERS = {"compare", "gate", "info", "pack", "index", "merge", "migrate", "redact", "serve"}
"""Commands that print the name or size of the file, write another one, wait, or take several; they have tests of their own."""

COMMANDS = {
    name
    for name, command in bundle_commands.commands.items()
    if any(isinstance(each, click.Argument) and each.type is PATH for each in command.params) and name != "create"
}
"""Commands with a path that is no option: that of a bundle, unless it is the directory of `create`."""

OPENERS = {
    "bundle.py",
    "comparing/compare_bundles.py",
    "database/connection.py",
    "dataset/compacting/bundle_joining.py",
    "dataset/checking/file_checks.py",
    "dataset/partial_bundles/dataset_comparisons.py",
    "dataset/partial_bundles/partial_dataset.py",
    "dataset/partial_bundles/request_blobs.py",
    "dataset/partial_bundles/sqlite_answers.py",
    "dataset/pulling/shard_extraction.py",
    "dataset/shard_outcomes/outcome_reading.py",
    "explore/web/datasette_app.py",
    "merging/inputs.py",
    "merging/overlap/beginnings.py",
    "merging/overlap/other_bytes.py",
    "redaction/bundle_redaction.py",
}
"""Modules that may open a database as a bundle: they are given the file of a packed one unpacked."""


def test_all_commands_are_here() -> None:
    """No command that takes a bundle is left out of these tests."""
    assert set(READING) | OTHERS == COMMANDS


def test_one_way_to_open() -> None:
    """No other module opens a bundle by itself, which would refuse a packed one."""
    package = Path(wink_debug_bundle.__file__).parent
    modules = {path.relative_to(package).as_posix(): path.read_text(encoding="utf-8") for path in package.rglob("*.py")}
    assert {name for name, text in modules.items() if "open_bundle(" in text} == OPENERS


@pytest.mark.parametrize("name", READING)
def test_the_same(run_bundle: Path, packed_bundle: Path, tmp_path: Path, temporary: Path, name: str) -> None:
    """A command prints of a packed bundle what it prints of the bundle, but for the name, and leaves no copy."""

    def printed(bundle: Path, folder: str) -> tuple[int, str]:
        output = tmp_path / folder / "out"
        output.parent.mkdir()
        arguments = [argument.replace("OUT", str(output)) for argument in READING[name]]
        result = run(name, bundle, *arguments)
        text = result.output.replace(str(bundle), "BUNDLE").replace(str(output), "OUT")
        return result.exit_code, text

    expected = printed(run_bundle, "plain")
    assert expected[0] == 0
    assert printed(packed_bundle, "packed") == expected
    assert list(temporary.iterdir()) == []


def test_info(run_bundle: Path, packed_bundle: Path, temporary: Path) -> None:
    """`info` says the size of the packed file; the rest is the same."""
    first, *rest = run("info", packed_bundle).output.splitlines()
    assert first.startswith(f"Bundle: {packed_bundle} (")
    named = run("info", run_bundle).output.replace(str(run_bundle), str(packed_bundle)).splitlines()
    assert rest == named[1:]
    assert first != named[0]
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("command", [("compare",), ("gate", "--min-pass-rate", "0")], ids=["compare", "gate"])
def test_two_bundles(run_bundle: Path, packed_bundle: Path, temporary: Path, command: tuple[str, ...]) -> None:
    """Commands for evaluations find the same in a packed bundle, and leave no copy."""
    option = ["--baseline"] if command[0] == "gate" else []

    def printed(bundle: Path) -> tuple[int, str]:
        result = run(*command, bundle, *option, bundle, "--format", "json")
        return result.exit_code, result.stdout.replace(str(bundle), "BUNDLE")

    assert printed(packed_bundle) == printed(run_bundle)
    assert list(temporary.iterdir()) == []


def test_serve(packed_bundle: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`serve` hands the server the copy that it has unpacked, once, and removes it at the end."""
    served = []

    def serve(file: object, **_: object) -> None:
        served.append((file, copies_in(temporary)))

    monkeypatch.setattr(server, "serve", serve)
    assert run("serve", packed_bundle, "--no-browser").exit_code == 0
    [(file, copies)] = served
    assert file.path == packed_bundle
    assert [file.database.parent] == copies
    assert list(temporary.iterdir()) == []


class TestChanges:
    """Commands that write into a bundle keep a packed one packed."""

    @pytest.fixture
    def packed(self, packed_bundle: Path, tmp_path: Path) -> Path:
        """Return a packed bundle that may be changed."""
        (tmp_path / "place").mkdir()
        return Path(shutil.copy(packed_bundle, tmp_path / "place" / "b.db.zst"))

    def test_index(self, packed: Path, run_bundle: Path, temporary: Path) -> None:
        """An index is in the packed bundle, which is sound; without it, the bundle has its digest again."""
        assert run("index", packed).exit_code == 0
        with DebugBundle.open(packed) as bundle:
            assert bundle.search("note").uses_index
            assert bundle.verify().is_sound
        assert is_packed(packed)
        assert run("index", packed, "--remove").exit_code == 0
        with DebugBundle.open(packed) as bundle, DebugBundle.open(run_bundle) as original:
            assert bundle.digest == original.digest
        assert is_packed(packed)
        assert [path.name for path in packed.parent.iterdir()] == ["b.db.zst"]
        assert list(temporary.iterdir()) == []

    def test_migrate(self, packed: Path, run_bundle: Path) -> None:
        """A migrated packed bundle is packed, and sound."""
        result = run("migrate", packed)
        assert (result.exit_code, "is up to date" in result.output) == (0, True)
        assert is_packed(packed)
        with DebugBundle.open(packed) as bundle, DebugBundle.open(run_bundle) as original:
            assert bundle.verify(digest=original.digest).is_sound
        assert [path.name for path in packed.parent.iterdir()] == ["b.db.zst"]

    @pytest.mark.parametrize("name", ["index", "migrate"])
    def test_a_damaged_one(self, packed: Path, name: str) -> None:
        """A damaged packed bundle is refused, and stays as it is, alone."""
        damaged = packed.read_bytes()[:-1]
        packed.write_bytes(damaged)
        result = run(name, packed)
        assert (result.exit_code, result.stdout) == (3, "")
        assert f"{packed}: the packed bundle is damaged: its end is missing" in result.stderr
        assert packed.read_bytes() == damaged
        assert [path.name for path in packed.parent.iterdir()] == ["b.db.zst"]

    @pytest.mark.parametrize("name", ["index", "migrate"])
    def test_another_database(self, packed: Path, tmp_path: Path, name: str) -> None:
        """A packed file that holds no bundle is refused under its own name."""
        packed.write_bytes(compressed(b"text"))
        result = run(name, packed)
        assert (result.exit_code, result.stdout) == (1, "")
        assert f"{packed}: is compressed with zstd, but holds no SQLite database" in result.stderr


def test_an_export_onto_itself(packed_bundle: Path, tmp_path: Path) -> None:
    """The packed bundle that is read is not replaced by what is exported from it."""
    packed = Path(shutil.copy(packed_bundle, tmp_path / "b.csv"))
    result = run("export", packed, "logs", "--output", packed, "--force")
    assert (result.exit_code, "is the bundle itself" in result.stderr) == (1, True)
    assert packed.read_bytes() == packed_bundle.read_bytes()


def test_swapped_arguments(packed_bundle: Path) -> None:
    """A packed bundle after the SQL is recognised, and the right order shown."""
    result = run("query", "SELECT 1", packed_bundle)
    assert (result.exit_code, "The BUNDLE comes first" in result.stderr) == (2, True)


def test_the_title_of_a_report(packed_bundle: Path, tmp_path: Path) -> None:
    """The page about a packed bundle has the bundle's name without endings."""
    assert run("report", packed_bundle, "--output", tmp_path / "page.html").exit_code == 0
    title = (tmp_path / "page.html").read_text(encoding="utf-8").partition("</title>")[0]
    assert ".zst" not in title
    assert ".db" not in title


def test_on_a_terminal(packed_bundle: Path) -> None:
    """On a terminal a packed bundle is shown as any other."""
    assert "Sessions" in run_on_terminal("info", packed_bundle)
