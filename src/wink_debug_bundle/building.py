"""Find the artifacts in a directory, or take named files, and build a bundle from them."""

from __future__ import annotations

import errno
import os
import shlex
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from .column_values import ArtifactKind
from .dataset.dataset_paths import url_in
from .errors import BundleBuildError, BundleError

if TYPE_CHECKING:
    from .artifacts.sets.shards import Shard
    from .artifacts.source import Source
    from .database.search_index import SearchScope
    from .merging.append_summary import AppendSummary
    from .pipeline.build_options import BuildOptions
    from .pipeline.build_summary import BuildSummary
    from .pipeline.progress import ProgressCallback
    from .redaction.redaction_options import Profile

PathLike = str | Path

_Summary = TypeVar("_Summary")

DEFAULT_NAME = "bundle.db"
"""File name of a bundle that is built from a directory without an output path."""

_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)
"""Numbers of the errors that writing into a read-only directory raises."""


@dataclass(frozen=True, slots=True)
class NamedFiles:
    """Files that the user named, by what each is said to be."""

    session_snapshots: PathLike | Sequence[PathLike] = ()
    log_files: PathLike | Sequence[PathLike] = ()
    filesystem_archives: PathLike | Sequence[PathLike] = ()

    @property
    def kinds(self) -> list[tuple[Path, ArtifactKind]]:
        """Return each file with the kind that it is said to be of."""
        return [
            *((path, ArtifactKind.SNAPSHOTS) for path in _each(self.session_snapshots)),
            *((path, ArtifactKind.LOGS) for path in _each(self.log_files)),
            *((path, ArtifactKind.ARCHIVE) for path in _each(self.filesystem_archives)),
        ]

    @property
    def paths(self) -> list[Path]:
        """Return the files."""
        return [path for path, _ in self.kinds]


def _each(given: PathLike | Sequence[PathLike]) -> list[Path]:
    """Return the one path, or each of the several."""
    return [Path(path) for path in ([given] if isinstance(given, PathLike) else given)]


def build_from_directory(
    directory: PathLike,
    output: PathLike | None,
    options: BuildOptions,
    *,
    recursive: bool = False,
    named: NamedFiles = NamedFiles(),
    labels: Mapping[Path, str] | None = None,
    url: str | None = None,
) -> BuildSummary:
    """Build a bundle like `DebugBundle.from_directory`; return a summary of what was read and what was not."""
    if (place := url_in(directory)) is not None:
        return _of_url(build_from_directory, place, output, options, labels, recursive=recursive, named=named)
    from .artifacts.source import storable_name

    started = time.monotonic()
    target = _target(directory, output, options)
    options = _labelled(options, labels or {}, Path(directory))
    sources = _sources_in(Path(directory), target, options, recursive=recursive, named=named)
    try:
        return _built(sources, target, options, source_directory=storable_name(url or str(directory)), started=started)
    except BundleBuildError as error:
        if output is None and getattr(error.__context__, "errno", None) in _FORBIDDEN:
            raise BundleBuildError(f"{error}; name another place with --output (output=...)") from error
        raise


def append_from_directory(
    directory: PathLike,
    output: PathLike | None,
    options: BuildOptions,
    *,
    recursive: bool = False,
    named: NamedFiles = NamedFiles(),
    labels: Mapping[Path, str] | None = None,
    url: str | None = None,
) -> AppendSummary:
    """Add what is new in a directory to the bundle at `output`; return a summary of what was new, and what was not.

    Raises:
        BundleError: there is no such bundle, or as `build_from_directory`.
        ValueError: `options` has a shard, force, or a profile of redaction.
    """
    if (place := url_in(directory)) is not None:
        return _of_url(append_from_directory, place, output, options, labels, recursive=recursive, named=named)
    from .artifacts.source import storable_name
    from .merging.appending import append_to_bundle

    if options.shard is not None or options.force or options.redact is not None:
        raise ValueError("append can be combined with none of shard, force and redact")
    started = time.monotonic()
    target = _target(directory, output, options)
    if not target.exists():
        raise BundleError(f"{target}: no such bundle to append to; build it without --append (append=True) first")
    options = _labelled(options, labels or {}, Path(directory))
    sources = _sources_in(Path(directory), target, options, recursive=recursive, named=named)
    return append_to_bundle(
        sources, target, options, source_directory=storable_name(url or str(directory)), started=started
    )


