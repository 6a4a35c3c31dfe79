"""A build reads the small members of a run once, however many rows they have a part in."""

from __future__ import annotations

from collections import Counter

import pytest
from support.run_zip_sample import PREFIX

from wink_debug_bundle.artifacts.runs.manifest import LINE_MEMBERS
from wink_debug_bundle.artifacts.zip.archive import Zip
from wink_debug_bundle.artifacts.zip.members import HELD_BYTES


@pytest.fixture
def decompressed(monkeypatch):
    """Return how often each member is decompressed from now on."""
    counts: Counter[str] = Counter()
    original = Zip._read

    def counting(self, entry):
        counts[entry.name] += 1
        return original(self, entry)

    monkeypatch.setattr(Zip, "_read", counting)
    return counts


def test_small_members(build_run, members, decompressed):
    """Each member without lines is decompressed once by the reader; the manifest once more, to plan the build."""
    build_run(members)
    names = [name for name in members if name.removeprefix(PREFIX) not in LINE_MEMBERS]
    expected = {name: 2 if name.endswith("/manifest.json") else 1 for name in names}
    assert decompressed == expected
    assert f"{PREFIX}metrics.json" in expected


def test_large_member_is_not_held(build_run, members, decompressed):
    """A large member of metadata is not kept in memory between its two readers."""
    name = f"{PREFIX}environment/packages.txt"
    build_run({**members, name: b"a==1\n" * (HELD_BYTES // 5 + 1)})
    assert decompressed[name] == 1  # its second reader streams it
