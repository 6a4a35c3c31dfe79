"""A redacted bundle has nothing of what was planted, is sound, and opens with every command."""

from __future__ import annotations

import json
import re
import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from support.command_runner import run
from support.independent_scan.bundle_scan import sightings
from support.planted_secrets.planted_bundle import PlantedBundle

from wink_debug_bundle import DebugBundle, RedactionSummary, redact

pytest.importorskip("re2", reason="the extra redact installs google-re2")

TOKEN = re.compile(r"\[[A-Z][A-Z0-9_]*:[A-Z2-7]{8}\]")


class Redacted:
    """A redacted bundle."""

    def __init__(self, path: Path, summary: RedactionSummary) -> None:
        self.path = path
        self.summary = summary


@pytest.fixture
def redacted(shared_summary: RedactionSummary, planted_shared: Path) -> Redacted:
    """Return the planted bundle redacted with the profile share."""
    return Redacted(planted_shared, shared_summary)


@pytest.fixture(scope="session")
def strict(planted: PlantedBundle, tmp_path_factory: pytest.TempPathFactory) -> Redacted:
    """Return the planted bundle redacted with the profile strict."""
    output = tmp_path_factory.mktemp("strict") / "strict.db"
    return Redacted(output, redact(planted.bundle, output, words=planted.artifacts.words, profile="strict", jobs=1))


def rows(bundle: Path, sql: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query."""
    with closing(sqlite3.connect(bundle)) as connection:
        return connection.execute(sql).fetchall()


class TestContent:
    """What is in a redacted bundle."""

    def test_next_to_nothing_is_left(self, planted: PlantedBundle, redacted: Redacted) -> None:
        """Of all planted secrets, the independent scan sees none but those whose text nothing tells from others."""
        left = {each.secret.number for each in sightings(redacted.path, planted.artifacts.secrets)}
        assert len(left) <= len(planted.artifacts.secrets) // 100

    def test_strict_leaves_no_free_text(self, planted: PlantedBundle, strict: Redacted) -> None:
        """The profile strict drops messages, contexts, results and files, and nothing that was planted is left."""
        assert list(sightings(strict.path, planted.artifacts.secrets)) == []
        assert rows(strict.path, "SELECT DISTINCT message, context FROM logs") == [("", None)]
        assert rows(strict.path, "SELECT DISTINCT content FROM files WHERE content IS NOT NULL") == [("",)]
        assert rows(strict.path, "SELECT count(*) FROM logs") == rows(planted.bundle, "SELECT count(*) FROM logs")

    @pytest.mark.parametrize("name", ["redacted", "strict"])
    def test_is_sound(self, request: pytest.FixtureRequest, name: str) -> None:
        """Hashes, sizes, ledgers, directories of zips, digests and the bytes of the file agree."""
        with DebugBundle.open(request.getfixturevalue(name).path) as bundle:
            assert [finding.text for finding in bundle.verify().findings] == []

    def test_json_stays_json(self, redacted: Redacted) -> None:
        """A token does not break the JSON around it."""
        for table, column in (("logs", "context"), ("slice_items", "payload"), ("tool_invocations", "params")):
            for (value,) in rows(redacted.path, f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL"):
                json.loads(value)

    def test_rows_stay(self, planted: PlantedBundle, redacted: Redacted) -> None:
        """No row of what was recorded is lost."""
        for table in ("logs", "slice_items", "files", "runs", "entries", "calls", "artifacts", "ledger"):
            sql = f"SELECT count(*) FROM {table}"
            assert rows(redacted.path, sql) == rows(planted.bundle, sql), table

    def test_hashes_of_what_changed_are_gone(self, planted: PlantedBundle, redacted: Redacted) -> None:
        """The hash of an artifact that changed is NULL, and manifests do not tell it either."""
        old = {sha for (sha,) in rows(planted.bundle, "SELECT sha256 FROM artifacts WHERE sha256 IS NOT NULL")}
        kept = {sha for (sha,) in rows(redacted.path, "SELECT sha256 FROM artifacts WHERE sha256 IS NOT NULL")}
        text = "".join(value or "" for (value,) in rows(redacted.path, "SELECT content FROM run_members"))
        assert kept < old
        assert [sha for sha in old - kept if sha in text] == []

    def test_counts_have_no_values(self, planted: PlantedBundle, redacted: Redacted) -> None:
        """The table redactions names rules, tables and columns; bundle_meta says that the bundle is redacted."""
        counted = rows(redacted.path, "SELECT rule, table_name, column_name, count FROM redactions")
        assert sum(row[-1] for row in counted) == redacted.summary.count
        [(mark,)] = rows(redacted.path, "SELECT redaction FROM bundle_meta")
        assert json.loads(mark)["profile"] == "share"
        assert rows(planted.bundle, "SELECT redaction FROM bundle_meta") == [(None,)]


class TestFile:
    """The file of a redacted bundle."""

    def test_only_its_owner_can_read_it(self, redacted: Redacted) -> None:
        """The mode is 0600, and nothing else is left in the folder."""
        assert stat.S_IMODE(redacted.path.stat().st_mode) == 0o600
        assert [path.name for path in redacted.path.parent.iterdir()] == [redacted.path.name]

    def test_the_search_index_is_made_again(self, planted: PlantedBundle, redacted: Redacted) -> None:
        """The bundle has an index, as it had before, of the redacted texts."""
        assert rows(redacted.path, "SELECT count(*) FROM search_rows") == rows(
            planted.bundle, "SELECT count(*) FROM search_rows"
        )


class TestTokens:
    """What stands for a secret."""

    def test_a_map_gives_equal_tokens(self, planted: PlantedBundle, tmp_path: Path) -> None:
        """Two bundles that are redacted with one map have the same tokens, whose values the private map has."""
        words = planted.artifacts.words
        for name in ("a.db", "b.db"):
            redact(planted.bundle, tmp_path / name, words=words, profile="strict", token_map=tmp_path / "map", jobs=1)
        paths = [rows(tmp_path / name, "SELECT path FROM artifacts ORDER BY id") for name in ("a.db", "b.db")]
        assert paths[0] == paths[1]
        assert TOKEN.search(str(paths[0]))
        assert stat.S_IMODE((tmp_path / "map").stat().st_mode) == 0o600
        kept = json.loads((tmp_path / "map").read_text())["tokens"]
        assert {token for (path,) in paths[0] for token in TOKEN.findall(path)} <= kept.keys()

    def test_without_a_map_tokens_differ(self, redacted: Redacted, strict: Redacted) -> None:
        """The key is random for each run."""
        found = [set(TOKEN.findall(str(rows(each.path, "SELECT path FROM artifacts")))) for each in (redacted, strict)]
        assert found[0]
        assert found[0].isdisjoint(found[1])


class TestCommand:
    """The command `redact`."""

    def test_dry_run_writes_nothing(self, planted: PlantedBundle, tmp_path: Path) -> None:
        """It says what would be replaced, without any value."""
        result = run("redact", planted.bundle, "--dry-run", "--profile", "strict", "--jobs", 1)
        assert result.exit_code == 0
        assert "Would replace: " in result.output
        assert list(tmp_path.iterdir()) == []
        assert [each.value for each in planted.artifacts.secrets if each.value in result.output] == []

    def test_the_bundle_itself_is_no_output(self, planted: PlantedBundle) -> None:
        """The old bundle stays as it is, also with --force."""
        before = planted.bundle.read_bytes()
        assert run("redact", planted.bundle, "-o", planted.bundle, "--force").exit_code == 1
        assert planted.bundle.read_bytes() == before
