"""Decide what a file is by its content, and what its name adds to that.

A file whose name says that it may be an artifact (`.jsonl`, `.ndjson`, `.log` or `.zip`, also with more after it, as in
`app.log.1`) is read if its content is that of an artifact. A file of any other name is read only if its content cannot be
anything else: a user's own JSON may have a `message` and a `level`. What is not read is one of two things. A damaged
artifact begins like one, or has the keys of one, and cannot be read: its bytes are kept. All else is listed.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import BinaryIO, NamedTuple

import orjson

from ...column_values import ArtifactKind, Compression
from ...packing.frame_header import holds_bundle
from ..detection import SAMPLE_BYTES, SEARCHED_BYTES, compression_of, is_tar, is_utf16, kind_of, top_level_keys
from ..read_errors import UNREADABLE, system_error
from ..runs.manifest import is_run
from ..source import LEAST_LIMIT, Source
from ..source_opener import open_source
from ..streams.decompression import decompress
from ..streams.line_blocks import read_sample
from ..zip.archive import is_zip
from .own_files import OWN_HEAD_BYTES, own_reason

Opener = Callable[[], BinaryIO]
"""Opens a file at its beginning."""

NEITHER = "neither snapshots, nor log records, nor a zip"
_NOT_AT_FIRST = f"neither a zip, nor are there snapshots or log records in its first {SEARCHED_BYTES >> 20} MiB"
_UNLIKELY = "neither its name nor its first bytes are those of an artifact"

ZIP_NAMES = (".zip",)
LINE_NAMES = (".jsonl", ".ndjson", ".log", *ZIP_NAMES)
"""Parts of the names that files of lines and zips may have, in letters of any case."""


def _holds(parts: Iterable[str]) -> re.Pattern[str]:
    return re.compile(f"(?:{'|'.join(map(re.escape, parts))})(?![a-z0-9])", re.IGNORECASE)


_NAME = _holds(LINE_NAMES)
_JSON_NAME = _holds((".jsonl", ".ndjson"))
_ZIP_NAME = _holds(ZIP_NAMES)
_HEAD_BYTES = 4096
_BLANK = b" \t\r\n"
_NOT_IN_TEXT = re.compile(rb"[\x00-\x06\x0b\x0e-\x1a\x1c-\x1f\x7f]")
"""Control characters that no text has; colours of a terminal begin with the one left out, 0x1b."""

_UTF8_MARK = b"\xef\xbb\xbf"
ZIP_START = b"PK"

_RECORD_KEYS = {"timestamp", "level", "logger", "event", "message"}
"""Keys that every log record of the library has."""

_SNAPSHOT_KEYS = {"children_ids", "created_at", "parent_id", "policies", "tags", "version"}
"""Keys of a snapshot beside its slices; the first is the first of a line, as the library sorts them."""

_KNOWN_KEY = re.compile(
    rb'"(children_ids|created_at|parent_id|slices|slice_type|item_type|tags|timestamp|level|logger|event|message|context)"'
)
"""A key of the library's records, or of what is in them; two of them show that a file was one of records."""

_TYPE_MARK = re.compile(rb'"__type__": ?"[\w.]+:[\w.]+"')
"""How the library names the class of an item."""

_INNER = (b"}", b"]", b",", b":", b'"')
"""How a piece of JSON may begin that is not its beginning."""


