"""Packed bundles, whole and damaged, and the copies that commands unpack from them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import zstandard

from wink_debug_bundle.packing.private_copy import COPY_PREFIX

SKIPPABLE = b"\x50\x2a\x4d\x18\x04\0\0\0abcd"
"""A frame that decompressors skip."""


_LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
from wink_debug_bundle.cli.main import main
main()
"""


def run_limited(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command in a process that cannot write a file of more than 4 kB, as if the disk were full."""
    command = [sys.executable, "-c", _LIMITED, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def compressed(data: bytes, *, claims_size: bool = True, has_checksum: bool = True) -> bytes:
    """Return the data as a frame, as another program writes it."""
    compressor = zstandard.ZstdCompressor(write_content_size=claims_size, write_checksum=has_checksum)
    return compressor.compress(data)


def claiming(frame: bytes, size: int) -> bytes:
    """Return a frame of `pack` whose header claims another size: it has eight bytes, the last of the header."""
    parameters = zstandard.get_frame_parameters(frame)
    width = {0: 1, 1: 2, 2: 4, 3: 8}[frame[4] >> 6]
    end = zstandard.frame_header_size(frame)
    shift = 256 if width == 2 else 0
    assert int.from_bytes(frame[end - width : end], "little") + shift == parameters.content_size
    return frame[: end - width] + (size - shift).to_bytes(width, "little") + frame[end:]


def _flipped(frame: bytes, place: int) -> bytes:
    return frame[:place] + bytes([frame[place] ^ 0x10]) + frame[place:][1:]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "without its last byte": lambda frame: frame[:-1],
    "without its checksum": lambda frame: frame[:-4],
    "without its second half": lambda frame: frame[: len(frame) // 2],
    "without its blocks": lambda frame: frame[: zstandard.frame_header_size(frame)],
    "without most of its header": lambda frame: frame[:5],
    "with another byte in the middle": lambda frame: _flipped(frame, len(frame) // 2),
    "with another checksum": lambda frame: _flipped(frame, len(frame) - 1),
    "with a byte after its end": lambda frame: frame + b"\0",
    "with another frame after its end": lambda frame: frame + frame,
    "with a frame to skip after its end": lambda frame: frame + SKIPPABLE,
    "with a claim of more bytes": lambda frame: claiming(frame, zstandard.frame_content_size(frame) + 1),
    "with a claim of fewer bytes": lambda frame: claiming(frame, zstandard.frame_content_size(frame) - 1),
    "with a claim of very few bytes": lambda frame: claiming(frame, 4096),
}
"""What can happen to a packed bundle, by name."""


def copies_in(folder: Path) -> list[Path]:
    """Return the folders of unpacked bundles in a folder for temporary files."""
    return sorted(folder.glob(f"{COPY_PREFIX}*"))
