"""What is packed comes back byte for byte, and no change of a packed file gives other bytes."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from wink_debug_bundle import BundleError, DamagedBundleError
from wink_debug_bundle.bundle_files import DATABASE_START
from wink_debug_bundle.packing.frame_header import WINDOW_LOG, is_packed
from wink_debug_bundle.packing.frame_reading import unpack
from wink_debug_bundle.packing.frame_writing import BEST_LEVEL, QUICK_LEVEL, USUAL_LEVEL, write_frame

DATA = st.builds(
    lambda start, times, rest: DATABASE_START + start * times + rest,
    st.binary(max_size=300),
    st.integers(0, 2000),
    st.binary(max_size=300),
)
"""What begins like a database, and repeats itself."""


def frame_of(data: bytes, level: int = USUAL_LEVEL) -> bytes:
    """Return the data as it is packed."""
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as target:
        source.write(data)
        source.flush()
        write_frame(source.fileno(), len(data), target.fileno(), level=level)
        return os.pread(target.fileno(), 2 * len(data) + 100, 0)


def unpacked(frame: bytes) -> bytes:
    """Return what is unpacked of a file with these bytes."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as target:
        path = Path(folder) / "a.db.zst"
        path.write_bytes(frame)
        assert is_packed(path)
        unpack(path, target.fileno(), Path(folder))
        return os.pread(target.fileno(), 1 << 20, 0)


@given(DATA, st.sampled_from([QUICK_LEVEL, USUAL_LEVEL, BEST_LEVEL]))
def test_there_and_back(data, level):
    """What is packed comes back."""
    assert unpacked(frame_of(data, level)) == data


@given(DATA)
def test_the_header(data):
    """The frame claims its size, has a checksum, and no window beyond what any zstd unpacks."""
    parameters = zstandard.get_frame_parameters(frame_of(data))
    assert parameters.content_size == len(data)
    assert parameters.has_checksum
    assert parameters.window_size <= 1 << WINDOW_LOG


@given(DATA, st.data())
def test_a_changed_byte(data, draw):
    """A file with one other byte, after those by which it is recognised, is refused, or gives the same bytes."""
    frame = frame_of(data)
    place = draw.draw(st.integers(4, len(frame) - 1))
    other = frame[:place] + bytes([frame[place] ^ draw.draw(st.integers(1, 255))]) + frame[place + 1 :]
    with suppress(BundleError):
        assert unpacked(other) == data


@given(DATA, st.data())
def test_a_missing_end(data, draw):
    """A file without its end is damaged, wherever it ends."""
    frame = frame_of(data)
    with pytest.raises(DamagedBundleError):
        unpacked(frame[: draw.draw(st.integers(4, len(frame) - 1))])


@given(DATA, st.binary(min_size=1, max_size=2000))
def test_a_longer_file(data, more):
    """A file with more bytes after its frame is damaged."""
    with pytest.raises(DamagedBundleError, match="other bytes follow"):
        unpacked(frame_of(data) + more)
