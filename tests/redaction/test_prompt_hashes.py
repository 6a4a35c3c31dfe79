"""The hashes of a prompt's parts become tokens where a text of the prompt was changed, and stay where none was."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.artifact_samples import (
    PROMPT_RENDERED,
    archive,
    column,
    lines,
    log_record,
    rendered_event,
    rows,
    slice_of,
    snapshot,
)
from support.run_zip_sample import PREFIX, RUN_ZIP, RUN_ZIP_NAME

from wink_debug_bundle import DebugBundle, redact

pytest.importorskip("re2", reason="the extra redact installs google-re2")

SECRET = "ghp_" + "x7Kq2Wm9Lb4Tz8Rn5Vc1Yd6Hf3Jg0PsAeUiO"
TOKEN = re.compile(r"\[SHA256:[A-Z2-7]{8}\]")
SESSIONS = ("11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222")


def digest(text: str) -> str:
    """Return the hash that the library makes of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


SHARED, OWN, OTHER, TOOL, EXAMPLE = map(digest, ("shared", f"use {SECRET}", "other", "contract", "example"))


def rendered(session: str, text: str, *sections: str) -> dict[str, Any]:
    """Return a snapshot of a session that rendered a prompt with these hashes of its sections."""
    descriptor = {
        "ns": "ns",
        "key": "key",
        "sections": [{"path": [str(number)], "content_hash": each} for number, each in enumerate(sections)],
        "tools": [{"name": "ping", "contract_hash": TOOL, "example_hashes": [EXAMPLE]}],
        "task_examples": [],
    }
    event = rendered_event(f"event-{session}", session_id=session, rendered_prompt=text, descriptor=descriptor)
    return snapshot(session, slice_of(PROMPT_RENDERED, event))


def parts(bundle: Path) -> dict[tuple[str, str], str]:
    """Return the hash of each part, by its session and its name."""
    found = rows(bundle, "SELECT session_id, kind || ' ' || name, hash FROM prompt_parts")
    return {(session, name): hash_ for session, name, hash_ in found}


def run_zip(change: Callable[[str, bytes], bytes]) -> bytes:
    """Return the zip of a run, of which each member is what `change` returns for its name below the folder."""
    with zipfile.ZipFile(RUN_ZIP) as opened:
        names = opened.namelist()
        return archive([(name, change(name.removeprefix(PREFIX), opened.read(name))) for name in names])


def redacted(bundle: Path, **options: Any) -> Path:
    """Return the redacted bundle, beside the bundle."""
    output = bundle.with_name("redacted.db")
    redact(bundle, output, jobs=1, **options)
    return output


@pytest.fixture
def two(build: Callable[..., Path]) -> Path:
    """Return a bundle of two sessions, of which the prompt of the first has a secret."""
    first = rendered(SESSIONS[0], f"shared\nuse {SECRET}", SHARED, OWN)
    second = rendered(SESSIONS[1], "shared\nother", SHARED, OTHER)
    log = lines(log_record(message=f"seen {OWN}, {EXAMPLE} and {OTHER}"))
    return build({"a.jsonl": lines(first), "b.jsonl": lines(second), "app.log": log})


def test_hashes_of_a_changed_prompt_are_told_nowhere(two: Path) -> None:
    """Sections, tools and their examples become tokens in parts, slice items and logs, and in no byte of the file stay."""
    output = redacted(two)
    data = output.read_bytes()
    assert [name for name in (SHARED, OWN, TOOL, EXAMPLE) if name.encode() in data] == []
    [message] = column(output, "SELECT message FROM logs")
    assert len(TOKEN.findall(message)) == 2


def test_equal_versions_stay_equal(two: Path) -> None:
    """A part that an unchanged prompt shares with a changed one has the same token in both; its other hashes stay."""
    found = parts(redacted(two))
    assert TOKEN.fullmatch(found[SESSIONS[0], "section 0"])
    assert found[SESSIONS[0], "section 0"] == found[SESSIONS[1], "section 0"]
    assert found[SESSIONS[0], "section 1"] != found[SESSIONS[1], "section 1"] == OTHER


def test_parts_agree_with_what_they_were_read_from(two: Path) -> None:
    """The token of a part is the one in the item that described it."""
    output = redacted(two)
    [told] = column(output, f"SELECT payload FROM slice_items WHERE session_id = '{SESSIONS[0]}'")
    assert json.loads(told)["descriptor"]["sections"][1]["content_hash"] == parts(output)[SESSIONS[0], "section 1"]