def recognise(source: Source, declared: ArtifactKind | None, *, keep_unrecognised: bool) -> Source:
    """Return the source with its kind, or with the reason why it is not read.

    A file that the user `declared` to be of some kind is read as that kind, unless its content shows another one.

    Raises:
        OSError: the file cannot be opened.
    """
    with open_source(source) as stream:
        head, damage = read_sample(stream, max(_HEAD_BYTES, OWN_HEAD_BYTES))
    if not head and isinstance(damage, OSError):
        return unreadable(source, f"cannot be read at byte 0: {system_error(damage)}")
    if declared is None and (own := own_reason(source.path.name, head)) is not None:
        return replace(source, reason=own)
    source = replace(source, compression=compression_of(head))
    if declared is None and source.compression is Compression.ZSTD and _is_packed_bundle(source):
        return replace(source, reason="a packed debug bundle, not read")
    if declared is None and _is_tar(source, head):
        return _unread(source, "a tar archive, which is not read: unpack it first", keep=keep_unrecognised)
    is_named = declared is not None or _NAME.search(source.path.name) is not None
    if not is_named and not _may_be_artifact(head, source.compression):
        return replace(source, reason=_UNLIKELY, is_kept=keep_unrecognised)
    try:
        kind = _kind(source) if is_named else _unmistakable_kind(source)
    except UNREADABLE as error:
        text = system_error(error) if isinstance(error, OSError) else str(error)
        return _unread(source, f"cannot be read: {text}", is_damaged=is_named, keep=keep_unrecognised)
    if kind is ArtifactKind.UNKNOWN and declared is not None:
        kind = declared
    if kind is ArtifactKind.UNKNOWN:
        return _unrecognised(source, head, is_named=is_named, keep=keep_unrecognised)
    if kind is ArtifactKind.ARCHIVE and source.compression is not Compression.NONE:
        reason = "a compressed zip: decompress it first"
        return _unread(source, reason, is_damaged=is_named, keep=keep_unrecognised)
    return replace(source, kind=kind)


def _is_packed_bundle(source: Source) -> bool:
    with open_source(source) as stream:
        return holds_bundle(stream)


def _is_tar(source: Source, head: bytes) -> bool:
    if source.compression is Compression.NONE:
        return is_tar(head)
    try:
        return is_tar(_sample(partial(open_source, source), source.compression))
    except UNREADABLE:
        return False


def _may_be_artifact(head: bytes, compression: Compression) -> bool:
    """Return whether a file of any name is worth a closer look: it begins like JSON, a zip or something compressed."""
    start = head.removeprefix(_UTF8_MARK).lstrip(_BLANK)
    return compression is not Compression.NONE or start.startswith((b"{", ZIP_START))


def _kind(source: Source) -> ArtifactKind:
    """Return the kind of a file whose name may be that of an artifact."""
    kind = _named_kind(partial(open_source, source), source.compression)
    if kind is ArtifactKind.UNKNOWN and _ZIP_NAME.search(source.path.name) and is_zip(open_source(source), LEAST_LIMIT):
        kind = ArtifactKind.ARCHIVE
    if kind is ArtifactKind.ARCHIVE and source.compression is Compression.NONE and is_run(source):
        return ArtifactKind.RUN
    return kind


def _named_kind(opened: Opener, compression: Compression) -> ArtifactKind:
    with opened() as file, decompress(file, compression) as stream:
        return kind_of(stream)


def _unmistakable_kind(source: Source) -> ArtifactKind:
    """Return the kind of a file of any name whose content only the library writes; else unknown."""
    kind = _named_kind(partial(open_source, source), source.compression)
    if kind is ArtifactKind.ARCHIVE:
        return ArtifactKind.RUN if source.compression is Compression.NONE and is_run(source) else ArtifactKind.UNKNOWN
    return _library_kind(kind, _sample(partial(open_source, source), source.compression))


def _library_kind(kind: ArtifactKind, sample: bytes) -> ArtifactKind:
    """Return the kind of lines if one of the sample is certainly the library's; else unknown."""
    for line in sample.splitlines():
        keys = top_level_keys(line)
        if kind is ArtifactKind.LOGS and keys and _RECORD_KEYS.issubset(keys):
            return kind
        if (
            kind is ArtifactKind.SNAPSHOTS
            and keys
            and (keys[0] == "children_ids" or len(_SNAPSHOT_KEYS & set(keys)) > 2)
        ):
            return kind
    return ArtifactKind.UNKNOWN


def _sample(opened: Opener, compression: Compression) -> bytes:
    """Return the first decompressed bytes without a byte order mark, as far as they can be read."""
    with opened() as file, decompress(file, compression) as stream:
        sample, _ = read_sample(stream, SAMPLE_BYTES)
    return sample.removeprefix(_UTF8_MARK)


