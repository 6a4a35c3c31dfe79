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
    """Return two steps: the first adds a table in version 2, the second fills it in version 3."""
    folder = tmp_path / "steps"
    folder.mkdir()
    (folder / "2.sql").write_text("CREATE TABLE owners (name TEXT); ALTER TABLE runs ADD COLUMN owner TEXT;")
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
    """Migrations with made-up steps."""

    def test_runs_every_step_in_order(self, bundle: Path, steps: Path) -> None:
        """A bundle two versions old runs both steps, and both of its version numbers are updated."""
        assert migrate_bundle(bundle, steps=steps, target=3) == 1
        assert version_of(bundle) == (3, 3)
        connection = sqlite3.connect(bundle)
        tools = connection.execute("SELECT count(DISTINCT tool_name) FROM tool_invocations").fetchone()
        assert connection.execute("SELECT count(*) FROM owners").fetchone() == tools
        connection.close()

    def test_a_current_bundle_stays_readable(self, bundle: Path) -> None:
        """Migrating a bundle of the current version does not change what readers see."""
        with DebugBundle.open(bundle) as opened:
            before = opened.statistics
        assert migrate_bundle(bundle) == 1
        with DebugBundle.open(bundle) as opened:
            assert opened.statistics == before

    def test_a_failing_step_leaves_the_bundle_as_it_was(self, bundle: Path, steps: Path) -> None:
        """A failing step leaves the bundle unchanged, because steps run on a copy."""
        (steps / "3.sql").write_text("INSERT INTO nowhere VALUES (1);")
        before = bundle.read_bytes()
        with pytest.raises(InvalidBundleError, match="nowhere"):
            migrate_bundle(bundle, steps=steps, target=3)
        assert bundle.read_bytes() == before
        assert [path.name for path in bundle.parent.iterdir() if path.is_file()] == ["old.db"]

    def test_a_missing_step_is_an_error(self, bundle: Path, steps: Path) -> None:
        """The error about a version without a step names the version."""
        with pytest.raises(BundleVersionError, match="from bundle schema v3 to v4"):
            migrate_bundle(bundle, steps=steps, target=4)

    def test_a_newer_bundle_is_refused(self, bundle: Path, steps: Path) -> None:
        """A bundle of a newer version cannot be migrated."""
        migrate_bundle(bundle, steps=steps, target=3)
        with pytest.raises(BundleVersionError, match="v3 is newer than supported v1"):
            migrate_bundle(bundle)


class TestOpen:
    """Opening bundles of other versions."""

    def test_refuses_a_newer_bundle(self, bundle: Path, steps: Path) -> None:
        """A bundle of a newer schema is refused with what to do, and not reported as damaged."""
        migrate_bundle(bundle, steps=steps, target=3)
        with pytest.raises(BundleVersionError, match=r"v3 is newer than supported v1; install a newer"):
            DebugBundle.open(bundle)

    def test_names_the_remedy_for_an_older_bundle(self, bundle: Path) -> None:
        """The error about a bundle of an older schema says how to migrate it."""
        connection = sqlite3.connect(bundle)
        with connection:
            connection.execute("UPDATE bundle_meta SET schema_version = 0")
        connection.close()
        with pytest.raises(BundleVersionError, match=r"v0 is older than v1; run: wink-debug-bundle migrate"):
            DebugBundle.open(bundle)
