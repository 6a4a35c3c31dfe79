"""Every bundle can be redacted, however it came to be, and a bundle of which only a part is redacted says so."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from support.artifact_samples import archive, lines, log_record, write_files
from support.command_runner import run
from support.run_zip_sample import RUN_ZIP

from wink_debug_bundle import BundleVersionError, Dataset, DebugBundle, redact
from wink_debug_bundle.pipeline.bundle_migration import migrate_bundle

pytest.importorskip("re2", reason="the extra redact installs google-re2")

SECRET = "ghp_" + "x7Kq2Wm9Lb4Tz8Rn5Vc1Yd6Hf3Jg0PsAeUiO"
TOKEN = re.compile(r"\[[A-Z_]+:[A-Z2-7]{8}\]")


def rows(bundle: Path, sql: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query."""
    with closing(sqlite3.connect(bundle)) as connection:
        return connection.execute(sql).fetchall()


def counts(bundle: Path) -> dict[tuple[str, str, str], int]:
    """Return what was replaced, by rule and column."""
    return {row[:3]: row[3] for row in rows(bundle, "SELECT rule, table_name, column_name, count FROM redactions")}


def mark(bundle: Path) -> Any:
    """Return the mark of the redaction; None if the bundle is not redacted."""
    [(text,)] = rows(bundle, "SELECT redaction FROM bundle_meta")
    return None if text is None else json.loads(text)


