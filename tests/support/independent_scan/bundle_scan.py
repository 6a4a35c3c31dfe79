"""Look for secrets in every cell of every table of a bundle, and in its blobs."""

from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import zstandard

from support.independent_scan.decoded_forms import forms
from support.independent_scan.needle_index import NeedleIndex
from support.planted_secrets.planted_secret import PlantedSecret

_SCHEMA = "sqlite_master"


class Sighting(NamedTuple):
    """A secret that is in the bundle."""

    secret: PlantedSecret
    place: str
    """Table and column, or what else was looked at."""

    form: str
    """How it is written there."""


def sightings(bundle: Path, secrets: Iterable[PlantedSecret]) -> Iterator[Sighting]:
    """Yield each secret of each cell and blob that has it, whole, in any form."""
    index = NeedleIndex(secrets)
    for place, text in cells(bundle):
        for form in forms(text):
            for needle in index.found(form.text):
                name = form.name if needle.form == "plain" else needle.form
                yield Sighting(needle.secret, place, name)


def cells(bundle: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every text and every blob of the bundle, with its table and column; blobs in chunks are joined."""
    with contextlib.closing(opened(bundle)) as connection:
        for table in [_SCHEMA, *_tables(connection)]:
            cursor = connection.execute(f'SELECT * FROM "{table}"')
            columns = [description[0] for description in cursor.description]
            for row in cursor:
                for column, value in zip(columns, row, strict=True):
                    if isinstance(value, bytes):
                        yield f"{table}.{column}", value
        yield from (("blobs", blob) for blob in _blobs(connection))


def opened(bundle: Path) -> sqlite3.Connection:
    """Return a connection that reads the file, and gives texts as their bytes."""
    connection = sqlite3.connect(f"{bundle.absolute().as_uri()}?mode=ro", uri=True)
    connection.text_factory = bytes
    return connection


def blob_bytes(connection: sqlite3.Connection, sha256: bytes | str) -> bytes:
    """Return the bytes of one blob."""
    key = sha256.decode() if isinstance(sha256, bytes) else sha256
    chunks = connection.execute("SELECT data FROM blob_chunks WHERE sha256 = ? ORDER BY seq", (key,))
    unpack = zstandard.ZstdDecompressor()
    return b"".join(unpack.decompress(data, max_output_size=1 << 21) for (data,) in chunks)


def by_place(found: Iterable[Sighting]) -> Counter[tuple[str, str]]:
    """Return how many sightings each place has, by the kind of the secret."""
    return Counter((sighting.place, sighting.secret.kind.name) for sighting in found)


def _tables(connection: sqlite3.Connection) -> list[str]:
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
    return [name.decode() for (name,) in names]


def _blobs(connection: sqlite3.Connection) -> Iterator[bytes]:
    for (sha256,) in connection.execute("SELECT sha256 FROM blobs ORDER BY sha256").fetchall():
        yield blob_bytes(connection, sha256)
