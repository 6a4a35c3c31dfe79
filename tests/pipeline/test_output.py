"""The output appears completely or not at all, and no other file is left."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import stat
from contextlib import closing

import pytest
from support.artifact_samples import archive, column, lines, log_record, write_files

from wink_debug_bundle import BundleBuildError, BundleError, BundleExistsError, DebugBundle
from wink_debug_bundle.pipeline import build

LOG = lines(log_record())


@pytest.fixture
def debug(tmp_path):
    """Return a directory with one log."""
    return write_files(tmp_path / "debug", {"a.log": LOG})


def create(debug, output, **options):
    """Build a bundle and close it."""
    with DebugBundle.from_directory(debug, output=output, **options):
        pass


def entries(folder):
    """Return the names of all files in the folder."""
    return sorted(os.listdir(folder))


class TestExisting:
    """An existing output."""

    @pytest.mark.parametrize("content", [b"", b"precious", b"SQLite format 3\0"])
    def test_refused(self, debug, tmp_path, content):
        """Without `force` the output is kept, and the error says how to replace it."""
        output = tmp_path / "b.db"
        output.write_bytes(content)
        with pytest.raises(BundleExistsError, match=r"b\.db: exists already; replace it with --force"):
            create(debug, output)
        assert output.read_bytes() == content
        assert entries(tmp_path) == ["b.db", "debug"]

    def test_forced(self, debug, tmp_path):
        """With `force` the output is replaced."""
        output = tmp_path / "b.db"
        output.write_bytes(b"old")
        create(debug, output, force=True)
        assert column(output, "SELECT count(*) FROM logs") == [1]
        assert entries(tmp_path) == ["b.db", "debug"]

    def test_rebuilt(self, debug):
        """A bundle in its own source directory can be built again and does not contain itself."""
        create(debug, None)
        create(debug, None, force=True)
        assert column(debug / "bundle.db", "SELECT path FROM artifacts") == ["a.log"]

    def test_long_names(self, debug, tmp_path):
        """The longest name that leaves room for SQLite's side files is written; a longer one is refused."""
        output = tmp_path / f"{'n' * 244}.db"
        create(debug, output)
        create(debug, output, force=True)
        assert sorted(entries(tmp_path)) == ["debug", output.name]
        with pytest.raises(BundleBuildError, match=r"nnn\.db: the name is too long"):
            create(debug, tmp_path / f"{'n' * 252}.db")

    @pytest.mark.parametrize("force", [False, True])
    def test_link(self, debug, tmp_path, force):
        """A symbolic link is refused, even with `force`, and its target is unchanged."""
        (tmp_path / "target").write_bytes(b"precious")
        (tmp_path / "b.db").symlink_to(tmp_path / "target")
        with pytest.raises(BundleBuildError, match="is a symbolic link"):
            create(debug, tmp_path / "b.db", force=force)
        assert (tmp_path / "target").read_bytes() == b"precious"
        assert (tmp_path / "b.db").is_symlink()

    @pytest.mark.parametrize("force", [False, True])
    def test_directory(self, debug, tmp_path, force):
        """A directory is refused, even with `force`."""
        with pytest.raises(BundleError, match="is a directory; name a file in it"):
            create(debug, tmp_path, force=force)

    @pytest.mark.parametrize("force", [False, True])
    @pytest.mark.parametrize("kind", [stat.S_IFIFO, stat.S_IFSOCK, stat.S_IFCHR])
    def test_special_file(self, debug, tmp_path, kind, force):
        """A pipe, a socket and a device such as /dev/null are refused, even with `force`, and unchanged."""
        try:
            os.mknod(tmp_path / "b.db", kind | 0o600, os.makedev(1, 3))
        except PermissionError:
            pytest.skip("only root makes devices")
        with pytest.raises(BundleBuildError, match=r"b\.db: is not a regular file, and is not replaced"):
            create(debug, tmp_path / "b.db", force=force)
        assert stat.S_IFMT((tmp_path / "b.db").lstat().st_mode) == kind
        assert entries(tmp_path) == ["b.db", "debug"]

    def test_no_folder(self, debug, tmp_path):
        """An output in a missing folder is refused, and the folder is not created."""
        with pytest.raises(BundleBuildError, match="does not exist"):
            create(debug, tmp_path / "absent" / "b.db")
        assert entries(tmp_path) == ["debug"]

    @pytest.mark.parametrize("side", ["-wal", "-shm", "-journal"])
    @pytest.mark.parametrize("force", [False, True])
    def test_stale_side_file(self, debug, tmp_path, side, force):
        """A side file of an older database is refused, because SQLite would restore its data."""
        (tmp_path / f"b.db{side}").write_bytes(b"old")
        with pytest.raises(BundleBuildError, match=rf"b\.db{side}: belongs to an older or open b\.db"):
            create(debug, tmp_path / "b.db", force=force)
        assert entries(tmp_path) == [f"b.db{side}", "debug"]

    def test_open_elsewhere(self, debug, tmp_path):
        """A program with the old bundle open can still read it after the replacement."""
        output = tmp_path / "b.db"
        create(debug, output)
        write_files(debug, {"b.log": LOG.replace(b"happened", b"followed")})
        with DebugBundle.open(output) as old:
            create(debug, output, force=True)
            assert old.query("SELECT count(*) FROM logs").fetchall() == [(1,)]
        assert column(output, "SELECT count(*) FROM logs") == [2]


