"""`extract` restores artifacts under their names, and never outside its directory."""

from __future__ import annotations

import gzip
import os
import sqlite3
import stat
import zipfile
from contextlib import closing

import pytest
import zstandard
from support.artifact_samples import ROOT, archive, lines, log_record, write_files
from support.directory_comparison import assert_same_directory
from support.file_tables import on_files

from wink_debug_bundle import BundleError, BundleExistsError, DebugBundle

LOG = lines(log_record(), log_record(message="again"))


@pytest.fixture
def extract(tmp_path):
    """Return a function that builds and extracts a bundle, perhaps changed, and returns the folder and the findings."""

    def extracted(files, change=None, *parameters, recursive=True, **options):
        source = write_files(tmp_path / "debug", files)
        output = tmp_path / "b.db"
        with DebugBundle.from_directory(source, output=output, recursive=recursive, **options):
            pass
        if change is not None:
            with closing(sqlite3.connect(output)) as connection:
                assert connection.execute(on_files(connection, change), parameters).rowcount >= 1
                connection.commit()
        with DebugBundle.open(output) as bundle:
            return tmp_path / "out", bundle.extract(tmp_path / "out").findings

    return extracted


@pytest.mark.parametrize("release", ["0.19.0", "0.20.0", "0.21.0", "0.24.0", "0.27.0"])
def test_releases_to_the_byte(tmp_path, release):
    """Artifacts of every generation of releases are restored byte for byte."""
    source = ROOT / "fixtures" / f"wink-{release}"
    with DebugBundle.from_directory(source, output=tmp_path / "b.db", recursive=True, keep_unrecognised=True) as bundle:
        result = bundle.extract(tmp_path / "out")
    assert result.findings == ()
    assert result.exact_count == result.file_count == sum(path.is_file() for path in source.rglob("*"))
    assert_same_directory(source, tmp_path / "out")


class TestNames:
    """Names that lead outside the directory, or that collide."""

    HOSTILE = (
        ("../up.log", "__/up.log"),
        ("../../../../../../tmp/up.log", "__/__/__/__/__/__/tmp/up.log"),
        ("/absolute.log", "absolute.log"),
        ("//a//b/./c.log", "a/b/c.log"),
        ("a/../../b.log", "a/__/__/b.log"),
        ("..", "__"),
        ("", "_"),
        ("/", "_"),
        ("nul\0.log", "nul_.log"),
        ("x" * 255, "x" * 255),
        ("x" * 256, "x" * 240),
        ("é" * 150, "é" * 120),
        ("C:\\Windows\\a.log", "C:\\Windows\\a.log"),
        ("CON", "CON"),
        ("~/a.log", "~/a.log"),
    )

    @pytest.mark.parametrize(("name", "written"), HOSTILE, ids=[repr(name[:20]) for name, _ in HOSTILE])
    def test_hostile(self, extract, tmp_path, name, written):
        """An artifact with a hostile name is written below the directory, and a finding says where."""
        before = {path.name for path in tmp_path.parent.iterdir()}
        folder, findings = extract({"a.log": LOG}, "UPDATE artifacts SET path = ?", name)
        assert [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()] == [written]
        assert {path.name for path in tmp_path.iterdir()} == {"debug", "b.db", "out"}
        assert {path.name for path in tmp_path.parent.iterdir()} == before
        expected = [] if name.lstrip("/") == written else [f"was written as {written}"]
        assert [finding.text for finding in findings] == expected

    def test_the_same_name_twice(self, extract):
        """Two artifacts with the same name are both written."""
        folder, findings = extract({"a.log": LOG, "b.log": lines(log_record())}, "UPDATE artifacts SET path = 'x.log'")
        assert (folder / "x.log").read_bytes() == LOG
        assert (folder / "x~2.log").read_bytes() == lines(log_record())
        assert [finding.text for finding in findings] == ["was written as x~2.log"]

    def test_the_same_long_name_twice(self, extract):
        """A name of the greatest length is shortened to make room for a number."""
        folder, _ = extract({"a.log": LOG, "b.log": LOG}, "UPDATE artifacts SET path = ?", "x" * 255)
        assert {path.name for path in folder.iterdir()} == {"x" * 255, "x" * 240 + "~2"}

    def test_file_and_folder_of_one_name(self, extract):
        """A folder whose name an extracted file has already gets another name."""
        sql = "UPDATE artifacts SET path = iif(path = 'a.log', 'x', 'x/b.log')"
        folder, findings = extract({"a.log": LOG, "b.log": LOG}, sql)
        assert (folder / "x").read_bytes() == (folder / "x~2" / "b.log").read_bytes() == LOG
        assert [finding.text for finding in findings] == ["was written as x~2/b.log"]

    def test_bytes_that_are_not_utf8(self, tmp_path):
        """A name that is not UTF-8 is restored byte for byte."""
        source = tmp_path / "debug"
        source.mkdir()
        (source / os.fsdecode(b"a\xff\xfe.log")).write_bytes(LOG)
        (source / "a\\xff\\xfe.log").write_bytes(lines(log_record()))
        with DebugBundle.from_directory(source, output=tmp_path / "b.db") as bundle:
            assert bundle.extract(tmp_path / "out").findings == ()
        assert_same_directory(source, tmp_path / "out")

    def test_archives_stay_archives(self, extract):
        """Names of members are not used as paths: an archive is restored as an archive."""
        data = archive({"../../up": "x", "/etc/evil": "y", "a\\b": "z", "a.txt": "1", "A.TXT": "2"})
        folder, findings = extract({"f.zip": data})
        assert [path.name for path in folder.rglob("*")] == ["f.zip"]
        with zipfile.ZipFile(folder / "f.zip") as opened:
            assert opened.namelist() == ["../../up", "/etc/evil", "a\\b", "a.txt", "A.TXT"]
        assert findings == ()


