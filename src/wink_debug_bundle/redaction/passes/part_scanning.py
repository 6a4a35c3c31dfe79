"""Scan one part of a bundle: find secrets in it, replace them, or prove that none is left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from ...database.connection import open_immutable
from ...explore.stored_files import open_blob
from ...secret_detection.detector import Detector
from ...secret_detection.found_secret import FoundSecret
from ...secret_detection.literals import LiteralSearch
from ..cell_texts.cell_rewriting import rewrite_cells
from ..cell_texts.cell_scanner import CellScanner, Finder
from ..column_registry import SEARCHED, RegisteredTable
from ..tokens.secret_tokens import Tokens
from .blob_scanning import StoredBytes, found_in_windows, is_unsearchable, new_bytes, store_bytes
from .compressed_bytes import decompressed
from .cut_ends import CUT_TABLES, CutEnds
from .cut_keys import cut_key_parts
from .name_finder import NameFinder
from .scan_settings import (
    BLOBS,
    BlobChunk,
    ChangedBlob,
    ChangedRow,
    ChangedRows,
    FoundValues,
    LeftOver,
    Message,
    Scanned,
    ScanSettings,
    TablePart,
)
from .table_reading import CellRow, read_cells, size_of

_BLOBS = "SELECT sha256, size_bytes FROM blobs WHERE rowid BETWEEN ? AND ? ORDER BY rowid"
_DIRECTORIES = "SELECT blob_sha256 FROM zip_parts"
_LOGS = "logs"


class PartScanner:
    """Scans parts of one bundle; made once in each process, as compiling rules takes a second."""

    def __init__(self, settings: ScanSettings) -> None:
        """Compile what is looked for.

        Raises:
            BundleError: the extra is not installed, or the file of rules is wrong.
        """
        self._settings = settings
        self._connection = open_immutable(settings.database)
        rules, literals = tuple(rule_finders(settings)), tuple(literal_finders(settings))
        self._rules, self._literals = CellScanner((), rules), CellScanner(literals, ())
        self.both = CellScanner(literals, rules)
        self._cut = CellScanner((*literals, CutEnds(settings.literals)), rules)
        self._tokens = Tokens(settings.key)
        self._made: dict[bytes, bytes] = {}
        self._apart: set[str] | None = None

    def scan(self, part: TablePart) -> Iterator[Message]:
        """Yield what was found in a part, and last how large it was.

        Raises:
            BundleError: a blob is damaged.
        """
        table = self._settings.tables[part.table]
        if part.table == BLOBS:
            yield from self._scan_blobs(part)
        elif self._settings.aim == "prove":
            yield from self._prove_rows(table, part)
        else:
            yield from self._scan_rows(table, part)

    def close(self) -> None:
        """Close the bundle."""
        self._connection.close()

    def replace(self, found: FoundSecret) -> bytes:
        """Return the token of what was found; the same value has the same kind wherever it was found."""
        _, kind = self._settings.literals.get(found.value, (found.rule, found.kind))
        token = self._tokens.token(kind, found.value)
        self._made[token] = found.value
        return token

    def _scan_rows(self, table: RegisteredTable, part: TablePart) -> Iterator[Message]:
        columns, size = table.columns(*SEARCHED), 0
        is_survey = self._settings.aim == "survey"
        for rows in read_cells(self._connection, table, columns, part) if columns else ():
            size += size_of(rows)
            yield from self._survey(table, columns, rows) if is_survey else self._rewrite(table, columns, rows)
        yield Scanned(size)

    def _survey(self, table: RegisteredTable, columns: Sequence[str], rows: list[CellRow]) -> Iterator[Message]:
        texts = _Texts(table, columns, rows)
        found = self._rules.found(texts.cells, texts.paths)
        values = {each.value: (each.rule, each.kind) for secrets in found for each in secrets}
        if table.name == _LOGS:
            values.update(cut_key_parts(self._connection, columns, rows))
        if values:
            yield FoundValues(values)

    def _rewrite(self, table: RegisteredTable, columns: Sequence[str], rows: list[CellRow]) -> Iterator[Message]:
        whole = self._cut if table.name in CUT_TABLES else self.both
        scanner = self._literals if self._settings.aim == "literals" else whole
        texts = _Texts(table, columns, rows)
        changed: dict[int, dict[str, bytes]] = {}
        growth: Counter[int] = Counter()
        reasons: Counter[tuple[str, str, str]] = Counter()
        rewritten = rewrite_cells(scanner, texts.cells, self.replace, texts.paths)
        for (row, column), cell, new in zip(texts.places, texts.cells, rewritten, strict=True):
            if new is None:
                continue
            changed.setdefault(row, {})[columns[column]] = new.data
            growth[row] += 0 if table.words[columns[column]] == "path" else len(new.data) - len(cell)
            reasons.update({(rule, table.name, columns[column]): count for rule, count in new.rules.items()})
        if changed:
            new_rows = [ChangedRow(rows[row].key, values, growth[row]) for row, values in changed.items()]
            yield ChangedRows(table.name, new_rows, reasons, self.take_tokens())

    def _prove_rows(self, table: RegisteredTable, part: TablePart) -> Iterator[Message]:
        """Search all columns: those that redaction searches by rules and literals, the others by literals."""
        searched = table.columns(*SEARCHED)
        others = tuple(column for column in table.words if column not in searched)
        size = 0
        for columns, scanner in ((searched, self.both), (others, self._literals)):
            for rows in read_cells(self._connection, table, columns, part) if columns else ():
                size += size_of(rows)
                yield from _left_over(table, columns, rows, scanner)
        yield Scanned(size)

    def _scan_blobs(self, part: TablePart) -> Iterator[Message]:
        for key, size in self._connection.execute(_BLOBS, (part.first, part.last)).fetchall():
            opened = partial(open_blob, self._connection, key)
            if self._settings.aim == "survey":
                yield from self._survey_blob(opened)
            elif self._settings.aim == "prove":
                # Names in a directory stand between numbers, which rules would read together with them.
                scanner = self._literals if key in self._directories() else self.both
                with opened() as stream:
                    reasons = Counter((each.rule, BLOBS, "data") for each in found_in_windows(stream, scanner))
                if reasons:
                    yield LeftOver(reasons)
            elif key not in self._directories():
                yield from self._rewrite_blob(opened, key, size)
            yield Scanned(size)

    def _survey_blob(self, opened: Any) -> Iterator[Message]:
        with opened() as stream:
            if _is_unsearchable(opened):
                found = [each for secrets in self._rules.found([decompressed(stream)]) for each in secrets]
            else:
                found = list(found_in_windows(stream, self._rules))
        if found:
            yield FoundValues({each.value: (each.rule, each.kind) for each in found})

    def _rewrite_blob(self, opened: Any, key: str, size: int) -> Iterator[Message]:
        scanner = self._literals if self._settings.aim == "literals" else self.both
        new = new_bytes(opened, key, size, scanner, self.replace)
        if new is None:
            return
        seq = 0
        for stored in store_bytes(new.chunks, self._settings.folder):
            if isinstance(stored, StoredBytes):
                reasons = Counter({(rule, BLOBS, "data"): count for rule, count in new.rules.items()})
                yield ChangedBlob(key, stored.key, stored.size, stored.crc, seq, reasons, self.take_tokens())
            else:
                yield BlobChunk(key, seq, stored)
                seq += 1

    def _directories(self) -> set[str]:
        """Return the keys of blobs that are parts of zips; these are rewritten record by record."""
        if self._apart is None:
            self._apart = {key for (key,) in self._connection.execute(_DIRECTORIES)}
        return self._apart

    def take_tokens(self) -> dict[bytes, bytes]:
        """Return the values of the tokens that were made since the last call."""
        made, self._made = self._made, {}
        return made


def _is_unsearchable(opened: Any) -> bool:
    with opened() as stream:
        return is_unsearchable(stream.read(8))


class _Texts:
    """The cells of rows that have text, with the row and the column of each, and the numbers of those that are paths."""

    def __init__(self, table: RegisteredTable, columns: Sequence[str], rows: Sequence[CellRow]) -> None:
        cells = [
            ((row, column), cell) for row, each in enumerate(rows) for column, cell in enumerate(each.cells) if cell
        ]
        self.places = [place for place, _ in cells]
        self.cells = [cell for _, cell in cells]
        are_paths = {number for number, column in enumerate(columns) if table.words[column] == "path"}
        places = enumerate(self.places) if are_paths else ()
        self.paths = {number for number, (_, column) in places if column in are_paths}


def _left_over(
    table: RegisteredTable, columns: Sequence[str], rows: Sequence[CellRow], scanner: CellScanner
) -> Iterator[Message]:
    """Yield what is left in some columns."""
    texts = _Texts(table, columns, rows)
    reasons = Counter(
        (secret.rule, table.name, columns[column])
        for (_, column), secrets in zip(texts.places, scanner.found(texts.cells, texts.paths), strict=True)
        for secret in secrets
    )
    if reasons:
        yield LeftOver(reasons)


def rule_finders(settings: ScanSettings) -> Iterator[Finder]:
    """Yield what finds secrets by rules, unless only literals are looked for."""
    if settings.aim == "literals":
        return
    yield _detector(settings).found_in_many
    for rule, kind, names in settings.names:
        if names:
            yield NameFinder(rule, kind, names)


def literal_finders(settings: ScanSettings) -> Iterator[Finder]:
    """Yield what finds values that are known to be secret, if there are any."""
    if settings.literals:
        yield LiteralSearch(settings.literals).found_in_many


_detectors: dict[Any, Detector] = {}


def _detector(settings: ScanSettings) -> Detector:
    """Return the detector of these settings, which is compiled once in a process."""
    if settings.detection not in _detectors:
        _detectors[settings.detection] = Detector(settings.detection)
    return _detectors[settings.detection]
