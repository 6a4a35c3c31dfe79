"""Damaged, changed or unusual run zips: readable members are imported, and the damage is reported."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from support.artifact_samples import archive, column, lines, log_record, rows
from support.run_zip_sample import PREFIX, RUN_ZIP, RUN_ZIP_NAME

from wink_debug_bundle import DebugBundle


def problems(bundle: Path) -> list[tuple[str, str, str | None]]:
    """Return kind, artifact and member of each problem."""
    return rows(
        bundle,
        "SELECT p.kind, replace(a.path, ?, 'zip'), p.member FROM problems p JOIN artifacts a ON a.id = p.artifact_id "
        "ORDER BY p.id",
        (RUN_ZIP_NAME,),
    )


class TestIntegrity:
    """The manifest's checksums and file list."""

    def test_untouched(self, build_run, members):
        """An unchanged zip has no problems."""
        assert problems(build_run(members)) == []

    @pytest.mark.parametrize("name", ["request/input.json", "README.txt", "filesystem/notes/旅行 🧳.md"])
    def test_changed_member(self, build_run, members, name):
        """A member whose bytes differ from the manifest is stored, and a problem says that it was changed."""
        changed = members[PREFIX + name] + b" "
        bundle = build_run({**members, PREFIX + name: changed})
        assert problems(bundle) == [("mismatch", "zip", PREFIX + name)]
        stored = column(bundle, "SELECT content FROM run_members WHERE path = ?", (name,)) or column(
            bundle, "SELECT content FROM files"
        )
        assert stored == [changed.decode()]
        assert rows(bundle, "SELECT status, problem_count FROM artifacts WHERE id = 1") == [("partial", 1)]

    @pytest.mark.parametrize("name", ["logs/app.jsonl", "session/after.jsonl", "transcript.jsonl"])
    def test_changed_lines(self, build_run, members, name):
        """A changed member that is an artifact of its own is reported too, and its hash is NULL."""
        bundle = build_run({**members, PREFIX + name: members[PREFIX + name] + b"\n"})
        assert problems(bundle) == [("mismatch", f"zip!{PREFIX}{name}", None)]
        assert column(bundle, "SELECT sha256 FROM artifacts WHERE path LIKE ?", (f"%{name}",)) == [None]
        assert column(bundle, "SELECT problem_count FROM runs") == [1]

    @pytest.mark.parametrize("name", ["config.json", "logs/app.jsonl", "filesystem/notes/旅行 🧳.md"])
    def test_missing_member(self, build_run, members, name):
        """A member that the manifest lists and the zip lacks is reported; the others are read."""
        bundle = build_run({key: data for key, data in members.items() if key != PREFIX + name})
        assert ("missing", "zip", PREFIX + name) in problems(bundle)
        assert column(bundle, "SELECT status FROM runs") == ["success"]
        assert column(bundle, "SELECT count(*) > 0 FROM slice_items") == [1]

    def test_unlisted_member(self, build_run, members):
        """A member that the manifest does not list is stored, and the ledger says so; it is not a problem."""
        bundle = build_run({**members, f"{PREFIX}notes/extra.txt": b"more", "outside.txt": b"out"})
        assert problems(bundle) == []
        found = rows(bundle, "SELECT path, content, integrity FROM run_members WHERE integrity = 'unlisted' ORDER BY 1")
        assert found == [("notes/extra.txt", "more", "unlisted"), ("outside.txt", "out", "unlisted")]
        noted = rows(bundle, "SELECT sum(last - first + 1) FROM ledger WHERE reason = 'not listed in the manifest'")
        assert noted == [(2,)]

    def test_listed_twice(self, build_run, members):
        """A file that the manifest lists twice, as older releases do, is one file."""
        manifest = json.loads(members[f"{PREFIX}manifest.json"])
        manifest["files"].append("run_context.json")
        assert problems(build_run({**members, f"{PREFIX}manifest.json": json.dumps(manifest).encode()})) == []

    def test_other_algorithm(self, build_run, members):
        """Checksums of an unknown algorithm are not compared."""
        manifest = json.loads(members[f"{PREFIX}manifest.json"])
        manifest["integrity"]["algorithm"] = "sha3"
        bundle = build_run({**members, f"{PREFIX}manifest.json": json.dumps(manifest).encode()})
        assert problems(bundle) == []
        assert set(column(bundle, "SELECT integrity FROM run_members")) == {"unlisted", "manifest"}

    def test_reported(self, build_run, members, caplog):
        """A mismatch is logged like every other problem."""
        caplog.set_level("WARNING", "wink_debug_bundle")
        build_run({**members, f"{PREFIX}README.txt": b"other"})
        [record] = [entry for entry in caplog.records if getattr(entry, "event", "") == "debug_bundle.import_error"]
        assert record.context["member"] == f"{PREFIX}README.txt"
        assert record.context["path"].endswith(RUN_ZIP_NAME)