class LinesInZip(NamedTuple):
    """What a file in a zip holds: snapshots, logs, or nothing known; and whether only the library writes such lines."""

    kind: ArtifactKind
    compression: Compression = Compression.NONE
    is_certain: bool = False


def recognise_lines(name: str, opened: Opener) -> LinesInZip:
    """Return whether a file in a zip holds lines, by the rule for files of such names on disk."""
    try:
        with opened() as stream:
            head, _ = read_sample(stream, _HEAD_BYTES)
        compression = compression_of(head)
        is_named = may_be_lines(name)
        if not is_named and not _may_be_artifact(head, compression):
            return LinesInZip(ArtifactKind.UNKNOWN)
        kind = _named_kind(opened, compression)
        if kind not in (ArtifactKind.SNAPSHOTS, ArtifactKind.LOGS):
            return LinesInZip(ArtifactKind.UNKNOWN)
        is_certain = _library_kind(kind, _sample(opened, compression)) is kind
    except UNREADABLE:
        return LinesInZip(ArtifactKind.UNKNOWN)
    return LinesInZip(kind if is_named or is_certain else ArtifactKind.UNKNOWN, compression, is_certain)


def may_be_lines(name: str) -> bool:
    """Return whether a file's name may be that of a file of lines or of a zip of such."""
    return _NAME.search(name.rpartition("/")[2]) is not None


def may_be_zip(name: str) -> bool:
    """Return whether a file's name may be that of a zip."""
    return _ZIP_NAME.search(name.rpartition("/")[2]) is not None


def _unrecognised(source: Source, head: bytes, *, is_named: bool, keep: bool) -> Source:
    """Return the source with the reason why its content is not read, and whether it is damaged."""
    if not is_named:
        return _unread(source, "its content is not certainly the library's, and its name does not say so", keep=keep)
    name = source.path.name
    if not head:  # which a log may be, but never a zip
        return _unread(source, "empty", is_damaged=_ZIP_NAME.search(name) is not None, keep=keep)
    if is_utf16(head):
        reason = "text in UTF-16, which is not read: convert it to UTF-8"
        return _unread(source, reason, is_damaged=True, keep=keep)
    if _is_damaged(_sample(partial(open_source, source), source.compression), name):
        return _unread(source, f"{NEITHER} can be read in it: it is damaged", is_damaged=True, keep=keep)
    return _unread(source, NEITHER if source.size_bytes <= SEARCHED_BYTES else _NOT_AT_FIRST, keep=keep)


def _is_damaged(sample: bytes, name: str) -> bool:
    """Return whether a file that begins with `sample`, and that is named like an artifact, is a damaged one.

    It is one if it has bytes that no text has, keys of the library's records, or JSON that ends early or is wrong; and
    whatever it has, if its name says that it is a zip, or that its lines are JSON. Other text in a log, and JSON with
    other keys, was written by another program.
    """
    if _NOT_IN_TEXT.search(sample) or _ZIP_NAME.search(name):
        return True
    is_whole = len(sample) < SAMPLE_BYTES
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample, is_whole)
    except UnicodeDecodeError:
        return True
    if len(set(_KNOWN_KEY.findall(sample))) > 1 or _TYPE_MARK.search(sample):
        return True
    first, end, _ = sample.lstrip(_BLANK).partition(b"\n")
    is_cut_off = first.startswith(_INNER) or first.count(b"}") > first.count(b"{")  # a record without its beginning
    is_piece = is_cut_off and b'":' in first
    may_be_json = is_piece or first.startswith(b"{") or _JSON_NAME.search(name) is not None
    return may_be_json and bool(first and (end or is_whole)) and not _is_json(first)


def _is_json(line: bytes) -> bool:
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return True


def _unread(source: Source, reason: str, *, is_damaged: bool = False, keep: bool) -> Source:
    return replace(source, reason=reason, is_kept=is_damaged or keep, is_fault=is_damaged)


def unreadable(source: Source, reason: str) -> Source:
    """Return a source that cannot be read at all."""
    return replace(source, reason=reason, openable=False, is_fault=True)
