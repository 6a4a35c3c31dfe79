"""Zips without a readable directory: members are found by their local headers."""

from __future__ import annotations

import io
import random
import tempfile
import zipfile
import zlib
from collections import Counter
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.artifact_samples import archive, column, lines, log_record, rows
from support.processor_time import processor_time_below
from support.zip_bytes import COMPRESSORS, DEFLATE, HAS_DESCRIPTOR, STORED, RawMember, raw_zip

from wink_debug_bundle.artifacts.read_errors import UNREADABLE_ZIP
from wink_debug_bundle.artifacts.zip.archive import Zip

MEMBERS = st.lists(
    st.builds(
        RawMember,
        st.text("abc/é", min_size=1, max_size=9).map(str.encode),
        st.binary(max_size=300).map(lambda data: data * 3),
        st.sampled_from(sorted(COMPRESSORS)),
        st.sampled_from([0, HAS_DESCRIPTOR]),
    ),
    min_size=1,
    max_size=6,
)


class Pipe(io.BytesIO):
    """An output that cannot seek, like a pipe."""

    def seekable(self) -> bool:
        """Return False."""
        return False

    def seek(self, *_place: int) -> int:
        """Refuse."""
        raise io.UnsupportedOperation


def read_all(data: bytes) -> list[tuple[str, bytes | None]]:
    """Return names and bytes of the members found; None for members that cannot be read."""
    found: list[tuple[str, bytes | None]] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.zip")
        path.write_bytes(data)
        try:
            with Zip(path.open("rb"), 1 << 20) as opened:
                for entry in opened.entries:
                    try:
                        found.append((entry.name, opened.read(entry)))
                    except UNREADABLE_ZIP:
                        found.append((entry.name, None))
        except UNREADABLE_ZIP:
            pass
    return found


