"""Turn what `pack` did into lines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...packing.frame_reading import shell_command
from ...pipeline.bundle_packing import PackedBundle
from ...terminal_text import visible
from .wording import command_line, size


def packed_lines(bundle: Path, packed: PackedBundle) -> Iterator[str]:
    """Yield the sizes of a bundle and of the packed one, and the commands that read it."""
    yield f"Bundle: {visible(str(bundle))} ({size(packed.unpacked_bytes)})"
    yield f"Packed: {visible(str(packed.path))} ({size(packed.size_bytes)}), {packed.ratio:,.1f} times smaller"
    yield unpack_line(packed.path)
    yield f"Next: {command_line('info', packed.path)}"


def unpack_line(packed: Path) -> str:
    """Return the line that says how to unpack a packed bundle without this program."""
    return f"In a shell: {visible(shell_command(packed))}"
