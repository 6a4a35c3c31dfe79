"""Add what is new in a directory to a bundle: a bundle of it is built apart, and merged with the one that is there."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from ..artifacts.source import Source
from ..errors import BundleError
from ..events import Event, emit
from ..packing.bundle_file import BundleFile
from ..packing.frame_header import is_packed
from ..pipeline.build import build
from ..pipeline.build_options import BuildOptions
from ..pipeline.progress import Phase, counting
from ..pipeline.publishing.construction import under_construction
from ..pipeline.publishing.write_errors import write_errors
from .append_summary import AppendSummary
from .bundle_merging import merged_meta
from .inputs import Input, read_input
from .joining import join
from .overlap.beginnings import find_beginnings
from .overlap.held_twice import plan_shares
from .overlap.news import find_news

_NEW = "new.db"


def append_to_bundle(
    sources: Sequence[Source], output: Path, options: BuildOptions, *, source_directory: str, started: float
) -> AppendSummary:
    """Add the sources that the bundle at `output` does not have yet; they were found in `source_directory`.

    The bundle is replaced when the new one is complete. It keeps its description and tags, unless `options` has others,
    and has a full-text index, or shares text, if it had one or did so, or `options` asks for it.

    Raises:
        InvalidBundleError: the output is not a bundle.
        DamagedBundleError: it is damaged, or was changed after it was built.
        BundleVersionError: it has the schema of another release.
        BundleBuildError: the bundle could not be written, and is unchanged.
    """
    with closing(BundleFile.open(output, progress=counting(options.progress, Phase.UNPACKING))) as file:
        base = read_input(file, counting(options.progress, Phase.CHECKING))
        if base.meta.redaction is not None:
            raise BundleError(
                f"{output}: is redacted, and what is added would not be; build another bundle with --redact"
                " (redact=...), and merge both"
            )
        return _append(base, sources, options, source_directory, started)


def _append(
    base: Input, sources: Sequence[Source], options: BuildOptions, source_directory: str, started: float
) -> AppendSummary:
    """Add the sources that the bundle `base` does not have yet."""
    output = base.path
    is_same = _is_same_directory(base, source_directory)
    count = counting(options.progress, Phase.COMPARING)
    news = find_news(sources, base.artifacts, is_same_directory=is_same, progress=count)
    named = (tuple(news.new), tuple(news.known), tuple(news.grown), tuple(news.changed))
    is_form_new = options.share_text and not base.shares_text
    if not (news.new or news.grown or news.changed or is_form_new):
        return AppendSummary(output, None, base.state.size, time.monotonic() - started, *named, None)
    meant = base.meta.source_directory if is_same else source_directory
    search = options.search or base.search
    shares_text = options.share_text or base.shares_text
    apart = replace(options, description=None, tags={}, force=False, search=None, share_text=shares_text)
    packs = is_packed(output)
    with (
        write_errors(output),
        under_construction(output, force=True, is_source=True, is_packed=packs) as construction,
    ):
        built = build(news.sources, construction.scratch / _NEW, apart, source_directory=meant, may_be_empty=True)
        apart_file = construction.scratch / _NEW
        inputs = [base, read_input(BundleFile(apart_file, apart_file))]
        shares = plan_shares(inputs, find_beginnings(inputs), superseded=news.grown)
        description = base.meta.description if options.description is None else options.description
        meta = merged_meta(inputs, description, {**base.meta.tags, **options.tags})
        emit(Event.CREATE, path=str(output), bundle_id=meta.bundle_id, source_directory=meta.source_directory)
        joined = join(construction, inputs, shares, meta, search, progress=options.progress)
    return AppendSummary(output, joined.digest, output.stat().st_size, time.monotonic() - started, *named, built)


def _is_same_directory(base: Input, directory: str) -> bool:
    """Return whether the bundle was built from the directory; a relative path is one of the current directory."""
    known = base.meta.source_directory
    return known is not None and os.path.realpath(known) == os.path.realpath(directory)