class TestLinks:
    """Links in the output directory."""

    def test_link_to_a_folder(self, extract, tmp_path):
        """A link to a folder is not followed; the artifact's folder gets another name."""
        outside = tmp_path / "outside"
        outside.mkdir()
        (tmp_path / "out").mkdir()
        source = write_files(tmp_path / "debug", {"sub/a.log": LOG})
        (tmp_path / "out" / "sub").symlink_to(outside)
        with DebugBundle.from_directory(source, output=tmp_path / "b.db", recursive=True) as bundle:
            findings = bundle.extract(tmp_path / "out", force=True).findings
        assert list(outside.iterdir()) == []
        assert [finding.text for finding in findings] == ["was written as sub~2/a.log"]

    def test_link_to_a_file(self, tmp_path):
        """A link at an artifact's name is replaced, and its target is unchanged."""
        victim = tmp_path / "victim"
        victim.write_bytes(b"precious")
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "a.log").symlink_to(victim)
        source = write_files(tmp_path / "debug", {"a.log": LOG})
        with DebugBundle.from_directory(source, output=tmp_path / "b.db") as bundle:
            bundle.extract(tmp_path / "out", force=True)
        assert victim.read_bytes() == b"precious"
        assert (tmp_path / "out" / "a.log").read_bytes() == LOG
        assert not (tmp_path / "out" / "a.log").is_symlink()

    @pytest.mark.parametrize("target", ["outside", "nowhere"])
    def test_link_to_the_directory_itself(self, tmp_path, target):
        """An output directory that is a link is refused, with and without force."""
        (tmp_path / "outside").mkdir()
        (tmp_path / "out").symlink_to(tmp_path / target)
        source = write_files(tmp_path / "debug", {"a.log": LOG})
        with DebugBundle.from_directory(source, output=tmp_path / "b.db") as bundle:
            for force in (False, True):
                with pytest.raises(BundleError, match="out: is a symbolic link"):
                    bundle.extract(tmp_path / "out", force=force)
        assert list((tmp_path / "outside").iterdir()) == []
        assert not (tmp_path / "nowhere").exists()


class TestDirectory:
    """The output directory."""

    @pytest.fixture
    def bundle(self, tmp_path):
        """Yield a small open bundle."""
        source = write_files(tmp_path / "debug", {"sub/a.log": LOG})
        with DebugBundle.from_directory(source, output=tmp_path / "b.db", recursive=True) as opened:
            yield opened

    def test_permissions(self, bundle, tmp_path):
        """Only the owner can read the folders and files, whatever the umask is."""
        before = os.umask(0)
        try:
            bundle.extract(tmp_path / "out")
        finally:
            os.umask(before)
        modes = {
            path.name: stat.S_IMODE(path.stat().st_mode) for path in [tmp_path / "out", *tmp_path.glob("out/**/*")]
        }
        assert modes == {"out": 0o700, "sub": 0o700, "a.log": 0o600}

    def test_not_empty(self, bundle, tmp_path):
        """A directory that is not empty is refused without force; with it, files with other names stay."""
        write_files(tmp_path / "out", {"sub/a.log": b"older", "mine.txt": b"mine"})
        with pytest.raises(BundleExistsError, match="is not empty"):
            bundle.extract(tmp_path / "out")
        bundle.extract(tmp_path / "out", force=True)
        assert (tmp_path / "out" / "sub" / "a.log").read_bytes() == LOG
        assert (tmp_path / "out" / "mine.txt").read_bytes() == b"mine"

    def test_empty(self, bundle, tmp_path):
        """An empty directory is accepted."""
        (tmp_path / "out").mkdir()
        assert bundle.extract(tmp_path / "out").file_count == 1

    @pytest.mark.parametrize("name", ["b.db", "absent/out"])
    def test_impossible(self, bundle, tmp_path, name):
        """A file, and a directory below a missing one, are refused with the reason."""
        with pytest.raises(BundleError, match=name):
            bundle.extract(tmp_path / name)

    def test_times(self, bundle, tmp_path):
        """Files get the modification times of their sources."""
        bundle.extract(tmp_path / "out")
        times = [(tmp_path / folder / "sub" / "a.log").stat().st_mtime for folder in ("debug", "out")]
        assert times[0] == pytest.approx(times[1], abs=1e-3)


