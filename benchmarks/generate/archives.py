"""Filesystem archives as `archive_filesystem` writes them: deflated zips of relative paths, named by a UUID."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.generate.text import WORDS, uuid_text, vocabulary

WHEN = (2026, 11, 2, 8, 0, 0)
"""Modification time of every member, fixed so that the same seed gives the same bytes."""

LEVEL = 1
"""Deflate level. A higher one slows generating down, and makes little difference to readers."""

CHUNK = 1 << 20
"""Bytes of a large member that are generated and written at a time."""

BINARY_SHARE = 0.03
"""Share of the small files that are binary."""

NOISE_CHUNKS = 8
"""Number of random chunks, half noise and half zeros, that large members repeat in seeded order."""


def text_archive(seed: int, key: str, size: int, folder: Path) -> int:
    """Write an archive of small files, `size` bytes before compression, into `folder`; return its member count."""
    rng = random.Random(f"{seed}:files:{key}")
    written = count = 0
    with zipfile.ZipFile(folder / f"{uuid_text(rng)}.zip", "w") as archive:
        while written < size:
            content, suffix = small_file(rng, seed)
            name = f"{rng.choice(WORDS)}/{rng.choice(WORDS)}/{rng.choice(WORDS)}_{count}{suffix}"
            archive.writestr(_entry(name), content, zipfile.ZIP_DEFLATED, LEVEL)
            written, count = written + len(content), count + 1
    return count


def binary_archive(seed: int, key: str, sizes: list[int], folder: Path) -> int:
    """Write an archive of one large binary for each of `sizes`, in bytes; return its member count."""
    rng = random.Random(f"{seed}:binaries:{key}")
    noise = [rng.randbytes(CHUNK // 2) + bytes(CHUNK // 2) for _ in range(NOISE_CHUNKS)]
    with zipfile.ZipFile(folder / f"{uuid_text(rng)}.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as archive:
        for number, size in enumerate(sizes):
            entry = _entry(f"checkpoints/model_{number}.bin")
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as member:
                for chunk in _chunks(rng, noise, size):
                    member.write(chunk)
    return len(sizes)


def _chunks(rng: random.Random, noise: list[bytes], size: int) -> Iterator[bytes]:
    """Yield the bytes of one binary: each binary is different, and not valid text."""
    head = b"\x89BIN\xff\x00" + rng.randbytes(32)
    yield head[:size]
    left = size - len(head)
    while left > 0:
        yield rng.choice(noise)[: min(left, CHUNK)]
        left -= CHUNK


def small_file(rng: random.Random, seed: int) -> tuple[bytes, str]:
    """Return the content and suffix of a file of 0.3 to 8 KB."""
    size = rng.randint(300, 8_000)
    if rng.random() < BINARY_SHARE:
        return b"\x89PNG\r\n\x1a\n\xff" + rng.randbytes(size), ".png"
    return vocabulary(seed, ensure_ascii=False).text(rng, size).encode(), rng.choice((".py", ".md", ".txt", ".json"))


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, WHEN)
    entry.external_attr = 0o644 << 16
    return entry
