"""Build bundles of directories or of files that are named."""

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
"""Name of a bundle that is built from a directory and given no other."""


def build_from_directory(
    directory: PathLike, output: PathLike | None, options: BuildOptions, *, recursive: bool = False
) -> BuildSummary:
    """Assemble a bundle like `DebugBundle.from_directory`, and say what was read and what was not."""
    from .artifacts.discovery import discover
    from .artifacts.source import storable_name
    from .pipeline.build import build

    folder = Path(directory)
    target = Path(output) if output is not None else folder / DEFAULT_NAME
    if not folder.is_dir():
        remedy = "is not a directory; name the one that it lies in, or files with --session, --logs and --files"
        raise BundleError(f"{folder}: {remedy if folder.exists() else 'no such directory'}")
    try:
        sources = discover(folder, recursive=recursive, ignore=[target])
    except OSError as error:
        raise BundleError(f"{folder}: cannot be listed: {error.strerror}") from error
    _spare_artifact(target)
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
    """Assemble a bundle like `DebugBundle.from_artifacts`, and say what was read and what was not."""
    from .artifacts.discovery import describe
    from .column_values import ArtifactKind
    from .pipeline.build import build

    declared = [
        *((path, ArtifactKind.SNAPSHOTS) for path in session_snapshots),
        *((path, ArtifactKind.LOGS) for path in log_files),
        *((path, ArtifactKind.ARCHIVE) for path in filesystem_archives),
    ]
    _require_files(path for path, _ in declared)
    described = (describe(Path(path), str(path), kind) for path, kind in declared)
    _spare_artifact(output, [Path(path) for path, _ in declared])
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
    """The options of a build, with what was not given as it is by default."""
    from .pipeline.build_options import BuildOptions
    from .pipeline.cpu_count import default_jobs

    wanted = default_jobs() if jobs is None else jobs
    return BuildOptions(description, dict(tags or {}), force, wanted, progress, max_expansion)


def _spare_artifact(output: Path, sources: Iterable[Path] = ()) -> None:
    """Refuse to replace one of the `sources`, or anything that is an artifact, by a bundle.

    Raises:
        BundleBuildError: `output` is one.
    """
    from .artifacts.discovery import describe
    from .column_values import ArtifactKind

    if not output.is_file():
        return
    found = describe(output, str(output))
    if any(output.samefile(source) for source in sources) or (
        found is not None and found.kind is not ArtifactKind.UNKNOWN
    ):
        raise BundleBuildError(f"{output}: is an artifact, and is not replaced by a bundle; name another output")


def _require_files(paths: Iterable[PathLike]) -> None:
    unusable = [path for path in map(Path, paths) if not path.is_file()]
    if unusable:
        raise BundleError(*(f"{path}: {_why_no_file(path)}" for path in unusable))


def _why_no_file(path: Path) -> str:
    if path.is_dir():
        return "is a directory; give it as DIRECTORY, or name a file in it"
    return "not a regular file; save it as one first" if path.exists() else "no such file"
