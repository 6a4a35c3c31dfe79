"""Artifacts that are large enough to be read by workers, and quick to make."""

from __future__ import annotations

import gzip
import json
import random
import zipfile
from pathlib import Path
from typing import Any

import zstandard

from support.artifact_samples import (
    CHILD_SESSION,
    OTHER_SESSION,
    ROOT_SESSION,
    TOOL_INVOKED,
    lines,
    log_record,
    slice_of,
    snapshot,
    tool_event,
    write_files,
)


def log_lines(count: int, *, session: str = ROOT_SESSION, start: int = 0, text: str = "é" * 20) -> bytes:
    """Return `count` ordinary log records, all different, of about 270 bytes each unless `text` is given."""
    record = log_record(message="step %07d", context={"session_id": session, "step": "%07d", "text": text})
    line = json.dumps(record, ensure_ascii=False).encode() + b"\n"
    return b"".join(line % (number, number) for number in range(start, start + count))


def write_log(path: Path, megabytes: int) -> Path:
    """Write a log of that many MiB; it repeats one MiB of ordinary records."""
    block = log_lines(5000)
    block = block[: block.rfind(b"\n", 0, 1 << 20) + 1]
    with path.open("wb") as stream:
        while stream.tell() < megabytes << 20:
            stream.write(block)
    return path


def random_bytes(size: int, seed: int) -> bytes:
    """Return bytes that do not compress; the same seed gives the same bytes."""
    return random.Random(seed).randbytes(size)


def write_archive(path: Path, members: dict[str, bytes]) -> Path:
    """Write a zip file of uncompressed members."""
    with zipfile.ZipFile(path, "w") as opened:
        for name, content in members.items():
            opened.writestr(name, content)
    return path


def write_mixed_directory(folder: Path) -> Path:
    """Write a few MB of artifacts of every kind, some damaged; in splits of 64 KiB they are about 60 splits."""
    damaged = bytearray()
    for number in range(40):
        damaged += log_lines(40, start=number * 40)
        damaged += [b"{broken\n", b"\n", b'{"message": NaN}\n', b"\xff\xfe\n"][number % 4]
    damaged += b'{"message": "cut o'
    shared = {f"shared/{number}.bin": random_bytes(30_000, number) for number in range(8)}
    write_files(
        folder,
        {
            "damaged.log": bytes(damaged),
            "first.log": log_lines(4000),
            "one/second.log": log_lines(1500, session=CHILD_SESSION),
            "packed.log.gz": gzip.compress(log_lines(3000, session=OTHER_SESSION), mtime=0),
            "packed.log.zst": zstandard.compress(log_lines(2000) + b"{broken\n" + log_lines(10)),
            "cut.log.gz": gzip.compress(log_lines(3000), mtime=0)[:-2000],
            f"{ROOT_SESSION}.jsonl": lines(*(_snapshot(count) for count in range(10, 130, 10))),
            f"one/{CHILD_SESSION}.jsonl": lines(
                *(_snapshot(30, session=CHILD_SESSION, parent=ROOT_SESSION) for _ in range(3)), b"{broken", _snapshot(5)
            ),
            "notes.txt": "not an artifact",
            "large.bin": random_bytes(300_000, 99),
            "empty.log": b"",
            "not_a.zip": b"PK\x03\x04" + random_bytes(5000, 98),
        },
    )
    small = {f"src/{number}.py": f"print({number})\n".encode() for number in range(2500)}
    write_archive(folder / "a.zip", small | shared)
    large = ("a line of text, é\n" * 70_000).encode()
    write_archive(folder / "b.zip", {"large.txt": large, "large.bin": random_bytes(1_200_000, 5)} | shared)
    write_archive(folder / "one" / "c.zip", {"again.bin": random_bytes(1_200_000, 5), "x/": b"", "again.txt": large})
    return folder


def _snapshot(count: int, session: str = ROOT_SESSION, parent: str | None = None) -> dict[str, Any]:
    """Return a snapshot with `count` tool events, whose ids other snapshots of the same session repeat."""
    events = [tool_event(f"{session[:8]}-{number}", session_id=session) for number in range(count)]
    handlers = [{"text": "n" * 200, "number": number} for number in range(count)]
    return snapshot(session, slice_of(TOOL_INVOKED, *events), slice_of("app:Note", *handlers), parent=parent)
