"""Merge bundles from start to end: check them, plan what is copied of each, join them, publish the whole."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path

from .._version import __version__
from ..artifacts.lossless_json import clean
from ..bundle_files import has_packed_name
from ..database.schema_files import SCHEMA_VERSION
from ..database.search_index import SearchScope
from ..errors import BundleBuildError, BundleError
from ..events import Event, emit
from ..packing.bundle_file import BundleFile
from ..packing.frame_header import is_packed
from ..pipeline.progress import Phase, ProgressCallback, counting
from ..pipeline.publishing.construction import check_output, under_construction
from ..pipeline.publishing.write_errors import write_errors
from ..rows import BundleMetaRow
from .inputs import Input, read_inputs
from .joining import join
from .merge_progress import counts_of_files
from .merge_summary import MergeSummary
from .merged_redactions import merged_mark, redacted_count
from .overlap.beginnings import find_beginnings
from .overlap.held_twice import Share, other_versions, plan_shares
from .overlap.kept_labels import other_labels


def merge_bundles(
    paths: Sequence[Path],
    output: Path,
    *,
    description: str | None = None,
    tags: Mapping[str, str] | None = None,
    force: bool = False,
    progress: ProgressCallback | None = None,
) -> MergeSummary:
    """Merge the bundles at `paths` into one at `output`, which holds what all of them hold, each thing once.

    Ids of rows are those of the bundles, shifted. Without a `description`, it has the one that all bundles have; `tags`
    are added to those that bundles have. It has a search index if all bundles have one, shares text if one of them does,
    and is packed if its name says so.
    `progress` is called with how far the merge is.

    Raises:
        InvalidBundleError: a file is not a bundle.
        DamagedBundleError: a bundle is damaged, or was changed after it was built.
        BundleVersionError: a bundle has the schema of another release.
        BundleExistsError: the output exists and `force` is not set.
        BundleBuildError: the bundle could not be written; the output path is unchanged.
        BundleError: a bundle is named twice, or changed while it was merged.
    """
    started = time.monotonic()
    _check_paths(paths, output)
    with write_errors(output):
        check_output(output, force=force)
    with ExitStack() as stack:
        files = [stack.enter_context(closing(file)) for file in _opened(paths, progress)]
        return _merge(files, output, description, tags or {}, started, progress=progress, force=force)


def _opened(paths: Sequence[Path], progress: ProgressCallback | None) -> Iterator[BundleFile]:
    """Yield the files of the bundles, each unpacked if it is packed."""
    sizes = [path.stat().st_size if is_packed(path) else 0 for path in paths]
    for path, count in zip(paths, counts_of_files(counting(progress, Phase.UNPACKING), sizes), strict=True):
        yield BundleFile.open(path, progress=count)


def _merge(
    files: Sequence[BundleFile],
    output: Path,
    description: str | None,
    tags: Mapping[str, str],
    started: float,
    *,
    progress: ProgressCallback | None,
    force: bool,
) -> MergeSummary:
    """Merge the bundles in open files."""
    inputs = read_inputs(files, progress)
    shares = plan_shares(inputs, find_beginnings(inputs))
    meta = merged_meta(inputs, description, tags)
    emit(Event.CREATE, path=str(output), bundle_id=meta.bundle_id, source_directory=meta.source_directory)
    with (
        write_errors(output),
        under_construction(output, force=force, is_packed=has_packed_name(output)) as construction,
    ):
        joined = join(construction, inputs, shares, meta, _search_scope(inputs), progress=progress)
    return MergeSummary(
        path=output,
        bundle_id=meta.bundle_id,
        digest=joined.digest,
        size_bytes=output.stat().st_size,
        seconds=time.monotonic() - started,
        bundles=tuple(file.path for file in files),
        artifact_count=joined.artifact_count,
        run_count=joined.run_count,
        known=tuple(tuple(share.known) for share in shares),
        duplicates=tuple(map(_duplicates, inputs, shares)),
        other_versions=tuple(other_versions(inputs, shares)),
        other_labels=tuple(other_labels(inputs, shares)),
        shared_session_count=joined.shared_session_count,
        repeated_sample_count=joined.repeated_sample_count,
        redacted_count=redacted_count(inputs),
        is_redacted=meta.redaction is not None,
    )


def _check_paths(paths: Sequence[Path], output: Path) -> None:
    """Refuse bundles that are named twice, and an output that is one of them."""
    if not paths:
        raise BundleError("Name the bundles to merge")
    places: dict[Path, Path] = {}
    for path in paths:
        place = path.resolve()
        if place in places:
            raise BundleError(f"{path}: is named twice; name each bundle once")
        places[place] = path
    if output.resolve() in places:
        raise BundleBuildError(f"{output}: is one of the bundles to merge, and is not replaced; name another output")


def _search_scope(inputs: Iterable[Input]) -> SearchScope | None:
    """Return how much the search index of the merged bundle holds: what those of all bundles hold."""
    scopes = {each.search for each in inputs}
    if None in scopes:
        return None
    return "all" if scopes == {"all"} else "usual"


def merged_meta(inputs: Sequence[Input], description: str | None, tags: Mapping[str, str]) -> BundleMetaRow:
    """Return what the merged bundle says about itself: what all bundles say, and what is given."""
    directories = {each.meta.source_directory for each in inputs}
    descriptions = {each.meta.description for each in inputs}
    known: dict[str, set[str]] = {}
    for each in inputs:
        for name, value in each.meta.tags.items():
            known.setdefault(str(name), set()).add(json.dumps(value))
    alike = {name: json.loads(next(iter(values))) for name, values in known.items() if len(values) == 1}
    return BundleMetaRow(
        id=1,
        bundle_id=str(uuid.uuid4()),
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        wink_version=__version__,
        schema_version=SCHEMA_VERSION,
        source_directory=directories.pop() if len(directories) == 1 else None,
        description=clean(description)
        if description is not None
        else descriptions.pop()
        if len(descriptions) == 1
        else None,
        tags=clean(json.dumps({**alike, **tags}, ensure_ascii=False)),
        redaction=merged_mark(inputs),
    )


def _duplicates(each: Input, share: Share) -> tuple[tuple[str, str], ...]:
    """Return the path of each artifact of a bundle that became a duplicate, and why."""
    paths = {row.id: row.path for row in each.artifacts}
    return tuple((paths[duplicate.id], duplicate.reason) for duplicate in share.duplicates.values())
