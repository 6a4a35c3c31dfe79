"""Count what looks like a secret in a bundle, within limits of bytes and time, and without showing it."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..database.quoting import quoted
from ..database.shared_text import has_shared_text
from ..secret_detection.detection_extra import detection_installed
from .column_registry import RegisteredTable, registry
from .tokens.secret_tokens import without_tokens

_BATCH_BYTES = 1 << 20
_OTHER_TABLES = ("line_forms", "ledger", "artifacts", "problems", "raw_records")
"""Tables that repeat what others have, or hold little text."""


@dataclass(frozen=True, slots=True)
class SecretCounts:
    """How much looks like a secret.

    Attributes:
        count: How often something that looks like a secret was found.
        rules: The same by rule.
        searched_bytes: Bytes of text that were searched.
        is_complete: Whether that is all text of the bundle; files in blobs are not searched.
    """

    count: int
    rules: dict[str, int]
    searched_bytes: int
    is_complete: bool


def count_secrets(connection: sqlite3.Connection, most_bytes: int, most_seconds: float) -> SecretCounts | None:
    """Return how often rules for secrets, not those for personal data, find something; None without the extra.

    Raises:
        sqlite3.Error: the bundle is damaged.
    """
    tables = registry(shares_text=has_shared_text(connection))
    if not detection_installed():
        return None
    from ..secret_detection.detection_settings import DetectionSettings
    from ..secret_detection.detector import Detector

    # RE2 alone searches the few bytes before hyperscan would have compiled its rules.
    detector = Detector(DetectionSettings(personal=False, engine="re2"))
    deadline = time.monotonic() + most_seconds
    rules: Counter[str] = Counter()
    searched, cut = 0, set[str]()
    for batch in _batches(connection, tables, most_bytes, cut):
        for text, found in zip(batch, detector.found_in_many(batch), strict=True):
            rules.update(each.rule for each in without_tokens(text, found))
        searched += sum(map(len, batch))
        if time.monotonic() > deadline:
            cut.add("the time limit")
            break
    return SecretCounts(rules.total(), dict(rules.most_common()), searched, not cut)


def _batches(
    connection: sqlite3.Connection, tables: Mapping[str, RegisteredTable], most_bytes: int, cut: set[str]
) -> Iterator[list[bytes]]:
    """Yield texts of all columns with free text, a part of the limit for each; add those to `cut` that have more."""
    columns = [
        (name, column)
        for name, table in tables.items()
        if name not in _OTHER_TABLES
        for column in table.columns("text", "json")
        if column not in table.blobs
    ]
    batch: list[bytes] = []
    size = 0
    for table, column in columns:
        left = max(most_bytes // len(columns), _BATCH_BYTES)
        rows = connection.execute(f"SELECT CAST({quoted(column)} AS BLOB) FROM {quoted(table)}")
        for (value,) in rows:
            if not value:
                continue
            if len(value) > left:
                cut.add(f"{table}.{column}")
            batch.append(value[:left])
            size += len(batch[-1])
            left -= len(batch[-1])
            if size >= _BATCH_BYTES:
                yield batch
                batch, size = [], 0
            if left <= 0:
                cut.add(f"{table}.{column}")
                break
    if batch:
        yield batch
