"""Usual members are read at once, with the same result as by the careful readers, whatever the zip holds."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wink_debug_bundle.artifacts.read_errors import UNREADABLE_ZIP
from wink_debug_bundle.artifacts.zip import directory_entries, member_stream
from wink_debug_bundle.artifacts.zip.archive import Zip
from wink_debug_bundle.artifacts.zip.plain_records import plain_bytes, plain_entry

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8)
EXTRAS = st.sampled_from([b"", b"\x99\x99\x04\x00abcd", b"\x99\x99\x50\x00" + bytes(80), b"\x01\x00\x02\x00ab"])
MEMBERS = st.lists(
    st.tuples(NAMES, st.binary(max_size=300), EXTRAS, st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])),
    min_size=1,
    max_size=20,
    unique_by=lambda member: member[0],
)


def zip_of(members, prefix=b""):
    """Return the bytes of a zip of the members, after a prefix."""
    buffer = io.BytesIO()
    buffer.write(prefix)
    with zipfile.ZipFile(buffer, "a") as opened:
        for name, content, extra, method in members:
            info = zipfile.ZipInfo(name)
            info.extra, info.compress_type = extra, method
            opened.writestr(info, content)
    return buffer.getvalue()


def contents(data):
    """Return every entry, with its bytes or the error of reading it; the error if the zip cannot be opened."""
    try:
        with Zip(io.BytesIO(data), 1 << 20) as archive:
            return [(entry, _content(archive, entry)) for entry in archive.entries]
    except UNREADABLE_ZIP as error:
        return str(error)


def _content(archive, entry):
    try:
        return archive.read(entry)
    except UNREADABLE_ZIP as error:
        return str(error)


def carefully(data):
    """Return the contents as the careful readers alone find them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(directory_entries, "plain_entry", lambda *_, **__: None)
        patch.setattr(member_stream, "plain_bytes", lambda *_: None)
        return contents(data)


@given(MEMBERS, st.sampled_from([b"", b"#!/bin/sh\n"]))
def test_sound_zips(members, prefix):
    """Each member has the entry and the bytes that the careful readers find."""
    data = zip_of(members, prefix)
    found = contents(data)
    assert found == carefully(data)
    assert [content for _, content in found] == [member[1] for member in members]


@given(MEMBERS, st.data())
def test_damaged_zips(members, data):
    """With some wrong bytes, each member still has the same entry, and the same bytes or the same error."""
    damaged = bytearray(zip_of(members))
    for _ in range(data.draw(st.integers(1, 3))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    assert contents(bytes(damaged)) == carefully(bytes(damaged))


def test_usual_member_is_plain():
    """What the library writes is read at once."""
    data = zip_of([("debug_bundle/a.json", b"{}" * 50, b"", zipfile.ZIP_DEFLATED)])
    begin = data.index(b"PK\x01\x02")
    plain = plain_entry(data, begin, 1, prefix=0, disk=0, end=begin)
    assert plain is not None
    assert (plain[0].name, plain[0].size, plain[1]) == ("debug_bundle/a.json", 100, data.index(b"PK\x05\x06"))
    assert plain_bytes(io.BytesIO(data), plain[0]) == data[30 + len("debug_bundle/a.json") : begin]
