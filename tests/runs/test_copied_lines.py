"""A run's log is decompressed once, and the transcript's lines are found in it however it was read."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.artifact_samples import archive, rows
from support.bundle_comparison import table_rows
from support.run_zip_sample import PREFIX, RUN_ZIP, RUN_ZIP_NAME

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.artifacts.runs import copied_lines
from wink_debug_bundle.artifacts.runs.copied_lines import CopiedLines, HashedLine, PassingNotes
from wink_debug_bundle.artifacts.streams.line_blocks import Block, LongLine, line_blocks, split_lines
from wink_debug_bundle.artifacts.zip.archive import Zip
from wink_debug_bundle.pipeline import build
from wink_debug_bundle.pipeline.planning import splitting

LOG, TRANSCRIPT = f"{PREFIX}logs/app.jsonl", f"{PREFIX}transcript.jsonl"

LINES = st.lists(st.sampled_from([b'{"a":"transcript.entry"}', b'{"b":"transcript.entry"}', b"{}", b"", b"x" * 40]))
LOGS = st.builds(lambda lines, end: b"\n".join(lines) + end, LINES, st.sampled_from([b"", b"\n"]))
TEXT = b'"transcript.entry"'


def blocks_of(log, size, limit=None):
    """Return the blocks of a log."""
    return line_blocks(io.BytesIO(log), offset=0, length=None, size=size, limit=limit)


def notes_of(log, size, limit=None, log_bytes=0):
    """Return the copied lines of a log that is read for them alone."""
    copied = CopiedLines(log_bytes)
    for block in blocks_of(log, size, limit):
        copied.note(block)
    return copied


class TestNotes:
    """What is noted of a log's lines."""

    @given(LOGS, st.integers(1, 60), st.sampled_from([0, 9 << 20]))
    def test_numbers(self, log, size, log_bytes):
        """Each line with an entry has the number of its last occurrence, however the log was cut into blocks."""
        lines = log.split(b"\n")
        last = {line: number for number, line in enumerate(lines, 1) if TEXT in line}
        data = b"{}\n" + b"\n".join(lines)
        expected = [last.get(line.removesuffix(b"\n"), 0) for line in split_lines(data)]
        assert notes_of(log, size, log_bytes=log_bytes).numbers_of(data) == expected

    @given(LOGS, st.integers(1, 60), st.sampled_from([0, 9 << 20]))
    def test_whole_transcript(self, log, size, log_bytes):
        """In a transcript of all lines with entries, each line has the number of a line with the same bytes."""
        lines = split_lines(log)
        copies = [line for line in lines if TEXT in line]
        numbers = notes_of(log, size, log_bytes=log_bytes).numbers_of(b"".join(copies))
        assert [lines[number - 1].removesuffix(b"\n") for number in numbers] == [
            line.removesuffix(b"\n") for line in copies
        ]

    @given(LOGS, st.integers(1, 60))
    def test_passing(self, log, size):
        """Notes of blocks that pass know the same lines as those of a log that is read again."""
        notes = PassingNotes(len(log))
        for block in blocks_of(log, size):
            assert notes.pass_on(block) is block
        whole = notes.whole(len(log))
        assert whole is not None
        assert whole.numbers_of(log) == notes_of(log, 7).numbers_of(log)

    def test_missed_block(self):
        """Notes are not whole if another worker has read a part of the log."""
        notes = PassingNotes(100)
        notes.pass_on(Block(b"{}\n", 0))
        notes.pass_on(Block(b"{}\n", 6))
        notes.pass_on(Block(b"{}\n", 9))
        assert notes.whole(12) is None

    def test_missed_last_block(self):
        """Notes are not whole if the last lines were skipped: another worker has read them, and no line follows."""
        notes = PassingNotes(100)
        notes.pass_on(Block(b"{}\n", 0))
        assert notes.whole(6) is None
        assert notes.whole(3) is not None

    def test_long_line(self):
        """A long line is passed on unread, and the notes are not whole; a log that is read again has its number."""
        log = b"{}\n" + b"y" * 50 + TEXT + b"\n{}\n"
        notes = PassingNotes(len(log))
        texts = [b"".join(block) for block in map(notes.pass_on, blocks_of(log, 9, 20)) if isinstance(block, LongLine)]
        assert (notes.whole(len(log)), texts) == (None, [b"y" * 50 + TEXT])
        line = HashedLine(next(blocks_of(texts[0], 9, 20)))
        assert b"".join(line) == texts[0]
        assert notes_of(log, 9, 20).number_of_long(line) == 2