class TestLeftovers:
    """Leftovers of killed builds."""

    def test_removed(self, debug, tmp_path):
        """The next build of the same output removes them."""
        for side in ("", "-wal", "-shm", "-journal"):
            (tmp_path / f".b.db.0123abcd.partial{side}").write_bytes(b"half")
        create(debug, tmp_path / "b.db")
        assert entries(tmp_path) == ["b.db", "debug"]

    @pytest.mark.parametrize("name", [".other.db.0123abcd.partial", "b.db.partial", ".b.dbx.0123abcd.partial"])
    def test_of_others(self, debug, tmp_path, name):
        """Leftovers of another output stay."""
        (tmp_path / name).write_bytes(b"half")
        create(debug, tmp_path / "b.db")
        assert name in entries(tmp_path)

    @pytest.mark.parametrize("name", ["[a].db", "a*.db", "?.db"])
    def test_names_with_patterns(self, debug, tmp_path, name):
        """Pattern characters in an output's name are ordinary characters."""
        (tmp_path / f".{name}.0123abcd.partial").write_bytes(b"half")
        (tmp_path / ".ab.db.0123abcd.partial").write_bytes(b"half")
        create(debug, tmp_path / name)
        assert entries(tmp_path) == sorted([".ab.db.0123abcd.partial", name, "debug"])

    def test_of_a_live_build(self, debug, tmp_path):
        """A second build of an output that is being built is refused and does not disturb the first."""
        partial = tmp_path / ".b.db.0123abcd.partial"
        with partial.open("wb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            with pytest.raises(BundleBuildError, match="another build is writing it"):
                create(debug, tmp_path / "b.db")
        assert entries(tmp_path) == [partial.name, "debug"]

    def test_of_a_live_build_of_a_longer_name(self, debug, tmp_path):
        """A running build of an output with a longer name is not in the way."""
        partial = tmp_path / ".b.db.0123abcd.partial"
        with partial.open("wb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            create(debug, tmp_path / "b")
        assert entries(tmp_path) == [partial.name, "b", "debug"]


class TestFailure:
    """A build that fails."""

    @pytest.fixture(params=["fresh", "over an older one"])
    def output(self, request, tmp_path):
        """Return the path of the output."""
        if request.param != "fresh":
            (tmp_path / "b.db").write_bytes(b"old")
        return tmp_path / "b.db"

    @pytest.mark.parametrize(
        "error", [OSError(28, "No space left on device"), KeyboardInterrupt(), ValueError("a bug")]
    )
    def test_nothing_is_left(self, debug, output, tmp_path, monkeypatch, error):
        """Any error leaves the output unchanged and no file beside it."""

        def fail(*_, **__):
            raise error

        before = entries(tmp_path)
        monkeypatch.setattr("wink_debug_bundle.pipeline.publishing.construction._publish", fail)
        with pytest.raises((BundleBuildError, KeyboardInterrupt, ValueError)):
            create(debug, output, force=True)
        assert entries(tmp_path) == before
        assert not output.exists() or output.read_bytes() == b"old"

    def test_full_disk(self, debug, tmp_path, monkeypatch):
        """An error of the file system is a BundleBuildError that names the output."""

        def full(*_, **__):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("wink_debug_bundle.pipeline.publishing.construction._publish", full)
        with pytest.raises(BundleBuildError, match=r"b\.db: .*No space left"):
            create(debug, tmp_path / "b.db")

    def test_created_meanwhile(self, debug, tmp_path, monkeypatch):
        """A file that another program creates during the build is not replaced."""
        output = tmp_path / "b.db"
        finish = build.close_finished

        def late(connection):
            finish(connection)
            output.write_bytes(b"theirs")

        monkeypatch.setattr(build, "close_finished", late)
        with pytest.raises(BundleExistsError, match="another process created it during the build"):
            create(debug, output)
        assert output.read_bytes() == b"theirs"
        assert entries(tmp_path) == ["b.db", "debug"]

    def test_a_refused_build_leaves_nothing(self, tmp_path):
        """A directory without artifacts leaves no file."""
        with pytest.raises(BundleError):
            create(write_files(tmp_path / "empty", {}), tmp_path / "b.db")
        assert entries(tmp_path) == ["empty"]


class TestSuccess:
    """A successful build."""

    def test_alone(self, debug, tmp_path):
        """The bundle is the only file that is left."""
        large = archive({"large": os.urandom(5 << 20), "small": "x"})
        write_files(debug, {"f.zip": large})
        create(debug, tmp_path / "b.db")
        assert entries(tmp_path) == ["b.db", "debug"]
        assert entries(debug) == ["a.log", "f.zip"]

    def test_sources_are_not_touched(self, debug, tmp_path):
        """The artifacts are unchanged."""
        before = (debug / "a.log").stat()
        create(debug, tmp_path / "b.db")
        after = (debug / "a.log").stat()
        assert (after.st_mtime_ns, after.st_size, after.st_mode) == (before.st_mtime_ns, before.st_size, before.st_mode)

    def test_builders_own_table_is_gone(self, debug, tmp_path):
        """Tables that only the build needs are not in the bundle."""
        create(debug, tmp_path / "b.db")
        with closing(sqlite3.connect(tmp_path / "b.db")) as bundle:
            names = {name for (name,) in bundle.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        assert "build_progress" not in names


class TestTextThatIsNotUtf8:
    """Arguments with bytes that are not UTF-8, which arrive as lone surrogates."""

    def test_description_and_tags(self, debug, tmp_path):
        """Such bytes in a description or a tag are replaced."""
        output = tmp_path / "b.db"
        with DebugBundle.from_directory(debug, output=output, description="caf\udce9", tags={"k": "\udcff"}) as bundle:
            assert bundle.query("SELECT description, tags FROM bundle_meta").fetchone() == (
                "caf\ufffd",
                '{"k": "\ufffd"}',
            )

    def test_output(self, debug, tmp_path):
        """An output path that SQLite cannot open is refused before the build, and no file is left."""
        with pytest.raises(BundleBuildError, match="not UTF-8"):
            DebugBundle.from_directory(debug, output=tmp_path / "caf\udce9.db")
        assert entries(tmp_path) == ["debug"]
