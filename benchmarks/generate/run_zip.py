"""Write the zip of an evaluation's run: every member that release 0.27 writes for a run that ended well."""

from __future__ import annotations

import json
import random
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.generate.archives import LEVEL, WHEN
from benchmarks.generate.run_calls import BRIDGED, Call, make_call, prose
from benchmarks.generate.run_log import RunLog, closing, opening
from benchmarks.generate.run_members import manifest, small_members
from benchmarks.generate.run_session import Story, after, before
from benchmarks.generate.run_turns import turn
from benchmarks.generate.text import timestamp, uuid_text

LOG_SHARE = 0.42
"""Share of a run, without its files and before compression, that is its log; the other members follow from the log."""

RUN_MICROSECONDS = 100_000_000
"""Time between the starts of neighbouring runs."""

CALLS_PER_TURN = (1, 3)
"""Least and most calls that one message of the agent asks for."""

HASH = "d4975585" * 8
TOOL_DESCRIPTORS = ", ".join(
    f"ToolDescriptor(path=('review',), name='{name}', contract_hash='{HASH}', example_hashes=())" for name in BRIDGED
)
DESCRIPTOR = (
    "PromptDescriptor(ns='demo', key='code-review', sections=[SectionDescriptor(path=('review',), "
    f"content_hash='{HASH}', number='1')], tools=[{TOOL_DESCRIPTORS}], task_examples=[])"
)

MEMBER_ORDER = ("metrics.json", "manifest.json", "README.txt", "transcript.jsonl", "eval.json", "config.json",
                "request/", "environment/", "filesystem/", "logs/", "session/")  # fmt: skip
"""The order of members in a zip of the library, which walks a directory: the transcript stands before the log."""


@dataclass(frozen=True)
class Run:
    """One run of an evaluation: its number, and its size before compression without the files of its workspace."""

    number: int
    size: int


def write_run(seed: int, run: Run, files: Mapping[str, bytes], folder: Path) -> Counter[str]:
    """Write the zip of `run`, with the files of its workspace, below `folder`; return its rows by table."""
    rng = random.Random(f"{seed}:run:{run.number}")
    log = RunLog(rng, run.number * RUN_MICROSECONDS, uuid_text(rng), uuid_text(rng))
    story = _lived(log, seed, run)
    first, rows_before = before(rng, story)
    last, rows_after = after(rng, story)
    contents = {
        **small_members(story),
        "session/before.jsonl": first,
        "session/after.jsonl": last,
        "logs/app.jsonl": _lines(log.lines),
        "transcript.jsonl": _lines(log.entries),
        **{f"filesystem/{name}": content for name, content in files.items()},
    }
    target = folder / str(story.request["request_id"])
    target.mkdir()
    stamp = story.started[:19].translate(str.maketrans("T", "_", "-:"))
    _write(target / f"{story.bundle_id}_{stamp}.zip", {**contents, "manifest.json": manifest(story, contents)})
    return Counter(rows_before) + Counter(rows_after) + Counter(logs=len(log.lines), files=len(files))


def _lived(log: RunLog, seed: int, run: Run) -> Story:
    """Write the whole log of the run; return what the other members tell of it."""
    rng, start = log.rng, log.now
    started, request_id, bundle_id = log.time(), uuid_text(rng), uuid_text(rng)
    prompt = "## 1. Review (review)\n\n" + prose(rng, seed, 4_000)
    request = _request(run, request_id, prompt, started)
    opening(log, prompt, DESCRIPTOR)
    called = _turns(log, seed, int(run.size * LOG_SHARE))
    answer: dict[str, object] = {"summary": prose(rng, seed, 900), "approved": rng.random() < 0.5}
    usage = {"input_tokens": 900 * len(called), "output_tokens": 90 * len(called), "cache_read_input_tokens": 200}
    closing(log, json.dumps(answer), usage)
    ended = log.time()
    milliseconds = (log.now - start) // 1000
    return Story(bundle_id, log.session_id, f"sample-{run.number:05d}", started, ended, milliseconds, request, prompt,
                 answer, called, usage)  # fmt: skip


def _turns(log: RunLog, seed: int, size: int) -> list[tuple[Call, str]]:
    """Write turns until the log has `size` bytes; return the calls, each with the time of its item."""
    rng = log.rng
    called: list[tuple[Call, str]] = []
    while log.size < size or not called:
        calls = [make_call(rng, seed, len(called) + number) for number in range(rng.randint(*CALLS_PER_TURN))]
        usage = {"input_tokens": rng.randrange(500, 90_000), "output_tokens": rng.randrange(20, 2_000),
                 "cache_read_input_tokens": rng.randrange(50_000)}  # fmt: skip
        start = timestamp(log.now)
        turn(log, calls, prose(rng, seed, 300), prose(rng, seed, 600), usage)
        called += [(call, start) for call in calls]
    return called


def _request(run: Run, request_id: str, prompt: str, started: str) -> dict[str, object]:
    question = {"name": f"sample-{run.number:05d}", "kind": "review", "text": prompt, "files": True}
    experiment: dict[str, object] = {
        "name": "candidate",
        "overrides_tag": "latest",
        "flags": {},
        "owner": None,
        "description": None,
    }
    return {"request": question, "budget": None, "deadline": None, "resources": None, "request_id": request_id,
            "created_at": started, "run_context": None, "experiment": experiment, "debug_bundle": None}  # fmt: skip


def _lines(lines: Sequence[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode()


def _write(path: Path, contents: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as archive:
        for name in sorted(contents, key=_place):
            entry = zipfile.ZipInfo(f"debug_bundle/{name}", WHEN)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, contents[name], zipfile.ZIP_DEFLATED, LEVEL)


def _place(name: str) -> tuple[int, str]:
    return next(place for place, start in enumerate(MEMBER_ORDER) if name.startswith(start)), name