@pytest.fixture
def opened(monkeypatch):
    """Return the names of the members that are opened from now on, in order."""
    names = []
    original = Zip.open

    def noting(self, entry):
        names.append(entry.name)
        return original(self, entry)

    monkeypatch.setattr(Zip, "open", noting)
    return names


def duplicates(bundle: Path):
    """Return which lines of the transcript repeat which of the log."""
    return rows(bundle, "SELECT first, last, original FROM duplicate_lines ORDER BY 1")


class TestBuild:
    """The transcript's lines in a bundle."""

    def test_log_is_opened_once(self, build_run, members, opened):
        """The log of a run is decompressed once, also if the transcript comes before it in the zip."""
        ordered = sorted(members.items(), key=lambda member: member[0] != TRANSCRIPT)
        bundle = build_run(dict(ordered))
        assert opened.count(LOG) == opened.count(TRANSCRIPT) == 1
        assert len(duplicates(bundle)) > 0

    def test_order_in_zip(self, members, tmp_path):
        """The order of members in a zip does not change what is imported of the log and the transcript."""
        found = []
        for name, items in {"a": list(members.items()), "b": list(reversed(members.items()))}.items():
            (tmp_path / name).mkdir()
            (tmp_path / name / RUN_ZIP_NAME).write_bytes(archive(items))
            DebugBundle.from_directory(tmp_path / name, output=tmp_path / f"{name}.db").close()
            found.append((duplicates(tmp_path / f"{name}.db"), table_rows(tmp_path / f"{name}.db")["logs"]))
        assert found[0][0] == found[1][0] != []
        assert [row[:4] for row in found[0][1]] == [row[:4] for row in found[1][1]]

    @pytest.mark.parametrize(("block", "held"), [(8 << 20, 0), (3000, 8 << 20), (3000, 0)])
    def test_large_log(self, build_run, members, tmp_path, monkeypatch, opened, block, held):
        """A log of several splits is noted split by split, and one that is not held is known by digests."""
        with zipfile.ZipFile(RUN_ZIP) as opened_zip:
            assert opened_zip.getinfo(LOG).file_size > 3000
        expected = duplicates(build_run(members))
        opened.clear()
        monkeypatch.setattr(splitting, "BLOCK_BYTES", block)
        monkeypatch.setattr(copied_lines, "HELD_BYTES", held)
        DebugBundle.from_directory(tmp_path / "target", output=tmp_path / "other.db").close()
        assert duplicates(tmp_path / "other.db") == expected
        assert opened.count(LOG) == 1

    @pytest.mark.parametrize(("jobs", "block"), [(1, 8 << 20), (2, 3000)])
    def test_damaged_log(self, members, tmp_path, monkeypatch, jobs, block):
        """Of a log with one wrong byte, each other line is known, whether one worker reads it or several."""
        first_entry = members[TRANSCRIPT].split(b"\n", 1)[0]
        data = bytearray(stored_archive(members))
        with zipfile.ZipFile(io.BytesIO(data)) as opened_zip:
            begin = data.index(members[LOG], opened_zip.getinfo(LOG).header_offset)
        data[data.index(first_entry, begin) + len(first_entry) - 3] ^= 1
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / RUN_ZIP_NAME).write_bytes(data)
        monkeypatch.setattr(build, "POOL_BYTES", 0)
        monkeypatch.setattr(splitting, "BLOCK_BYTES", block)
        DebugBundle.from_directory(tmp_path / "in", output=tmp_path / "b.db", jobs=jobs).close()
        ledger = (
            "SELECT l.status, sum(l.last - l.first + 1) FROM ledger l JOIN artifacts a ON a.id = artifact_id "
            "WHERE a.kind = 'transcript' GROUP BY 1"
        )
        expected = [("duplicate", members[TRANSCRIPT].count(b"\n") - 1), ("imported", 1)]
        assert rows(tmp_path / "b.db", ledger) == expected


def stored_archive(members):
    """Return a zip with the members as they are."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        for name, content in members.items():
            opened.writestr(name, content)
    return buffer.getvalue()