def folder(place: Path, text: str) -> Path:
    """Return a folder with two logs in folders of their own, which have a token and a text."""
    files = {f"{name}/session.log": lines(log_record(message=f"{text} {name} {SECRET}")) for name in "ab"}
    return write_files(place, files)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a bundle that has a token twice."""
    place = tmp_path_factory.mktemp("plain")
    DebugBundle.from_directory(folder(place / "debug", "first"), output=place / "b.db", recursive=True).close()
    return place / "b.db"


@pytest.fixture(scope="module")
def redacted(plain: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return that bundle redacted."""
    output = tmp_path_factory.mktemp("redacted") / "redacted.db"
    redact(plain, output, jobs=1)
    return output


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a bundle of other logs with the same token."""
    place = tmp_path_factory.mktemp("other")
    DebugBundle.from_directory(folder(place / "debug", "second"), output=place / "b.db", recursive=True).close()
    return place / "b.db"


@pytest.fixture
def mixed(redacted: Path, other: Path, tmp_path: Path) -> Path:
    """Return a merge of a redacted bundle and of one that is not."""
    DebugBundle.merge([redacted, other], tmp_path / "mixed.db").close()
    return tmp_path / "mixed.db"


class TestEarlierReleases:
    """Bundles that a release without redaction built."""

    @pytest.fixture
    def old(self, plain: Path, tmp_path: Path) -> Path:
        """Return a bundle without the table and the column that redaction needs."""
        old = Path(shutil.copy(plain, tmp_path / "old.db"))
        with closing(sqlite3.connect(old)) as connection, connection:
            [(sql,)] = connection.execute("SELECT sql FROM sqlite_schema WHERE name = 'bundle_meta'").fetchall()
            older = sql[: sql.index("    redaction TEXT")].replace("tags TEXT,", "tags TEXT") + ")"
            connection.execute("DROP TABLE redactions")
            connection.execute("PRAGMA writable_schema = 1")
            connection.execute("UPDATE sqlite_schema SET sql = ? WHERE name = 'bundle_meta'", (older,))
        return old

    def test_they_are_refused(self, old: Path, tmp_path: Path) -> None:
        """One line says what to do, and nothing is written."""
        with pytest.raises(BundleVersionError, match="run: wink-debug-bundle migrate"):
            redact(old, tmp_path / "new.db")
        result = run("redact", old, "-o", tmp_path / "new.db")
        assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
        assert [path.name for path in tmp_path.iterdir()] == ["old.db"]

    def test_they_are_redacted_after_a_migration(self, old: Path, tmp_path: Path) -> None:
        """The new bundle is sound, and has no secret in any page."""
        migrate_bundle(old)
        redact(old, tmp_path / "new.db", jobs=1)
        assert SECRET.encode() not in (tmp_path / "new.db").read_bytes()
        with DebugBundle.open(tmp_path / "new.db") as bundle:
            assert bundle.verify().is_sound


class TestAgain:
    """The redaction of what is redacted."""

    def test_counts_add_up_and_tokens_stay(self, redacted: Path, tmp_path: Path) -> None:
        """A word that was not known before is replaced, a token is not."""
        before = counts(redacted)
        summary = redact(redacted, tmp_path / "again.db", words=["first"], jobs=1)
        [(text,)] = rows(redacted, "SELECT message FROM logs ORDER BY id LIMIT 1")
        [(again,)] = rows(tmp_path / "again.db", "SELECT message FROM logs ORDER BY id LIMIT 1")
        assert {each.rule for each in summary.replaced} == {"literal"}
        assert TOKEN.findall(text) == TOKEN.findall(again)[1:]
        assert counts(tmp_path / "again.db") == {**before, ("literal", "logs", "message"): 2}
        assert mark(tmp_path / "again.db")["count"] == sum(before.values()) + 2


class TestForms:
    """Bundles in other forms, and built in other ways."""

    @pytest.mark.parametrize(
        "options",
        [{"share_text": True}, {"label": "one"}, {"shard": "1/2"}, {"search": "all"}],
        ids=str,
    )
    def test_a_built_one(self, plain: Path, tmp_path: Path, options: dict[str, Any]) -> None:
        """Bundles that share text, have labels, are built in part or have an index keep that, and no secret."""
        source = plain.parent / "debug"
        write_files(source, {"notes.txt": f"{SECRET}\n".encode() * 40})
        DebugBundle.from_directory(
            source, output=tmp_path / "b.db", recursive=True, keep_unrecognised=True, **options
        ).close()
        redact(tmp_path / "b.db", tmp_path / "new.db", jobs=1)
        assert SECRET[:14].encode() not in (tmp_path / "new.db").read_bytes()
        same = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"
        assert rows(tmp_path / "new.db", same) == rows(tmp_path / "b.db", same)
        evaluations = "SELECT evaluation FROM artifacts ORDER BY id"
        assert rows(tmp_path / "new.db", evaluations) == rows(tmp_path / "b.db", evaluations)
        with DebugBundle.open(tmp_path / "new.db") as bundle:
            assert bundle.verify().is_sound

    @pytest.mark.parametrize(("source", "target"), [("in.db.zst", "out.db"), ("in.db", "out.db.zst")])
    def test_a_packed_one(self, plain: Path, tmp_path: Path, source: str, target: str) -> None:
        """A packed bundle is read like another, and a name that ends in .zst makes a packed one."""
        with DebugBundle.open(plain) as bundle:
            bundle.pack(tmp_path / "in.db.zst")
        shutil.copy(plain, tmp_path / "in.db")
        redact(tmp_path / source, tmp_path / target, jobs=1)
        assert (tmp_path / target).read_bytes()[:4] == (b"\x28\xb5\x2f\xfd" if target.endswith("zst") else b"SQLi")
        with DebugBundle.open(tmp_path / target) as bundle:
            assert bundle.verify().is_sound
            assert "[GITHUB" in bundle.query("SELECT message FROM logs").fetchone()[0]

    def test_a_pulled_one(self, tmp_path: Path) -> None:
        """What is pulled from a dataset is a bundle like another."""
        pytest.importorskip("pyarrow", reason="the extra dataset installs pyarrow")
        pytest.importorskip("duckdb", reason="the extra dataset installs duckdb")
        folder(tmp_path / "debug", "first")
        shutil.copy(RUN_ZIP, tmp_path / "debug")
        assert run("dataset", "build", tmp_path / "debug", tmp_path / "dataset").exit_code == 0
        Dataset.open(tmp_path / "dataset").pull(tmp_path / "b.db", where="true")
        [(message, *_)] = rows(tmp_path / "b.db", "SELECT message FROM logs WHERE length(message) > 12 LIMIT 1")
        redact(tmp_path / "b.db", tmp_path / "new.db", words=[message], jobs=1)
        assert message.encode() not in (tmp_path / "new.db").read_bytes()
        assert rows(tmp_path / "new.db", "SELECT count(*) FROM runs") == [(1,)]

    def test_a_folder_is_refused(self, tmp_path: Path) -> None:
        """A dataset's folder is no bundle; one line says so."""
        result = run("redact", tmp_path, "-o", tmp_path / "new.db")
        assert (result.exit_code, result.stderr.count("\n")) == (1, 1)


