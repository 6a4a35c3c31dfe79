"""Whatever is changed in a bundle after it was built is a finding, and the finding names it."""

from __future__ import annotations

import random
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.artifact_samples import ROOT_SESSION, TOOL_INVOKED, lines, log_record, slice_of, snapshot, tool_event

from wink_debug_bundle import BundleError, DebugBundle
from wink_debug_bundle.database.schema_files import VIEWS, view_sql
from wink_debug_bundle.pipeline.bundle_migration import migrate_bundle

FLIPS, MANY_FLIPS = 40, 400


def verified(path: Path, **options):
    """Return the result of verifying the bundle."""
    with DebugBundle.open(path) as bundle:
        return bundle.verify(**options)


def changed(path: Path, folder: Path, *statements: str) -> Path:
    """Return a copy of the bundle in which the statements were run."""
    copy = shutil.copy(path, folder / "changed.db")
    with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)
    return Path(copy)


def digest_of(path: Path) -> str | None:
    """Return the digest that the bundle stores."""
    with DebugBundle.open(path) as bundle:
        return bundle.digest


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        ("UPDATE runs SET status = 'success', error_message = NULL", "rows of the table runs were changed"),
        ("DELETE FROM failures", r"the table failures has 0 rows, and had \d+"),
        ("UPDATE tool_invocations SET result_success = 1 - result_success", "rows of the table tool_invocations"),
        ("UPDATE tool_invocations SET params = '{}'", "rows of the table tool_invocations"),
        ("UPDATE calls SET outcome = 'succeeded'", "rows of the table calls"),
        ("UPDATE logs SET session_id = NULL", "rows of the table logs"),
        ("UPDATE logs SET message = 'nothing' WHERE id = 5", "its lines do not have the SHA-256"),
        ("UPDATE slice_items SET payload = '{}' WHERE id = 1", "its lines do not have the SHA-256"),
        ("UPDATE artifacts SET is_exact = 0", "rows of the table artifacts"),
        ("UPDATE bundle_meta SET description = 'x'", "rows of the table bundle_meta"),
        ("UPDATE blobs SET size_bytes = size_bytes + 1", "rows of the table blobs"),
        ("INSERT INTO duplicate_lines VALUES (1, 9, 9, 1)", "the table duplicate_lines has"),
        ("CREATE VIEW mine AS SELECT 1", "the view mine was added"),
        ("CREATE TABLE mine (a)", "the table mine was added"),
        ("CREATE INDEX mine ON logs (message)", "the index mine was added"),
        ("CREATE TRIGGER mine AFTER INSERT ON logs BEGIN SELECT 1; END", "the trigger mine was added"),
        ("DROP VIEW tool_calls", "the object tool_calls was removed"),
    ],
)
def test_change(release_bundle, tmp_path, statement, text):
    """A changed, lost or added row or object of the schema is found."""
    result = verified(changed(release_bundle("0.27.0"), tmp_path, statement))
    assert any(re.search(text, finding.text) for finding in result.findings), result.findings


def test_changed_comment(release_bundle, tmp_path):
    """A changed comment in the schema is found, and the object is named."""
    path = changed(
        release_bundle("0.27.0"),
        tmp_path,
        "PRAGMA writable_schema = 1",
        "UPDATE sqlite_master SET sql = replace(sql, 'Always 1', 'Always 2') WHERE name = 'bundle_meta'",
    )
    assert "the SQL of the table bundle_meta was changed after the bundle was built" in [
        finding.text for finding in verified(path).findings
    ]


class TestCopies:
    """Copies that SQLite makes hold the same rows, and have the same digest."""

    @pytest.mark.parametrize("statements", [("VACUUM",), ("PRAGMA page_size = 16384", "VACUUM")])
    def test_rewritten(self, release_bundle, tmp_path, statements):
        """Another layout of the file changes no digest; that the file's own checksums are gone is said."""
        original = release_bundle("0.27.0")
        path = changed(original, tmp_path, *statements)
        result = verified(path, digest=digest_of(original))
        assert result.findings == ()
        assert "no checksums" in result.remarks[0]

    def test_backup(self, release_bundle, tmp_path):
        """A backup has the same digest."""
        original = release_bundle("0.27.0")
        with closing(sqlite3.connect(original)) as source, closing(sqlite3.connect(tmp_path / "b.db")) as target:
            source.backup(target)
        result = verified(tmp_path / "b.db", digest=digest_of(original))
        assert (result.findings, result.digest) == ((), digest_of(original))


