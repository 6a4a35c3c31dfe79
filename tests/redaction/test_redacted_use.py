"""A redacted bundle is used like any other, and says what it cannot prove."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import stat
from base64 import b64encode
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from support.artifact_samples import (
    ROOT_SESSION,
    TOOL_INVOKED,
    lines,
    log_record,
    slice_of,
    snapshot,
    tool_event,
    write_files,
)
from support.command_runner import run
from support.planted_secrets.planted_bundle import PlantedBundle

from wink_debug_bundle import BundleError, DebugBundle, redact

pytest.importorskip("re2", reason="the extra redact installs google-re2")

SECRET = "ghp_" + "x7Kq2Wm9Lb4Tz8Rn5Vc1Yd6Hf3Jg0PsAeUiO"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a log that has a token."""
    records = [log_record(message=f"using {SECRET} now"), log_record(message="all is well")]
    return write_files(tmp_path_factory.mktemp("debug"), {"session.log": lines(*records)})


@pytest.fixture(scope="module")
def shared(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the bundle of that folder, redacted while it was built."""
    output = tmp_path_factory.mktemp("shared") / "shared.db"
    DebugBundle.from_directory(folder, output=output, redact="share").close()
    return output


def values(bundle: Path, sql: str) -> list[Any]:
    """Return the values of a query with one column."""
    with closing(sqlite3.connect(bundle)) as connection:
        return [value for (value,) in connection.execute(sql)]


def test_failures_for_the_same_reason_are_counted_together(tmp_path: Path) -> None:
    """What differed from one failure to the next, and is redacted, does not make them different reasons."""
    messages = ["connection reset by 174.130.146.128:40014", "connection reset by 174.130.151.7:40915"]
    results = [{"message": each, "value": None, "success": False} for each in messages]
    events = [tool_event(f"event-{number}", result=result) for number, result in enumerate(results)]
    folder = write_files(
        tmp_path / "debug", {"session.jsonl": lines(snapshot(ROOT_SESSION, slice_of(TOOL_INVOKED, *events)))}
    )
    DebugBundle.from_directory(folder, output=tmp_path / "before.db").close()
    redact(tmp_path / "before.db", tmp_path / "after.db")
    counted = "SELECT signature || count(*) FROM failures GROUP BY signature"
    assert values(tmp_path / "after.db", counted) == ["connection reset by <address>2"]
    assert values(tmp_path / "before.db", counted) == ["connection reset by <address>2"]


def test_words_of_signatures_are_replaced(tmp_path: Path) -> None:
    """The word for what a signature leaves out may itself be one that nobody may read."""
    failed = {"message": "no answer from 174.130.146.128", "value": None, "success": False}
    session = snapshot(ROOT_SESSION, slice_of(TOOL_INVOKED, tool_event(result=failed)))
    folder = write_files(tmp_path / "debug", {"session.jsonl": lines(session)})
    DebugBundle.from_directory(folder, output=tmp_path / "before.db").close()
    redact(tmp_path / "before.db", tmp_path / "after.db", words=["address"])
    (signature,) = values(tmp_path / "after.db", "SELECT signature FROM failures")
    assert re.fullmatch(r"no answer from <\[WORD:[A-Z2-7]{8}\]>", signature)


def test_short_base64_of_an_address_and_of_a_user_is_replaced(tmp_path: Path) -> None:
    """What is too short to be decoded by itself is found when the rules find what it stands for elsewhere."""
    hidden = [b64encode(value).decode() for value in (b"174.130.146.128", b"bwhbmorvegfno")]
    texts = ["from 174.130.146.128", "/home/bwhbmorvegfno/desk.py", *(f"payload {each} sent" for each in hidden)]
    folder = write_files(tmp_path / "debug", {"session.log": lines(*(log_record(message=text) for text in texts))})
    DebugBundle.from_directory(folder, output=tmp_path / "b.db", redact="share").close()
    messages = values(tmp_path / "b.db", "SELECT message FROM logs ORDER BY id")
    assert ["[" in message for message in messages] == [True] * 4
    assert [each for each in hidden if each.rstrip("=") in "".join(messages)] == []


@pytest.mark.parametrize("size", [14, 24, 39])
def test_the_beginning_of_a_value_is_replaced_where_texts_are_cut(tmp_path: Path, size: int) -> None:
    """Also in the ends of outputs, of texts in JSON, of failures and of files, and the proof agrees."""
    start = SECRET[:size]
    texts = [f"using {SECRET} now", f"{start}...", "x" * 990 + SECRET]
    records = [log_record(message=text, context={"output": f"it said {start}"}) for text in texts]
    records.append(log_record(level="ERROR", event="desk.failed", message=f"failed with {start}"))
    session = snapshot(ROOT_SESSION, slice_of(TOOL_INVOKED, tool_event(rendered_output=start.rjust(1000, "."))))
    files = {"session.log": lines(*records), f"{ROOT_SESSION}.jsonl": lines(session), "notes.txt": start.encode()}
    folder = write_files(tmp_path / "debug", files)
    bundle = tmp_path / "b.db"
    DebugBundle.from_directory(folder, output=bundle, redact="share", keep_unrecognised=True).close()
    assert SECRET[:14].encode() not in bundle.read_bytes()
    [output] = values(bundle, "SELECT rendered_output FROM tool_invocations")
    token = values(bundle, "SELECT message FROM logs ORDER BY id")[0].split()[1]
    assert output.endswith(f".{token}")
    assert values(bundle, "SELECT message FROM logs ORDER BY id")[1:3] == [f"{token}...", "x" * 990 + token]


class TestCreate:
    """`create --redact`."""

    def test_no_unredacted_byte_is_left(self, shared: Path) -> None:
        """The bundle is private, has a token in the place of the secret, and nothing else is in the folder."""
        assert SECRET.encode() not in shared.read_bytes()
        assert stat.S_IMODE(shared.stat().st_mode) == 0o600
        assert list(shared.parent.iterdir()) == [shared]
        assert "[GITHUB" in values(shared, "SELECT message FROM logs")[0]

    def test_the_command(self, folder: Path, tmp_path: Path) -> None:
        """The option without a value means the profile share."""
        result = run("create", folder, "-o", tmp_path / "b.db", "--redact")
        assert result.exit_code == 0, result.output
        assert json.loads(values(tmp_path / "b.db", "SELECT redaction FROM bundle_meta")[0])["profile"] == "share"
        assert SECRET not in result.output

    def test_append_refuses(self, folder: Path, shared: Path) -> None:
        """What is added would not be redacted."""
        with pytest.raises(BundleError, match="is redacted"):
            DebugBundle.from_directory(folder, output=shared, append=True)


class TestOriginals:
    """What cannot be proven any more."""

    def test_verify_says_so(self, shared: Path) -> None:
        """Nothing is wrong, and the note says why an artifact is not proven."""
        result = run("verify", shared)
        assert result.exit_code == 0
        assert "Note: the bundle is redacted (profile share)" in result.output

    def test_verify_does_not_compare(self, shared: Path, folder: Path) -> None:
        """A comparison with the originals would find what was replaced."""
        result = run("verify", shared, "--against", folder)
        assert result.exit_code == 1
        assert "is redacted" in result.output
        assert SECRET not in result.output

    def test_extract_says_so(self, shared: Path, tmp_path: Path) -> None:
        """The files that are written have tokens."""
        result = run("extract", shared, "--output", tmp_path / "out")
        assert "Note: the bundle is redacted" in result.output
        assert SECRET not in (tmp_path / "out" / "session.log").read_text()


class TestInfo:
    """`info`."""

    def test_counts_what_looks_like_a_secret(self, folder: Path, tmp_path: Path) -> None:
        """It says how many there are, and shows none."""
        DebugBundle.from_directory(folder, output=tmp_path / "b.db").close()
        result = run("info", tmp_path / "b.db")
        assert "Looks like secrets: 1, in " in result.output
        assert SECRET not in result.output

    def test_says_that_a_bundle_is_redacted(self, shared: Path) -> None:
        """Its profile and the number of places are shown, and no secret is left to be counted."""
        result = run("info", shared, "--format", "json")
        described = json.loads(result.output)
        assert described["redaction"]["profile"] == "share"
        assert described["secrets"]["count"] == 0


class TestMerge:
    """Merges of redacted bundles."""

    def test_of_redacted_ones_is_redacted(self, shared: Path, folder: Path, tmp_path: Path) -> None:
        """The counts are added."""
        DebugBundle.from_directory(folder, output=tmp_path / "b.db", redact="strict").close()
        DebugBundle.merge([shared, tmp_path / "b.db"], tmp_path / "merged.db").close()
        mark = json.loads(values(tmp_path / "merged.db", "SELECT redaction FROM bundle_meta")[0])
        assert mark["profile"] == "share"
        assert mark["count"] == sum(values(tmp_path / "merged.db", "SELECT count FROM redactions"))

    def test_with_another_is_not(self, shared: Path, folder: Path, tmp_path: Path) -> None:
        """A bundle is redacted only if all of it is."""
        DebugBundle.from_directory(folder, output=tmp_path / "b.db").close()
        DebugBundle.merge([shared, tmp_path / "b.db"], tmp_path / "merged.db").close()
        assert values(tmp_path / "merged.db", "SELECT redaction FROM bundle_meta") == [None]


class TestCommands:
    """Every command that reads a bundle."""

    @pytest.mark.parametrize(
        "arguments",
        [
            ["cat"],
            ["cell", "logs.1.message"],
            ["cost"],
            ["export", "logs"],
            ["export", "--format", "otlp", "--content"],
            ["export", "--format", "atif", "OUT"],
            ["export", "logs", "-o", "OUT.parquet"],
            ["query", "SELECT count(*) FROM transcript_entries"],
            ["query", "--name", "failure-reasons"],
            ["report", "--output", "OUT.html"],
            ["schema"],
            ["search", "config"],
            ["show"],
            ["extract", "--output", "OUT"],
            ["pack", "--output", "OUT.zst"],
            ["migrate"],
            ["index"],
        ],
        ids=lambda arguments: " ".join(arguments[:2]),
    )
    def test_opens_it(self, planted: PlantedBundle, planted_shared: Path, tmp_path: Path, arguments: list[str]) -> None:
        """The command does its work, and shows nothing that was planted."""
        bundle = tmp_path / "bundle.db"
        shutil.copy(planted_shared, bundle)
        name, *more = [each.replace("OUT", str(tmp_path / "out")) for each in arguments]
        if name == "cat":
            more = [values(bundle, "SELECT path FROM files WHERE content <> '' GROUP BY path HAVING count(*) = 1")[0]]
        if "parquet" in str(more):
            pytest.importorskip("pyarrow", reason="the extra dataset installs pyarrow")
        if name == "show":
            more = [values(bundle, "SELECT bundle_id FROM runs")[0]]
        result = run(name, bundle, *more)
        assert result.exit_code == 0, result.output
        written = "".join(path.read_text(errors="replace") for path in (tmp_path / "out").glob("*.json"))
        shown = result.output + written
        assert [
            each.kind.name for each in planted.artifacts.secrets if len(each.value) > 8 and each.value in shown
        ] == []

    def test_a_second_redaction_finds_nothing_more(self, planted_shared: Path, tmp_path: Path) -> None:
        """Tokens are no secrets."""
        summary = redact(planted_shared, tmp_path / "again.db", jobs=1)
        assert {each.rule for each in summary.replaced} <= {"compressed"}

    def test_a_packed_one(self, planted_shared: Path, tmp_path: Path) -> None:
        """A packed bundle is redacted like another, into a packed one."""
        with DebugBundle.open(planted_shared) as bundle:
            bundle.pack(tmp_path / "in.db.zst")
        redact(tmp_path / "in.db.zst", tmp_path / "out.db.zst", profile="strict", jobs=1)
        with DebugBundle.open(tmp_path / "out.db.zst") as bundle:
            assert bundle.verify().is_sound


def test_tokens_are_not_counted_as_secrets(tmp_path: Path) -> None:
    """A token behind the name of a secret looks like one to rules."""
    records = [log_record(message=f"API_KEY={SECRET} password=aB3xx9{number}kQ77") for number in range(9)]
    DebugBundle.from_directory(
        write_files(tmp_path / "debug", {"session.log": lines(*records)}), output=tmp_path / "b.db"
    ).close()
    redact(tmp_path / "b.db", tmp_path / "r.db", jobs=1)
    with DebugBundle.open(tmp_path / "r.db") as bundle:
        counts = bundle.count_secrets()
    assert counts is not None
    assert counts.count == 0