def _of_url(
    work: Callable[..., _Summary],
    url: str,
    output: PathLike | None,
    options: BuildOptions,
    labels: Mapping[Path, str] | None,
    *,
    recursive: bool,
    named: NamedFiles,
) -> _Summary:
    """Download the files at a URL, and build a bundle of them as of a directory, or add them to one.

    Raises:
        BundleError: no output is named, or folders have labels, or the files cannot be downloaded.
    """
    from .dataset.dataset_paths import without_credentials
    from .dataset.downloading import downloaded
    from .pipeline.progress import Phase, counting

    shown = without_credentials(url)
    if output is None:
        raise BundleError(f"{shown}: name where the bundle is written, with --output (output=...)")
    if labels:
        raise BundleError(f"{shown}: only all of it can have a label; download it to label its folders")
    count = counting(options.progress, Phase.DOWNLOADING)
    with downloaded(url, Path(output).absolute(), count) as found:
        return work(found.folder, output, options, recursive=recursive, named=named, url=found.url)


def _target(directory: PathLike, output: PathLike | None, options: BuildOptions) -> Path:
    return Path(output) if output is not None else Path(directory) / _default_names(options.shard)[0]


def _sources_in(
    folder: Path, target: Path, options: BuildOptions, *, recursive: bool, named: NamedFiles
) -> list[Source]:
    """Return the entries of a directory, and the files that are named besides.

    Raises:
        BundleError: the directory or a named file does not exist, or there are no artifacts in it.
        BundleBuildError: the output is an artifact.
    """
    from .artifacts.discovery import discover
    from .pipeline.progress import Phase, counting

    if not folder.is_dir():
        remedy = "is not a directory; name its folder, or name files with --session, --logs and --files"
        raise BundleError(f"{folder}: {remedy if folder.exists() else 'no such directory'}")
    _require_files(named.paths)
    keep = options.keep_unrecognised
    ignored = [target, *(folder / name for name in _default_names(options.shard))]
    try:
        count = counting(options.progress, Phase.FINDING)
        found = discover(folder, recursive=recursive, ignore=ignored, keep_unrecognised=keep, progress=count)
    except OSError as error:
        raise BundleError(f"{folder}: cannot be listed: {error.strerror}") from error
    _refuse_artifact(target, named.paths)
    sources = _joined(found, _described(named, keep_unrecognised=keep), folder)
    if not recursive and not any(source.openable for source in sources) and _has_folders(folder):
        raise BundleError(
            f"No artifacts found in {folder}; --recursive (recursive=True) reads the folders below it, too"
        )
    if not sources and target.is_file() and target.resolve().parent == folder.resolve():
        shown = f"it is shown by: wink-debug-bundle info {shlex.quote(str(target))}"
        raise BundleError(f"No artifacts found in {folder}, only the bundle {target.name}; {shown}")
    return sources


def _default_names(shard: Shard | None) -> list[str]:
    """Return the name of a bundle without an output path; for a shard, followed by those of the other shards."""
    if shard is None:
        return [DEFAULT_NAME]
    others = (replace(shard, number=number) for number in range(1, shard.count + 1) if number != shard.number)
    return [each.file_name(DEFAULT_NAME) for each in (shard, *others)]


def build_from_folders(
    output: Path,
    options: BuildOptions,
    labels: Mapping[Path, str],
    *,
    recursive: bool = False,
    named: NamedFiles = NamedFiles(),
) -> BuildSummary:
    """Build a bundle of several folders, each with a label; paths in it begin below the folder that all are in."""
    from .artifacts.folder_labels import common_folder, discover_folders

    _require_files(named.paths)
    keep = options.keep_unrecognised
    root = common_folder(labels)
    options = _labelled(options, labels, root)
    try:
        found = discover_folders(labels, root, recursive=recursive, ignore=[output], keep_unrecognised=keep)
    except OSError as error:
        raise BundleError(f"{error.filename or root}: cannot be listed: {error.strerror}") from error
    _refuse_artifact(output, named.paths)
    return _built(_joined(found, _described(named, keep_unrecognised=keep), root), output, options)


