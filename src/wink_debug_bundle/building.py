"""Find the artifacts in a directory, or take named files, and build a bundle from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import BundleBuildError, BundleError

if TYPE_CHECKING:
    from .pipeline.build_options import BuildOptions
    from .pipeline.build_summary import BuildSummary
    from .pipeline.progress import ProgressCallback

PathLike = str | Path

DEFAULT_NAME = "bundle.db"
"""File name of a bundle that is built from a directory without an output path."""


def build_from_directory(
    directory: PathLike, output: PathLike | None, options: BuildOptions, *, recursive: bool = False
) -> BuildSummary:
    """Build a bundle like `DebugBundle.from_directory`; return a summary of what was read and what was not."""
    from .artifacts.discovery import discover
    from .artifacts.source import storable_name
    from .pipeline.build import build

    folder = Path(directory)
    target = Path(output) if output is not None else folder / DEFAULT_NAME
    if not folder.is_dir():
        remedy = "is not a directory; name its folder, or name files with --session, --logs and --files"
        raise BundleError(f"{folder}: {remedy if folder.exists() else 'no such directory'}")
    try:
        sources = discover(folder, recursive=recursive, ignore=[target])
    except OSError as error:
        raise BundleError(f"{folder}: cannot be listed: {error.strerror}") from error
    _refuse_artifact(target)
    if not sources and not recursive and any(path.is_dir() for path in folder.iterdir()):
        raise BundleError(
            f"No artifacts found in {folder}; --recursive (recursive=True) reads the folders below it, too"
        )
    return build(sources, target, options, source_directory=storable_name(str(directory)))


def build_from_artifacts(
    output: Path,
    options: BuildOptions,
    *,
    session_snapshots: Sequence[PathLike] = (),
    log_files: Sequence[PathLike] = (),
    filesystem_archives: Sequence[PathLike] = (),
) -> BuildSummary:
    """Build a bundle like `DebugBundle.from_artifacts`; return a summary of what was read and what was not."""
    from .artifacts.discovery import describe
    from .column_values import ArtifactKind
    from .pipeline.build import build

    named = [
        *((path, ArtifactKind.SNAPSHOTS) for path in session_snapshots),
        *((path, ArtifactKind.LOGS) for path in log_files),
        *((path, ArtifactKind.ARCHIVE) for path in filesystem_archives),
    ]
    _require_files(path for path, _ in named)
    described = (describe(Path(path), str(path), kind) for path, kind in named)
    _refuse_artifact(output, [Path(path) for path, _ in named])
    return build([source for source in described if source is not None], output, options)


def build_options(
    description: str | None,
    tags: Mapping[str, str] | None,
    jobs: int | None,
    progress: ProgressCallback | None,
    max_expansion: int,
    *,
    force: bool,
) -> BuildOptions:
    """Return the options of a build, with a default for each that is None.

    Raises:
        ValueError: `jobs` or `max_expansion` is less than 1.
    """
    from .pipeline.build_options import BuildOptions
    from .pipeline.cpu_count import default_jobs

    worker_count = default_jobs() if jobs is None else jobs
    return BuildOptions(description, dict(tags or {}), force, worker_count, progress, max_expansion)


def _refuse_artifact(output: Path, sources: Iterable[Path] = ()) -> None:
    """Refuse an output that is one of the `sources` or another artifact: it must not be replaced by a bundle.

    Raises:
        BundleBuildError: `output` is an artifact.
    """
    from .artifacts.discovery import describe
    from .column_values import ArtifactKind

    if not output.is_file():
        return
    described = describe(output, str(output))
    if any(output.samefile(source) for source in sources) or (
        described is not None and described.kind is not ArtifactKind.UNKNOWN
    ):
        raise BundleBuildError(f"{output}: is an artifact, and is not replaced by a bundle; name another output")


def _require_files(paths: Iterable[PathLike]) -> None:
    unusable = [path for path in map(Path, paths) if not path.is_file()]
    if unusable:
        raise BundleError(*(f"{path}: {_why_unusable(path)}" for path in unusable))


def _why_unusable(path: Path) -> str:
    if path.is_dir():
        return "is a directory; give it as DIRECTORY, or name a file in it"
    return "not a regular file; save it as one first" if path.exists() else "no such file"
