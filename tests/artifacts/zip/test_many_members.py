"""Zips of very many members: each takes some bytes of memory, not an object, and is found and read like any other."""

from __future__ import annotations

import io
import random
import struct
import subprocess
import sys
import zipfile

import pytest
from support.zip_bytes import RawMember, raw_zip

from wink_debug_bundle.artifacts.accounting.blobs import KeptBlobs
from wink_debug_bundle.artifacts.archives.archive_reader import ArchiveReader
from wink_debug_bundle.artifacts.zip.archive import Zip
from wink_debug_bundle.rows import FileRow, ProblemRow

COUNT = 200_000

LOCAL, RECORD, END = struct.Struct("<4sH20xH2x"), struct.Struct("<4s2H20xH12xI"), struct.Struct("<4s4x2H2I2x")
"""A local header, a directory record and an end record, all zeros except for what tells members from each other."""

OPENED = """if True:
    import resource, sys
    from wink_debug_bundle.artifacts.zip.archive import Zip
    def peak():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    before = peak()
    with Zip(open(sys.argv[1], "rb"), 1 << 30) as archive:
        count = sum(1 for _ in archive.entries)
        count += archive.find("m/0000007.txt").number + len(list(archive.entries.spans(archive.end_of)))
    print(count, peak() - before)
"""

# Not getrusage: a new program takes over the highest value of the process that started it.
BUILT = """if True:
    import re, sys
    from pathlib import Path
    from wink_debug_bundle import DebugBundle
    DebugBundle.from_artifacts(sys.argv[2], filesystem_archives=[sys.argv[1]]).close()
    print(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""


def opened(data, limit=1 << 30):
    return Zip(io.BytesIO(data), limit)


@pytest.fixture(scope="module")
def large_zip(tmp_path_factory):
    """Return the path of a zip of COUNT empty members."""
    return write_many(tmp_path_factory.mktemp("zip") / "many.zip", COUNT)


def write_many(path, count):
    """Write a zip of empty members, a part at a time; its end record has as many bits of the count as it has room for."""
    records, offset = io.BytesIO(), 0
    with path.open("wb") as file:
        for number in range(count):
            name = b"m/%07d.txt" % number
            file.write(LOCAL.pack(b"PK\x03\x04", 20, len(name)) + name)
            records.write(RECORD.pack(b"PK\x01\x02", 20, 20, len(name), offset) + name)
            offset += LOCAL.size + len(name)
        file.write(records.getvalue())
        file.write(END.pack(b"PK\x05\x06", count & 0xFFFF, count & 0xFFFF, records.tell(), offset))
    return path


def test_memory_for_each_member(large_zip):
    """Opening a zip, finding a name and going through all members takes less than 50 bytes for each."""
    command = [sys.executable, "-c", OPENED, large_zip]
    count, taken = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    assert int(count) == COUNT + 8 + 1
    assert int(taken) * 1024 < 50 * COUNT


def test_members_in_any_order_end_where_the_next_begins():
    """Members that the directory lists in another order than the file has them are all read."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as written:
        for number in range(5000):
            written.writestr(f"f{number}", b"%d" % number)
        random.Random(3).shuffle(written.filelist)
        order = [info.filename for info in written.filelist]
    with opened(data.getvalue()) as archive:
        assert list(archive.entries.names()) == order == [entry.name for entry in archive.entries]
        assert [archive.read(entry) for entry in archive.entries] == [name[1:].encode() for name in order]
        spans = list(archive.entries.spans(archive.end_of))
        assert spans == sorted((entry.offset, entry.end) for entry in archive.entries)


def test_the_last_of_a_name_is_found():
    """Of several members of one name, the last is found; the others are listed before it."""
    with opened(raw_zip(*(RawMember(b"f%d" % (number % 700), b"%d" % number) for number in range(3000)))) as archive:
        assert [entry.number for entry in archive.named("f5")] == [2806, 2106, 1406, 706, 6]
        assert archive.find("f5") == archive.entries[2805]
        assert archive.find("f700") is None


def test_members_over_the_limit():
    """Members that the ones before leave no room for are left out; smaller ones after them are not."""
    sizes = [600, 500, 300, 200, 1, 0]
    with opened(raw_zip(*(RawMember(b"f%d" % size, bytes(size)) for size in sizes)), limit=1000) as archive:
        assert [entry.size for entry in archive.entries if entry.number in archive.left_out] == [500, 200]


@pytest.mark.parametrize("count", [15, 16, 17, 4097])
def test_numbers_and_places(count):
    """Each member is found by its number, forwards, backwards and in slices, whatever is parsed together."""
    with opened(raw_zip(*(RawMember(b"f%d" % number, b"%d" % number) for number in range(count)))) as archive:
        names = [f"f{number}" for number in range(count)]
        assert [archive.entries[index].name for index in reversed(range(count))] == names[::-1]
        assert [entry.number for entry in archive.entries[3:12]] == list(range(4, 13))
        assert [archive.find(name).name for name in names[:: max(count // 20, 1)]] == names[:: max(count // 20, 1)]
        with pytest.raises(IndexError):
            archive.entries[count]


def test_parts_of_names_in_a_large_directory(large_zip):
    """A part of a name is found wherever it is in the directory, in letters of any case."""
    data = large_zip.read_bytes()
    with opened(data) as archive:
        assert archive.entries.may_name(["0199999.txt"])
        assert not archive.entries.may_name(["debug_bundle/", ".zip"])
    with opened(data.replace(b"m/0012345.txt", b"m/0012345.ZIP")) as archive:
        assert [entry.number for entry in archive.where(lambda name: name.endswith(".ZIP"), [".zip"])] == [12346]


@pytest.mark.slow
def test_building_from_a_million_members(tmp_path):
    """The bundle of a zip of a million members takes less than 250 MB of memory."""
    path = write_many(tmp_path / "many.zip", 1_000_000)
    command = [sys.executable, "-c", BUILT, path, tmp_path / "bundle.db"]
    assert int(subprocess.run(command, check=True, capture_output=True, text=True).stdout) < 250_000


def test_a_directory_that_is_rewritten_while_it_is_read(large_zip, tmp_path):
    """A member whose record is gone is a problem of the archive, and ends its reading, not the build."""
    data = io.BytesIO(large_zip.read_bytes())
    archive = Zip(data, 1 << 30)
    record = data.getvalue().rfind(b"PK\x01\x02")
    data.getbuffer()[record : record + 4] = bytes(4)
    assert archive.entries[0].name == "m/0000000.txt"
    reader = ArchiveReader(archive, "many", 1, None, scratch=tmp_path, kept=KeptBlobs())
    batches = list(reader.batches(COUNT - 40, None))
    errors = [problem.error for batch in batches for problem in batch.table(ProblemRow)]
    assert errors == ["the zip was changed while it was read"]
    assert sum(len(batch.table(FileRow)) for batch in batches) >= 20