def _built(sources: list[Source], output: Path, options: BuildOptions, **more: Any) -> BuildSummary:
    """Build the bundle, and redact it if the options say so."""
    from .pipeline.build import build

    if options.redact is None:
        return build(sources, output, options, **more)
    from .redaction.redacted_build import build_redacted

    plain = replace(options, redact=None)
    return build_redacted(lambda path, apart: build(sources, path, apart, **more), output, plain, options.redact)


def _labelled(options: BuildOptions, labels: Mapping[Path, str], root: Path) -> BuildOptions:
    """Return the options with the labels of folders below the input, beside one for all of it."""
    from .artifacts.folder_labels import labels_below

    return replace(options, labels={**options.labels, **labels_below(labels, root)})


def build_from_artifacts(output: Path, options: BuildOptions, named: NamedFiles) -> BuildSummary:
    """Build a bundle like `DebugBundle.from_artifacts`; return a summary of what was read and what was not."""
    _require_files(named.paths)
    sources = _described(named, keep_unrecognised=options.keep_unrecognised)
    _refuse_artifact(output, named.paths)
    return _built(sources, output, options)


def build_options(
    description: str | None,
    tags: Mapping[str, str] | None,
    jobs: int | None,
    progress: ProgressCallback | None,
    max_expansion: int,
    *,
    force: bool,
    keep_unrecognised: bool,
    calls_in_logs: bool,
    search: SearchScope | None = None,
    label: str | None = None,
    shard: str | None = None,
    share_text: bool = False,
    redact: Profile | None = None,
) -> BuildOptions:
    """Return the options of a build, with a default for each that is None; `shard` is I/N, auto or auto/N.

    Raises:
        ValueError: `jobs` or `max_expansion` is less than 1, `search` is not a scope, or `shard` names no shard.
    """
    from .pipeline.build_options import BuildOptions
    from .pipeline.cpu_count import default_jobs
    from .pipeline.planning.job_arrays import parse_shard

    worker_count = default_jobs() if jobs is None else jobs
    return BuildOptions(
        description,
        dict(tags or {}),
        force,
        worker_count,
        progress,
        max_expansion,
        keep_unrecognised=keep_unrecognised,
        calls_in_logs=calls_in_logs,
        search=search,
        labels={} if label is None else {"": label},
        shard=None if shard is None else parse_shard(shard, os.environ),
        share_text=share_text,
        redact=redact,
    )


def _described(named: NamedFiles, *, keep_unrecognised: bool) -> list[Source]:
    from .artifacts.discovery import describe

    return [describe(path, str(path), kind, keep_unrecognised=keep_unrecognised) for path, kind in named.kinds]


def _joined(found: list[Source], named: list[Source], folder: Path) -> list[Source]:
    """Return the sources found in a folder and those named, each once; what the user said of a file goes first.

    A named file below the folder is called by its path there, whether or not it was found.
    """
    sources = {source.place: source for source in found}
    root = os.path.realpath(folder)
    for source in named:
        place = source.place
        if place in sources:
            there = sources[place]
            sources[place] = replace(source, name=there.name, path=there.path, target=there.target)
        elif place.startswith(os.path.join(root, "")):
            sources[place] = replace(
                source, name=_storable(os.path.relpath(place, root)), path=Path(place), target=None
            )
        else:
            sources[place] = source
    return list(sources.values())


def _storable(name: str) -> str:
    from .artifacts.source import storable_name

    return storable_name(name)


def _has_folders(folder: Path) -> bool:
    return any(path.is_dir() and not path.is_symlink() for path in folder.iterdir())


def _refuse_artifact(output: Path, sources: Iterable[Path] = ()) -> None:
    """Refuse an output that is one of the `sources` or another artifact: it must not be replaced by a bundle.

    Raises:
        BundleBuildError: `output` is an artifact.
    """
    from .artifacts.discovery import describe

    if not output.is_file():
        return
    described = describe(output, str(output))
    if not described.is_listed or any(output.samefile(source) for source in sources):
        raise BundleBuildError(f"{output}: is an artifact, and is not replaced by a bundle; name another output")


def _require_files(paths: Iterable[Path]) -> None:
    unusable = [path for path in paths if not path.is_file()]
    if unusable:
        raise BundleError(*(f"{path}: {_why_unusable(path)}" for path in unusable))


def _why_unusable(path: Path) -> str:
    if path.is_dir():
        return "is a directory; give it as DIRECTORY, or name a file in it"
    return "not a regular file; save it as one first" if path.exists() else "no such file"
