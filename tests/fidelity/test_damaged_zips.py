"""Zips with damaged directories or members: the bundle holds every byte, reports the damage, and restores the zip."""

from __future__ import annotations

import json

import pytest
from support.artifact_samples import archive, lines, log_record, write_files
from support.directory_comparison import assert_round_trip
from support.zip_bytes import STORED, ZSTD, RawMember, raw_zip

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.artifacts.zip.archive import Zip

FINE, LAST = RawMember(b"fine.txt", b"fine"), RawMember(b"last.txt", b"last")
NOISE = b"0123456789abcdef" * 9
RUN = RawMember(b"debug_bundle/manifest.json", json.dumps({"files": ["config.json"]}).encode(), method=STORED)

DAMAGED = {
    "at the place of another": RawMember(b"b", b"bytes", offset=0),
    "behind the directory": RawMember(b"b", b"bytes", offset=99_999),
    "at a place of no member": RawMember(b"b", b"bytes", offset=7),
    "a folder at a place of no member": RawMember(b"b/", method=STORED, offset=7),
    "a folder at the place of another": RawMember(b"b/", method=STORED, offset=0),
    "larger than it is": RawMember(b"b", NOISE, method=STORED, compressed_size=9999),
    "smaller than it is": RawMember(b"b", NOISE, method=STORED, compressed_size=50),
    "of another checksum": RawMember(b"b", NOISE, crc=1),
    "of another name in front of it": RawMember(b"b", NOISE, local_name=b"c"),
    "encrypted": RawMember(b"b", NOISE, flags=1),
    "of an unknown method": RawMember(b"b", NOISE, method=97, compressed=NOISE, trailing=b"loose bytes"),
    "in another part": RawMember(b"b", NOISE, part=3),
    "a folder of noise": RawMember(b"b/", method=STORED, compressed=NOISE, size=0, crc=0),
}


@pytest.fixture
def restored_zip(tmp_path):
    """Return a function that builds a bundle of a zip, checks the round trip, and returns the restored file."""

    def kept_file(data):
        source = write_files(tmp_path / "debug", {"f.zip": data, "a.log": lines(log_record())})
        with DebugBundle.from_directory(source, output=tmp_path / "b.db") as bundle:
            assert_round_trip(bundle, source, tmp_path / "out")
            assert bundle.verify().exact_count == 2
        return tmp_path / "out" / "f.zip"

    return kept_file


@pytest.mark.parametrize("prefix", [b"", b"#!/bin/sh\n"], ids=["zip", "with a program in front"])
@pytest.mark.parametrize("what", DAMAGED)
def test_damaged_member(restored_zip, what, prefix):
    """Whatever is wrong with a member, the zip is restored byte for byte, and `verify` finds no difference."""
    data = raw_zip(FINE, DAMAGED[what], LAST, prefix=prefix)
    assert restored_zip(data).read_bytes() == data


@pytest.mark.parametrize("what", ["at the place of another", "behind the directory"])
def test_member_that_the_manifest_does_not_list(restored_zip, what):
    """A difference between a run's manifest and its members is not a difference between bundle and source."""
    odd = RawMember(b"debug_bundle/odd.txt", b"bytes", offset=DAMAGED[what].offset)
    data = raw_zip(RUN, odd, RawMember(b"debug_bundle/config.json", b"{}"))
    assert restored_zip(data).read_bytes() == data


def test_rewritten_zip(restored_zip):
    """If a zip must be written anew, an unreadable member stays unreadable, and the others keep their bytes."""
    members = [RawMember(b"z", NOISE * 99, method=ZSTD), FINE, DAMAGED["at the place of another"]]
    data = raw_zip(*members, RawMember(b"c", offset=99_999), RawMember(b"d", NOISE, crc=1), LAST)
    assert _faults(restored_zip(data)) == [
        ("z", None),
        ("fine.txt", None),
        ("b", "its local header is at the same byte as that of member 1"),
        ("c", "its offset is not before the directory"),
        ("d", None),
        ("last.txt", None),
    ]


def _faults(path):
    with Zip(path.open("rb"), 1 << 30) as opened:
        return [(entry.name, entry.fault) for entry in opened.entries]


def test_bytes_that_the_source_has_now(tmp_path):
    """A member that was unreadable and can now be read from the source is a difference."""
    source = write_files(tmp_path / "debug", {"f.zip": raw_zip(FINE, DAMAGED["at the place of another"])})
    with DebugBundle.from_directory(source, output=tmp_path / "b.db") as bundle:
        (source / "f.zip").write_bytes(archive({"fine.txt": "fine", "b": "bytes"}))
        found = [(finding.place, finding.text) for finding in bundle.verify(against=source).findings]
    assert ("f.zip, member b", "its source has bytes, and the bundle does not hold them") in found