class TestCut:
    """Zips that are cut off or damaged."""

    @given(MEMBERS, st.data())
    def test_every_member_before_the_cut(self, members, data):
        """Wherever the zip is cut, each complete member before the cut is read byte for byte."""
        whole = raw_zip(*members)
        ends = [sum(len(member.local()) for member in members[: number + 1]) for number in range(len(members))]
        cut = data.draw(st.integers(0, len(whole) - 1))
        expected = [(m.name.decode(), m.data) for m, end in zip(members, ends, strict=True) if end <= cut]
        found = read_all(whole[:cut])
        assert found[: len(expected)] == expected
        assert len(found) <= len(members)

    @given(MEMBERS, st.data())
    def test_a_changed_byte(self, members, data):
        """Whichever byte is changed, every member except the one with that byte is read.

        A changed directory record may also claim the offset of another member; then neither is trusted.
        """
        whole = bytearray(raw_zip(*members))
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at] ^= data.draw(st.integers(1, 255))
        missed = [m.data for m in members]
        for _, content in read_all(bytes(whole)):
            if content in missed:
                missed.remove(content)
        directory = sum(len(member.local()) for member in members)
        assert len(missed) <= (1 if at < directory else 2)

    @given(MEMBERS, st.data())
    def test_a_missing_range(self, members, data):
        """Whatever byte range is missing, complete members are read, and the directory names the others."""
        whole = raw_zip(*members)
        ends = [0, *accumulate(len(member.local()) for member in members)]
        begin = data.draw(st.integers(0, ends[-1]))
        end = data.draw(st.integers(begin, ends[-1]))
        found = read_all(whole[:begin] + whole[end:])
        for number, member in enumerate(members):
            is_whole = ends[number + 1] <= begin or ends[number] >= end
            assert not is_whole or (member.name.decode(), member.data) in found
        assert Counter(member.name.decode() for member in members) <= Counter(name for name, _ in found)

    def test_bytes_that_look_like_records(self):
        """Bytes that look like a record in a member with a damaged header do not hide the members after it."""
        whole = raw_zip(RawMember(b"a", b"PK\x01\x02" * 3, STORED), RawMember(b"b", b"second"))
        assert ("b", b"second") in read_all(whole[1:])

    def test_a_header_that_claims_too_much(self):
        """A header whose extra field would end after the file does not hide the members after it."""
        whole = bytearray(
            raw_zip(RawMember(b"a", b"first"), RawMember(b"b", b"second"), RawMember(b"c", b"third"))[:-9]
        )
        whole[28:30] = b"\xff\xff"
        assert read_all(bytes(whole)) == [("b", b"second"), ("c", b"third"), ("a", None)]

    def test_a_header_and_a_record_that_claim_too_much(self):
        """If a member's size and the directory's last record are both damaged, the other members are read."""
        members = [
            RawMember(b"a", b"first", STORED),
            RawMember(b"b", b"second", STORED),
            RawMember(b"c", b"third", STORED),
        ]
        whole = bytearray(raw_zip(*members))
        whole[20] = whole[whole.rindex(b"PK\x01\x02") + 31] = 0xFF
        assert read_all(bytes(whole)) == [("a", None), ("b", b"second"), ("c", b"third")]

    def test_a_record_that_points_into_a_member(self):
        """A directory record with a wrong offset loses its own member, and not the member at that offset."""
        whole = raw_zip(
            RawMember(b"a", b"first" * 9, STORED), RawMember(b"b", b"second", offset=40), RawMember(b"c", b"third")
        )
        assert read_all(whole) == [("a", b"first" * 9), ("b", None), ("c", b"third")]

    def test_a_record_at_the_claimed_directory_start(self):
        """If exactly as many bytes are missing as one record has, the first record is still read."""
        lost = RawMember(b"x", bytes(16), STORED)
        assert len(lost.local()) == len(lost.record(0))
        whole = raw_zip(lost, RawMember(b"a", b"first"), RawMember(b"b", b"second"))
        assert read_all(whole[len(lost.local()) :]) == [("a", b"first"), ("b", b"second"), ("x", None)]

    def test_a_zip_in_the_last_member(self):
        """Headers of a zip within a member that is cut off are not taken for members."""
        inner = raw_zip(RawMember(b"x", b"inner", method=STORED))
        level_0 = zlib.compressobj(0, wbits=-15)
        for method, compressed in (STORED, inner), (DEFLATE, level_0.compress(inner) + level_0.flush()):
            whole = raw_zip(
                RawMember(b"a", b"first"),
                RawMember(b"b.zip", inner, method, compressed=compressed),
                RawMember(b"c", b"third"),
            )
            assert read_all(whole[: whole.index(b"inner") + 9]) == [("a", b"first"), ("b.zip", None)]

    def test_a_wrong_part_in_the_last_record(self):
        """Members are read even if the last record names a part of a split archive that does not exist."""
        whole = bytearray(raw_zip(RawMember(b"a", b"first"), RawMember(b"b", b"second")))
        whole[whole.index(b"PK\x05\x06") + 4] ^= 1
        assert read_all(bytes(whole)) == [("a", b"first"), ("b", b"second")]

    @given(
        st.binary(max_size=200), st.lists(st.sampled_from([b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x07"]))
    )
    def test_anything(self, noise, magics):
        """Arbitrary bytes that begin like a zip raise no error except that they are not a zip."""
        read_all((b"PK\x03\x04" + noise).join([b"", *magics, noise]))

    def test_no_wrong_bytes(self):
        """Wherever the zip is cut, a member is read with its own bytes or not at all."""
        members = [
            RawMember(b"%d" % number, b"%d " % number * 50, flags=HAS_DESCRIPTOR * (number % 2)) for number in range(4)
        ]
        whole = raw_zip(*members)
        contents = {member.name.decode(): member.data for member in members}
        for cut in range(len(whole)):
            assert all(content in (None, contents[name]) for name, content in read_all(whole[:cut])), cut


class TestTime:
    """Processor time of recovery."""

    @pytest.mark.parametrize(
        ("method", "flags"), [(STORED, 0), (DEFLATE, 0), (STORED, HAS_DESCRIPTOR), (DEFLATE, HAS_DESCRIPTOR)]
    )
    def test_headers_that_claim_the_rest(self, method, flags):
        """Thousands of headers that each claim the rest of the file are read within seconds."""
        head = RawMember(b"n", b"", method, flags, compressed=b"").local()[:31]
        whole = b"".join(
            head[:18] + (31 * left).to_bytes(4, "little") * 2 + head[26:] for left in reversed(range(20_000))
        )
        with processor_time_below(10):
            assert len(read_all(whole)) == 20_000

    def test_many_of_one_name(self):
        """The records of thousands of members of one name are found within seconds."""
        members = [RawMember(b"n", b"", STORED, mode=0o100600, stamp=0) for _ in range(20_000)]
        with processor_time_below(10):
            assert len(read_all(raw_zip(*members)[:-60])) == 20_000


class TestBuilds:
    """Bundles of recovered zips."""

    def test_cut(self, build):
        """The members before the cut are files; the member that was cut and the whole zip are stored."""
        whole = raw_zip(
            RawMember(b"a", b"first"), RawMember(b"b", b"second", method=STORED), RawMember(b"c", b"third" * 99)
        )
        data = whole[: whole.index(b"PK\x01\x02") - 9]
        path = build({"f.zip": data, "a.log": lines(log_record()), "z.zip": archive({"d": "x"})})
        assert rows(path, "SELECT path, content FROM files WHERE sha256 NOT NULL ORDER BY id") == [
            ("a", "first"),
            ("b", "second"),
            ("d", "x"),
        ]
        found = rows(path, "SELECT member, kind, error FROM problems ORDER BY id")
        assert found[0] == (None, "unreadable", "the zip's directory is lost: it is cut off or damaged")
        assert found[1][:2] == ("c", "unreadable")
        assert found[1][2].startswith("it is cut off after")
        assert rows(path, "SELECT first, last, status FROM ledger WHERE artifact_id = 2") == [
            (1, 2, "imported"),
            (3, 3, "unreadable"),
        ]
        [(status, size)] = rows(
            path, "SELECT status, b.size_bytes FROM artifacts a JOIN blobs b ON b.sha256 = a.blob_sha256"
        )
        assert (status, size) == ("partial", len(data))

    @pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, zipfile.ZIP_STORED])
    def test_written_to_a_pipe(self, build, method):
        """Members whose sizes follow their data, as in a zip written to a pipe, are found."""
        pipe = Pipe()
        with zipfile.ZipFile(pipe, "w", method) as opened:
            for name in "abc":
                opened.writestr(name, f"content of {name} " * 20)
        data = pipe.getvalue()
        path = build({"f.zip": data[: data.index(b"PK\x01\x02")]})
        assert column(path, "SELECT content FROM files WHERE sha256 NOT NULL ORDER BY id") == [
            f"content of {name} " * 20 for name in "abc"
        ]

    def test_killed_writer(self, build, tmp_path):
        """A member that its writer did not finish is stored, and the members before it are read."""
        opened = zipfile.ZipFile(tmp_path / "killed", "w", zipfile.ZIP_DEFLATED)
        opened.writestr("a", "done")
        member = opened.open("b", "w")
        member.write(random.Random(1).randbytes(1 << 20))
        data = (tmp_path / "killed").read_bytes()
        member.close()
        opened.close()
        path = build({"f.zip": data})
        assert rows(path, "SELECT path, content FROM files WHERE sha256 NOT NULL") == [("a", "done")]
        assert column(path, "SELECT member FROM problems WHERE member NOTNULL") == ["b"]

    def test_modes_from_the_rest_of_the_directory(self, build):
        """The remaining records of the directory are used for names and modes."""
        data = raw_zip(RawMember(b"a", b"x", mode=0o100755), RawMember(b"b", b"y", mode=0o100600))
        path = build({"f.zip": data[:-40]})
        assert rows(path, "SELECT path, mode FROM files WHERE sha256 NOT NULL") == [("a", 0o100755), ("b", None)]

    def test_front_is_missing(self, build):
        """The complete members of a zip whose beginning is missing are read."""
        data = raw_zip(RawMember(b"a", b"first" * 9), RawMember(b"b", b"second"), RawMember(b"c", b"third"))
        path = build({"f.zip": data[20:]})
        assert column(path, "SELECT path FROM files WHERE sha256 NOT NULL") == ["b", "c"]
