"""Write a bundle's file as one zstd frame, with its size and a checksum, in bounded memory."""

from __future__ import annotations

import errno
import os

import zstandard

from .frame_header import WINDOW_LOG, ByteProgress

QUICK_LEVEL, USUAL_LEVEL, BEST_LEVEL = 1, 3, 9

_READ_BYTES = 1 << 20

_FAR_REPEATS = {"ldm_hash_log": 18, "ldm_bucket_size_log": 1, "ldm_hash_rate_log": 6}
"""How the quick and the usual level find repeats that are far apart: by a table of 2 MiB, which processors keep in their caches.

zstd's own table has 8 MiB, so that a frame takes twice the time, and is about as large. The best level keeps it: its frame
is smaller by a twentieth then.
"""


def write_frame(
    source: int, size: int, target: int, *, level: int = USUAL_LEVEL, progress: ByteProgress | None = None
) -> None:
    """Write the first `size` bytes of the open file `source` as a frame to the open file `target`.

    Raises:
        OSError: a file could not be read or written, or `source` is shorter.
    """
    parameters = zstandard.ZstdCompressionParameters.from_level(
        level,
        source_size=size,
        window_log=WINDOW_LOG,
        enable_ldm=True,
        write_checksum=True,
        write_content_size=True,
        **({} if level == BEST_LEVEL else _FAR_REPEATS),
    )
    frame = zstandard.ZstdCompressor(compression_params=parameters).compressobj(size=size)
    buffer = memoryview(bytearray(_READ_BYTES))
    done = 0
    while done < size:
        count = os.preadv(source, [buffer[: size - done]], done)
        if not count:
            raise OSError(errno.EIO, "it became shorter while it was read")
        write_all(target, frame.compress(buffer[:count]))
        done += count
        if progress is not None:
            progress(done, size)
    write_all(target, frame.flush())


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of `data` to the open file.

    Raises:
        OSError: it could not be written.
    """
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
