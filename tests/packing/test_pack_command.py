"""`pack`, `DebugBundle.pack`, and `create` with the name of a packed bundle."""

from __future__ import annotations

import re
import shutil
import sqlite3
import stat
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
import zstandard
from support.artifact_samples import FIXTURES, lines, log_record, write_files
from support.command_runner import run, run_process
from support.packed_bundles import run_limited

from wink_debug_bundle import BundleBuildError, BundleError, BundleExistsError, DebugBundle
from wink_debug_bundle.packing.frame_header import is_packed
from wink_debug_bundle.pipeline.progress import Phase


@pytest.fixture
def bundle(run_bundle: Path, tmp_path: Path) -> Path:
    """Return a copy of a bundle, alone in its folder."""
    (tmp_path / "place").mkdir()
    return Path(shutil.copy(run_bundle, tmp_path / "place" / "b.db"))


def names_beside(path: Path) -> list[str]:
    """Return the names in the folder of a file."""
    return sorted(entry.name for entry in path.parent.iterdir())


class TestPack:
    """The command."""

    def test_what_it_writes(self, bundle: Path) -> None:
        """The packed bundle has the bytes of the bundle, is readable by the owner alone, and lies beside it."""
        done = run_process("pack", bundle)
        assert (done.returncode, done.stderr) == (0, b"")
        packed = bundle.with_name("b.db.zst")
        frame = packed.read_bytes()
        assert zstandard.ZstdDecompressor(max_window_size=1 << 27).decompress(frame) == bundle.read_bytes()
        assert stat.S_IMODE(packed.stat().st_mode) == 0o600
        assert names_beside(bundle) == ["b.db", "b.db.zst"]

    def test_what_it_says(self, bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The report has both sizes, the ratio, the command of a shell, and the next command."""
        monkeypatch.chdir(bundle.parent)
        first, second, third, fourth = run("pack", "b.db").output.splitlines()
        ratio = bundle.stat().st_size / bundle.with_name("b.db.zst").stat().st_size
        assert re.fullmatch(r"Bundle: b\.db \([\d.]+ [kM]B\)", first)
        assert re.fullmatch(rf"Packed: b\.db\.zst \([\d.]+ [kM]B\), {ratio:.1f} times smaller", second)
        assert third == "In a shell: zstd -d --long=27 b.db.zst"
        assert fourth == "Next: bundle-commands info b.db.zst" or fourth.endswith(" info b.db.zst")

    @pytest.mark.skipif(not shutil.which("zstd"), reason="needs the program zstd")
    def test_the_command_of_a_shell(self, bundle: Path) -> None:
        """The command that is printed unpacks the packed bundle."""
        hint = run("pack", bundle).output.splitlines()[2].removeprefix("In a shell: ")
        original = bundle.read_bytes()
        bundle.unlink()
        subprocess.run(["sh", "-c", hint], check=True, capture_output=True)
        assert bundle.read_bytes() == original

    def test_best(self, bundle: Path, tmp_path: Path) -> None:
        """--best makes a smaller file of the same bundle."""
        assert run("pack", bundle, "-o", tmp_path / "usual.db.zst").exit_code == 0
        assert run("pack", bundle, "-o", tmp_path / "best.db.zst", "--best").exit_code == 0
        assert (tmp_path / "best.db.zst").stat().st_size < (tmp_path / "usual.db.zst").stat().st_size
        assert run("verify", tmp_path / "best.db.zst").exit_code == 0

    def test_an_existing_output(self, bundle: Path) -> None:
        """An existing file is replaced only with --force."""
        packed = bundle.with_name("b.db.zst")
        packed.write_text("mine")
        assert (run("pack", bundle).exit_code, packed.read_text()) == (1, "mine")
        assert (run("pack", bundle, "--force").exit_code, is_packed(packed)) == (0, True)
        assert names_beside(bundle) == ["b.db", "b.db.zst"]

    @pytest.mark.parametrize("force", [True, False])
    def test_the_bundle_itself(self, bundle: Path, force: bool) -> None:
        """A bundle is not replaced by itself, packed."""
        before = bundle.read_bytes()
        result = run("pack", bundle, "-o", bundle, *(["--force"] if force else []))
        assert (result.exit_code, "is the bundle itself" in result.stderr) == (1, True)
        assert bundle.read_bytes() == before

    def test_a_packed_one(self, bundle: Path, temporary: Path) -> None:
        """A packed bundle is packed again only to another output."""
        run("pack", bundle)
        packed = bundle.with_name("b.db.zst")
        result = run("pack", packed)
        assert (result.exit_code, "is packed already" in result.stderr) == (1, True)
        assert run("pack", packed, "--best", "-o", bundle.with_name("best.zst")).exit_code == 0
        assert names_beside(bundle) == ["b.db", "b.db.zst", "best.zst"]
        assert list(temporary.iterdir()) == []

    def test_no_bundle(self, tmp_path: Path) -> None:
        """What is no bundle is refused, and nothing written."""
        (tmp_path / "x.db").write_text("text")
        result = run("pack", tmp_path / "x.db")
        assert (result.exit_code, "x.db: is not a SQLite database" in result.stderr) == (1, True)
        assert names_beside(tmp_path / "x.db") == ["x.db"]

    @pytest.mark.parametrize("damage", ["without its end", "with another byte"])
    def test_a_damaged_bundle(self, bundle: Path, damage: str) -> None:
        """A damaged bundle is not packed: the damage would travel with it."""
        content = bytearray(bundle.read_bytes())
        if damage == "without its end":
            content = content[: len(content) // 2 // 4096 * 4096]
        else:
            content[len(content) * 2 // 3] ^= 1
        bundle.write_bytes(content)
        result = run("pack", bundle)
        assert (result.exit_code, "the bundle is damaged" in result.stderr) == (3, True)
        assert names_beside(bundle) == ["b.db"]

    def test_a_full_disk(self, bundle: Path) -> None:
        """A disk that fills up leaves no part of the packed bundle."""
        done = run_limited("pack", bundle)
        assert (done.returncode, done.stdout) == (1, "")
        assert f"{bundle}.zst: the bundle could not be written" in done.stderr
        assert names_beside(bundle) == ["b.db"]

    def test_an_older_one(self, bundle: Path) -> None:
        """A bundle of another schema version is packed as it is; opening says what to do with it."""
        with closing(sqlite3.connect(bundle)) as connection, connection:
            connection.execute("UPDATE bundle_meta SET schema_version = 0")
        assert run("pack", bundle).exit_code == 0
        result = run("info", bundle.with_name("b.db.zst"))
        assert f"run: wink-debug-bundle migrate {bundle}.zst" in result.stderr

    def test_while_it_is_written(self, bundle: Path) -> None:
        """A bundle with an unsaved edit is refused: the edit would be torn."""
        with closing(sqlite3.connect(bundle)) as connection:
            connection.execute("UPDATE bundle_meta SET description = 'x'")
            result = run_process("pack", bundle)
            connection.rollback()
        assert (result.returncode, result.stdout) == (1, b"")
        assert names_beside(bundle) == ["b.db"]


class TestApi:
    """`DebugBundle.pack` and `DebugBundle.open`."""

    def test_pack(self, bundle: Path) -> None:
        """The result says where the packed bundle is, and how large it and the bundle are."""
        steps = []
        with DebugBundle.open(bundle) as opened:
            packed = opened.pack(progress=lambda done, total: steps.append((done, total)))
        assert packed.path == bundle.with_name("b.db.zst")
        assert (packed.size_bytes, packed.unpacked_bytes) == (packed.path.stat().st_size, bundle.stat().st_size)
        assert packed.ratio == packed.unpacked_bytes / packed.size_bytes
        assert steps[-1] == (packed.unpacked_bytes, packed.unpacked_bytes)
        assert steps == sorted(steps)

    def test_an_existing_output(self, bundle: Path) -> None:
        """An existing file is replaced only with `force`."""
        with DebugBundle.open(bundle) as opened:
            opened.pack()
            with pytest.raises(BundleExistsError):
                opened.pack()
            opened.pack(force=True)

    def test_a_packed_one(self, packed_bundle: Path, tmp_path: Path) -> None:
        """A packed bundle is packed again to another output, from its copy."""
        with DebugBundle.open(packed_bundle) as opened:
            with pytest.raises(BundleBuildError, match="is packed already"):
                opened.pack()
            again = opened.pack(tmp_path / "again.zst").path
        assert again.read_bytes() == packed_bundle.read_bytes()

    def test_a_closed_one(self, bundle: Path) -> None:
        """A closed bundle is not packed."""
        opened = DebugBundle.open(bundle)
        opened.close()
        with pytest.raises(BundleError, match="is closed"):
            opened.pack()

    def test_the_progress_of_opening(self, packed_bundle: Path) -> None:
        """Unpacking reports the bytes of the packed file."""
        steps = []
        DebugBundle.open(packed_bundle, progress=lambda done, total: steps.append((done, total))).close()
        size = packed_bundle.stat().st_size
        assert steps[-1] == (size, size)
        assert steps == sorted(steps)


class TestCreate:
    """`create --output NAME.zst`."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        """Return a directory with a log."""
        return write_files(tmp_path / "debug", {"a.log": lines(log_record()) * 50})

    def test_a_packed_bundle(self, tmp_path: Path, temporary: Path) -> None:
        """The output is packed and alone, and has the digest that is printed; the summary has the command of a shell."""
        output = tmp_path / "out" / "b.db.zst"
        output.parent.mkdir()
        done = run_process("create", FIXTURES / "run", "-o", output)
        assert (done.returncode, done.stderr) == (0, b"")
        printed = done.stdout.decode()
        digest = re.search("^Digest: (.+)$", printed, re.MULTILINE)
        assert digest is not None
        assert f"In a shell: zstd -d --long=27 {output}" in printed
        assert "Outcome:" in printed
        assert is_packed(output)
        assert run("verify", output, "--digest", digest[1], "--against", FIXTURES / "run").exit_code == 0
        assert names_beside(output) == ["b.db.zst"]
        assert list(temporary.iterdir()) == []

    def test_the_api(self, folder: Path, tmp_path: Path) -> None:
        """`from_directory` builds a packed bundle and opens it; packing is a phase of its own."""
        phases = []
        output = tmp_path / "b.db.ZST"
        with DebugBundle.from_directory(
            folder, output=output, progress=lambda step: phases.append(step.phase)
        ) as opened:
            assert opened.path == output
            assert opened.query("SELECT count(*) FROM logs").fetchone() == (50,)
        assert is_packed(output)
        assert list(dict.fromkeys(phases)) == [
            Phase.FINDING,
            Phase.OPENING,
            Phase.READING,
            Phase.INDEXING,
            Phase.PACKING,
            Phase.SYNCING,
        ]

    def test_an_existing_output(self, folder: Path, tmp_path: Path) -> None:
        """A packed bundle is replaced only with --force, and is no artifact that stays."""
        output = tmp_path / "b.db.zst"
        assert run("create", folder, "-o", output, "-q").exit_code == 0
        before = output.read_bytes()
        assert run("create", folder, "-o", output, "-q").exit_code == 1
        assert output.read_bytes() == before
        assert run("create", folder, "-o", output, "-q", "--force").exit_code == 0
        assert output.read_bytes() != before

    def test_in_the_directory(self, folder: Path) -> None:
        """A packed bundle among the artifacts is listed and never stored, and `verify --against` does not miss it."""
        assert run("create", folder, "-o", folder / "first.db.zst", "-q").exit_code == 0
        assert run("create", folder, "-o", folder / "second.db", "-q", "--keep-unrecognised").exit_code == 0
        with DebugBundle.open(folder / "second.db") as opened:
            sql = "SELECT reason, (SELECT count(*) FROM blobs) FROM artifacts WHERE path = 'first.db.zst'"
            assert opened.query(sql).fetchall() == [("a packed debug bundle, not read", 0)]
        (folder / "first.db.zst").rename(folder / "third.db.zst")
        assert run("verify", folder / "first.db.zst").exit_code == 1
        with DebugBundle.open(folder / "third.db.zst") as opened:
            assert [finding.artifact for finding in opened.verify(against=folder).findings] == []
