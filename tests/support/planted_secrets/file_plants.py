"""Archives of an agent's files, and files beside them, with secrets in texts, names, bytes and comments."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Iterator

from support.artifact_samples import archive
from support.planted_secrets.planting import Plants
from support.planted_secrets.sentences import note, sentence

_LARGE = "".join(f"{number:07},trip,{number * 7919 % 100003:06},ok\n" for number in range(56_000))
"""A table of more than 1 MiB, which a bundle keeps as a blob."""


def archive_bytes(plants: Plants) -> bytes:
    """Return the zip of an agent's files."""
    buffer = io.BytesIO(archive(_members(plants)))
    with zipfile.ZipFile(buffer, "a") as opened:
        opened.comment = note(plants["archive comment"]).encode()[:65_000]
        info = zipfile.ZipInfo("commented.txt")
        info.comment = note(plants["member comment"]).encode()[:65_000]
        opened.writestr(info, "a file with a comment")
    return buffer.getvalue()


def _members(plants: Plants) -> Iterator[tuple[str, bytes]]:
    for each in plants["file text"]:
        yield f"src/settings_{each.number}.py", f"# generated\n{sentence(each)}\nDEBUG = False\n".encode()
    for each in plants["file name"]:
        yield f"exports/of {each.text}", b"empty"
    for each in plants["large file"]:
        yield f"data/trips_{each.number}.csv", f"{_LARGE}{sentence(each)}\n".encode()
    for each in plants["binary file"]:
        yield f"cache/{each.number}.bin", b"\xff\xfe\x00\x81" + sentence(each).encode() + b"\x00\xff" * 40
    inner = "\n".join(map(sentence, plants["zip in an archive"]))
    yield "backup.zip", archive({"notes/settings.txt": f"{inner}\n{'filler ' * 500}"})
    dump = "\n".join(map(sentence, plants["gzip in an archive"]))
    yield "dump.sql.gz", gzip.compress(f"{dump}\n{'INSERT ' * 500}".encode(), mtime=0)


def damaged_archive(plants: Plants) -> bytes:
    """Return a zip with a member whose checksum is wrong, so that a bundle keeps its compressed bytes."""
    text = "\n".join(map(sentence, plants["damaged archive"])) + "filler " * 500
    whole = archive({"report.txt": text, "other.txt": "fine"})
    directory = whole.index(b"PK\x01\x02")
    changed = bytearray(whole)
    changed[14] ^= 0xFF
    changed[directory + 16] ^= 0xFF
    return bytes(changed)


def other_files(plants: Plants) -> dict[str, bytes]:
    """Return files that are no artifacts, by name."""
    texts = "\n".join(map(sentence, plants["unrecognised file"]))
    named = {f"cache/of {each.text}": b"\x00\x01" for each in plants["unrecognised file's name"]}
    return {".env": f"MODE=production\n{texts}\n".encode(), **named}