class TestManifest:
    """Missing or unusual manifests."""

    def test_absent(self, build_run, members):
        """A zip without a manifest is still a run because of its other members."""
        bundle = build_run({key: data for key, data in members.items() if not key.endswith("manifest.json")})
        assert problems(bundle) == [("missing", "zip", f"{PREFIX}manifest.json")]
        assert column(bundle, "SELECT kind FROM artifacts WHERE container_id IS NULL") == ["run"]
        # The log names the root session and two child sessions, so it does not show which one the run belongs to.
        assert rows(bundle, "SELECT status, session_id, execution_id NOTNULL FROM runs") == [(None, None, 1)]
        assert column(bundle, "SELECT count(*) FROM calls") == [14]

    @pytest.mark.parametrize(
        "content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"request": 7, "files": 1, "integrity": []}']
    )
    def test_unreadable(self, build_run, members, content):
        """An unreadable manifest is stored unchanged, and nothing else is lost."""
        bundle = build_run({**members, f"{PREFIX}manifest.json": content})
        assert column(bundle, "SELECT status FROM runs") == [None]
        assert column(bundle, "SELECT count(*) FROM logs") == [313]
        assert column(bundle, "SELECT size_bytes FROM run_members WHERE path = 'manifest.json'") == [len(content)]
        malformed = [] if content.endswith(b"}") else [("malformed", "zip", f"{PREFIX}manifest.json")]
        assert problems(bundle) == malformed

    @pytest.mark.parametrize("name", ["run_context.json", "metrics.json", "environment/system.json"])
    def test_cut_json(self, build_run, members, name):
        """A member whose JSON is cut off is stored and reported as malformed; the others are read."""
        manifest = json.loads(members[f"{PREFIX}manifest.json"])
        del manifest["integrity"]["checksums"][name]
        cut = members[PREFIX + name][:-10]
        bundle = build_run({**members, f"{PREFIX}manifest.json": json.dumps(manifest).encode(), f"{PREFIX}{name}": cut})
        assert problems(bundle) == [("malformed", "zip", PREFIX + name)]
        found = rows(bundle, "SELECT content, is_json FROM run_members WHERE path = ?", (name,))
        assert found == [(cut.decode(), 0)]
        assert column(bundle, "SELECT count(*) FROM calls") == [14]

    def test_mistyped_values(self, build_run, members):
        """Values of other types than the library writes are ignored."""
        odd = {
            "bundle_id": 7,
            "request": {"request_id": ["x"], "session_id": {}, "status": None, "started_at": 1, "ended_at": "soon"},
            "prompt": "none",
            "capture": {"limits_applied": {"filesystem_truncated": "yes"}},
            "build": [],
        }
        context = {"attempt": 2**70, "worker_id": 1}
        evaluation = {"score": {"value": True, "passed": "yes"}, "latency_ms": "5"}
        changed = {"manifest.json": odd, "run_context.json": context, "eval.json": evaluation, "metrics.json": [1]}
        bundle = build_run({**members, **{PREFIX + key: json.dumps(value).encode() for key, value in changed.items()}})
        columns = "bundle_id, session_id, status, started_at, prompt_key, attempt, worker_id, score, passed, latency_ms"
        assert rows(bundle, f"SELECT {columns} FROM runs") == [(None,) * 10]
        assert column(bundle, "SELECT ended_at FROM runs") == ["soon"]

    def test_json_of_python(self, build_run, members):
        """JSON that only Python accepts is stored in a form that SQLite accepts, and its bytes are kept."""
        raw = b'{"custom": NaN, "large": 123456789012345678901234567890}'
        bundle = build_run({**members, f"{PREFIX}metrics.json": raw})
        [(content, is_json, sha256)] = rows(
            bundle, "SELECT content, is_json, blob_sha256 FROM run_members WHERE path = 'metrics.json'"
        )
        assert json.loads(content)["custom"] is None
        assert is_json == 1
        with DebugBundle.open(bundle) as opened:
            assert opened.query(
                "SELECT json_extract(content, '$.custom') AS c FROM run_members WHERE path='metrics.json'"
            )
        assert column(bundle, "SELECT size_bytes FROM blobs WHERE sha256 = ?", (sha256,)) == [len(raw)]


