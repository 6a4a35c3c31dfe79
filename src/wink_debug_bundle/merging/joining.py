"""Write one bundle of the rows of several: copy them, and do what needs the rows of all."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import apsw

from ..database.connection import close_finished, open_new_alone, sorting_in
from ..database.schema_files import (
    create_staging,
    create_views,
    drop_staging,
    finalize_statements,
    read_sql,
)
from ..database.search_index import SearchScope, can_search_words, create_search_index
from ..database.shared_text import has_shared_text
from ..database.slices.slice_views import create_slice_views, read_slice_classes
from ..database.table_digests import inexact_artifacts, whole_digest
from ..database.table_indexes import create_indexes
from ..database.table_setup import complete_tables, create_empty_tables
from ..database.writing import transaction, write_rows
from ..errors import BundleBuildError, InvalidBundleError
from ..pipeline.progress import Meter, Phase, ProgressCallback
from ..pipeline.publishing.construction import Construction
from ..pipeline.publishing.write_errors import system_errors
from ..pipeline.row_digests import LOADED, MERGED, RowDigests
from ..rows import BundleMetaRow
from .evaluation_names import name_evaluations, pass_evaluations_on
from .inputs import Input, Place, check_unchanged, logs_searched
from .joint_rows import derive_again, derive_standalone_calls, join_repeated_calls
from .merge_progress import counts_of_files, growth_reported, handle_signals
from .merged_redactions import write_redactions
from .merging_sql import merging_sql
from .overlap.duplicate_rows import write_duplicate
from .overlap.held_twice import Share, stand_in_of
from .overlap.kept_labels import label_kept_artifacts
from .overlap.other_bytes import OtherBytes, read_other_bytes, write_other_bytes
from .row_copying import attached, bases_of, copy_rows
from .slice_class_keys import find_slice_keys, note_slice_keys

_COUNTS = "SELECT (SELECT count(*) FROM artifacts), (SELECT count(*) FROM runs)"
_REPEATED = """
SELECT count(*)
FROM (
    SELECT 1 FROM runs WHERE sample_id IS NOT NULL AND evaluation IS NULL GROUP BY experiment, sample_id HAVING count(*) > 1
)
"""
_WITHOUT_ITEMS = "DELETE FROM slice_keys WHERE slice_type NOT IN (SELECT slice_type FROM slice_items)"


class Joined(NamedTuple):
    """What the joined bundle has, and how often a session of one bundle was known from an earlier one.

    `repeated_sample_count` are samples with several runs that nothing says to be of several evaluations.
    """

    digest: str
    artifact_count: int
    run_count: int
    shared_session_count: int
    repeated_sample_count: int


class _File(NamedTuple):
    """The file under construction, and what measures how far it is."""

    connection: apsw.Connection
    path: Path
    meter: Meter


def join(
    construction: Construction,
    inputs: Sequence[Input],
    shares: Sequence[Share],
    meta: BundleMetaRow,
    search: SearchScope | None,
    *,
    progress: ProgressCallback | None,
    keeps_evaluations: bool = False,
) -> Joined:
    """Write the bundle under construction: the `shares` of the `inputs`, with a full-text index if `search` says so.

    It shares text if one of the inputs does, which may be much smaller than the others for that. With
    `keeps_evaluations`, evaluations have the names that the inputs give them; else all folders together tell them apart.

    Raises:
        BundleError: a bundle cannot be read, or has changed since it was checked.
        apsw.Error: the bundle could not be written.
    """
    meter = Meter(progress, construction.path, sum(each.size_bytes for each in inputs), Phase.COPYING)
    others = read_other_bytes(inputs, shares, construction.scratch)
    connection = open_new_alone(construction.path, sum(each.size_bytes for each in inputs))
    try:
        if search is not None and not can_search_words(connection):
            raise BundleBuildError(
                f"SQLite {apsw.sqlite_lib_version()} of apsw has no FTS5, which the search index of the bundles needs"
            )
        handle_signals(connection)
        with system_errors(connection), sorting_in(connection, construction.scratch):
            create_empty_tables(connection, shares_text=any(each.shares_text for each in inputs))
            create_staging(connection)
            file = _File(connection, construction.path, meter)
            shared = _copy_all(file, inputs, shares, others)
            construction.sync_early()
            is_joint = bool(shared or any(each.excluded for each in shares))
            digest = _finish(file, inputs, meta, search, is_joint=is_joint, keeps_evaluations=keeps_evaluations)
        artifact_count: int
        run_count: int
        artifact_count, run_count = connection.execute(_COUNTS).get
        repeated_sample_count: int = connection.execute(_REPEATED).get
        close_finished(connection)
    finally:
        connection.close(force=True)
    check_unchanged(inputs)
    construction.seal()
    if construction.is_packed:
        meter.enter(Phase.PACKING, construction.size())
        construction.pack(meter.reach)
    meter.enter(Phase.SYNCING, construction.size())
    meter.advance(construction.size())
    return Joined(digest, artifact_count, run_count, shared, repeated_sample_count)


def _copy_all(
    file: _File,
    inputs: Sequence[Input],
    shares: Sequence[Share],
    others: Mapping[Place, OtherBytes],
) -> int:
    """Copy the rows of all bundles; return how often a session of one was known from another."""
    last_ids = (max((row.id for row in each.artifacts), default=0) for each in inputs)
    artifact_bases = [0, *itertools.accumulate(last_ids)]
    held = [{row.id: row for row in each.artifacts} for each in inputs]
    connection = file.connection
    counts = counts_of_files(file.meter.reach, [each.size_bytes for each in inputs])
    shared, are_keys_complete = 0, True
    for number, (each, share) in enumerate(zip(inputs, shares, strict=True)):
        places = {old: stand_in_of(place, shares) for old, place in share.stand_ins.items()}
        stand_ins = {
            old: (artifact_bases[place.bundle] + place.id, held[place.bundle][place.id].path)
            for old, place in places.items()
        }
        try:
            with (
                attached(connection, each.database),
                growth_reported(connection, file.path, each.size_bytes, counts[number]),
            ):
                bases = bases_of(connection, artifact_bases[number])
                shared += copy_rows(connection, share, bases, stand_ins, is_first=number == 0)
                with transaction(connection):
                    are_keys_complete &= note_slice_keys(connection)
                    for old, duplicate in share.duplicates.items():
                        ids = bases["artifacts"] + old, stand_ins[old][0]
                        if duplicate.is_other_bytes:
                            write_other_bytes(connection, others[Place(number, old)], duplicate, *ids)
                        else:
                            write_duplicate(connection, duplicate, *ids)
        except (apsw.FullError, apsw.IOError):
            raise
        except apsw.Error as error:
            raise InvalidBundleError(f"{each.path}: cannot be merged: {error}") from error
    label_kept_artifacts(connection, inputs, shares, artifact_bases)
    if not are_keys_complete:
        find_slice_keys(connection)
    return shared


def _finish(
    file: _File,
    inputs: Sequence[Input],
    meta: BundleMetaRow,
    search: SearchScope | None,
    *,
    is_joint: bool,
    keeps_evaluations: bool,
) -> str:
    """Do what needs the rows of all bundles, and return the digest of the whole.

    `is_joint` says whether rows of several depend on each other. If not, most are hashed while indexes are created.
    """
    connection = file.connection
    if is_joint:
        connection.execute(merging_sql("first_events"))
    complete_tables(connection)
    write_rows(connection, [meta])
    write_redactions(connection, inputs)
    if is_joint:
        connection.execute(merging_sql("unused_blobs"))
        if has_shared_text(connection):
            connection.execute(merging_sql("unused_texts"))
        connection.execute(_WITHOUT_ITEMS)
        derive_standalone_calls(connection)
    slice_classes = read_slice_classes(connection)
    drop_staging(connection)
    inexact = inexact_artifacts(connection)
    with RowDigests(file.path, lambda: inexact) as digests:
        if not is_joint:
            digests.start([*LOADED, *MERGED])
        create_indexes(connection, partial(file.meter.enter, Phase.INDEXING), file.meter.advance)
        if is_joint:
            join_repeated_calls(connection)
        for statement in finalize_statements() if is_joint else [read_sql("finalize", "05_root_session.sql")]:
            connection.execute(statement)
        create_views(connection)
        create_slice_views(connection, slice_classes)
        if is_joint:
            derive_again(connection, are_logs_searched=logs_searched(inputs))
        if keeps_evaluations:
            pass_evaluations_on(connection)
        else:
            name_evaluations(connection)
        if search is not None:
            create_search_index(connection, search)
        return whole_digest(digests.write(connection))
