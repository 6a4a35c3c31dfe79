"""What compressed files hold is read to learn secrets, as far as it goes."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable

import pytest
import zstandard

from wink_debug_bundle.redaction.passes.compressed_bytes import decompressed

TEXT = b"token = abc\n" * 500


def zipped(data: bytes) -> bytes:
    """Return a zip with one member."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("notes.txt", data)
    return stream.getvalue()


FORMATS = [gzip.compress, zstandard.compress, lzma.compress, bz2.compress, zlib.compress, zipped]


@pytest.mark.parametrize("compress", FORMATS)
def test_the_content_is_read(compress: Callable[[bytes], bytes]) -> None:
    """Whatever format it has."""
    assert TEXT.strip() in decompressed(io.BytesIO(compress(TEXT)))


@pytest.mark.parametrize("compress", FORMATS)
def test_damage_ends_it(compress: Callable[[bytes], bytes]) -> None:
    """A file that is cut off gives what comes before the cut, and no error."""
    assert TEXT.startswith(decompressed(io.BytesIO(compress(TEXT)[:-20])).strip(b"\n")[:20])


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.compress])
def test_a_bomb_is_limited(compress: Callable[[bytes], bytes]) -> None:
    """No more comes out than is needed to know a secret."""
    assert len(decompressed(io.BytesIO(compress(bytes(100 << 20))))) <= 32 << 20
