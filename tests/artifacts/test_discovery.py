"""Files are found, and their kind is detected from their content and not from their name."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import pytest
import zstandard
from support.artifact_samples import ROOT, archive, column, lines, log_record, rows, snapshot, write_files
from support.processor_time import processor_time_below

from wink_debug_bundle import BundleError, DebugBundle
from wink_debug_bundle.artifacts.detection import kind_of
from wink_debug_bundle.artifacts.discovery import describe, discover
from wink_debug_bundle.column_values import ArtifactKind, Compression

LOG, SNAPSHOT, ZIP = lines(log_record()), lines(snapshot()), archive({"a.txt": "text"})


def tar_archive(data):
    """Return a tar archive of one file, a log."""
    written, member = io.BytesIO(), tarfile.TarInfo("app.log")
    member.size = len(data)
    with tarfile.open(fileobj=written, mode="w") as archived:
        archived.addfile(member, io.BytesIO(data))
    return written.getvalue()


TAR = tar_archive(LOG)


def discovered_kinds(folder, **options):
    """Return the kinds of the discovered files by name."""
    options.setdefault("recursive", False)
    return {source.name: source.kind.value for source in discover(folder, **options)}


class TestContent:
    """Detection from content."""

    @pytest.mark.parametrize("name", ["a.jsonl", "a.log", "a.zip", "A.JSONL", "a.b.log", "session.log.jsonl"])
    @pytest.mark.parametrize(("data", "kind"), [(LOG, "logs"), (SNAPSHOT, "snapshots"), (ZIP, "archive")])
    def test_any_ending(self, tmp_path, name, data, kind):
        """Log records, snapshots and zips are detected whatever the ending of the name."""
        write_files(tmp_path, {name: data})
        assert discovered_kinds(tmp_path) == {name: kind}

    @pytest.mark.parametrize(
        ("ending", "pack", "compression"),
        [
            (".gz", gzip.compress, Compression.GZIP),
            (".zst", zstandard.compress, Compression.ZSTD),
            ("", gzip.compress, Compression.GZIP),
            ("", zstandard.compress, Compression.ZSTD),
        ],
    )
    @pytest.mark.parametrize(("data", "kind"), [(LOG, ArtifactKind.LOGS), (SNAPSHOT, ArtifactKind.SNAPSHOTS)])
    def test_compressed(self, tmp_path, ending, pack, compression, data, kind):
        """The kind of a compressed file is that of its content, even if its name does not say that it is compressed."""
        write_files(tmp_path, {f"a.jsonl{ending}": pack(data)})
        [source] = discover(tmp_path, recursive=False)
        assert (source.kind, source.compression, source.reason) == (kind, compression, None)

    def test_false_gz_ending(self, tmp_path):
        """An uncompressed log with a name in .gz is read as an uncompressed log."""
        write_files(tmp_path, {"a.log.gz": LOG})
        [source] = discover(tmp_path, recursive=False)
        assert (source.kind, source.compression) == (ArtifactKind.LOGS, Compression.NONE)

    @pytest.mark.parametrize(
        ("data", "kind"),
        [
            (b"garbage\n" + LOG, "logs"),
            (b"\n\r\n" + SNAPSHOT, "snapshots"),
            (b"\xef\xbb\xbf" + LOG, "logs"),
            (LOG.replace(b"\n", b"\r\n"), "logs"),
            (b"\0" * 4096 + b"\n" + LOG, "logs"),
            (SNAPSHOT[:200], "snapshots"),
            (LOG[:80], "logs"),
            (lines({"message": "with slices", "level": "INFO", "context": {"slices": []}}), "logs"),
            (lines({"slices": {"a:B": [{"message": "m", "level": "l"}]}, "tags": {}}), "snapshots"),
            (lines({"a": 1}), "unknown"),
            (b"plain text\n", "unknown"),
            (b"[]\n", "unknown"),
        ],
    )
    def test_first_decisive_line(self, tmp_path, data, kind):
        """The first line that is a log record or a snapshot decides; keys within its values do not count."""
        write_files(tmp_path, {"a.log": data})
        assert discovered_kinds(tmp_path) == {"a.log": kind}

    def test_a_long_first_line(self, tmp_path):
        """A snapshot longer than the sample is detected from its beginning."""
        long = lines({"version": "1", "slices": [{"slice_type": "a", "items": ["x" * 200_000]}], "tags": {}})
        write_files(tmp_path, {"a.jsonl": long})
        assert discovered_kinds(tmp_path) == {"a.jsonl": "snapshots"}

    @pytest.mark.parametrize(
        "text", [b'{"' + b'\\"' * 32_000, b'{"a": "' + b"\\" * 65_000, b'"' * 65_000, b'{"a"' + b" " * 65_000]
    )
    def test_a_line_of_quotes(self, text):
        """Text that takes long to parse as JSON is still quickly detected as unknown."""
        with processor_time_below(2):
            assert kind_of(io.BytesIO(text)) is ArtifactKind.UNKNOWN

    def test_an_empty_zip(self, tmp_path):
        """A zip without members is a zip."""
        write_files(tmp_path, {"a.zip": archive({})})
        assert discovered_kinds(tmp_path) == {"a.zip": "archive"}


class TestSkipped:
    """Files that are listed as skipped, and files that are ignored."""

    @pytest.mark.parametrize(
        ("name", "data", "reason"),
        [
            ("a.txt", b"hello", "neither its name nor its first bytes are those of an artifact"),
            ("a.json", lines({"message": "m", "level": "l"}), "its content is not certainly the library's"),
            ("a.whl", ZIP, "its content is not certainly the library's"),
            ("a.log", b"", "empty"),
            ("a.log", LOG.decode().encode("utf-16"), "text in UTF-16, which is not read"),
            ("a.log", LOG.decode().encode("utf-16-le"), "text in UTF-16, which is not read"),
            ("a.log", LOG.decode().encode("utf-16-be"), "text in UTF-16, which is not read"),
            ("a.log", b"plain text", "neither snapshots, nor log records, nor a zip"),
            ("a.zip", b"no zip", "neither snapshots, nor log records, nor a zip"),
            ("a.zip.gz", gzip.compress(ZIP), "a compressed zip: decompress it first"),
            ("a.tar", TAR, "a tar archive, which is not read: unpack it first"),
            ("a.log.tar", TAR, "a tar archive"),
            ("a.tgz", gzip.compress(TAR), "a tar archive"),
            ("a.zip.tar.zst", zstandard.compress(TAR), "a tar archive"),
            ("a.log.gz", gzip.compress(LOG)[:15], "cannot be read"),
            ("a.log.zst", zstandard.compress(LOG)[:12], "cannot be read"),
            ("a.log.zst", b"\x28\xb5\x2f\xfd" + b"\xff" * 50, "cannot be read"),
            ("a.log.gz", b"\x1f\x8b" + b"\xff" * 50, "cannot be read"),
        ],
        ids=lambda value: value if isinstance(value, str) else "data",  # a zip's bytes differ between processes
    )
    def test_reasons(self, tmp_path, name, data, reason):
        """A file that is not an artifact is listed with the reason."""
        write_files(tmp_path, {name: data})
        [source] = discover(tmp_path, recursive=False)
        assert source.kind is ArtifactKind.UNKNOWN
        assert reason in source.reason

    def test_listed_and_kept(self, build):
        """Files that are no artifacts are listed with size and hash; the bytes of a damaged artifact are stored."""
        path = build({"a.log": LOG, "notes.txt": "hello", "odd.log": b"\x00\x01"})
        columns = (
            "path, status, reason IS NOT NULL, size_bytes, sha256 IS NOT NULL, blob_sha256 = sha256, problem_count"
        )
        assert rows(path, f"SELECT {columns} FROM artifacts WHERE kind = 'unknown' ORDER BY path") == [
            ("notes.txt", "skipped", 1, 5, 1, None, 0),
            ("odd.log", "skipped", 1, 2, 1, 1, 1),
        ]
        assert column(path, "SELECT kind FROM problems") == ["unrecognised"]
        assert column(path, "SELECT size_bytes FROM blobs") == [2]

    def test_kept_on_request(self, build):
        """With `keep_unrecognised`, the bytes of files that are no artifacts are stored, but no bundle in a bundle."""
        with DebugBundle.open(build({"a.log": LOG})) as bundle:
            other = bundle.path.read_bytes()
        files = {"a.log": LOG, "notes.txt": "hello", "other.bin": other, ".git/config": "x"}
        path = build(files, "again", keep_unrecognised=True, recursive=True)
        kept = "SELECT path, blob_sha256 = sha256 FROM artifacts WHERE kind = 'unknown' ORDER BY path"
        assert rows(path, kept) == [(".git/config", 1), ("notes.txt", 1), ("other.bin", None)]

    def test_own_bundles(self, tmp_path):
        """A bundle is listed whatever its name, and so is another SQLite file; a log is read whatever its bytes."""
        write_files(tmp_path, {"a.log": LOG})
        with DebugBundle.from_directory(tmp_path):
            pass
        shutil.copy(tmp_path / "bundle.db", tmp_path / "old.log")
        with closing(sqlite3.connect(tmp_path / "other.zip.sqlite")) as other:
            other.execute("CREATE TABLE t (a)")
        (tmp_path / "wink.log").write_bytes(LOG[:68] + b"WINK" + LOG[72:])
        assert {source.name: source.reason for source in discover(tmp_path, recursive=False)} == {
            "a.log": None,
            "bundle.db": "a debug bundle, not read",
            "old.log": "a debug bundle, not read",
            "other.zip.sqlite": "a SQLite database, not read",
            "wink.log": None,
        }

    @pytest.mark.parametrize(
        "name", [".bundle.db.12ab34cd.partial", "x.partial", "b.db-wal", "b.db-shm", "b.db-journal", "x.zip.tmp"]
    )
    @pytest.mark.parametrize(("data", "kind"), [(LOG, "logs"), (b"own bytes", "unknown")])
    def test_names_like_our_own(self, tmp_path, name, data, kind):
        """A user's file with the name of a leftover or a side file is read or listed by its content."""
        write_files(tmp_path, {"b.db": b"", name: data})
        assert discovered_kinds(tmp_path)[name] == kind

    @pytest.mark.parametrize(
        ("name", "data", "reason"),
        [
            (".b.db.12ab34cd.partial", b"", "an unfinished bundle"),
            (".b.db.12ab34cd.partial", b"SQLite format 3\0" + bytes(84), "an unfinished bundle"),
            ("b.db-wal", b"\x37\x7f\x06\x82" + bytes(28), "a side file of a SQLite database"),
            ("b.db-journal", b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + bytes(28), "a side file of a SQLite database"),
        ],
    )
    def test_leftovers(self, tmp_path, name, data, reason):
        """What builds and SQLite leave is known by its content, and listed."""
        write_files(tmp_path, {name: data})
        [source] = discover(tmp_path, recursive=False)
        assert source.reason.startswith(reason)
        assert not source.is_kept

    def test_side_files_that_sqlite_writes(self, tmp_path):
        """The side files of a database that is open are known by their content."""
        with closing(sqlite3.connect(tmp_path / "x.db")) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("CREATE TABLE t (a)")
            found = {source.name: source.reason for source in discover(tmp_path, recursive=False)}
        assert found == {
            "x.db": "a SQLite database, not read",
            "x.db-shm": "a side file of a SQLite database, not read",
            "x.db-wal": "a side file of a SQLite database, not read",
        }

    def test_a_killed_library(self, build):
        """The truncated zip that a killed library leaves as `.zip.tmp` is read as far as it goes."""
        run = min(ROOT.glob("fixtures/wink-0.27.0/runs/*.zip")).read_bytes()
        path = build({"r.zip.tmp": run[: len(run) * 2 // 3]})
        assert rows(path, "SELECT kind, status, record_count > 3 FROM artifacts") == [("run", "partial", 1)]

    def test_ignored(self, tmp_path):
        """The output of the build, and what an earlier one left unfinished, are ignored, whatever they contain."""
        write_files(tmp_path, {"a.log": LOG, "out.log": LOG, ".out.log.12ab34cd.partial-wal": LOG})
        assert discovered_kinds(tmp_path, ignore=[tmp_path / "out.log"]) == {"a.log": "logs"}


class TestUnusualFiles:
    """Pipes, links, unreadable files and unusual names."""

    def test_fifo(self, tmp_path):
        """Discovery does not wait for a pipe to be written."""
        os.mkfifo(tmp_path / "a.log")
        [source] = discover(tmp_path, recursive=False)
        assert source.reason == "not a regular file"

    def test_fifo_among_others(self, build, tmp_path):
        """A build lists a pipe and does not read it."""
        (tmp_path / "debug").mkdir()
        os.mkfifo(tmp_path / "debug" / "pipe.log")
        found = rows(
            build({"a.log": LOG}), "SELECT path, status, reason, blob_sha256 FROM artifacts WHERE kind = 'unknown'"
        )
        assert found == [("pipe.log", "skipped", "not a regular file", None)]

    def test_dangling_link(self, tmp_path):
        """A link to nothing is listed."""
        (tmp_path / "a.log").symlink_to(tmp_path / "absent")
        [source] = discover(tmp_path, recursive=False)
        assert source.reason == "a link to something that does not exist"

    def test_links_in_a_circle(self, tmp_path):
        """Links that lead to each other are listed, and the build goes on."""
        write_files(tmp_path, {"c.log": LOG})
        (tmp_path / "a").symlink_to("b")
        (tmp_path / "b").symlink_to("a")
        reason = "a link that leads back to itself (ELOOP)"
        with DebugBundle.from_directory(tmp_path, recursive=True) as bundle:
            found = bundle.query("SELECT path, reason FROM artifacts WHERE kind = 'unknown'").fetchall()
        assert found == [("a", reason), ("b", reason)]

    def test_link_to_a_file(self, tmp_path):
        """An artifact is read once, however many links lead to it; each link is listed."""
        write_files(tmp_path, {"b.log": LOG})
        for name in "a.log", "c.log":
            (tmp_path / name).symlink_to(tmp_path / "b.log")
        with DebugBundle.from_directory(tmp_path) as bundle:
            reason = "a link to b.log, which has its own row"
            found = bundle.query("SELECT path, status, reason FROM artifacts").fetchall()
            assert found == [("b.log", "imported", None), ("a.log", "skipped", reason), ("c.log", "skipped", reason)]
            assert bundle.statistics.log_count == 1
            assert bundle.verify(against=tmp_path).findings == ()

    def test_link_out_of_the_directory(self, tmp_path):
        """A link to a file elsewhere is listed, and the bundle holds nothing of that file."""
        write_files(tmp_path, {"secret": "the key", "other.log": LOG, "d/a.log": LOG})
        for name in "secret", "other.log":
            (tmp_path / "d" / name).symlink_to(tmp_path / name)
        with DebugBundle.from_directory(tmp_path / "d") as bundle:
            found = bundle.query("SELECT path, size_bytes, sha256, blob_sha256, reason FROM artifacts").fetchall()
            assert found[1:] == [
                (name, 0, None, None, f"a link to {tmp_path / name}, outside the directory: copy that file here")
                for name in ("other.log", "secret")
            ]
            assert bundle.statistics.log_count == 1
            assert list(bundle.query("SELECT * FROM blobs")) == []

    def test_directory_that_is_a_link(self, tmp_path):
        """If the given directory is itself a link, its target is read, and so are links to files in it."""
        write_files(tmp_path, {"d/a.log": LOG})
        (tmp_path / "d" / "b.log").symlink_to("a.log")
        (tmp_path / "link").symlink_to(tmp_path / "d")
        (tmp_path / "d" / "e").mkdir()
        write_files(tmp_path, {"d/e/f.log": LOG})
        for name in "g.log", "h.log":
            (tmp_path / "d" / name).symlink_to("e/f.log")
        found = {source.name: source.reason or source.kind for source in discover(tmp_path / "link", recursive=False)}
        assert found == {
            "a.log": "logs",
            "b.log": "a link to a.log, which has its own row",
            "e": "a folder, not read: --recursive (recursive=True) reads it",
            "g.log": "logs",
            "h.log": "a link to g.log, which has its own row",
        }

    def test_link_to_a_directory(self, tmp_path):
        """A link to a directory is listed and not followed, so that links in a circle end."""
        write_files(tmp_path, {"d/a.log": LOG})
        (tmp_path / "d" / "again").symlink_to(tmp_path)
        (tmp_path / "d" / "etc").symlink_to("/etc")
        reasons = {source.name: source.reason for source in discover(tmp_path, recursive=True)}
        assert reasons == {
            "d/a.log": None,
            "d/again": "a link to the folder . in the directory: not followed; name that folder to read it",
            "d/etc": "a link to the folder /etc: not followed; name that folder to read it",
        }

    @pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
    def test_unreadable(self, tmp_path):
        """A file without read permission is listed."""
        write_files(tmp_path, {"a.log": LOG})
        (tmp_path / "a.log").chmod(0)
        [source] = discover(tmp_path, recursive=False)
        assert "Permission denied" in source.reason

    @pytest.mark.parametrize(
        "name", ["größe 🧳.log", "a\nb.log", "a\x1b[31m.log", "%41?#.log", "-rf.log", " .log", "'\";--.log"]
    )
    def test_unusual_names(self, tmp_path, name):
        """A file with any name is read, and its name is stored unchanged."""
        write_files(tmp_path, {f"d/{name}": LOG})
        with DebugBundle.from_directory(tmp_path / "d", output=tmp_path / "b.db") as bundle:
            assert bundle.query("SELECT path, status FROM artifacts").fetchall() == [(name, "imported")]

    def test_a_name_that_is_not_utf8(self, tmp_path):
        """A file whose name is not UTF-8 is read, and the invalid bytes are stored as escapes."""
        folder = os.fsencode(tmp_path)
        for name, data in {b"a\xff.log": LOG, b"b\xfe.zip": ZIP, b"c\xfd.txt": b"x", b"d\xfc.jsonl": SNAPSHOT}.items():
            with open(os.path.join(folder, name), "wb") as stream:
                stream.write(data)
        with DebugBundle.from_directory(tmp_path) as bundle:
            assert bundle.statistics.log_count == 1
            listed = bundle.query("SELECT path, status FROM artifacts ORDER BY path").fetchall()
        assert listed == [
            ("a\\xff.log", "imported"),
            ("b\\xfe.zip", "imported"),
            ("c\\xfd.txt", "skipped"),
            ("d\\xfc.jsonl", "imported"),
        ]

    def test_a_directory_whose_name_is_not_utf8(self, tmp_path):
        """A bundle can be built from a directory whose name is not UTF-8."""
        folder = os.fsdecode(os.fsencode(tmp_path) + b"/d\xff")
        write_files(Path(folder), {"a.log": LOG})
        with DebugBundle.from_directory(folder, output=tmp_path / "b.db") as bundle:
            [(source,)] = bundle.query("SELECT source_directory FROM bundle_meta")
        assert source.endswith("/d\\xff")


TREE = {"a.log": LOG, "x/b.log": LOG, "x/y/c.jsonl": SNAPSHOT, "x/y/.hidden/d.zip": ZIP}


class TestTrees:
    """Directories in directories."""

    def test_flat(self, tmp_path):
        """Without `recursive` only the directory's own files are read, and the folders in it are listed."""
        assert discovered_kinds(write_files(tmp_path, TREE)) == {"a.log": "logs", "x": "unknown"}

    def test_recursive(self, tmp_path):
        """With `recursive` all files below the directory are found, in the order of their relative paths."""
        sources = discover(write_files(tmp_path, TREE), recursive=True)
        assert [source.name for source in sources] == ["a.log", "x/b.log", "x/y/.hidden/d.zip", "x/y/c.jsonl"]

    def test_own_output_below(self, tmp_path):
        """A bundle anywhere below the directory is listed, and not read."""
        write_files(tmp_path, TREE)
        with DebugBundle.from_directory(tmp_path / "x", recursive=True):
            pass
        found = discovered_kinds(tmp_path, recursive=True)
        assert found.pop("x/bundle.db") == "unknown"
        assert set(found) == set(TREE)


class TestNothingUsable:
    """Directories from which no bundle can be made."""

    @pytest.mark.parametrize(
        "files", [{}, {"a.txt": "x"}, {"a.log": ""}, {"a.log": "text", "b.zip": "no zip"}, {"d/a.log": LOG}]
    )
    def test_error(self, tmp_path, files):
        """The error names the files that were found, and no output is left."""
        write_files(tmp_path, files)
        before = sorted(tmp_path.rglob("*"))
        with pytest.raises(BundleError, match="No artifacts found") as caught:
            DebugBundle.from_directory(tmp_path)
        assert all(name in str(caught.value) for name in files if "/" not in name)
        assert sorted(tmp_path.rglob("*")) == before

    def test_many(self, tmp_path):
        """The error names a few of many unusable files and counts the others."""
        write_files(tmp_path, {f"{number:03}.txt": "x" for number in range(25)})
        with pytest.raises(BundleError, match="and 15 more"):
            DebugBundle.from_directory(tmp_path)


class TestDeclared:
    """Files that are named instead of found."""

    def test_any_name(self, tmp_path):
        """The ending of a named file does not matter."""
        write_files(tmp_path, {"records": LOG})
        assert describe(tmp_path / "records", "records", ArtifactKind.LOGS).kind is ArtifactKind.LOGS

    def test_content_over_declaration(self, tmp_path):
        """A file whose content is of another kind than declared is read as that kind."""
        write_files(tmp_path, {"a": SNAPSHOT})
        assert describe(tmp_path / "a", "a", ArtifactKind.LOGS).kind is ArtifactKind.SNAPSHOTS

    def test_declaration_decides_without_content(self, tmp_path):
        """A file whose content shows no kind is read as the declared kind."""
        write_files(tmp_path, {"a": b"cut off {"})
        assert describe(tmp_path / "a", "a", ArtifactKind.LOGS).kind is ArtifactKind.LOGS

    def test_archive_that_is_not_a_zip(self, tmp_path):
        """A named archive that is not a zip is a problem and its bytes are stored; the build goes on."""
        write_files(tmp_path, {"a.log": LOG, "f.zip": b"no zip"})
        with DebugBundle.from_artifacts(
            tmp_path / "b.db", log_files=[tmp_path / "a.log"], filesystem_archives=[tmp_path / "f.zip"]
        ) as bundle:
            [(status, size)] = bundle.query(
                "SELECT status, blobs.size_bytes FROM artifacts JOIN blobs ON blobs.sha256 = blob_sha256"
            ).fetchall()
        assert (status, size) == ("partial", 6)
