"""Filesystem archives as `archive_filesystem` writes them: deflated zips of relative paths, named by a UUID."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.generate.text import WORDS, uuid_text, vocabulary

WHEN = (2026, 11, 2, 8, 0, 0)
"""Time of change of every member; the clock must not show in seeded data."""

LEVEL = 1
"""Deflate level. Generating is bound by it, and readers hardly notice it."""

PIECE = 1 << 20
"""Bytes of a large member that are made and written at a time."""

BINARY_SHARE = 0.03
"""How many of the small files are binary."""

NOISE_PIECES = 8
"""Different random pieces that large members repeat in seeded order, half noise and half zeros each."""


def text_archive(seed: int, key: str, size: int, folder: Path) -> int:
    """Write an archive of small files, `size` bytes before compression, into `folder`; return its member count."""
    rng = random.Random(f"{seed}:files:{key}")
    written = count = 0
    with zipfile.ZipFile(folder / f"{uuid_text(rng)}.zip", "w") as archive:
        while written < size:
            content, suffix = _small_file(rng, seed)
            name = f"{rng.choice(WORDS)}/{rng.choice(WORDS)}/{rng.choice(WORDS)}_{count}{suffix}"
            archive.writestr(_entry(name), content, zipfile.ZIP_DEFLATED, LEVEL)
            written, count = written + len(content), count + 1
    return count


def binary_archive(seed: int, key: str, sizes: list[int], folder: Path) -> int:
    """Write an archive of one large binary for each of `sizes`, in bytes; return its member count."""
    rng = random.Random(f"{seed}:binaries:{key}")
    noise = [rng.randbytes(PIECE // 2) + bytes(PIECE // 2) for _ in range(NOISE_PIECES)]
    with zipfile.ZipFile(folder / f"{uuid_text(rng)}.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as archive:
        for number, size in enumerate(sizes):
            entry = _entry(f"checkpoints/model_{number}.bin")
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as member:
                for piece in _pieces(rng, noise, size):
                    member.write(piece)
    return len(sizes)


def _pieces(rng: random.Random, noise: list[bytes], size: int) -> Iterator[bytes]:
    """Bytes of one binary: no two binaries are alike, and none is text."""
    head = b"\x89BIN\xff\x00" + rng.randbytes(32)
    yield head[:size]
    left = size - len(head)
    while left > 0:
        yield rng.choice(noise)[: min(left, PIECE)]
        left -= PIECE


def _small_file(rng: random.Random, seed: int) -> tuple[bytes, str]:
    """Content and suffix of a file of 0.3 to 8 KB."""
    size = rng.randint(300, 8_000)
    if rng.random() < BINARY_SHARE:
        return b"\x89PNG\r\n\x1a\n\xff" + rng.randbytes(size), ".png"
    return vocabulary(seed, ensure_ascii=False).text(rng, size).encode(), rng.choice((".py", ".md", ".txt", ".json"))


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, WHEN)
    entry.external_attr = 0o644 << 16
    return entry
