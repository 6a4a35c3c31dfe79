"""What detection reports in bundles in which nobody planted anything."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from support.independent_scan.bundle_scan import cells
from support.independent_scan.decoded_forms import forms

from wink_debug_bundle.secret_detection.detector import Detector

_BATCH = 1000
_NOT_TEXT = ("sqlite_master.", "digests.", "blob_chunks.", "search_")
"""Beginnings of places with names, hashes, compressed bytes and copies of texts that are elsewhere."""


@dataclass
class Alarms:
    """How much text was searched, and what was reported in it."""

    byte_count: int = 0
    secrets: dict[str, Counter[bytes]] = field(default_factory=dict)
    """How often each value was reported as a secret, by rule."""

    personal: dict[str, Counter[bytes]] = field(default_factory=dict)
    """The same of personal data: names, and addresses of persons and machines, which ordinary logs do have."""

    @property
    def values(self) -> int:
        """Return how many different values were reported as secrets."""
        return sum(map(len, self.secrets.values()))

    @property
    def per_10_megabytes(self) -> float:
        """Return how many of them there are in 10 MB."""
        return self.values * 1e7 / self.byte_count if self.byte_count else 0.0


def alarms(bundle: Path, detector: Detector) -> Alarms:
    """Return what is reported in all texts of the bundle, JSON decoded."""
    result = Alarms()
    personal = {rule.name for rule in detector.rules if rule.personal}
    for texts in _batches(bundle):
        result.byte_count += sum(map(len, texts))
        for found in (each for all_of_text in detector.found_in_many(texts) for each in all_of_text):
            reported = result.personal if found.rule in personal else result.secrets
            reported.setdefault(found.rule, Counter())[found.value] += 1
    return result


def _batches(bundle: Path) -> Iterator[list[bytes]]:
    texts = _texts(bundle)
    while batch := list(itertools.islice(texts, _BATCH)):
        yield batch


def _texts(bundle: Path) -> Iterator[bytes]:
    for place, text in cells(bundle):
        if not place.startswith(_NOT_TEXT):
            yield from [form.text for form in forms(text, depth=2) if form.name in {"JSON", "JSON key"}] or [text]
