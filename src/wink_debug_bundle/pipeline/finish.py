"""Finish a bundle after all rows are loaded: merge tool calls, create indexes and views, hash the files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import apsw

from ..artifacts.accounting.blobs import keep_bytes
from ..artifacts.accounting.short_lines import BLOCK_LINES
from ..artifacts.split_reader import may_be_split
from ..batch import Batch
from ..database.schema_files import create_views, drop_staging, finalize_statements
from ..database.search_index import SearchScope, create_search_index
from ..database.shared_text import RepeatedText, repeated_text
from ..database.slices.slice_views import create_slice_views, read_slice_classes
from ..database.table_digests import whole_digest
from ..database.table_indexes import create_indexes
from ..database.table_setup import complete_tables
from ..database.writing import write_rows
from ..derive.evaluations import derive_evaluations
from ..derive.failures import derive_failures
from ..derive.prompt_parts import derive_prompt_parts
from ..derive.reopened_runs import settled_runs
from ..derive.tool_calls import derive_calls
from ..rows import TABLE_OF, AnyRow, BundleMetaRow, ZipPartRow
from .digests import Digests
from .planning.plan import Artifact
from .progress import Meter, Phase
from .row_digests import LOADED, MERGED, Hasher, RowDigests
from .totals import BuildTotals

_EVENTS = "SELECT (SELECT count(*) FROM tool_invocations) + (SELECT count(*) FROM prompt_events)"


class Finished(NamedTuple):
    """The number of distinct events, the hash of the whole bundle, and how much text is repeated in it."""

    distinct_events: int
    digest: str
    repeated_text: RepeatedText


def finish(
    connection: apsw.Connection,
    path: Path,
    totals: BuildTotals,
    meta: BundleMetaRow,
    meter: Meter,
    *,
    hashers: Sequence[Hasher] = (),
    search: SearchScope | None = None,
    labels: Mapping[str, str] | None = None,
    tells_evaluations_apart: bool = True,
) -> Finished:
    """Do all work on the bundle at `path` that needs every row.

    The artifact files and most rows are hashed while calls are merged and rows indexed: in a thread, or by `hashers`,
    so that the thread does not wait for Python's lock, nor this one for the thread. `search` says which texts get a
    full-text index, and `labels` which evaluation the artifacts below each folder belong to; other folders are told apart
    by their samples if `tells_evaluations_apart`.

    Raises:
        apsw.Error: something could not be written.
    """
    connection.set_progress_handler(lambda: False, 100_000)  # Python handles Ctrl-C when it calls the handler
    complete_tables(connection)
    write_rows(connection, [meta])
    with Digests(totals.artifacts) as digests, RowDigests(path, partial(totals.inexact_ids, digests)) as row_digests:
        row_digests.start(LOADED, *hashers[:1])
        settled = _derive_calls(connection, totals)
        slice_classes = read_slice_classes(connection)
        drop_staging(connection)  # before the indexes, so that they reuse its space in the file
        row_digests.start(MERGED, *hashers[1:2])
        create_indexes(connection, partial(meter.enter, Phase.INDEXING), meter.advance)
        write_rows(connection, totals.artifact_rows(digests))
        late = [*totals.late_problems, *_listing_rows(totals.artifacts, digests)]
        write_rows(connection, late)
        row_digests.start_over(TABLE_OF[type(row)] for row in late)
    for statement in finalize_statements():
        connection.execute(statement)
    create_views(connection)
    create_slice_views(connection, slice_classes)
    derive_prompt_parts(connection, settled, sum(settled.values()))
    derive_failures(connection, standalone_logs=totals.are_logs_searched)
    derive_evaluations(connection, labels or {}, tells_apart=tells_evaluations_apart)
    if search is not None:
        create_search_index(connection, search)
    digest = whole_digest(row_digests.write(connection))
    events: int = connection.execute(_EVENTS).get
    return Finished(events, digest, repeated_text(connection))


def _listing_rows(artifacts: Iterable[Artifact], digests: Digests) -> Iterator[AnyRow]:
    """Yield the rows that keep the lists of the files of runs in folders."""
    for artifact in artifacts:
        if (listing := digests.of(artifact).listing) is not None:
            batch = Batch(artifact.id)
            batch.add(ZipPartRow(artifact.id, artifact.source.size_bytes, len(listing), keep_bytes(batch, listing)))
            for rows in batch.rows.values():
                yield from rows  # type: ignore[misc]


def _derive_calls(connection: apsw.Connection, totals: BuildTotals) -> dict[int, int]:
    """Put the calls together that are not yet, and return what `settled_runs` does."""
    members = [(artifact.id, artifact.container_id) for artifact in totals.artifacts if artifact.container_id]
    split_logs = [
        (artifact.id,)
        for artifact in totals.artifacts
        if may_be_split(artifact.source) or totals.line_count_of(artifact) > BLOCK_LINES
    ]
    derive_calls(connection, members, split_logs)
    return settled_runs(connection)
