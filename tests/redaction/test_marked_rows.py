"""The survey marks rows; the others are searched for what is known alone, with the same result."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from support.planted_secrets.planted_bundle import PlantedBundle

pytest.importorskip("re2", reason="tox run -e redact installs google-re2")
pytest.importorskip("ahocorasick_rs", reason="tox run -e redact installs ahocorasick-rs")

from wink_debug_bundle.database.connection import open_immutable, open_unlocked
from wink_debug_bundle.database.shared_text import has_shared_text
from wink_debug_bundle.redaction.column_registry import registry
from wink_debug_bundle.redaction.passes.known_secrets import names_of, read_known, with_found
from wink_debug_bundle.redaction.passes.part_scanning import PartScanner
from wink_debug_bundle.redaction.passes.scan_settings import (
    ChangedRows,
    FoundValues,
    MarkedRows,
    Message,
    ScanSettings,
    TablePart,
)
from wink_debug_bundle.redaction.passes.table_parts import parts_of
from wink_debug_bundle.secret_detection.detection_settings import DetectionSettings


@pytest.fixture(scope="module")
def survey(planted: PlantedBundle, tmp_path_factory: pytest.TempPathFactory) -> tuple[ScanSettings, list[TablePart]]:
    """Return the settings of a survey of the planted bundle, and the parts of its logs and files."""
    with closing(open_immutable(planted.bundle)) as connection:
        is_shared = has_shared_text(connection)
    tables = registry(shares_text=is_shared)
    with closing(open_unlocked(planted.bundle)) as connection:
        parts = list(parts_of(connection, [tables["logs"], tables["texts" if is_shared else "files"]]))
    folder = tmp_path_factory.mktemp("marked")
    return ScanSettings("survey", planted.bundle, tables, DetectionSettings(), {}, (), b"key", folder), parts


def _scanned(settings: ScanSettings, parts: list[TablePart]) -> Iterator[Message]:
    with closing(PartScanner(settings)) as scanner:
        for part in parts:
            yield from scanner.scan(part)


def test_unmarked_rows_are_rewritten_alike(
    survey: tuple[ScanSettings, list[TablePart]], planted: PlantedBundle
) -> None:
    settings, parts = survey
    messages = list(_scanned(settings, parts))
    values = {
        value: each
        for message in messages
        if isinstance(message, FoundValues)
        for value, each in message.values.items()
    }
    with closing(open_immutable(planted.bundle)) as connection:
        known = with_found(read_known(connection, planted.artifacts.words), values)
    rewrite = replace(settings, aim="rewrite", literals=known.literals, names=names_of(known, planted.artifacts.words))
    marks = {each.part: each.rows for each in messages if isinstance(each, MarkedRows)}
    few = [part._replace(marked=marks.get(part, array("q"))) for part in parts]
    changed = _changed(rewrite, parts)
    assert _changed(rewrite, few) == changed
    marked = {(part.table, row) for part, rows in marks.items() for row in rows}
    only_known = [key for table, key, _ in changed if (table, key[0]) not in marked]
    assert only_known, "no row is changed for a known value alone, so that the test says nothing"


def _changed(
    settings: ScanSettings, parts: list[TablePart]
) -> list[tuple[str, tuple[int | str, ...], dict[str, bytes]]]:
    return [
        (message.table, row.key, row.values)
        for message in _scanned(settings, parts)
        if isinstance(message, ChangedRows)
        for row in message.rows
    ]


def test_few_rows_of_a_clean_bundle_are_marked(
    survey: tuple[ScanSettings, list[TablePart]], planted_shared: Path
) -> None:
    """Only those that hide plain characters are: in base64, in percent escapes."""
    settings, parts = survey
    before, after = (
        sum(len(each.rows) for each in _scanned(which, parts) if isinstance(each, MarkedRows))
        for which in (settings, replace(settings, database=planted_shared))
    )
    assert 10 * after < before