class TestMixed:
    """Merges of a redacted bundle and of one that is not."""

    def test_it_keeps_the_counts_without_a_mark(self, mixed: Path, redacted: Path) -> None:
        """Who asks whether it is redacted is told that it is not."""
        assert mark(mixed) is None
        assert counts(mixed) == counts(redacted)

    def test_every_command_says_that_it_is_not_redacted(self, mixed: Path, redacted: Path, other: Path) -> None:
        """The merge, `info` and `verify` do."""
        merged = run("merge", redacted, other, "-o", mixed, "--force")
        assert "NOT redacted: only 1 of the bundles" in merged.output
        info = run("info", mixed)
        assert "NOT redacted: 2 places" in info.output
        assert "Redacted: profile" not in info.output
        assert json.loads(run("info", mixed, "--format", "json").output)["replaced_in_part"] == 2
        verified = run("verify", mixed)
        assert verified.exit_code == 0
        assert "is NOT redacted" in verified.output

    def test_its_merges_are_not_redacted_either(self, mixed: Path, redacted: Path, tmp_path: Path) -> None:
        """The counts of all are added."""
        DebugBundle.merge([mixed, redacted], tmp_path / "more.db").close()
        assert mark(tmp_path / "more.db") is None
        assert sum(counts(tmp_path / "more.db").values()) == 2 * sum(counts(redacted).values())

    def test_what_is_appended_keeps_the_counts(self, mixed: Path, redacted: Path, tmp_path: Path) -> None:
        """A directory can be added to it, as nobody takes it for redacted."""
        more = write_files(tmp_path / "more", {"session.log": lines(log_record(message="third"))})
        DebugBundle.from_directory(more, output=mixed, append=True).close()
        assert mark(mixed) is None
        assert counts(mixed) == counts(redacted)
        assert rows(mixed, "SELECT count(*) FROM logs") == [(5,)]

    def test_it_can_be_redacted(self, mixed: Path, tmp_path: Path) -> None:
        """Then all of it is, and the mark counts what was replaced before, too."""
        summary = redact(mixed, tmp_path / "new.db", jobs=1)
        assert mark(tmp_path / "new.db")["count"] == 2 + summary.count
        assert SECRET.encode() not in (tmp_path / "new.db").read_bytes()


def test_a_zip_without_its_directory_is_redacted_whole(tmp_path: Path) -> None:
    """Its kept bytes become a token, the members that were recovered from it stay, and `verify` and `extract` find nothing wrong."""
    data = archive({"ok.txt": "fine", "bad.txt": SECRET * 50})
    debug = write_files(tmp_path / "debug", {"files.zip": data[:-60]})
    DebugBundle.from_directory(debug, output=tmp_path / "b.db").close()
    redact(tmp_path / "b.db", tmp_path / "r.db", jobs=1)
    assert rows(tmp_path / "r.db", "SELECT content FROM files WHERE path = 'ok.txt'") == [("fine",)]
    with DebugBundle.open(tmp_path / "r.db") as bundle:
        assert [finding.text for finding in bundle.verify().findings] == []
        assert [finding.text for finding in bundle.extract(tmp_path / "out").findings] == []
