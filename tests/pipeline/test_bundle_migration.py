"""Bundles of an older schema version become bundles of the newer one."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from wink_debug_bundle import BundleVersionError, DebugBundle, InvalidBundleError
from wink_debug_bundle.pipeline.bundle_migration import migrate_bundle


@pytest.fixture
def bundle(run_bundle: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(run_bundle, tmp_path / "old.db"))


@pytest.fixture
def steps(tmp_path: Path) -> Path:
    """Two steps: version 2 gets a table, version 3 fills it."""
    folder = tmp_path / "steps"
    folder.mkdir()
    (folder / "2.sql").write_text("CREATE TABLE owners (name TEXT); ALTER TABLE files ADD COLUMN owner TEXT;")
    (folder / "3.sql").write_text("INSERT INTO owners SELECT DISTINCT tool_name FROM tool_invocations;")
    return folder


def version_of(path: Path) -> tuple[int, int]:
    connection = sqlite3.connect(path)
    try:
        [version] = connection.execute("SELECT schema_version FROM bundle_meta").fetchone()
        [user_version] = connection.execute("PRAGMA user_version").fetchone()
    finally:
        connection.close()
    return version, user_version


class TestMigrateBundle:
    def test_runs_every_step_in_order(self, bundle: Path, steps: Path) -> None:
        """A bundle two versions old goes through both steps and says so in both places."""
        assert migrate_bundle(bundle, steps=steps, target=3) == 1
        assert version_of(bundle) == (3, 3)
        connection = sqlite3.connect(bundle)
        tools = connection.execute("SELECT count(DISTINCT tool_name) FROM tool_invocations").fetchone()
        assert connection.execute("SELECT count(*) FROM owners").fetchone() == tools
        connection.close()

    def test_a_current_bundle_stays_readable(self, bundle: Path) -> None:
        """Migrating a bundle of this version changes nothing that a reader sees."""
        with DebugBundle.open(bundle) as opened:
            before = opened.statistics
        assert migrate_bundle(bundle) == 1
        with DebugBundle.open(bundle) as opened:
            assert opened.statistics == before

    def test_a_failing_step_leaves_the_bundle_as_it_was(self, bundle: Path, steps: Path) -> None:
        """The work is done on a copy, so a broken step costs nothing."""
        (steps / "3.sql").write_text("INSERT INTO nowhere VALUES (1);")
        before = bundle.read_bytes()
        with pytest.raises(InvalidBundleError, match="nowhere"):
            migrate_bundle(bundle, steps=steps, target=3)
        assert bundle.read_bytes() == before
        assert [path.name for path in bundle.parent.iterdir() if path.is_file()] == ["old.db"]

    def test_a_missing_step_is_said(self, bundle: Path, steps: Path) -> None:
        """A version that no step leads to is an error that names it."""
        with pytest.raises(BundleVersionError, match="from bundle schema v3 to v4"):
            migrate_bundle(bundle, steps=steps, target=4)

    def test_a_newer_bundle_is_refused(self, bundle: Path, steps: Path) -> None:
        """There is no way back."""
        migrate_bundle(bundle, steps=steps, target=3)
        with pytest.raises(BundleVersionError, match="v3 is newer than supported v1"):
            migrate_bundle(bundle)


class TestOpen:
    def test_refuses_a_newer_bundle(self, bundle: Path, steps: Path) -> None:
        """A bundle of a newer schema is told from a broken one, with the remedy."""
        migrate_bundle(bundle, steps=steps, target=3)
        with pytest.raises(BundleVersionError, match=r"v3 is newer than supported v1; install a newer"):
            DebugBundle.open(bundle)

    def test_names_the_remedy_for_an_older_bundle(self, bundle: Path) -> None:
        """A bundle of an older schema says how to bring it up to date."""
        connection = sqlite3.connect(bundle)
        with connection:
            connection.execute("UPDATE bundle_meta SET schema_version = 0")
        connection.close()
        with pytest.raises(BundleVersionError, match=r"v0 is older than v1; run: wink-debug-bundle migrate"):
            DebugBundle.open(bundle)
