"""The public class `DebugBundle`: build, open, explore, verify and extract debug bundles."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .artifacts.source import DEFAULT_EXPANSION
from .building import (
    NamedFiles,
    PathLike,
    append_from_directory,
    build_from_artifacts,
    build_from_directory,
    build_from_folders,
    build_options,
)
from .bundle_reader import BundleReader
from .database.connection import open_bundle
from .database.schema_files import SCHEMA_VERSION
from .events import Event, emit
from .packing.bundle_file import BundleFile
from .packing.frame_header import UNPACKED_EXPANSION

if TYPE_CHECKING:
    from .database.search_index import SearchScope
    from .explore.web.site.further_pages import FurtherPages
    from .packing.frame_header import ByteProgress
    from .pipeline.progress import ProgressCallback
    from .redaction.redaction_options import Profile


@dataclass(slots=True)
class DebugBundle(BundleReader):
    """A SQLite database built from the debugging artifacts of an agent's runs, open for reading.

    It holds sessions, log records, tool calls, prompts, transcripts and files in tables that SQL can join. A bundle is
    one file. It can only be read: a statement that would change it is refused. Close it after use, best by a `with`
    block.

    Example::

        with DebugBundle.from_directory("./debug/abc123/") as bundle:
            for tool, count in bundle.query("SELECT tool_name, count(*) FROM tool_invocations GROUP BY tool_name"):
                print(tool, count)

    Attributes:
        path: The bundle's file.
    """

    path: Path
    _conn: sqlite3.Connection

    @classmethod
    def from_directory(
        cls,
        directory: PathLike,
        *,
        output: PathLike | None = None,
        description: str | None = None,
        recursive: bool = False,
        tags: Mapping[str, str] | None = None,
        force: bool = False,
        jobs: int | None = None,
        progress: ProgressCallback | None = None,
        max_expansion: int = DEFAULT_EXPANSION,
        keep_unrecognised: bool = False,
        calls_in_logs: bool = False,
        search: SearchScope | None = None,
        session_snapshots: PathLike | Sequence[PathLike] = (),
        log_files: PathLike | Sequence[PathLike] = (),
        filesystem_archives: PathLike | Sequence[PathLike] = (),
        label: str | None = None,
        labels: Mapping[PathLike, str] | None = None,
        shard: str | None = None,
        append: bool = False,
        share_text: bool = False,
        redact: Profile | None = None,
    ) -> DebugBundle:
        """Build a bundle from all artifacts in a directory, and open it; or add what is new in it to the bundle.

        The content of a file decides what it is: session snapshots, log records, a filesystem archive, or a run's zip,
        also compressed as `.gz`, `.zst` or `.xz`. Damage does not fail the build: what cannot be read of an artifact is
        stored unchanged, with a row in the table `problems`. Every other entry of the directory is listed in the table
        `artifacts` with the reason, its size and its hash, without its bytes.

        Example::

            bundle = DebugBundle.from_directory("./runs", output="runs.db", recursive=True, tags={"model": "a"})

        Args:
            directory: The directory that holds the artifacts.
            output: Path of the bundle; `bundle.db` in the directory by default. One that ends in `.zst` is that of a
                packed bundle, as `pack` writes it.
            description: What the bundle is about; stored in it.
            recursive: Whether to read the folders below the directory, too.
            tags: Names and values; stored in the bundle.
            force: Whether to replace an output that exists.
            jobs: Number of worker processes; by default the processors that this process may use, up to 8. Small
                inputs are read in this process.
            progress: Called with a `Progress` after each step of the work, from the calling thread.
            max_expansion: How many times its size on disk a `.zip`, `.gz` or `.zst` file may decompress to; 256 MiB
                are always allowed. Content above the limit is stored compressed.
            keep_unrecognised: Whether to store the bytes of files that are no artifacts, too.
            calls_in_logs: Whether to search logs outside of runs for tool calls and transcripts even if they have more
                than 64 MiB together, which takes about twice the time.
            search: Whether to make a full-text index, so that `search` is fast: "usual" for messages, tool calls and
                results, prompts, failures, paths and log messages; "all" for contexts of log records and texts of
                files, too.
            shard: The part of the artifacts to read, for one of several jobs whose bundles `merge` then puts together:
                "2/8" for the second of eight, "auto" for what SLURM_ARRAY_TASK_ID, AWS_BATCH_JOB_ARRAY_INDEX or
                CLOUD_RUN_TASK_INDEX says, "auto/8" for JOB_COMPLETION_INDEX of eight. It may be none of them. The
                default output is then `bundle-2-of-8.db` in the directory, which may not change meanwhile.
            append: Whether to add what is new in the directory to the bundle at `output`, which keeps what it has. Files
                are known by their bytes. One that has grown is read again; of one that has changed in another way, the
                bundle has both versions. The old bundle stays until the new one is complete.
            share_text: Whether text that several files have is stored once, which makes a bundle of many runs that share
                a workspace several times smaller. `files` is then a view with the same columns and rows. `append` keeps
                a bundle that shares text so, and turns another into one.
            redact: Whether to replace secrets before the bundle appears, as the function `redact` does, and with which
                profile: "share" or "strict".
            session_snapshots: A further file, or several, as for `from_artifacts`; they may be elsewhere, or have any name.
            log_files: Further log files.
            filesystem_archives: Further zip files.
            label: The evaluation that all of it is, by a name of your own.
            labels: The evaluation that each of these folders or files below the directory is, by a name of your own.
                Without labels, folders with the same samples tell evaluations apart.

        Raises:
            BundleError: the directory or a named file does not exist, or there are no artifacts.
            BundleExistsError: the output exists and `force` is not set.
            BundleBuildError: the bundle could not be written; the output path is unchanged.
            ValueError: `jobs` or `max_expansion` is less than 1, `search` is neither of its values, a label is empty,
                `shard` names none, or `append` is combined with `shard`,
                `force` or `redact`.
        """
        options = build_options(
            description,
            tags,
            jobs,
            progress,
            max_expansion,
            force=force,
            keep_unrecognised=keep_unrecognised,
            calls_in_logs=calls_in_logs,
            search=search,
            label=label,
            shard=shard,
            share_text=share_text,
            redact=redact,
        )
        named = NamedFiles(session_snapshots, log_files, filesystem_archives)
        places = {Path(place): name for place, name in (labels or {}).items()}
        work = append_from_directory if append else build_from_directory
        return cls.open(work(directory, output, options, recursive=recursive, named=named, labels=places).path)

    @classmethod
    def from_artifacts(
        cls,
        output: PathLike,
        *,
        session_snapshots: PathLike | Sequence[PathLike] = (),
        log_files: PathLike | Sequence[PathLike] = (),
        filesystem_archives: PathLike | Sequence[PathLike] = (),
        description: str | None = None,
        tags: Mapping[str, str] | None = None,
        force: bool = False,
        jobs: int | None = None,
        progress: ProgressCallback | None = None,
        max_expansion: int = DEFAULT_EXPANSION,
        keep_unrecognised: bool = False,
        calls_in_logs: bool = False,
        search: SearchScope | None = None,
        label: str | None = None,
        labelled_folders: Mapping[PathLike, str] | None = None,
        recursive: bool = False,
        shard: str | None = None,
        share_text: bool = False,
        redact: Profile | None = None,
    ) -> DebugBundle:
        """Build a bundle from named files or folders, and open it.

        Use this if the files are in several folders, or if a folder holds files that do not belong in the bundle.

        Example::

            bundle = DebugBundle.from_artifacts(
                "bundle.db", session_snapshots=["dump/session.jsonl"], log_files=["logs/session.log"]
            )

        Args:
            output: Path of the bundle; one that ends in `.zst` is that of a packed bundle.
            session_snapshots: A JSONL file that the library's `dump_session` wrote, or several.
            log_files: A JSONL file that its `collect_all_logs` wrote, or several.
            filesystem_archives: A zip file that its `archive_filesystem` wrote, or the zip of a run, or several.
            description: As for `from_directory`, like all that follow.
            tags: Names and values; stored in the bundle.
            force: Whether to replace an output that exists.
            jobs: Number of worker processes.
            progress: Called with a `Progress` after each step of the work.
            max_expansion: How many times its size on disk a compressed file may decompress to.
            keep_unrecognised: Whether to store the bytes of files that are no artifacts, too.
            calls_in_logs: Whether to search large logs for tool calls and transcripts, too.
            search: Whether to make a full-text index, "usual" or "all".
            label: The evaluation that all of it is, by a name of your own.
            labelled_folders: Folders to read, each with a label for the evaluation in it. Paths in the bundle begin
                below the folder that all of them are in.
            recursive: Whether to read the folders below these, too.
            shard: The part of the files to read, as for `from_directory`.
            share_text: Whether text that several files have is stored once.
            redact: Whether to replace secrets before the bundle appears: "share" or "strict".

        Raises:
            BundleError: a file or folder does not exist, or nothing is given.
            BundleExistsError: the output exists and `force` is not set.
            BundleBuildError: the bundle could not be written; the output path is unchanged.
            ValueError: `jobs` or `max_expansion` is less than 1, `search` is neither of its values, a label is empty,
                or `shard` names none.
        """
        options = build_options(
            description,
            tags,
            jobs,
            progress,
            max_expansion,
            force=force,
            keep_unrecognised=keep_unrecognised,
            calls_in_logs=calls_in_logs,
            search=search,
            label=label,
            shard=shard,
            share_text=share_text,
            redact=redact,
        )
        named = NamedFiles(session_snapshots, log_files, filesystem_archives)
        if labelled_folders:
            labels = {Path(folder): name for folder, name in labelled_folders.items()}
            summary = build_from_folders(Path(output), options, labels, recursive=recursive, named=named)
        else:
            summary = build_from_artifacts(Path(output), options, named)
        return cls.open(summary.path)

    @classmethod
    def merge(
        cls,
        bundles: Iterable[PathLike],
        output: PathLike,
        *,
        description: str | None = None,
        tags: Mapping[str, str] | None = None,
        force: bool = False,
        progress: ProgressCallback | None = None,
    ) -> DebugBundle:
        """Merge bundles into one, and open it.

        It holds what a build of all their artifacts holds, with other ids: the same file, run or session once. The
        bundles stay as they are. It gets a full-text index if all of them have one, and shares text if one of them does.

        Args:
            bundles: The bundles, of this release's schema.
            output: Path of the merged bundle, which may not be one of them.
            description: What it is about; by default what all bundles say alike.
            tags: Names and values to store in it, beside those that the bundles have and do not contradict each other in.
            force: Whether to replace an output that exists.
            progress: Called with how far the merge is.

        Raises:
            InvalidBundleError: a file cannot be read, or is not a bundle.
            DamagedBundleError: a bundle is damaged, or was changed after it was built.
            BundleVersionError: another release wrote a bundle, with another schema.
            BundleExistsError: the output exists and `force` is not set.
            BundleBuildError: the bundle could not be written; the output path is unchanged.
            BundleError: no bundle is named, or one is named twice or was changed meanwhile.
        """
        from .merging.bundle_merging import merge_bundles

        paths = [Path(path) for path in bundles]
        summary = merge_bundles(paths, Path(output), description=description, tags=tags, force=force, progress=progress)
        return cls.open(summary.path)

    @classmethod
    def open(
        cls, path: PathLike, *, max_expansion: int = UNPACKED_EXPANSION, progress: ByteProgress | None = None
    ) -> DebugBundle:
        """Open an existing bundle for reading.

        A packed bundle is unpacked once, into a file in the folder for temporary files (TMPDIR) that only the user can
        read. Closing the bundle removes it. The content of a file decides whether it is packed.

        Args:
            path: The bundle's file, packed or not.
            max_expansion: How many times its size a packed bundle may have when it is unpacked; 256 MiB are always
                allowed.
            progress: Called with the number of bytes of a packed bundle read so far, and of all.

        Raises:
            InvalidBundleError: the file cannot be read, is not a bundle, or is packed and would become too large.
            DamagedBundleError: the file is a bundle, and is damaged.
            BundleVersionError: another release wrote it, with another schema. `wink-debug-bundle migrate` upgrades a
                bundle of an older release.
            BundleError: the folder for temporary files has no room for what is unpacked.
            ValueError: `max_expansion` is less than 1.
        """
        if max_expansion < 1:
            raise ValueError(f"max_expansion must be at least 1, not {max_expansion}")
        return cls._opened(BundleFile.open(Path(path), max_expansion=max_expansion, progress=progress))

    @classmethod
    def _opened(cls, file: BundleFile) -> DebugBundle:
        """Return the bundle in a file that is unpacked already; if it cannot be opened, the file is closed."""
        try:
            connection = open_bundle(file.database, file.path)
        except BaseException:
            file.close()
            raise
        emit(Event.OPEN, path=str(file.path), schema_version=SCHEMA_VERSION)
        bundle = cls(file.path, connection)
        bundle._file = file  # type: ignore[misc]  # a slot of BundleReader
        return bundle

    def serve(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 8001,
        open_browser: bool = True,
        token: bool | None = None,
        uds: PathLike | None = None,
        allow_hosts: str | Sequence[str] = (),
        baseline: DebugBundle | None = None,
    ) -> None:
        """Serve the bundle as web pages with Datasette; return when the process is interrupted (Ctrl-C).

        The address is printed to standard output. Anyone who can reach it, and has the token in it if there is one,
        can read the whole bundle.

        Args:
            host: Interface to listen on; by default only this machine can connect.
            port: Port to listen on; 0 takes a free one.
            open_browser: Whether to open the page in a browser.
            token: Whether requests need the token that the printed address has; None: if other machines can connect.
            uds: Path of a socket to listen on instead of a port; only the user can open it.
            allow_hosts: A further host name to answer for, or several, such as that of a forwarded port.
            baseline: A bundle to compare this one with: it is served, too, and the page that is opened is their
                comparison.

        Raises:
            BundleError: the port is in use, the host is not an interface of this machine, the path is not free, or a
                bundle is closed.
        """
        from .comparing.served_comparison.served_links import COMPARISON
        from .explore.web.server import serve

        for bundle in filter(None, (self, baseline)):
            _ = bundle.connection  # a closed bundle is not served
        serve(
            self._file,
            host=host,
            port=port,
            open_browser=open_browser,
            token=token,
            uds=Path(uds) if uds else None,
            allow_hosts=[allow_hosts] if isinstance(allow_hosts, str) else allow_hosts,
            others=() if baseline is None else (baseline._file,),  # noqa: SLF001 - a bundle as this one
            further=_comparison_pages,
            start="" if baseline is None else COMPARISON.removeprefix("/"),
        )


def _comparison_pages() -> FurtherPages:
    """Return the pages that compare; their module imports Datasette, which takes long."""
    from .comparing.served_comparison.comparison_pages import ComparisonPages

    return ComparisonPages()


def bundle_of(file: BundleFile) -> DebugBundle:
    """Open the bundle in a file that is unpacked already, and that the bundle closes with itself; as `open` does.

    Raises:
        BundleError: as for `open`.
    """
    return DebugBundle._opened(file)  # noqa: SLF001 - no method, as it is for the command line alone