def test_hashes_stay_where_no_prompt_changed(build: Callable[..., Path]) -> None:
    """A secret elsewhere in the bundle changes no hash of a prompt."""
    log = lines(log_record(message=f"using {SECRET}"))
    bundle = build({"a.jsonl": lines(rendered(SESSIONS[0], "other", OTHER)), "app.log": log})
    output = redacted(bundle)
    assert parts(output) == parts(bundle)
    assert column(output, "SELECT count(*) FROM redactions WHERE table_name = 'prompt_parts'") == [0]


def test_changed_results_are_no_changed_prompts(build: Callable[..., Path]) -> None:
    """What the model answered tells nothing of the prompt."""
    executed = {"event_id": "e", "session_id": SESSIONS[0], "prompt_name": "p", "adapter": "a", "result": SECRET}
    record = rendered(SESSIONS[0], "other", OTHER)
    record["slices"].append(slice_of(PROMPT_RENDERED.replace("Rendered", "Executed"), executed))
    bundle = build({"a.jsonl": lines(record)})
    assert parts(redacted(bundle)) == parts(bundle)


def test_strict_forgets_all_hashes(two: Path) -> None:
    """The profile strict drops the text of all prompts, so that no hash of a part stays."""
    output = redacted(two, profile="strict")
    before, after = parts(two), parts(output)
    assert all(map(TOKEN.fullmatch, after.values()))
    assert len(set(before.values())) == len(set(after.values()))


def test_strict_forgets_hashes_in_names(build: Callable[..., Path]) -> None:
    """A file that is named after the hash of its text has another name where the text is dropped."""
    text = "pin 4711"
    output = redacted(build({"files.zip": archive({f"cache/{digest(text)}.txt": text})}), profile="strict")
    [path] = column(output, "SELECT path FROM files")
    assert re.fullmatch(r"cache/\[SHA256:[A-Z2-7]{8}\]\.txt", path)
    assert digest(text).encode() not in output.read_bytes()


def test_file_is_named_after_its_secret_text(build: Callable[..., Path]) -> None:
    """The hash in a file's name is replaced in the directory of the zip, too."""
    text = f"token {SECRET}"
    output = redacted(build({"files.zip": archive({f"cache/{digest(text)}.txt": text})}))
    [path] = column(output, "SELECT path FROM files")
    assert re.fullmatch(r"cache/\[SHA256:[A-Z2-7]{8}\]\.txt", path)
    with DebugBundle.open(output) as bundle:
        assert [finding.text for finding in bundle.verify().findings] == []


def test_hashes_of_what_told_hashes_are_forgotten_too(build: Callable[..., Path]) -> None:
    """A list of hashes changes with what it lists, so that its own hash tells of the secret as well."""
    text = f"token {SECRET}"
    listing = f"{digest(text)}  a.txt"
    files = {"a.txt": text, "list.txt": listing, "lists.txt": f"{digest(listing)}  list.txt"}
    output = redacted(build({"files.zip": archive(files)}))
    assert [each for each in (text, listing) if digest(each).encode() in output.read_bytes()] == []
    [names] = column(output, "SELECT content FROM files WHERE path = 'lists.txt'")
    assert TOKEN.match(names)


class TestRuns:
    """The zip of a run, whose log describes the prompt by Python's repr."""

    @pytest.fixture
    def run(self, build: Callable[..., Path]) -> Path:
        """Return the bundle of a run whose first user message, in log and transcript, has a secret."""

        def change(name: str, data: bytes) -> bytes:
            if not name.endswith(".jsonl") or name.startswith("session"):
                return data
            return data.replace(b"## 1. Trip (trip)", b"## 1. Trip (trip) " + SECRET.encode())

        return build({RUN_ZIP_NAME: run_zip(change)})

    def test_hashes_in_logs_become_tokens(self, run: Path) -> None:
        """Every hash of a part is a token, in the table and in the descriptors of the log."""
        output = redacted(run)
        assert all(map(TOKEN.fullmatch, parts(output).values()))
        told = column(output, "SELECT context FROM logs WHERE event = 'prompt.render.start'")
        assert told
        assert not any(re.search("_hash='[0-9a-f]{64}'", each) for each in told)

    def test_versions_can_be_counted(self, run: Path) -> None:
        """The view of versions has as many rows as before, with the same runs."""
        sql = "SELECT kind, name, run_count FROM prompt_versions ORDER BY kind, name, run_count"
        assert rows(redacted(run), sql) == rows(run, sql) != []

    def test_is_sound(self, run: Path) -> None:
        """`verify` finds nothing wrong."""
        with DebugBundle.open(redacted(run)) as bundle:
            assert [finding.text for finding in bundle.verify().findings] == []

    def test_hashes_of_an_unchanged_run_stay(self, build: Callable[..., Path]) -> None:
        """A run without secrets keeps its hashes."""
        bundle = build({RUN_ZIP_NAME: RUN_ZIP.read_bytes()})
        assert parts(redacted(bundle)) == parts(bundle)
