"""Check with SQL that each place of a bundle holds the secrets that were planted there."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from support.independent_scan.bundle_scan import blob_bytes, opened
from support.independent_scan.decoded_forms import forms
from support.independent_scan.needle_index import NeedleIndex
from support.planted_secrets.place import Place
from support.planted_secrets.place_list import ALL_PLACES
from support.planted_secrets.planting import Plants


def lost_plants(bundle: Path, plants: Plants) -> dict[str, list[str]]:
    """Return the secrets that are not where they were planted, as their kinds, by place."""
    with contextlib.closing(opened(bundle)) as connection:
        lost = {place.name: _lost(connection, place, plants) for place in ALL_PLACES}
    return {name: kinds for name, kinds in lost.items() if kinds}


def _lost(connection: sqlite3.Connection, place: Place, plants: Plants) -> list[str]:
    planted = plants[place.name]
    index = NeedleIndex(planted)
    found = {needle[0].number for text in _texts(connection, place) for needle in index.found(text)}
    return [secret.kind.name for secret in planted if secret.number not in found]


def _texts(connection: sqlite3.Connection, place: Place) -> Iterator[bytes]:
    """Yield what the place's statement yields, as bytes; encoded or compressed texts decoded."""
    for (value,) in connection.execute(place.sql).fetchall():
        if value is not None:
            text = blob_bytes(connection, value) if place.is_blob else value
            yield from (form.text for form in forms(text))