def test_digest_kept_elsewhere(release_bundle):
    """A digest is compared with or without its prefix; another one is a finding, and what is none is refused."""
    path = release_bundle("0.27.0")
    digest = digest_of(path)
    assert verified(path, digest=digest.removeprefix("sha256:").upper()).is_sound
    [finding] = verified(path, digest="0" * 64).findings
    assert finding.text == f"its digest is {digest}, and should be sha256:{'0' * 64}"
    with pytest.raises(ValueError, match="is not a digest"):
        verified(path, digest="abc")


class TestKeptLines:
    """Rows of lines whose text is kept are made again from the text."""

    @pytest.fixture
    def bundle(self, build) -> Path:
        """Return a bundle in which a snapshot and a log record hold NaN."""
        items = slice_of("app:Note", {"n": float("nan")}, {"text": "b"}), slice_of(TOOL_INVOKED, tool_event())
        return build(
            {
                f"{ROOT_SESSION}.jsonl": lines(snapshot(ROOT_SESSION, *items)),
                "a.log": lines(log_record(context={"n": float("nan")})),
            }
        )

    def test_sound(self, bundle, tmp_path):
        """What was not changed is no finding, beside the sources or not."""
        assert verified(bundle, against=tmp_path / "debug").findings == ()

    def test_events_of_one_id(self, build, tmp_path):
        """Of several events of one id in a line, only the first has a row, which is compared with no other."""
        first = slice_of(TOOL_INVOKED, tool_event() | {"name": "other"}, {"n": float("nan")})
        path = build({"s.jsonl": lines(snapshot(ROOT_SESSION, first, slice_of(TOOL_INVOKED, tool_event())))})
        assert verified(path, against=tmp_path / "debug").findings == ()

    @pytest.mark.parametrize(
        ("statement", "text"),
        [
            (
                "UPDATE logs SET message = 'x'",
                "the column message of its log record (table logs) is not what its kept text says",
            ),
            (
                "UPDATE slice_items SET payload = '{}' WHERE id = 2",
                "the column payload of its item 1 (table slice_items) is not",
            ),
            ("UPDATE snapshots SET created_at = ''", "the column created_at of its snapshot (table snapshots) is not"),
            (
                "UPDATE tool_invocations SET tool_name = 'x'",
                "the column tool_name of its event event-1 (table tool_invocations) is not",
            ),
            ("DELETE FROM tool_invocations", "its event event-1 has no row in tool_invocations"),
        ],
    )
    def test_changed(self, bundle, tmp_path, statement, text):
        """A changed row is found, and its line named."""
        findings = verified(changed(bundle, tmp_path, statement)).findings
        assert [finding.line for finding in findings if text in finding.text] == [1]


def found_flips(path: Path, count: int, folder: Path) -> int:
    """Flip single bits in parts of the file that are in use, and in its header; return how many verify finds."""
    data, copy, draw, found = path.read_bytes(), folder / "flipped.db", random.Random(11), 0
    used = [start for start in range(0, len(data), 256) if any(data[start : start + 256])]
    for number in range(count):
        place = draw.randrange(100) if number % 8 == 0 else draw.choice(used) + draw.randrange(256)
        flipped = bytearray(data)
        flipped[min(place, len(data) - 1)] ^= 1 << draw.randrange(8)
        copy.write_bytes(flipped)
        try:
            found += not verified(copy).is_sound
        except BundleError:
            found += 1
    return found


def test_bit_flips(build, tmp_path):
    """Every flipped bit is found."""
    path = build({f"{ROOT_SESSION}.jsonl": lines(snapshot()), "a.log": lines(*[log_record()] * 50)})
    assert found_flips(path, FLIPS, tmp_path) == FLIPS


@pytest.mark.slow
@pytest.mark.parametrize("release", ["0.20.0", "0.27.0"])
def test_many_bit_flips(release_bundle, tmp_path, release):
    """Every one of 400 flipped bits is found."""
    assert found_flips(release_bundle(release), MANY_FLIPS, tmp_path) == MANY_FLIPS


def test_earlier_release(release_bundle, tmp_path):
    """A bundle without digests is checked as far as it can be; a migrated one has digests."""
    tables = "DROP TABLE digests", "DROP TABLE line_forms"
    reading = [name for name in VIEWS if ".evaluation" in view_sql(name) or name == "evaluation_results"]
    views = [f"DROP VIEW {name}" for name in reading]
    added = "is_exact", "is_folder", "archive_id", "archive_member", "original_id", "evaluation"
    columns = [f"ALTER TABLE artifacts DROP COLUMN {name}" for name in added]
    path = changed(release_bundle("0.24.0"), tmp_path, *tables, *views, *columns)
    result = verified(path)
    assert (result.findings, result.digest, digest_of(path)) == ((), None, None)
    assert any("has no digests" in remark for remark in result.remarks)
    migrate_bundle(path)
    migrated = verified(path)
    assert (migrated.findings, migrated.remarks) == ((), ())
    assert migrated.digest == digest_of(path) is not None
