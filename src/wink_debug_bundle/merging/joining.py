"""Write one bundle of the rows of several: copy them, and do what needs the rows of all."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import apsw

from ..database.connection import close_finished, open_new_alone, sorting_in
from ..database.schema_files import (
    all_index_statements,
    create_staging,
    create_views,
    drop_staging,
    finalize_statements,
    read_sql,
)
from ..database.schema_renewal import write_digests
from ..database.search_index import SearchScope, can_search_words, create_search_index
from ..database.slices.slice_views import create_slice_views, read_slice_classes
from ..database.table_digests import stored_digests, whole_digest
from ..database.table_setup import complete_tables, create_empty_tables
from ..database.writing import transaction, write_rows
from ..errors import BundleBuildError, InvalidBundleError
from ..pipeline.publishing.construction import Construction
from ..pipeline.publishing.write_errors import system_errors
from ..rows import BundleMetaRow
from .evaluation_names import name_evaluations
from .inputs import Input, Place, check_unchanged, logs_searched
from .joint_rows import derive_again, derive_standalone_calls, join_repeated_calls
from .merging_sql import merging_sql
from .overlap.duplicate_rows import write_duplicate
from .overlap.held_twice import Share, stand_in_of
from .overlap.other_bytes import OtherBytes, read_other_bytes, write_other_bytes
from .row_copying import attached, bases_of, copy_rows
from .slice_class_keys import find_slice_keys, note_slice_keys

_OPCODES = 100_000
"""Number of SQLite's virtual machine instructions between two checks for signals."""

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


def join(
    construction: Construction,
    inputs: Sequence[Input],
    shares: Sequence[Share],
    meta: BundleMetaRow,
    search: SearchScope | None,
) -> Joined:
    """Write the bundle under construction: the `shares` of the `inputs`, with a full-text index if `search` says so.

    Raises:
        BundleError: a bundle cannot be read, or has changed since it was checked.
        apsw.Error: the bundle could not be written.
    """
    others = read_other_bytes(inputs, shares, construction.scratch)
    connection = open_new_alone(construction.path, sum(each.size_bytes for each in inputs))
    try:
        if search is not None and not can_search_words(connection):
            raise BundleBuildError(
                f"SQLite {apsw.sqlite_lib_version()} of apsw has no FTS5, which the search index of the bundles needs"
            )
        connection.set_progress_handler(lambda: False, _OPCODES)  # Python handles signals when it calls the handler
        with system_errors(connection), sorting_in(connection, construction.scratch):
            create_empty_tables(connection)
            create_staging(connection)
            shared = _copy_all(connection, inputs, shares, others)
            construction.sync_early()
            is_joint = bool(shared or any(each.excluded for each in shares))
            _finish(connection, inputs, meta, search, is_joint=is_joint)
        digest = whole_digest(stored_digests(connection))
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
        construction.pack()
    return Joined(digest, artifact_count, run_count, shared, repeated_sample_count)


def _copy_all(
    connection: apsw.Connection,
    inputs: Sequence[Input],
    shares: Sequence[Share],
    others: Mapping[Place, OtherBytes],
) -> int:
    """Copy the rows of all bundles; return how often a session of one was known from another."""
    last_ids = (max((row.id for row in each.artifacts), default=0) for each in inputs)
    artifact_bases = [0, *itertools.accumulate(last_ids)]
    held = [{row.id: row for row in each.artifacts} for each in inputs]
    shared, are_keys_complete = 0, True
    for number, (each, share) in enumerate(zip(inputs, shares, strict=True)):
        places = {old: stand_in_of(place, shares) for old, place in share.stand_ins.items()}
        stand_ins = {
            old: (artifact_bases[place.bundle] + place.id, held[place.bundle][place.id].path)
            for old, place in places.items()
        }
        try:
            with attached(connection, each.database):
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
    if not are_keys_complete:
        find_slice_keys(connection)
    return shared


def _finish(
    connection: apsw.Connection,
    inputs: Sequence[Input],
    meta: BundleMetaRow,
    search: SearchScope | None,
    *,
    is_joint: bool,
) -> None:
    """Do what needs the rows of all bundles; `is_joint` says whether rows of several depend on each other."""
    if is_joint:
        connection.execute(merging_sql("first_events"))
    complete_tables(connection)
    write_rows(connection, [meta])
    if is_joint:
        connection.execute(merging_sql("unused_blobs"))
        connection.execute(_WITHOUT_ITEMS)
        derive_standalone_calls(connection)
    slice_classes = read_slice_classes(connection)
    drop_staging(connection)
    for statement in all_index_statements():
        connection.execute(statement)
    if is_joint:
        join_repeated_calls(connection)
    for statement in finalize_statements() if is_joint else [read_sql("finalize", "05_root_session.sql")]:
        connection.execute(statement)
    create_views(connection)
    create_slice_views(connection, slice_classes)
    if is_joint:
        derive_again(connection, are_logs_searched=logs_searched(inputs))
    name_evaluations(connection)
    if search is not None:
        create_search_index(connection, search)
    with transaction(connection):
        write_digests(connection)
