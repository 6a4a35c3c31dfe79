"""What the independent scan finds of planted secrets in a redacted bundle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from support.independent_scan.bundle_scan import Sighting, sightings
from support.independent_scan.raw_scan import raw_sightings
from support.independent_scan.word_scan import word_sightings
from support.planted_secrets.planted_secret import PlantedSecret


def everything_left(bundle: Path, secrets: Iterable[PlantedSecret]) -> Iterator[Sighting]:
    """Yield what is left: in cells and blobs in every form, in the bytes of the file, in the terms of an index."""
    looked_for = list(secrets)
    yield from sightings(bundle, looked_for)
    yield from raw_sightings(bundle, looked_for)
    yield from word_sightings(bundle, looked_for)


def listed(left: Iterable[Sighting]) -> list[str]:
    """Return a line for each place, kind and form, with the number of secrets; no line has a secret."""
    counts = Counter((each.place, each.secret.kind.name, each.form) for each in left)
    return [f"{place}: {kind}, {form} ({count})" for (place, kind, form), count in sorted(counts.items())]
