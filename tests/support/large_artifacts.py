"""Artifacts large enough for workers, made quickly, and bundles compared row by row."""

from __future__ import annotations

import gzip
import json
import random
import sqlite3
import zipfile
import zlib
from itertools import zip_longest
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
    reading,
    rows,
    slice_of,
    snapshot,
    tool_event,
    write_files,
)

Bundle = dict[str, list[tuple[Any, ...]]]

_OF_ITS_BUILD = {"bundle_id", "created_at"}
"""Columns of bundle_meta that differ between two builds of one input."""


def log_lines(count: int, *, session: str = ROOT_SESSION, start: int = 0, text: str = "é" * 20) -> bytes:
    """That many ordinary log records, no two alike; of about 270 bytes if nothing else is wanted."""
    record = log_record(message="step %07d", context={"session_id": session, "step": "%07d", "text": text})
    line = json.dumps(record, ensure_ascii=False).encode() + b"\n"
    return b"".join(line % (number, number) for number in range(start, start + count))


def write_log(path: Path, megabytes: int) -> Path:
    """A log of that many MiB of ordinary records: one MiB of them over and over."""
    block = log_lines(5000)
    block = block[: block.rfind(b"\n", 0, 1 << 20) + 1]
    with path.open("wb") as stream:
        while stream.tell() < megabytes << 20:
            stream.write(block)
    return path


def noise(size: int, seed: int) -> bytes:
    """Bytes that do not compress, the same on every run."""
    return random.Random(seed).randbytes(size)


def write_archive(path: Path, members: dict[str, bytes]) -> Path:
    """A zip file of stored members."""
    with zipfile.ZipFile(path, "w") as opened:
        for name, content in members.items():
            opened.writestr(name, content)
    return path


def write_mix(folder: Path) -> Path:
    """A directory with something of everything, a few MB in all; with pieces of 64 KiB, some 60 of them."""
    damaged = bytearray()
    for number in range(40):
        damaged += log_lines(40, start=number * 40)
        damaged += [b"{broken\n", b"\n", b'{"message": NaN}\n', b"\xff\xfe\n"][number % 4]
    damaged += b'{"message": "cut o'
    shared = {f"shared/{number}.bin": noise(30_000, number) for number in range(8)}
    write_files(
        folder,
        {
            "damaged.log": bytes(damaged),
            "first.log": log_lines(4000),
            "one/second.log": log_lines(1500, session=CHILD_SESSION),
            "packed.log.gz": gzip.compress(log_lines(3000, session=OTHER_SESSION), mtime=0),
            "packed.log.zst": zstandard.compress(log_lines(2000) + b"{broken\n" + log_lines(10)),
            "cut.log.gz": gzip.compress(log_lines(3000), mtime=0)[:-2000],
            f"{ROOT_SESSION}.jsonl": lines(*(_dump(count) for count in range(10, 130, 10))),
            f"one/{CHILD_SESSION}.jsonl": lines(
                *(_dump(30, session=CHILD_SESSION, parent=ROOT_SESSION) for _ in range(3)), b"{broken", _dump(5)
            ),
            "notes.txt": "not an artifact",
            "large.bin": noise(300_000, 99),
            "empty.log": b"",
            "not_a.zip": b"PK\x03\x04" + noise(5000, 98),
        },
    )
    small = {f"src/{number}.py": f"print({number})\n".encode() for number in range(2500)}
    write_archive(folder / "a.zip", small | shared)
    large = ("a line of text, é\n" * 70_000).encode()
    write_archive(folder / "b.zip", {"large.txt": large, "large.bin": noise(1_200_000, 5)} | shared)
    write_archive(folder / "one" / "c.zip", {"again.bin": noise(1_200_000, 5), "x/": b"", "again.txt": large})
    return folder


def _dump(count: int, session: str = ROOT_SESSION, parent: str | None = None) -> dict[str, Any]:
    """A snapshot with `count` tool events, of which another of the same session has the same ones."""
    events = [tool_event(f"{session[:8]}-{number}", session_id=session) for number in range(count)]
    handlers = [{"text": "n" * 200, "number": number} for number in range(count)]
    return snapshot(session, slice_of(TOOL_INVOKED, *events), slice_of("app:Note", *handlers), parent=parent)


def contents(path: Path) -> Bundle:
    """Every row of every table with its rowid, except what differs between two builds of one input."""
    with reading(path) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {table: _select(connection, table).fetchall() for table in tables}


def _select(connection: sqlite3.Connection, table: str) -> sqlite3.Cursor:
    """The table's rows with their rowids."""
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    if table == "bundle_meta":
        columns = [name for name in columns if name not in _OF_ITS_BUILD]
    elif not connection.execute("SELECT wr FROM pragma_table_list(?)", (table,)).fetchone()[0]:
        columns.insert(0, "rowid")
    names = ", ".join(f'"{name}"' for name in columns)
    return connection.execute(f"SELECT {names} FROM {table}")


def tables_that_differ(one: Path, other: Path) -> list[str]:
    """Tables whose rows or rowids differ, for bundles too large to hold in memory."""
    with reading(one) as first, reading(other) as second:
        tables = first.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
        assert tables == second.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
        return [
            table
            for (table,) in tables
            if any(a != b for a, b in zip_longest(_select(first, table), _select(second, table)))
        ]


def lines_are_where_they_are_said_to_be(output: Path, folder: Path) -> int:
    """Compare each problem with the bytes of its source at its line and at its offset; return how many there are."""
    found = rows(
        output,
        "SELECT path, compression, line, offset, raw FROM problems JOIN artifacts ON artifacts.id = artifact_id "
        "WHERE problems.kind = 'malformed' ORDER BY problems.id",
    )
    decompressed: dict[str, bytes] = {}
    for path, compression, line, offset, raw in found:
        if path not in decompressed:
            decompressed[path] = _decompressed((folder / path).read_bytes(), compression)
        data = decompressed[path]
        assert data.count(b"\n", 0, offset) == line - 1, (path, line, offset)
        assert data[offset - 1 : offset] in {b"", b"\n"}, (path, offset)
        assert data[offset : offset + len(raw) + 1] in {raw, raw + b"\n"}, (path, offset)
    return len(found)


def _decompressed(data: bytes, compression: str) -> bytes:
    """The file's bytes, as far as it goes."""
    if compression == "gzip":
        return zlib.decompressobj(wbits=31).decompress(data)
    return zstandard.decompress(data) if compression == "zstd" else data
