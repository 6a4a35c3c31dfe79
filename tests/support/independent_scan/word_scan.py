"""Look for words of secrets in the terms of full-text indexes."""

from __future__ import annotations

import contextlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

from support.independent_scan.bundle_scan import Sighting, opened
from support.planted_secrets.planted_secret import PlantedSecret

_LEAST = 8
_WORD = re.compile(rf"[a-z0-9]{{{_LEAST},}}")
_INDEXES = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%USING fts5%'"


def word_sightings(bundle: Path, secrets: Iterable[PlantedSecret]) -> Iterator[Sighting]:
    """Yield each secret that has a word, of eight letters and digits or more, among the terms of a full-text index."""
    words = {word: secret for secret in secrets for word in _words(secret)}
    for term in terms(bundle):
        if term in words:
            yield Sighting(words[term], "terms of the search index", "word")


def terms(bundle: Path) -> set[str]:
    """Return the terms of all full-text indexes of the bundle."""
    with contextlib.closing(opened(bundle)) as connection:
        names = [name.decode() for (name,) in connection.execute(_INDEXES)]
        for name in names:
            connection.execute(f'CREATE VIRTUAL TABLE temp."terms_{name}" USING fts5vocab(main, "{name}", "row")')
        found = (connection.execute(f'SELECT term FROM temp."terms_{name}"') for name in names)
        return {term.decode(errors="replace") for cursor in found for (term,) in cursor}


def _words(secret: PlantedSecret) -> Iterator[str]:
    """Yield the words of the secret as an index has them: in lower case, letters without their marks."""
    for value in secret.needles:
        start = len(secret.prefix) if value.startswith(secret.prefix) else 0
        plain = unicodedata.normalize("NFKD", value.lower()).encode("ascii", "ignore").decode()
        yield from (word[0] for word in _WORD.finditer(plain) if word.end() - max(word.start(), start) >= _LEAST)
