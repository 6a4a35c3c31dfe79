"""Zips whose directory or members are damaged: a bundle holds every byte of them, says so, and gives them back."""

from __future__ import annotations

import json

import pytest
from support.artifact_samples import archive, lines, log_record, write_files
from support.directory_comparison import assert_kept
from support.zip_bytes import STORED, ZSTD, Odd, odd_zip

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.artifacts.zip.archive import Zip

FINE, LAST = Odd(b"fine.txt", b"fine"), Odd(b"last.txt", b"last")
NOISE = b"0123456789abcdef" * 9
RUN = Odd(b"debug_bundle/manifest.json", json.dumps({"files": ["config.json"]}).encode(), method=STORED)

DAMAGED = {
    "at the place of another": Odd(b"b", b"bytes", offset=0),
    "behind the directory": Odd(b"b", b"bytes", offset=99_999),
    "at a place of no member": Odd(b"b", b"bytes", offset=7),
    "a folder at a place of no member": Odd(b"b/", method=STORED, offset=7),
    "a folder at the place of another": Odd(b"b/", method=STORED, offset=0),
    "larger than it is": Odd(b"b", NOISE, method=STORED, compressed_size=9999),
    "smaller than it is": Odd(b"b", NOISE, method=STORED, compressed_size=50),
    "of another checksum": Odd(b"b", NOISE, crc=1),
    "of another name in front of it": Odd(b"b", NOISE, local_name=b"c"),
    "encrypted": Odd(b"b", NOISE, flags=1),
    "of an unknown method": Odd(b"b", NOISE, method=97, compressed=NOISE, behind=b"loose bytes"),
    "in another part": Odd(b"b", NOISE, part=3),
    "a folder of noise": Odd(b"b/", method=STORED, compressed=NOISE, size=0, crc=0),
}


@pytest.fixture
def kept(tmp_path):
    """Builds a bundle of a zip, asserts that it is kept, and gives the file that came back."""

    def kept_file(data):
        source = write_files(tmp_path / "debug", {"f.zip": data, "a.log": lines(log_record())})
        with DebugBundle.from_directory(source, output=tmp_path / "b.db") as bundle:
            assert_kept(bundle, source, tmp_path / "out")
            assert bundle.verify().exact_count == 2
        return tmp_path / "out" / "f.zip"

    return kept_file


@pytest.mark.parametrize("prefix", [b"", b"#!/bin/sh\n"], ids=["zip", "with a program in front"])
@pytest.mark.parametrize("what", DAMAGED)
def test_damaged_member(kept, what, prefix):
    """Whatever is wrong with a member, the zip comes back to the byte, and nothing is found."""
    data = odd_zip(FINE, DAMAGED[what], LAST, prefix=prefix)
    assert kept(data).read_bytes() == data


@pytest.mark.parametrize("what", ["at the place of another", "behind the directory"])
def test_member_that_the_manifest_does_not_list(kept, what):
    """What a run's manifest says of a member is no difference between bundle and source."""
    odd = Odd(b"debug_bundle/odd.txt", b"bytes", offset=DAMAGED[what].offset)
    data = odd_zip(RUN, odd, Odd(b"debug_bundle/config.json", b"{}"))
    assert kept(data).read_bytes() == data


def test_compressed_anew(kept):
    """Where other members are packed anew, a member without bytes has none still, and others' bytes are theirs."""
    members = [Odd(b"z", NOISE * 99, method=ZSTD), FINE, DAMAGED["at the place of another"]]
    data = odd_zip(*members, Odd(b"c", offset=99_999), Odd(b"d", NOISE, crc=1), LAST)
    assert _faults(kept(data)) == [
        ("z", None),
        ("fine.txt", None),
        ("b", "its local header is at the same byte as that of member 1"),
        ("c", "its offset is not before the directory"),
        ("d", None),
        ("last.txt", None),
    ]


def _faults(path):
    with Zip(path, 1 << 30) as opened:
        return [(entry.name, entry.fault) for entry in opened.entries]


def test_bytes_that_the_source_has_now(tmp_path):
    """A member whose bytes were nowhere, and are there in the source now, is a difference."""
    source = write_files(tmp_path / "debug", {"f.zip": odd_zip(FINE, DAMAGED["at the place of another"])})
    with DebugBundle.from_directory(source, output=tmp_path / "b.db") as bundle:
        (source / "f.zip").write_bytes(archive({"fine.txt": "fine", "b": "bytes"}))
        found = [(finding.place, finding.text) for finding in bundle.verify(against=source).findings]
    assert ("f.zip, member b", "its source has bytes, and the bundle does not hold them") in found
