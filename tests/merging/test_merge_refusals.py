"""A bundle that cannot be merged is refused with its name and a remedy, and the output stays as it is."""

from __future__ import annotations

import errno
import os
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.artifact_samples import ROOT
from support.command_runner import run
from support.divided_sources import built

from wink_debug_bundle import (
    BundleBuildError,
    BundleError,
    BundleExistsError,
    BundleVersionError,
    DamagedBundleError,
    DebugBundle,
    InvalidBundleError,
)
from wink_debug_bundle.database.connection import open_alone
from wink_debug_bundle.database.schema_renewal import write_digests
from wink_debug_bundle.merging import bundle_merging
from wink_debug_bundle.packing.bundle_file import BundleFile
from wink_debug_bundle.pipeline.bundle_packing import pack_bundle
from wink_debug_bundle.pipeline.publishing import construction


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return two bundles, which are only to be read."""
    folder = tmp_path_factory.mktemp("bundles")
    case = ROOT / "fixtures" / "wink-0.27.0"
    return built(case / "runs", folder / "runs.db"), built(case / "evaluation", folder / "evaluation.db")


@pytest.fixture
def changeable(bundles: tuple[Path, Path], tmp_path: Path) -> Path:
    """Return a copy of a bundle that a test may change."""
    return Path(shutil.copy(bundles[0], tmp_path / "changed.db"))


def change(path: Path, *statements: str) -> None:
    """Change the file with SQL, as a program of its owner may do."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def refused(paths: list[Path], output: Path, error: type[BundleError], message: str) -> None:
    """Check that a merge fails with the error, and leaves no file."""
    with pytest.raises(error, match=message):
        DebugBundle.merge(paths, output)
    assert not output.exists()
    assert not list(output.parent.glob(".*"))