class TestDamage:
    """Missing or wrong bytes."""

    def test_truncated(self, build_run):
        """A zip without its directory is still detected as a run; its first members are read, and it is stored."""
        data = RUN_ZIP.read_bytes()[:5000]
        bundle = build_run(data)
        found = rows(bundle, "SELECT kind, status, size_bytes FROM artifacts WHERE container_id IS NULL")
        assert found == [("run", "partial", 5000)]
        assert rows(bundle, "SELECT id, status, path FROM runs") == [(1, "success", RUN_ZIP_NAME)]
        unread = [(name, member) for kind, name, member in problems(bundle) if kind == "unreadable"]
        transcript = f"{PREFIX}transcript.jsonl"
        assert unread == [("zip", None), (f"zip!{transcript}", transcript)]
        assert "manifest.json" in column(bundle, "SELECT path FROM run_members")
        assert rows(bundle, "SELECT first, last, status FROM ledger WHERE artifact_id = 2") == [
            (1, 18, "imported"),
            (19, 19, "malformed"),
        ]
        key = column(bundle, "SELECT blob_sha256 FROM artifacts")[0]
        assert column(bundle, "SELECT size_bytes FROM blobs WHERE sha256 = ?", (key,)) == [5000]

    def test_empty(self, build_run):
        """An empty zip is an archive without files, not a run."""
        bundle = build_run(archive({}))
        assert rows(bundle, "SELECT kind, record_count FROM artifacts") == [("archive", 0)]
        assert column(bundle, "SELECT count(*) FROM runs") == [0]

    @pytest.mark.parametrize("name", ["logs/app.jsonl", "session/after.jsonl", "request/input.json"])
    def test_bytes_of_a_member(self, build_run, name):
        """A member with a wrong checksum is a problem with its bytes; the others are read."""
        data = bytearray(RUN_ZIP.read_bytes())
        with zipfile.ZipFile(RUN_ZIP) as opened:
            info = opened.getinfo(PREFIX + name)
            middle = info.header_offset + 30 + len(info.filename.encode()) + info.compress_size // 2
        data[middle : middle + 8] = bytes(byte ^ 0xFF for byte in data[middle : middle + 8])
        bundle = build_run(bytes(data))
        found = rows(bundle, "SELECT kind, member, blob_sha256 FROM problems WHERE kind <> 'malformed'")
        [(kind, member, key)] = found
        assert (kind, member) == ("unreadable", PREFIX + name)
        assert column(bundle, "SELECT size_bytes > 0 FROM blobs WHERE sha256 = ?", (key,)) == [1]
        assert column(bundle, "SELECT count(*) FROM run_members WHERE path = 'error.json' OR path = 'config.json'") == [
            1
        ]

    def test_plain_archive(self, build_run):
        """A zip of files is not a run, even if a folder in it has the name of a run's folder."""
        bundle = build_run([(f"{PREFIX}notes.txt", b"a"), ("b.txt", b"b")])
        assert column(bundle, "SELECT kind FROM artifacts") == ["archive"]
        assert column(bundle, "SELECT path FROM files ORDER BY 1") == ["b.txt", f"{PREFIX}notes.txt"]

    @pytest.mark.filterwarnings("ignore:Duplicate name")
    def test_duplicate_names(self, build_run, members):
        """Members with the same name are all read; the checksum decides which one the manifest means."""
        name = f"{PREFIX}request/input.json"
        log = lines(log_record(message="second log"))
        twice = [*members.items(), (name, b'{"second": 1}'), (f"{PREFIX}logs/app.jsonl", log)]
        bundle = build_run(twice)
        found = rows(
            bundle, "SELECT content, integrity FROM run_members WHERE path = 'request/input.json' ORDER BY member"
        )
        assert found == [(members[name].decode(), "match"), ('{"second": 1}', "mismatch")]
        assert column(bundle, "SELECT record_count FROM artifacts WHERE kind = 'logs'") == [313, 1]
        assert sorted(kind for kind, _, _ in problems(bundle)) == ["mismatch", "mismatch"]

    def test_large_member(self, build_run, members):
        """The checksum of a large member is compared while it is written to a blob."""
        large = b'{"text": "' + b"x" * (2 << 20) + b'"}'
        bundle = build_run({**members, f"{PREFIX}request/output.json": large})
        [(content, key, integrity)] = rows(
            bundle, "SELECT content, blob_sha256, integrity FROM run_members WHERE path = 'request/output.json'"
        )
        assert (content, integrity) == (None, "mismatch")
        assert column(bundle, "SELECT size_bytes FROM blobs WHERE sha256 = ?", (key,)) == [len(large)]


