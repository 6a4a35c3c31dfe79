"""Join the bundles of several shards to one that has all of their rows, unless they depend on each other."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from ...database.connection import open_bundle
from ...merging.bundle_merging import merged_meta
from ...merging.inputs import Input, read_inputs
from ...merging.joining import join
from ...merging.overlap.beginnings import find_beginnings
from ...merging.overlap.held_twice import Share, plan_shares
from ...packing.bundle_file import BundleFile
from ...pipeline.publishing.construction import under_construction
from ...pipeline.publishing.write_errors import write_errors

_SESSIONS = "SELECT session_id FROM sessions"
_CREATED = "SELECT created_at FROM bundle_meta"


class JoinedBundle(NamedTuple):
    """How many of the first bundles were joined, and the digest of the whole; None if only one could be."""

    bundle_count: int
    digest: str | None


def join_bundles(files: Sequence[BundleFile], output: Path, name: Callable[[int], str]) -> JoinedBundle:
    """Join the first bundles, as many as share no file, run or session; what they share would be there once, not twice.

    Args:
        files: The bundles.
        output: Where the joined bundle is written.
        name: Returns, for a number of bundles, 32 hexadecimal digits that become the id of the joined one.

    Raises:
        BundleError: a bundle cannot be joined.
        DamagedBundleError: one is damaged.
        BundleBuildError: the joined bundle could not be written.
    """
    inputs = read_inputs(files, None)
    count = min(_dependent(files, inputs), default=len(inputs))
    if count < 2:
        return JoinedBundle(1, None)
    files, inputs = files[:count], inputs[:count]
    created = max(_column(file, _CREATED)[0] for file in files)
    meta = merged_meta(inputs, None, {})._replace(bundle_id=str(uuid.UUID(hex=name(count))), created_at=created)
    shares = [Share() for _ in inputs]
    with write_errors(output), under_construction(output, force=False, is_synced=False) as construction:
        joined = join(construction, inputs, shares, meta, None, progress=None, keeps_evaluations=True)
    return JoinedBundle(count, joined.digest)


def _dependent(files: Sequence[BundleFile], inputs: Sequence[Input]) -> Iterator[int]:
    """Yield the position of each bundle that holds something of an earlier one, or is of another folder."""
    for number, share in enumerate(plan_shares(inputs, find_beginnings(inputs))):
        yield from (max(number, place.bundle) for place in share.stand_ins.values())
    directory = inputs[0].meta.source_directory
    yield from (number for number, each in enumerate(inputs) if each.meta.source_directory != directory)
    seen: set[str] = set()
    for number, file in enumerate(files):
        sessions = {*_column(file, _SESSIONS)}
        if sessions & seen:
            yield number
        seen |= sessions


def _column(file: BundleFile, sql: str) -> list[str]:
    with closing(open_bundle(file.database, file.path)) as connection:
        return [str(value) for (value,) in connection.execute(sql)]
