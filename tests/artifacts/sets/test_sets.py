"""A run is one run, however it arrives: as a zip, a folder, or inside zips; and what arrives twice is imported once."""

from __future__ import annotations

import gzip
import io
import json
import lzma
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from support.artifact_samples import FIXTURES, lines, log_record, rows, snapshot
from support.run_zip_sample import PREFIX, RUN_ZIP, RUN_ZIP_NAME

from wink_debug_bundle import DebugBundle

with zipfile.ZipFile(RUN_ZIP) as opened:
    MEMBERS = {info.filename: opened.read(info) for info in opened.infolist()}
REQUEST_FOLDER = "0a6f2f3e-1111-4111-8111-0123456789ab"

_COUNTED = (
    "calls",
    "entries",
    "environment",
    "failures",
    "files",
    "logs",
    "prompt_events",
    "prompt_parts",
    "run_members",
)
_COUNTED += ("runs", "sessions", "slice_items", "snapshots", "tool_calls", "tool_invocations", "transcript_entries")

Files = dict[str, bytes]


def zip_of(files: Files, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip of the files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


def below(prefix: str, members: Files = MEMBERS, root: str = PREFIX) -> Files:
    """Return the members of the run as files below a folder, with another name in place of `debug_bundle/`."""
    return {prefix + root + name.removeprefix(PREFIX): data for name, data in members.items()}


def write(folder: Path, files: Files) -> Path:
    """Write the files below a new folder."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def build(folder: Path, files: Files, **options: int) -> Path:
    """Build a bundle of the files, check that it proves them and writes them back, and return its path."""
    write(folder / "source", files)
    output = folder / "b.db"
    with DebugBundle.from_directory(folder / "source", output=output, recursive=True, **options):
        pass
    return output


def counts(path: Path) -> dict[str, int]:
    """Return the number of rows of the tables and views that count what a run did, and the tokens."""
    found = {table: rows(path, f"SELECT count(*) FROM {table}")[0][0] for table in _COUNTED}
    return found | {"tokens": rows(path, "SELECT total(total_tokens) FROM runs")[0][0]}


def assert_proven(path: Path, folder: Path) -> None:
    """Check that the bundle agrees with its sources, and with the files that it writes back."""
    with DebugBundle.open(path) as bundle:
        assert bundle.verify(against=folder / "source").findings == ()
        assert bundle.extract(folder / "back").findings == ()
        assert bundle.verify(against=folder / "back").findings == ()


@pytest.fixture(scope="module")
def expected(tmp_path_factory) -> dict[str, int]:
    """Return the counts of the run's zip alone."""
    path = build(tmp_path_factory.mktemp("zip"), {RUN_ZIP_NAME: RUN_ZIP.read_bytes()})
    found = counts(path)
    assert (found["runs"], found["logs"], found["tool_calls"], found["failures"]) == (1, 313, 14, 4)
    return found


ZIP = RUN_ZIP.read_bytes()
LAYOUTS: dict[str, Callable[[], Files]] = {
    "a folder": lambda: below("run/"),
    "a folder at the top": lambda: below(""),
    "a renamed folder": lambda: below("run/", root="bundle/"),
    "a folder without its level": lambda: below("", root=""),
    "a folder without a manifest": lambda: {k: v for k, v in below("r/").items() if not k.endswith("manifest.json")},
    "a zip in a zip": lambda: {"outer.zip": zip_of({f"eval/{RUN_ZIP_NAME}": ZIP, "note.txt": b"x"})},
    "a stored zip in a zip": lambda: {"outer.zip": zip_of({RUN_ZIP_NAME: ZIP}, zipfile.ZIP_STORED)},
    "a zip in a zip in a zip": lambda: {"o.zip": zip_of({"m.zip": zip_of({RUN_ZIP_NAME: ZIP})})},
    "a zip with a folder around": lambda: {"o.zip": zip_of(below("some run/"))},
    "a zip of a renamed folder": lambda: {"o.zip": zip_of(below("x/", root="bundle/"))},
    "a zip without the level": lambda: {"o.zip": zip_of(below("", root=""))},
    "a zip with side files of macOS": lambda: {"o.zip": zip_of(below("a/") | below("__MACOSX/a/", {PREFIX + "manifest.json": b"\0\5"}))},
    "a copy of the zip": lambda: {RUN_ZIP_NAME: ZIP, "RUN (1).zip": ZIP},
    "the zip beside its folder": lambda: {RUN_ZIP_NAME: ZIP} | below("run/"),
    "the zip written anew": lambda: {RUN_ZIP_NAME: ZIP, "again.zip": zip_of(MEMBERS, zipfile.ZIP_STORED)},
    "two folders": lambda: below("a/") | below("b/"),
    "the zip beside a zip of it": lambda: {RUN_ZIP_NAME: ZIP, "outer.zip": zip_of({RUN_ZIP_NAME: ZIP})},
    "two zips of zips": lambda: {"a.zip": zip_of({"r.zip": ZIP}), "b.zip": zip_of({"r.zip": ZIP})},
    "the zip beside its log": lambda: {RUN_ZIP_NAME: ZIP, "app.jsonl": MEMBERS[PREFIX + "logs/app.jsonl"]},
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_one_run_counts_once_and_comes_back_however_it_arrives(tmp_path, expected, layout):
    path = build(tmp_path, LAYOUTS[layout]())
    found, wanted = counts(path), dict(expected)
    if "a zip" in layout or layout.startswith("two zips"):
        wanted["files"] += layout == "a zip in a zip"  # the note beside the run
        wanted["files"] += layout == "a zip with side files of macOS"
    if layout == "a folder without a manifest":
        wanted["run_members"] -= 1
    assert found == wanted
    assert_proven(path, tmp_path)


class TestFolders:
    """Runs in folders."""

    def test_sha256_of_a_folder_is_that_of_the_list_of_sha256sum(self, tmp_path):
        import hashlib

        path = build(tmp_path, below("run/"))
        names = sorted(name.removeprefix(PREFIX) for name in MEMBERS)
        digests = ((hashlib.sha256(MEMBERS[PREFIX + name]).hexdigest(), name) for name in names)
        text = "".join(f"{digest}  {name}\n" for digest, name in digests)
        [(sha256, is_folder)] = rows(path, "SELECT sha256, is_folder FROM artifacts WHERE kind = 'run'")
        assert (sha256, is_folder) == (hashlib.sha256(text.encode()).hexdigest(), 1)

    def test_changed_and_missing_files_are_problems_and_come_back(self, tmp_path):
        files = below("run/")
        files["run/debug_bundle/metrics.json"] = b'{"token_usage": {}}'
        del files["run/debug_bundle/README.txt"]
        path = build(tmp_path, files)
        found = rows(path, "SELECT kind, member FROM problems ORDER BY kind")
        assert found == [("mismatch", "debug_bundle/metrics.json"), ("missing", "debug_bundle/README.txt")]
        assert_proven(path, tmp_path)

    def test_file_of_the_user_in_the_folder_is_a_member(self, tmp_path):
        path = build(tmp_path, below("run/") | {"run/debug_bundle/notes.txt": b"mine"})
        assert rows(path, "SELECT content, integrity FROM run_members WHERE path = 'notes.txt'") == [
            ("mine", "unlisted")
        ]
        assert_proven(path, tmp_path)

    def test_other_artifacts_beside_an_unpacked_run_stay_what_they_are(self, tmp_path):
        path = build(tmp_path, below("", root="") | {"mine.log": lines(log_record(message="mine"))})
        assert rows(path, "SELECT kind, container_id FROM artifacts WHERE path = 'mine.log'") == [("logs", None)]

    def test_manifest_of_another_program_groups_nothing(self, tmp_path):
        files = {"manifest.json": b'{"name": "app", "version": "1"}', "a.log": lines(log_record())}
        path = build(tmp_path, files)
        assert rows(path, "SELECT path, kind FROM artifacts") == [("a.log", "logs"), ("manifest.json", "unknown")]

    def test_folder_itself_is_read_without_recursion(self, tmp_path):
        folder = write(tmp_path / "source", below(""))
        with DebugBundle.from_directory(folder / "debug_bundle", output=tmp_path / "b.db") as bundle:
            assert bundle.query("SELECT count(*) FROM logs").fetchone()[0] == 313

    def test_damaged_file_in_zipped_folder_is_a_problem_of_the_run(self, tmp_path):
        data = zip_of(below("run/"), zipfile.ZIP_STORED)
        place = data.index(b'"token_usage"')
        path = build(tmp_path, {"o.zip": data[:place] + b"!" + data[place + 1 :]})
        kinds = rows(
            path,
            "SELECT problems.kind FROM problems JOIN artifacts ON artifacts.id = artifact_id WHERE artifacts.kind = 'run'",
        )
        assert kinds == [("unreadable",)]
        assert_proven(path, tmp_path)


class TestZipsOfZips:
    """Artifacts inside zips."""

    def test_zip_of_a_directory_of_release_0_20(self, tmp_path):
        names = [path for path in FIXTURES.rglob("*") if path.is_file() and "expected" not in path.parts]
        files = {path.relative_to(FIXTURES).as_posix(): path.read_bytes() for path in names}
        plain = build(tmp_path / "a", files)
        zipped = build(tmp_path / "b", {"all.zip": zip_of(files)})
        tables = ("logs", "sessions", "snapshots", "slice_items", "tool_calls", "failures")
        for table in tables:
            assert rows(zipped, f"SELECT count(*) FROM {table}") == rows(plain, f"SELECT count(*) FROM {table}"), table
        assert_proven(zipped, tmp_path / "b")

    def test_zips_of_an_agent_stay_files(self, tmp_path):
        path = build(tmp_path, {"w.zip": zip_of({"data.zip": zip_of({"a.csv": b"1"}), "x.log": lines(log_record())})})
        assert rows(path, "SELECT path FROM files ORDER BY path") == [("data.zip",), ("x.log",)]
        [(reason,)] = rows(path, "SELECT reason FROM artifacts")
        assert reason == (
            "zips in it: 1, without artifacts, so they are kept as files; "
            "logs in it: 1, kept as an agent's files: unpack it to read them as logs"
        )

    @pytest.mark.parametrize(
        "name", ["app.ndjson", "app.log.1", "logs/app.log.2026-01-01", "app.log.xz", "b.JSONL", "records"]
    )
    def test_files_in_zips_are_recognised_by_the_rule_for_files_on_disk(self, tmp_path, name):
        data = lines(log_record())
        files = {
            "s.jsonl": lines(snapshot()),
            name: lzma.compress(data) if name.endswith(".xz") else data,
            "n.txt": b"x",
        }
        path = build(tmp_path, {"o.zip": zip_of(files)})
        assert rows(path, "SELECT path, kind FROM artifacts WHERE kind = 'logs'") == [(f"o.zip!{name}", "logs")]
        assert rows(path, "SELECT path FROM files") == [("n.txt",)]
        assert_proven(path, tmp_path)

    def test_zip_whose_name_has_more_after_the_ending(self, tmp_path):
        path = build(tmp_path, {"o.zip": zip_of({"r.zip.1": ZIP, "notes.zip.txt": b"a note"})})
        assert rows(path, "SELECT count(*) FROM runs") == [(1,)]
        assert rows(path, "SELECT path FROM files WHERE path LIKE 'notes.zip%'") == [("notes.zip.txt",)]

    def test_zip_of_logs_alone_is_read_like_a_folder(self, tmp_path):
        other = {"logs/app.log.1": lines(log_record(message="older")), "__MACOSX/logs/._app.log": b"\0"}
        path = build(tmp_path, {"logs.zip": zip_of({"logs/app.log": lines(log_record())} | other)})
        assert rows(path, "SELECT count(*) FROM logs") == [(2,)]
        assert_proven(path, tmp_path)

    @pytest.mark.parametrize(
        ("name", "files"),
        [(f"{REQUEST_FOLDER}.zip", {}), ("work.zip", {"main.py": b"pass"})],
        ids=["a zip that the library names", "logs among other files"],
    )
    def test_logs_among_the_files_of_an_agent_stay_files(self, tmp_path, name, files):
        path = build(tmp_path, {name: zip_of({"app.log": lines(log_record())} | files)})
        assert rows(path, "SELECT count(*) FROM logs") == [(0,)]
        assert rows(path, "SELECT reason FROM artifacts") == [
            ("logs in it: 1, kept as an agent's files: unpack it to read them as logs",)
        ]

    def test_zips_too_deep_are_said(self, tmp_path):
        data = ZIP
        for level in range(5):
            data = zip_of({f"{level}.zip": data})
        path = build(tmp_path, {"o.zip": data, "x.log": lines(log_record())})
        assert rows(path, "SELECT count(*) FROM runs") == [(0,)]

    def test_jobs_give_the_same_bundle(self, tmp_path):
        files = {"o.zip": zip_of({"a.zip": ZIP, "n.txt": b"x" * 100})} | below("run/")
        one, two = build(tmp_path / "1", files, jobs=1), build(tmp_path / "2", files, jobs=2)
        sql = "SELECT path, kind, status, sha256, archive_id, archive_member, original_id FROM artifacts"
        assert rows(one, sql) == rows(two, sql)

    def test_nothing_is_left_of_the_scratch_directory(self, tmp_path):
        build(tmp_path, {"o.zip": zip_of({"a.zip": ZIP})})
        assert sorted(path.name for path in tmp_path.iterdir()) == ["b.db", "source"]


class TestDuplicates:
    """What arrives twice."""

    LOG = lines(log_record(message="one"), log_record(message="two"), log_record(message="three"))

    @pytest.mark.parametrize(
        "files",
        [
            {"app.log": LOG, "copy.log": LOG},
            {"app.log": LOG, "app.log.gz": gzip.compress(LOG, mtime=0)},
            {
                "app.log": LOG,
                "early.log": LOG[: LOG.index(b"\n") + 1],
                "later.log": LOG[: LOG.rindex(b"\n", 0, -1) + 1],
            },
            {"app.log": LOG, "early.log": LOG[: LOG.index(b"\n")]},
        ],
        ids=["a copy", "a compressed copy", "a chain that has grown", "without the last line end"],
    )
    def test_log_and_its_copies_are_one_log(self, tmp_path, files):
        path = build(tmp_path, files)
        assert rows(path, "SELECT count(*) FROM logs") == [(3,)]
        statuses = rows(path, "SELECT path, status FROM artifacts ORDER BY path")
        assert statuses == [(name, "imported" if name == "app.log" else "duplicate") for name in sorted(files)]
        if "app.log.gz" not in files:  # compressed anew, a file may have other bytes
            assert_proven(path, tmp_path)

    def test_cut_off_last_line_of_a_copy_is_kept(self, tmp_path):
        path = build(tmp_path, {"app.log": self.LOG, "early.log": self.LOG[:-20]})
        assert rows(path, "SELECT count(*) FROM logs") == [(3,)]
        [(line, raw)] = rows(path, "SELECT line, raw FROM problems")
        assert (line, raw) == (3, self.LOG[:-20].split(b"\n")[2])
        assert_proven(path, tmp_path)

    def test_large_log_that_has_grown(self, tmp_path):
        log = lines(*[log_record(message=f"message {number}") for number in range(2000)])
        path = build(
            tmp_path, {"app.log": log, "old.log": log[: log.index(b"message 1500")], "other.log": log[:-2] + b"]\n"}
        )
        assert rows(path, "SELECT path FROM artifacts WHERE status = 'duplicate'") == [("old.log",)]
        assert_proven(path, tmp_path)

    @pytest.mark.parametrize("is_compressed", [False, True], ids=["plain", "compressed"])
    @pytest.mark.parametrize("size", [300, 100_000, None], ids=["one cut line", "a beginning", "all"])
    def test_log_beside_its_run_is_a_duplicate(self, tmp_path, expected, size, is_compressed):
        data = MEMBERS[PREFIX + "logs/app.jsonl"][:size]
        name = "app.jsonl.gz" if is_compressed else "app.jsonl"
        files = {RUN_ZIP_NAME: ZIP, name: gzip.compress(data, mtime=0) if is_compressed else data}
        path = build(tmp_path, files)
        assert counts(path) == expected
        assert rows(path, "SELECT status FROM artifacts WHERE path = ?", (name,)) == [("duplicate",)]
        if not is_compressed:  # compressed anew, a file may have other bytes
            assert_proven(path, tmp_path)

    def test_log_of_another_run_with_the_same_first_record_is_another_log(self, tmp_path, expected):
        data = MEMBERS[PREFIX + "logs/app.jsonl"]
        first = data[: data.index(b"\n") + 1]
        path = build(tmp_path, {RUN_ZIP_NAME: ZIP, "app.jsonl": first + lines(log_record())})
        assert rows(path, "SELECT count(*) FROM logs") == [(expected["logs"] + 2,)]

    def test_copy_of_session_file_gives_its_folder_a_session(self, tmp_path):
        dump = lines(snapshot("11111111-1111-4111-8111-111111111111"))
        files = {"a/s.jsonl": dump, "b/s.jsonl": dump, "b/x.log": lines(log_record())}
        path = build(tmp_path, files)
        assert rows(path, "SELECT session_id FROM logs") == [("11111111-1111-4111-8111-111111111111",)]

    def test_copy_of_a_run_that_differs_keeps_its_bytes(self, tmp_path):
        files = below("run/") | {RUN_ZIP_NAME: ZIP}
        files["run/debug_bundle/metrics.json"] = b'{"edited": true}'
        files["run/debug_bundle/empty.txt"] = b""
        path = build(tmp_path, files)
        found = rows(path, "SELECT kind, member FROM problems ORDER BY member")
        assert found == [("conflict", "empty.txt"), ("conflict", "metrics.json")]
        assert_proven(path, tmp_path)

    def test_intact_copy_is_imported_before_a_damaged_one(self, tmp_path):
        place = ZIP.index(b"PK\x01\x02") // 2
        damaged = ZIP[:place] + bytes([ZIP[place] ^ 1]) + ZIP[place + 1 :]
        path = build(tmp_path, {"a.zip": damaged, "b.zip": ZIP})
        assert rows(path, "SELECT path FROM artifacts WHERE kind = 'run' AND status = 'imported'") == [("b.zip",)]
        assert_proven(path, tmp_path)

    def test_cut_off_copy_is_the_same_run(self, tmp_path):
        path = build(tmp_path, {RUN_ZIP_NAME: ZIP, f"{RUN_ZIP_NAME[:-4]} (1).zip": ZIP[:-3000]})
        assert rows(path, "SELECT count(*) FROM runs") == [(1,)]
        assert_proven(path, tmp_path)

    def test_different_runs_without_an_id_are_different(self, tmp_path):
        manifest = json.loads(MEMBERS[PREFIX + "manifest.json"])
        del manifest["bundle_id"]
        members = MEMBERS | {PREFIX + "manifest.json": json.dumps(manifest).encode()}
        path = build(tmp_path, {"a.zip": zip_of(members), "b.zip": zip_of(members | {PREFIX + "x": b"x"})})
        assert rows(path, "SELECT count(*) FROM runs") == [(2,)]

    def test_equal_zips_of_two_agents_are_two_archives(self, tmp_path):
        data = zip_of({"a.txt": b"x"})
        path = build(tmp_path, {"a/w.zip": data, "b/w.zip": data, "b/w (1).zip": data})
        found = rows(path, "SELECT path, status FROM artifacts ORDER BY path")
        assert found == [("a/w.zip", "imported"), ("b/w (1).zip", "imported"), ("b/w.zip", "duplicate")]

    def test_runs_of_one_id_that_started_at_other_times_are_different(self, tmp_path):
        manifest = json.loads(MEMBERS[PREFIX + "manifest.json"]) | {"created_at": "2026-11-23T00:00:00+00:00"}
        other = zip_of(MEMBERS | {PREFIX + "manifest.json": json.dumps(manifest).encode()})
        assert rows(build(tmp_path, {"a.zip": ZIP, "b.zip": other}), "SELECT count(*) FROM runs") == [(2,)]

    def test_changed_source_of_a_duplicate_is_found(self, tmp_path):
        path = build(tmp_path, {RUN_ZIP_NAME: ZIP} | below("run/"))
        (tmp_path / "source/run/debug_bundle/README.txt").write_bytes(b"changed")
        shutil.rmtree(tmp_path / "source/run/debug_bundle/environment")
        with DebugBundle.open(path) as bundle:
            findings = bundle.verify(against=tmp_path / "source").findings
        assert {finding.member for finding in findings} > {"README.txt", "environment/system.json"}
