"""Build a bundle and redact it at once: what is not redacted stays in a private folder, and is removed at the end."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from ..bundle_files import has_packed_name
from ..merging.inputs import read_input
from ..packing.bundle_file import BundleFile
from ..pipeline.build_options import BuildOptions
from ..pipeline.build_summary import BuildSummary
from ..pipeline.publishing.construction import under_construction
from ..pipeline.publishing.write_errors import write_errors
from ..secret_detection.detection_extra import detection_module
from .bundle_redaction import redact_into, started_pool
from .redaction_options import Profile, RedactionOptions

_BUILT = "built.db"


def build_redacted(
    build: Callable[[Path, BuildOptions], BuildSummary], output: Path, options: BuildOptions, profile: Profile
) -> BuildSummary:
    """Let `build` write a bundle, and write a redacted one to `output`.

    Raises:
        RedactionLeftoverError: something is left that should have been replaced.
        BundleExistsError: the output exists and `options` do not have force.
        BundleBuildError: the output could not be written.
        BundleError: the extra is not installed.
    """
    detection_module("re2")
    with (
        write_errors(output),
        under_construction(output, force=options.force, is_packed=has_packed_name(output)) as construction,
    ):
        built = construction.scratch / _BUILT
        summary = build(built, replace(options, force=False))
        redaction = RedactionOptions(profile=profile, jobs=options.jobs, progress=options.progress)
        with closing(BundleFile(built, built)) as file, closing(started_pool(file, redaction)) as pool:
            run = redact_into(construction, file, read_input(file), redaction, pool)
        built.unlink()
    size = output.stat().st_size
    return replace(summary, path=output, digest=run.digest or summary.digest, size_bytes=size)
