"""Files are recognised by their first record, wherever it begins and however long it is."""

from __future__ import annotations

import io

import pytest
from support.artifact_samples import lines, log_record
from support.case_selection import mostly_slow
from support.processor_time import processor_time_below

from wink_debug_bundle.artifacts.detection import SAMPLE_BYTES, SEARCHED_BYTES, kind_of

RECORD = lines(log_record())
BANNER = b"a line of a banner\n"


def found(data):
    """Return the kind of the bytes."""
    return kind_of(io.BytesIO(data))


def children(count):
    """Return a snapshot whose slices come after so many ids of children."""
    ids = b", ".join([b'"11111111-1111-4111-8111-111111111111"'] * count)
    return b'{"children_ids": [%b], "slices": [], "tags": {}}\n' % ids


class TestSnapshots:
    """Snapshot lines."""

    @pytest.mark.parametrize("count", [0, *range(1636, 1644), 100_000])
    def test_children_first(self, count):
        """Any number of children may come before the slices."""
        assert found(children(count)) == "snapshots"

    @pytest.mark.parametrize("text", [b"x", b"\\\\", b'\\"', b"]}"])
    @pytest.mark.parametrize("over", range(-12, 6))
    def test_every_place(self, text, over):
        """The key is found wherever a sample ends: in a string, in an escape, before a colon, in the key."""
        begin = b'{"text": "' + text * ((SAMPLE_BYTES + over - 10) // len(text))
        assert found(begin + b'" , "slices"  : []}') == "snapshots"

    @pytest.mark.parametrize("line", [b'{"a": {"slices": []}}', b'{"a": "slices", "b": ["slices"]}', b'["slices", 1]'])
    def test_other_places(self, line):
        """The word at another place is no key of the object."""
        assert found(line + b"\n") == "unknown"
        assert found(b'{"t": "' + b"x" * SAMPLE_BYTES + b'", ' + line[1:]) == "unknown"


class TestLogs:
    """Log records."""

    @pytest.mark.parametrize("count", [0, 1, 5000, 800_000])
    def test_behind_a_banner(self, count):
        """Text may come before the first record, up to 16 MiB."""
        assert found(BANNER * count + RECORD) == "logs"

    def test_behind_too_much(self):
        """Behind more text than that, it is not looked for."""
        assert found(BANNER * (SEARCHED_BYTES // len(BANNER) + 8000) + RECORD) == "unknown"

    @pytest.mark.parametrize("before", [b"\n", b"\r\n \n", b"\n" * 200_000, b"\xef\xbb\xbf", b"\xef\xbb\xbf\n{}\n"])
    def test_blank_lines(self, before):
        """Blank lines, a byte order mark and objects of another kind may come before it."""
        assert found(before + RECORD) == "logs"

    def test_long_record(self):
        """A long context may come before the keys of a record, and may have a key of a snapshot."""
        context = b'{"slices": "' + b"y" * 200_000 + b'"}'
        assert found(b'{"context": ' + context + b', "level": "INFO", "message": "' + b"z" * 200_000) == "logs"


@pytest.mark.parametrize("line", [b"x\n", b"{\n", b'{"a":', b'"', b"{" + b"\\" * 1000])
@pytest.mark.parametrize("mib", mostly_slow([2, 16], [2]))
def test_linear(line, mib):
    """Any text is searched in less than three quarters of a second of processor time for each MiB, also the sixteenth."""
    with processor_time_below(mib * 0.75):
        assert found(line * ((mib << 20) // len(line))) == "unknown"
