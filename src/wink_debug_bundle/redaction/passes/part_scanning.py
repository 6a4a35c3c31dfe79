"""Scan one part of a bundle: find secrets in it, replace them, or prove that none is left."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from ...database.connection import open_immutable, open_unlocked
from ...explore.stored_files import open_blob
from ...secret_detection.found_secret import FoundSecret
from ..cell_texts.cell_rewriting import rewrite_cells
from ..cell_texts.cell_scanner import CellScanner, FoundInCells
from ..column_registry import SEARCHED, RegisteredTable, Word
from ..tokens.secret_tokens import Tokens
from .blob_reading import ReadBlob, read_blob
from .blob_scanning import StoredBytes, found_in_windows, is_unsearchable, new_bytes, store_bytes
from .compressed_bytes import decompressed
from .cut_keys import cut_key_parts
from .finders import cell_scanners
from .scan_settings import (
    BLOBS,
    BlobChunk,
    ChangedBlob,
    ChangedRow,
    ChangedRows,
    FoundValues,
    LeftOver,
    MarkedRows,
    Message,
    Scanned,
    ScanSettings,
    TablePart,
)
from .suspect_rows import Search, suspect_rows
from .table_reading import RowBatch, read_cells

_BLOBS = "SELECT sha256, size_bytes FROM blobs WHERE rowid BETWEEN ? AND ? ORDER BY rowid"
_DIRECTORIES = "SELECT blob_sha256 FROM zip_parts"
_LOGS = "logs"
_KINDS: tuple[tuple[Word, ...], ...] = (("text", "json"), ("path",))
"""The words of columns that are searched together."""


class PartScanner:
    """Scans parts of one bundle for one pass; the rules are compiled once for all passes."""

    def __init__(self, settings: ScanSettings) -> None:
        """Compile what is looked for.

        Raises:
            BundleError: the extra is not installed, or the file of rules is wrong.
        """
        self._settings = settings
        self._rules, self._literals, self.both, self._clean, self._whole = cell_scanners(settings)
        self._joined = open_unlocked(settings.database)
        self._connection = open_immutable(settings.database)
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
        elif self._settings.aim == "survey":
            yield from self._survey_rows(table, part)
        else:
            yield from self._rewrite_rows(table, part)

    def close(self) -> None:
        """Close the bundle."""
        self._connection.close()
        self._joined.close(force=True)

    def replace(self, found: FoundSecret) -> bytes:
        """Return the token of what was found; the same value has the same kind wherever it was found."""
        _, kind = self._settings.literals.get(found.value, (found.rule, found.kind))
        token = self._tokens.token(kind, found.value)
        self._made[token] = found.value
        return token

    def _survey_rows(self, table: RegisteredTable, part: TablePart) -> Iterator[Message]:
        searches = [Search(columns, self._rules, are_paths) for columns, are_paths in _kinds(table)]
        for rows in self._read(table, part, searches):
            if isinstance(rows, Scanned):
                yield rows
            else:
                yield from self._survey(table, part, rows)

    def _rewrite_rows(self, table: RegisteredTable, part: TablePart) -> Iterator[Message]:
        part = part._replace(marked=None) if table.is_rowless else part
        scanner = self._literals if self._settings.aim == "literals" else self.both
        first = scanner if part.marked is None else self._clean
        searches = [Search(columns, first, are_paths) for columns, are_paths in _kinds(table)]
        for rows in self._read(table, part, searches):
            if isinstance(rows, Scanned):
                yield rows
            else:
                yield from self._rewrite(table, part, rows, scanner)

    def _read(
        self, table: RegisteredTable, part: TablePart, searches: Sequence[Search]
    ) -> Iterator[RowBatch | Scanned]:
        """Yield the rows of a part in which anything may be, those that are marked, too, and last how large the part is."""
        columns = [name for search in searches for name in search.columns]
        if not columns:
            yield Scanned(0)
            return
        suspects, size = suspect_rows(self._joined, table, part, searches), 0
        chosen = None if suspects is None else sorted({*suspects.rows, *(part.marked or ())})
        for rows in read_cells(self._connection, table, columns, part, chosen):
            size += rows.size
            yield rows
        yield Scanned(size if suspects is None else suspects.size)

    def _survey(self, table: RegisteredTable, part: TablePart, rows: RowBatch) -> Iterator[Message]:
        values: dict[bytes, tuple[str, str]] = {}
        marked: set[int] = set()
        for columns, are_paths in _kinds(table):
            found = self._rules.found(rows.cells(columns), are_paths=are_paths)
            values.update((each.value, (each.rule, each.kind)) for secrets in found.values() for each in secrets)
            marked.update(row for row, _, _ in _places(rows, columns, found))
        if table.name == _LOGS:
            values.update(cut_key_parts(self._connection, rows))
        if values:
            yield FoundValues(values)
        if marked and not table.is_rowless:
            yield MarkedRows(part, array("q", (int(rows.keys[row][0]) for row in sorted(marked))))

    def _rewrite(
        self, table: RegisteredTable, part: TablePart, rows: RowBatch, scanner: CellScanner
    ) -> Iterator[Message]:
        changed: dict[int, dict[str, bytes]] = {}
        growth: Counter[int] = Counter()
        reasons: Counter[tuple[str, str, str]] = Counter()
        parts = ((rows, scanner),) if part.marked is None else self._divided(rows, set(part.marked))
        for columns, are_paths in _kinds(table):
            found: FoundInCells = {}
            for some, first in parts:
                found |= first.found(some.cells(columns), are_paths=are_paths)
            new = rewrite_cells(scanner, found, self.replace, are_paths=are_paths)
            for row, column, cell in _places(rows, columns, new):
                changed.setdefault(row, {})[column] = new[cell].data
                growth[row] += 0 if are_paths else len(new[cell].data) - len(cell)
                reasons.update({(rule, table.name, column): count for rule, count in new[cell].rules.items()})
        if changed:
            new_rows = [ChangedRow(rows.keys[row], values, growth[row]) for row, values in sorted(changed.items())]
            yield ChangedRows(table.name, new_rows, reasons, self.take_tokens())

    def _divided(self, rows: RowBatch, marked: Collection[int]) -> tuple[tuple[RowBatch, CellScanner], ...]:
        """Return the rows that are searched by rules again, and the others, each with its scanner.

        In the others rules found nothing, and no name that is plain can be hidden.
        """
        are_marked = [key in marked for (key,) in rows.keys]
        return (rows.some(are_marked), self.both), (rows.some([not each for each in are_marked]), self._clean)

    def _prove_rows(self, table: RegisteredTable, part: TablePart) -> Iterator[Message]:
        """Search all columns: those that redaction searches by rules and literals, the others by whole literals."""
        searches = [Search(columns, self.both, are_paths) for columns, are_paths in _kinds(table)]
        searched = table.columns(*SEARCHED)
        if self._settings.literals:
            others = tuple(column for column in table.words if column not in searched)
            searches.append(Search(others, self._whole, are_paths=False))
        for rows in self._read(table, part, searches):
            if isinstance(rows, Scanned):
                yield rows
                continue
            reasons: Counter[tuple[str, str, str]] = Counter()
            for columns, scanner, are_paths in searches:
                found = scanner.found(rows.cells(columns), are_paths=are_paths)
                places = _places(rows, columns, found)
                reasons.update((each.rule, table.name, column) for _, column, cell in places for each in found[cell])
            if reasons:
                yield LeftOver(reasons)

    def _scan_blobs(self, part: TablePart) -> Iterator[Message]:
        for key, size in self._connection.execute(_BLOBS, (part.first, part.last)).fetchall():
            blob = read_blob(partial(open_blob, self._connection, key), size)
            if self._settings.aim == "survey":
                for opened in blob.searched:
                    yield from self._survey_blob(opened)
            elif self._settings.aim == "prove":
                yield from self._prove_blob(blob, key)
            elif key not in self._directories():
                yield from self._rewrite_blob(blob, key, size)
            yield Scanned(size)

    def _prove_blob(self, blob: ReadBlob, key: str) -> Iterator[Message]:
        # Names in a directory stand between numbers, which rules would read together with them.
        scanner = self._literals if key in self._directories() else self.both
        reasons: Counter[tuple[str, str, str]] = Counter()
        for opened in blob.searched:
            with opened() as stream:
                reasons.update((each.rule, BLOBS, "data") for each in found_in_windows(stream, scanner))
        if reasons:
            yield LeftOver(reasons)

    def _survey_blob(self, opened: Any) -> Iterator[Message]:
        with opened() as stream:
            if _is_unsearchable(opened):
                found = [each for secrets in self._rules.found([decompressed(stream)]).values() for each in secrets]
            else:
                found = list(found_in_windows(stream, self._rules))
        if found:
            yield FoundValues({each.value: (each.rule, each.kind) for each in found})

    def _rewrite_blob(self, blob: ReadBlob, key: str, size: int) -> Iterator[Message]:
        scanner = self._literals if self._settings.aim == "literals" else self.both
        new = new_bytes(blob.opened, key, size, scanner, self.replace)
        if new is None and blob.decoded is not None:
            new = new_bytes(blob.decoded, key, size, scanner, self.replace)
            new = None if new is None else blob.written(new)
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


def _kinds(table: RegisteredTable) -> list[tuple[tuple[str, ...], bool]]:
    """Return the columns that are searched by rules: those of texts and those of paths, and whether they are paths."""
    return [(columns, words == ("path",)) for words in _KINDS if (columns := table.columns(*words))]


def _places(rows: RowBatch, columns: Iterable[str], cells: Collection[bytes]) -> Iterator[tuple[int, str, bytes]]:
    """Yield the row and the column of each of these cells."""
    for column in columns if cells else ():
        for row, cell in enumerate(rows.columns[column]):
            if cell and cell in cells:
                yield row, column, cell