class TestTranscript:
    """The transcript, which repeats entries of the log."""

    def test_lines_that_no_log_holds(self, build_run, members):
        """A transcript line that is not in the log becomes a log record of the run."""
        entry = {"entry_type": "user_message", "detail": {"text": "only here"}, "source": "main", "sequence_number": 9}
        extra = lines(log_record(event="transcript.entry", message="only here", context=entry))
        name = f"{PREFIX}transcript.jsonl"
        first, rest = members[name].split(b"\n", 1)
        bundle = build_run({**members, name: first + b"\n" + extra + rest})
        found = rows(bundle, "SELECT line, session_id FROM logs WHERE message = 'only here'")
        assert found == [(2, "890dbde2-5b5e-4bce-8675-25ce41d8dd7c")]
        assert column(
            bundle,
            "SELECT text FROM transcript_entries WHERE sequence_number = 9 AND entry_type = 'user_message' AND raw_type = 'user_message'",
        ) == ["only here"]
        ledger = "SELECT first, last, status FROM ledger WHERE artifact_id IN (SELECT id FROM artifacts WHERE kind = 'transcript')"
        count = members[name].count(b"\n") + 1
        assert rows(bundle, ledger) == [(1, 1, "duplicate"), (2, 2, "imported"), (3, count, "duplicate")]

    def test_without_log(self, build_run, members):
        """Without a log the transcript's lines are imported."""
        bundle = build_run({key: data for key, data in members.items() if not key.endswith("app.jsonl")})
        count = members[f"{PREFIX}transcript.jsonl"].count(b"\n")
        assert rows(bundle, "SELECT count(*), count(DISTINCT event) FROM logs") == [(count, 1)]
        assert column(bundle, "SELECT entry_count FROM runs") == [count]