class TestContents:
    """The contents of restored files."""

    @pytest.mark.parametrize(("ending", "decompress"), [(".gz", gzip.decompress), (".zst", zstandard.decompress)])
    def test_compressed(self, extract, ending, decompress):
        """Compressed files are compressed again."""
        pack = {".gz": gzip.compress, ".zst": zstandard.compress}[ending]
        folder, findings = extract({f"a.log{ending}": pack(LOG)})
        assert (
            decompress(
                (folder / f"a.log{ending}").read_bytes(), **({"max_output_size": 9999} if ending == ".zst" else {})
            )
            == LOG
        )
        assert findings == ()

    @pytest.mark.parametrize("end", [b"", b"\n"])
    def test_last_line(self, extract, end):
        """The last line is restored with or without a line end, as it was."""
        folder, _ = extract({"a.log": LOG + b'{"cut' + end, "b.log": LOG.rstrip() + end})
        assert (folder / "a.log").read_bytes() == LOG + b'{"cut' + end
        assert (folder / "b.log").read_bytes() == LOG.rstrip() + end

    @pytest.mark.parametrize("end", [b"", b"\n"])
    def test_long_lines(self, tmp_path, monkeypatch, end):
        """Lines too long to be read are restored byte for byte and compared, in the middle and at the end."""
        monkeypatch.setattr("wink_debug_bundle.artifacts.streams.line_blocks.LINE_LIMIT", 1000)
        data = LOG + b"y" * 3000 + b"\n" + LOG + b"z" * 5000 + end
        source = write_files(tmp_path / "debug", {"a.log": data})
        with DebugBundle.from_directory(source, output=tmp_path / "b.db") as bundle:
            assert bundle.verify(against=source).findings == ()
            bundle.extract(tmp_path / "out")
            assert (tmp_path / "out" / "a.log").read_bytes() == data
            (source / "a.log").write_bytes(data.replace(b"yyy", b"yyx"))
            assert [finding.line for finding in bundle.verify(against=source).findings] == [None, 3]

    def test_large_unknown_file(self, extract):
        """A file that is not an artifact is restored if it was kept, and takes less space in the bundle."""
        data = b"0123456789abcdef" * (5 << 20)
        folder, findings = extract({"a.log": LOG, "core.bin": data}, keep_unrecognised=True)
        assert (folder / "core.bin").read_bytes() == data
        assert findings == ()

    def test_lost_bytes(self, extract):
        """Bytes missing from a damaged bundle are reported, and the rest is written."""
        folder, findings = extract(
            {"a.log": LOG, "f.zip": archive({"x": "1", "y": b"\xff"})}, "DELETE FROM files WHERE path = 'x'"
        )
        assert [finding.place for finding in findings] == ["f.zip, member x"]
        with zipfile.ZipFile(folder / "f.zip") as opened:
            assert opened.read("y") == b"\xff"

    def test_damaged_blob(self, extract):
        """A file whose blob is damaged is not written."""
        folder, findings = extract(
            {"a.log": LOG, "n.log": b"\0" * 99}, "UPDATE blob_chunks SET data = substr(data, 1, length(data) - 1)"
        )
        assert [path.name for path in folder.iterdir()] == ["a.log"]
        assert [finding.place for finding in findings] == ["n.log"]


def test_the_bundle_itself_is_not_replaced(tmp_path):
    """An artifact with the name of its bundle does not replace the bundle, even with `force`."""
    source = write_files(tmp_path / "debug", {"b.log": LOG})
    path = tmp_path / "b.log"
    with DebugBundle.from_directory(source, output=path) as bundle:
        before = path.read_bytes()
        (finding,) = bundle.extract(tmp_path, force=True).findings
    assert (finding.place, finding.text) == ("b.log", "was written as b~2.log")
    assert path.read_bytes() == before


def test_a_file_in_the_place_of_the_directory(tmp_path):
    """An output directory that is a file is refused."""
    source = write_files(tmp_path / "debug", {"a.log": LOG})
    with (
        DebugBundle.from_directory(source) as bundle,
        pytest.raises(BundleError, match=r"a\.log: is not a directory"),
    ):
        bundle.extract(source / "a.log", force=True)
