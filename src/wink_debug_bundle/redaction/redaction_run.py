"""Do the passes of a redaction on the copy of a bundle: search, replace, follow."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import apsw

from ..database.connection import open_immutable, open_unlocked
from ..database.writing import transaction
from ..pipeline.progress import Meter, Phase
from ..secret_detection.detection_settings import DetectionSettings
from ..secret_detection.found_secret import FoundSecret
from .cell_texts.cell_rewriting import Rewritten, rewrite_cells
from .column_registry import RegisteredTable
from .following.all_following import Followers
from .following.applied_changes import AppliedChanges
from .following.named_hashes import named_hashes
from .following.odd_times import drop_odd_times
from .following.prompt_hashes import note_prompt_hashes, replace_prompt_hashes
from .following.strict_profile import StrictProfile
from .passes.finders import detector
from .passes.known_secrets import KnownSecrets, names_of, read_known, with_found
from .passes.part_scanning import PartScanner
from .passes.scan_settings import BLOBS, Aim, FoundValues, MarkedRows, Message, Scanned, ScanSettings, TablePart
from .passes.table_parts import parts_of
from .redaction_options import RedactionOptions
from .scan_processes.scan_pool import ScanPool
from .work_copy import spooled

HASH_RULE, HASH_KIND = "hash", "SHA256"


class WorkFiles(NamedTuple):
    """The bundle, its copy, and a folder for temporary files."""

    source: Path
    copy: Path
    folder: Path


class RedactionRun:
    """Redacts a copy; afterwards it has what was replaced, and what was looked for.

    Attributes:
        reasons: How often each rule was the reason, by table and column.
        tokens: The value of each token.
        scanned: Bytes that were searched.
        digest: The hash of the new bundle; None before it is written.
        settings: What the last pass looked for, for the proof.
    """

    def __init__(
        self,
        files: WorkFiles,
        tables: Mapping[str, RegisteredTable],
        options: RedactionOptions,
        *,
        key: bytes,
        meter: Meter,
        pool: ScanPool,
    ) -> None:
        self._options = options
        self._meter = meter
        self._size = files.source.stat().st_size
        self._is_strict = options.profile == "strict"
        self._files = files
        self.reasons: Counter[tuple[str, str, str]] = Counter()
        self.tokens: dict[bytes, bytes] = {}
        self.scanned = 0
        self.digest: str | None = None
        self._pool = pool
        self._marked: dict[TablePart, array[int]] = {}
        self._parts: list[TablePart] = []
        detection = DetectionSettings(rules=options.rules)
        scanned = files.copy if self._is_strict else files.source
        self.settings = ScanSettings("survey", scanned, tables, detection, {}, (), key, files.folder)

    def survey(self) -> None:
        """Search all of the bundle by rules; with the profile strict, all of the copy without its free text.

        Raises:
            BundleError: the bundle is damaged, or rules cannot be read.
        """
        if self._pool.has_processes:
            self.settings = replace(self.settings, compiled=detector(self.settings).compiled)
        known = with_found(read_known_of(self._files.source, self._options.words), self._found())
        self.settings = replace(self.settings, literals=known.literals, names=names_of(known, self._options.words))

    def redact(self, connection: apsw.Connection) -> None:
        """Replace in the copy what the survey found, and let everything follow; with the profile strict, survey it first.

        Raises:
            BundleError: the bundle is damaged, or rules cannot be read.
            apsw.Error: the copy could not be written.
        """
        changes = AppliedChanges(connection, self.settings.tables)
        with transaction(connection):
            self.reasons += drop_odd_times(connection, self.settings.tables)
        if self._is_strict:
            strict = StrictProfile(connection, self.settings.tables)
            with transaction(connection):
                strict.drop_text()
            self.reasons += strict.reasons
            self.survey()
        self._meter.enter(Phase.REPLACING, self._size)
        messages = self._scan("rewrite")
        changes.apply_all(spooled(messages, self._files.folder) if self._is_strict else messages)
        followers = Followers(connection)
        self._forget_hashes(connection, changes, followers)
        with closing(PartScanner(replace(self.settings, aim="rewrite"))) as scanner:
            self._follow(connection, followers, scanner)
        self.reasons += changes.reasons
        self.tokens |= changes.tokens

    def _found(self) -> dict[bytes, tuple[str, str]]:
        """Return the values that rules find, each with its rule and kind, and note in which rows anything is."""
        self._meter.enter(Phase.SEARCHING, self._size)
        found: dict[bytes, tuple[str, str]] = {}
        for message in self._scan("survey"):
            if isinstance(message, MarkedRows):
                self._marked.setdefault(message.part, array("q")).extend(message.rows)
            if isinstance(message, FoundValues):
                for value, reason in message.values.items():
                    found[value] = min(found.get(value, reason), reason)
        return found

    def _forget_hashes(self, connection: apsw.Connection, changes: AppliedChanges, followers: Followers) -> None:
        """Replace the hashes of what changed wherever they are told; what told them has changed, too, and has hashes."""
        before, literals = self.settings, dict(self.settings.literals)
        with transaction(connection):
            note_prompt_hashes(connection, are_all_changed=self._is_strict)
            hashes = followers.forget_hashes(with_manifests=True)
        if self._is_strict:
            hashes = named_hashes(connection, self.settings.tables, hashes)
        done: set[str] = set()
        while new := hashes - done:
            replaced = {each.encode(): (HASH_RULE, HASH_KIND) for each in sorted(new)}
            self.settings = replace(before, database=self._files.copy, literals=replaced)
            changes.apply_all(spooled(self._scan("literals"), self._files.folder))
            literals = {**replaced, **literals}
            done |= hashes
            with transaction(connection):
                hashes = set() if self._is_strict else followers.forget_hashes(with_manifests=False)
        self.settings = replace(before, literals=literals)

    def _follow(self, connection: apsw.Connection, followers: Followers, scanner: PartScanner) -> None:
        """Let everything follow."""

        def rewritten(texts: Sequence[bytes]) -> Mapping[bytes, Rewritten]:
            return rewrite_cells(scanner.both, scanner.both.found(texts), scanner.replace)

        def token(value: bytes) -> bytes:
            return scanner.replace(FoundSecret(0, len(value), HASH_RULE, HASH_KIND, value))

        with transaction(connection):
            count = replace_prompt_hashes(connection, token)
            followers.follow_sizes(rewritten)
        self.reasons += Counter({(HASH_RULE, "prompt_parts", "hash"): count})
        self.reasons.update({(rule, "zip_parts", "blob_sha256"): count for rule, count in followers.rules.items()})
        self.tokens |= scanner.take_tokens()

    def _scan(self, aim: Aim) -> Iterator[Message]:
        """Yield the messages of a pass, and report how far it is."""
        settings = replace(self.settings, aim=aim)
        for message in self.scan_all(settings, self._marked if aim == "rewrite" else None):
            if isinstance(message, Scanned):
                self.scanned += message.size if aim == "survey" else 0
                self._meter.advance(message.size)
            yield message

    def scan_all(
        self, settings: ScanSettings, marked: Mapping[TablePart, array[int]] | None = None
    ) -> Iterator[Message]:
        """Yield the messages about all tables of a bundle.

        Args:
            settings: What to look for.
            marked: The rows of each part that are searched by rules again; without it, all are.
        """
        is_divided = settings.aim != "prove" and bool(self._parts)  # no row of the copy gets another number
        parts = iter(self._parts) if is_divided else _divided(settings)
        if settings.aim == "survey":
            parts = self._noted(parts)
        if marked is not None:
            parts = (part._replace(marked=marked.get(part, array("q"))) for part in parts)
        yield from self._pool.scan(settings, parts)

    def _noted(self, parts: Iterable[TablePart]) -> Iterator[TablePart]:
        """Yield the parts, and note them for the next passes."""
        for part in parts:
            self._parts.append(part)
            yield part


def _divided(settings: ScanSettings) -> Iterator[TablePart]:
    """Divide all tables into parts, while the first parts are scanned."""
    tables = [settings.tables[BLOBS], *(each for name, each in settings.tables.items() if name != BLOBS)]
    with closing(open_unlocked(settings.database)) as connection:
        yield from parts_of(connection, tables)


def read_known_of(database: Path, words: Iterable[str]) -> KnownSecrets:
    """Return what a bundle itself says is secret."""
    with closing(open_immutable(database)) as connection:
        return read_known(connection, words)
