"""The command `create`: build a bundle."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...artifacts.source import DEFAULT_EXPANSION
from ..output.progress_display import Display
from ..shared_options import PATH, path_but_no_stream, progress_options, tag_option, verbose_option

if TYPE_CHECKING:
    from ...artifacts.sets.shards import Shard
    from ...building import NamedFiles
    from ...database.search_index import SearchScope
    from ...merging.append_summary import AppendSummary
    from ...pipeline.build_options import BuildOptions
    from ...pipeline.build_summary import BuildSummary
    from ...redaction.redaction_options import Profile


INCOMPLETE = 4
"""Exit code with --strict if not everything could be read."""


def _parse_shard(context: click.Context, option: click.Parameter, value: str | None) -> Shard | None:
    from ...pipeline.planning.job_arrays import parse_shard

    del context, option
    try:
        return None if value is None else parse_shard(value, os.environ)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _parse_labels(
    context: click.Context, option: click.Parameter, values: Sequence[str]
) -> tuple[str | None, dict[Path, str]]:
    """Return the label of all of the input, and those of folders."""
    del context, option
    whole: str | None = None
    folders: dict[Path, str] = {}
    for value in values:
        name, equals, path = value.partition("=")
        if not name.strip() or (equals and not path):
            raise click.BadParameter(f"{value!r} is not of the form NAME or NAME=PATH")
        if Path(path) in folders if equals else whole is not None:
            raise click.BadParameter(f"{value!r} labels what has a label already")
        if equals:
            folders[Path(path)] = name
        else:
            whole = name
    return whole, folders


@click.command(short_help="Build a bundle from artifacts.")
@click.argument("directory", type=PATH, required=False)
@click.option(
    "--output",
    "-o",
    type=path_but_no_stream("a bundle cannot be written to standard output"),
    help="Path of the bundle; a name that ends in .zst is that of a packed one, as the command pack writes it."
    "  [default: DIRECTORY/bundle.db, with --shard bundle-I-of-N.db]",
)
@click.option("--session", type=PATH, multiple=True, help="A JSONL file of session snapshots. Repeatable.")
@click.option("--logs", type=PATH, multiple=True, help="A JSONL file of log records. Repeatable.")
@click.option("--files", type=PATH, multiple=True, help="A zip archive of a filesystem. Repeatable.")
@click.option("--description", help="What the bundle is about; stored in the bundle.")
@tag_option("A tag to store in the bundle. Repeatable.")
@click.option(
    "--label",
    "labels",
    multiple=True,
    metavar="NAME[=PATH]",
    callback=_parse_labels,
    help="The evaluation that the artifacts in the folder PATH are of, or all of them; repeatable. Without DIRECTORY, the"
    " folders with labels are read.",
)
@click.option(
    "--recursive", "-r", is_flag=True, help="Read the folders below DIRECTORY, or below those with labels, too."
)
@click.option("--force", "-f", is_flag=True, help="Replace an existing bundle.")
@click.option(
    "--jobs",
    "-j",
    type=click.IntRange(min=1),
    help="Number of worker processes; small inputs are read without any."
    "  [default: the processors this process may use, up to 8]",
)
@click.option(
    "--max-expansion",
    metavar="TIMES",
    type=click.IntRange(min=1),
    default=DEFAULT_EXPANSION,
    show_default=True,
    help="How many times its size on disk a .zip, .gz, .zst or .xz file may decompress to; 256 MiB are always allowed."
    " Content above the limit is stored compressed.",
)
@click.option(
    "--keep-unrecognised",
    is_flag=True,
    help="Store the bytes of files that are no artifacts, too; otherwise they are listed with their size and hash.",
)
@click.option(
    "--calls-in-logs",
    is_flag=True,
    help="Search logs outside of runs for tool calls and transcripts even if they have more than 64 MiB together; this"
    " takes about twice the time.",
)
@click.option(
    "--search",
    "search",
    flag_value="usual",
    default=None,
    help="Make a full-text index of messages, tool calls, prompts, failures, paths and log messages, so that the command"
    " search is fast; index adds one later.",
)
@click.option(
    "--search-all",
    "search",
    flag_value="all",
    help="Make a full-text index of these, of the contexts of log records and of the texts of files.",
)
@click.option(
    "--shard",
    metavar="I/N",
    callback=_parse_shard,
    help="Read the Ith of N parts of the artifacts, as one of N jobs whose bundles merge puts together. 'auto' takes both"
    " from SLURM_ARRAY_TASK_ID, AWS_BATCH_JOB_ARRAY_INDEX or CLOUD_RUN_TASK_INDEX, 'auto/N' the first from"
    " JOB_COMPLETION_INDEX.",
)
@click.option(
    "--append",
    is_flag=True,
    help="Add what is new in DIRECTORY to the bundle, which keeps what it has. Files are known by their bytes; one that"
    " has grown is read again, and of one that has changed in another way the bundle has both versions.",
)
@click.option(
    "--share-text",
    is_flag=True,
    help="Store text that several files have once, which makes a bundle of many runs that share a workspace several times"
    " smaller; files is then a view with the same columns and rows. --append keeps a bundle so, and turns another into one.",
)
@click.option(
    "--redact",
    type=click.Choice(["share", "strict"]),
    is_flag=False,
    flag_value="share",
    help="Replace secrets by tokens before the bundle appears, as the command redact does.",
)
@click.option(
    "--strict",
    is_flag=True,
    help="Exit with code 4 if an artifact was read only in part, or something could not be read or listed; the bundle is"
    " written all the same.",
)
@progress_options
@verbose_option
def create(
    *,
    directory: Path | None,
    output: Path | None,
    session: tuple[Path, ...],
    logs: tuple[Path, ...],
    files: tuple[Path, ...],
    description: str | None,
    tags: dict[str, str],
    labels: tuple[str | None, dict[Path, str]],
    recursive: bool,
    force: bool,
    jobs: int | None,
    max_expansion: int,
    keep_unrecognised: bool,
    calls_in_logs: bool,
    search: SearchScope | None,
    shard: Shard | None,
    append: bool,
    share_text: bool,
    redact: Profile | None,
    strict: bool,
    progress: str,
    quiet: bool,
) -> None:
    """Build a bundle from the artifacts in DIRECTORY, from files named with --session, --logs and --files, or from both.

    The content of a file decides what it is. A file in DIRECTORY whose name has .jsonl, .ndjson, .log or .zip in it
    (app.log.1, run.jsonl.xz) is read if its content is that of an artifact; one with another name, if only the library
    writes such content. Damage does not fail the build: a damaged artifact is stored unchanged. Every other entry is
    listed in the table artifacts with the reason, its size and its hash; links are not followed out of DIRECTORY.

    DIRECTORY may be a URL (s3://bucket/runs, gs://bucket/runs, https://host/RUN.zip): its files are downloaded beside
    the output first. That needs the extra [dataset], [s3] for S3.
    """
    from ...building import NamedFiles
    from ...pipeline.build_options import BuildOptions
    from ...pipeline.cpu_count import default_jobs

    named = NamedFiles(session, logs, files)
    whole, folders = labels
    _check_options(directory, output, has_files=bool(named.paths), has_folders=bool(folders), recursive=recursive)
    if append and (directory is None or force or shard is not None or redact is not None):
        raise click.UsageError("--append needs a DIRECTORY, and goes with none of --force, --shard and --redact.")
    with closing(Display("none" if quiet else progress)) as display:
        options = BuildOptions(
            description,
            tags,
            force,
            jobs or default_jobs(),
            display.callback,
            max_expansion,
            keep_unrecognised=keep_unrecognised,
            calls_in_logs=calls_in_logs,
            search=search,
            labels={} if whole is None else {"": whole},
            shard=shard,
            share_text=share_text,
            redact=redact,
        )
        summary = _work(directory, output, options, named, folders, recursive=recursive, is_appended=append)
    if not quiet:
        _print(summary, shard)
    if strict and summary.incomplete_count:
        raise click.exceptions.Exit(INCOMPLETE)


def _work(
    directory: Path | None,
    output: Path | None,
    options: BuildOptions,
    named: NamedFiles,
    folders: dict[Path, str],
    *,
    recursive: bool,
    is_appended: bool,
) -> BuildSummary | AppendSummary:
    """Build the bundle, or add to it."""
    from ...building import append_from_directory, build_from_artifacts, build_from_directory, build_from_folders

    if directory is not None:
        work = append_from_directory if is_appended else build_from_directory
        return work(directory, output, options, recursive=recursive, named=named, labels=folders)
    assert output is not None  # noqa: S101 - checked before
    if folders:
        return build_from_folders(output, options, folders, recursive=recursive, named=named)
    return build_from_artifacts(output, options, named)


def _check_options(
    directory: Path | None, output: Path | None, *, has_files: bool, has_folders: bool, recursive: bool
) -> None:
    """Refuse combinations of options that have no meaning."""
    if directory is not None:
        return
    if not has_files and not has_folders:
        raise click.UsageError(
            "Name a DIRECTORY, or files with --session, --logs and --files, or folders with --label."
        )
    if output is None:
        raise click.UsageError("Files and folders without a DIRECTORY need --output.")
    if recursive and not has_folders:
        raise click.UsageError("--recursive needs a DIRECTORY, or folders with --label.")


def _print(summary: BuildSummary | AppendSummary, shard: Shard | None) -> None:
    from ...merging.append_summary import AppendSummary
    from ..output.merge_lines import append_lines
    from ..output.outcome_lines import outcome_of
    from ..output.output_streams import print_lines
    from ..output.summary_lines import summary_lines

    outcome = outcome_of(summary.path)
    if isinstance(summary, AppendSummary):
        print_lines(append_lines(summary, outcome))
        return
    part = [] if shard is None else [f"Part {shard} of the artifacts; merge puts the bundles of all parts together"]
    print_lines([*part, *summary_lines(summary, outcome)])