def test_a_damaged_file_is_refused(bundles: tuple[Path, Path], changeable: Path, tmp_path: Path) -> None:
    """The checksums of the file find a changed byte, wherever it is."""
    data = bytearray(changeable.read_bytes())
    data[len(data) // 2] ^= 1
    changeable.write_bytes(data)
    refused(
        [bundles[1], changeable], tmp_path / "m.db", DamagedBundleError, r"changed\.db: .* checksum differs.*verify"
    )


def test_changed_rows_are_refused(bundles: tuple[Path, Path], changeable: Path, tmp_path: Path) -> None:
    """A file that SQLite has written to has no checksums that hold: its rows are compared with their hashes."""
    change(changeable, "UPDATE runs SET passed = 1")
    refused([changeable, bundles[1]], tmp_path / "m.db", DamagedBundleError, "rows of the table runs were changed")


def test_a_rewritten_bundle_is_merged(bundles: tuple[Path, Path], changeable: Path, tmp_path: Path) -> None:
    """VACUUM changes the file, and nothing that the bundle holds."""
    change(changeable, "VACUUM")
    with DebugBundle.merge([changeable, bundles[1]], tmp_path / "m.db") as bundle:
        assert bundle.verify().findings == ()


def test_a_strange_table_is_refused(bundles: tuple[Path, Path], changeable: Path, tmp_path: Path) -> None:
    """What is not part of the schema would be lost in silence."""
    change(changeable, "CREATE TABLE notes (text)")
    refused(
        [changeable, bundles[1]], tmp_path / "m.db", DamagedBundleError, "the table notes is not part of the schema"
    )


def test_a_trigger_is_refused_and_never_runs(bundles: tuple[Path, Path], changeable: Path, tmp_path: Path) -> None:
    """A stranger's bundle cannot have anything executed."""
    change(changeable, "CREATE TRIGGER t AFTER INSERT ON logs BEGIN DELETE FROM logs; END")
    refused([changeable, bundles[1]], tmp_path / "m.db", DamagedBundleError, "trigger t is not part of the schema")


def test_a_view_in_the_place_of_a_table_is_refused(
    bundles: tuple[Path, Path], changeable: Path, tmp_path: Path
) -> None:
    """It could have no end."""
    change(
        changeable,
        "DROP TABLE ledger",
        "CREATE VIEW ledger AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT i FROM n",
    )
    refused([changeable, bundles[1]], tmp_path / "m.db", DamagedBundleError, "ledger")


@pytest.mark.parametrize(("version", "remedy"), [(0, "run: wink-debug-bundle migrate"), (99, "install a newer")])
def test_another_schema_version_is_refused(
    bundles: tuple[Path, Path], changeable: Path, tmp_path: Path, version: int, remedy: str
) -> None:
    """The message says what to do."""
    change(changeable, f"UPDATE bundle_meta SET schema_version = {version}")
    refused([bundles[1], changeable], tmp_path / "m.db", BundleVersionError, rf"changed\.db: .*{remedy}")


def test_a_bundle_without_digests_is_refused(bundles: tuple[Path, Path], changeable: Path, tmp_path: Path) -> None:
    """An earlier release wrote it, and nothing tells whether it was changed."""
    change(changeable, "DROP TABLE digests")
    refused([bundles[1], changeable], tmp_path / "m.db", BundleVersionError, "migrate")


@pytest.mark.parametrize(
    ("content", "message"), [(b"", "the file is empty"), (b"no database" * 40, "is not a SQLite database")]
)
def test_a_file_that_is_no_bundle_is_refused(
    bundles: tuple[Path, Path], tmp_path: Path, content: bytes, message: str
) -> None:
    """Neither an empty file nor text is a bundle."""
    other = tmp_path / "other.db"
    other.write_bytes(content)
    refused([bundles[0], other], tmp_path / "m.db", InvalidBundleError, message)


def test_an_output_that_is_an_input_is_refused(changeable: Path, bundles: tuple[Path, Path], tmp_path: Path) -> None:
    """Also under another name, and with force: the merged bundle would replace it."""
    before = changeable.read_bytes()
    (tmp_path / "folder").mkdir()
    for name in (changeable, tmp_path / "folder" / ".." / changeable.name):
        with pytest.raises(BundleBuildError, match="is one of the bundles to merge"):
            DebugBundle.merge([changeable, bundles[0]], name, force=True)
    assert changeable.read_bytes() == before


def test_a_bundle_that_is_named_twice_is_refused(bundles: tuple[Path, Path], tmp_path: Path) -> None:
    """A link to it is the same bundle."""
    link = tmp_path / "link.db"
    link.symlink_to(bundles[0])
    refused([bundles[0], link], tmp_path / "m.db", BundleError, r"link\.db: is named twice")


def test_an_output_that_exists_stays(bundles: tuple[Path, Path], tmp_path: Path) -> None:
    """It is replaced only if that is asked for."""
    output = tmp_path / "m.db"
    output.write_text("mine")
    with pytest.raises(BundleExistsError, match="exists already"):
        DebugBundle.merge(bundles, output)
    assert output.read_text() == "mine"
    DebugBundle.merge(bundles, output, force=True).close()
    with DebugBundle.open(output) as bundle:
        assert bundle.query("SELECT count(*) FROM runs").fetchone()[0] > 2


def test_a_bundle_that_changes_meanwhile_is_noticed(
    bundles: tuple[Path, Path], changeable: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was checked is not what was copied then, so that nothing is published."""
    plan = bundle_merging.plan_shares

    def plan_and_change(*arguments: object) -> object:
        planned = plan(*arguments)  # type: ignore[arg-type]
        change(changeable, "UPDATE runs SET passed = 1")
        return planned

    monkeypatch.setattr(bundle_merging, "plan_shares", plan_and_change)
    refused([changeable, bundles[1]], tmp_path / "m.db", BundleError, r"changed\.db: another program changed it")


def test_names_that_mean_something_in_addresses_are_read(bundles: tuple[Path, Path], tmp_path: Path) -> None:
    """SQLite opens an attached file by an address, in which some characters are special."""
    odd = Path(shutil.copy(bundles[0], tmp_path / "a b?mode=rw#%41'&.db"))
    with DebugBundle.merge([odd, bundles[1]], tmp_path / "m.db") as bundle:
        assert bundle.verify().findings == ()
    assert [path.name for path in sorted(tmp_path.iterdir())] == [odd.name, "m.db"]


def sealed(path: Path, *statements: str) -> Path:
    """Change a bundle as a stranger can: with digests that hold for what it has then."""
    connection = open_alone(path)
    for statement in statements:
        connection.execute(statement)
    write_digests(connection)
    connection.close()
    return path


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE ledger SET id = 9223372036854775807 WHERE id = (SELECT max(id) FROM ledger)", "cannot be merged"),
        ("UPDATE artifacts SET path = x'ff' WHERE id = 1", "the bundle is damaged"),
        ("UPDATE artifacts SET problem_count = 'many' WHERE id = 1", "the bundle is damaged"),
        ("UPDATE bundle_meta SET tags = '[1]'", "the bundle is damaged"),
        ("UPDATE run_members SET content = '{' WHERE path = 'manifest.json'", "the bundle is damaged"),
        ("DELETE FROM bundle_meta", "bundle_meta is empty"),
    ],
)
def test_rows_that_no_build_writes_are_refused(
    bundles: tuple[Path, Path], changeable: Path, tmp_path: Path, statement: str, message: str
) -> None:
    """Whatever a stranger's bundle holds, the message names the bundle."""
    strange = sealed(changeable, statement)
    with pytest.raises(BundleError, match=message):
        DebugBundle.merge([strange, bundles[1]], tmp_path / "m.db")
    assert not (tmp_path / "m.db").exists()


def test_artifacts_inside_of_each_other_have_an_end(
    bundles: tuple[Path, Path], changeable: Path, tmp_path: Path
) -> None:
    """A chain of zips in zips, and one that is inside of itself, are refused or merged, and do not end the process."""
    strange = sealed(
        changeable,
        """
        WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)
        INSERT INTO artifacts SELECT i, path || i, 'archive', compression, status, reason, size_bytes, sha256, modified_at,
            record_count, problem_count, blob_sha256, NULL, NULL, raw_path, 0, 0, iif(i = 1000, 1, i - 1), 1, NULL, NULL
        FROM n JOIN artifacts ON artifacts.id = 1
        """,
        "UPDATE artifacts SET archive_id = id WHERE id = 2",
    )
    with pytest.raises(BundleError, match="deeper than any build opens"):
        DebugBundle.merge([bundles[0], strange], tmp_path / "m.db")


def test_packed_bundles_are_merged_and_damaged_ones_refused(
    bundles: tuple[Path, Path], changeable: Path, tmp_path: Path
) -> None:
    """A packed bundle is unpacked for it, and the whole is packed if its name says so."""
    packed = tmp_path / "packed.db.zst"
    pack_bundle(BundleFile(changeable, changeable), packed)
    with DebugBundle.merge([packed, bundles[1]], tmp_path / "m.db.zst") as bundle:
        assert bundle.verify().findings == ()
    assert (tmp_path / "m.db.zst").read_bytes()[:4] == b"\x28\xb5\x2f\xfd"
    data = bytearray(packed.read_bytes())
    data[len(data) // 2] ^= 1
    packed.write_bytes(data)
    refused([packed, bundles[1]], tmp_path / "n.db", InvalidBundleError, r"packed\.db\.zst")


def test_standard_output_is_no_output(bundles: tuple[Path, Path]) -> None:
    """A file named - would be a surprise."""
    done = run("merge", *bundles, "-o", "-")
    assert done.exit_code == 2
    assert "cannot be written to standard output" in " ".join(done.stderr.split())


def test_a_read_only_folder_is_named(
    bundles: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a read-only file system not even a file that is not there can be removed."""

    def fail(*_: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(construction, "create_partial", fail)
    monkeypatch.setattr(construction, "remove_partial", fail)
    message = f"{re.escape(str(tmp_path))}: cannot be written: Read-only file system"
    refused([*bundles], tmp_path / "m.db", BundleBuildError, message)
