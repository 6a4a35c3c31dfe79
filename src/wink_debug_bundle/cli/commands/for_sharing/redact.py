"""The command `redact`: write a bundle in which secrets are replaced by tokens."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...shared_options import PATH, bundle_argument, path_but_no_stream, progress_options, verbose_option

if TYPE_CHECKING:
    from ....redaction.redaction_options import Profile


@click.command(short_help="Write a bundle in which secrets are replaced by tokens.")
@bundle_argument
@click.option(
    "--output",
    "-o",
    type=path_but_no_stream("a bundle cannot be written to standard output"),
    help="Path of the redacted bundle; a name that ends in .zst is that of a packed one.",
)
@click.option(
    "--profile",
    type=click.Choice(["share", "strict"]),
    default="share",
    show_default=True,
    help="share replaces what is found; strict drops all free text, too: messages, contexts, results, files.",
)
@click.option("--rules", type=PATH, metavar="FILE", help="More rules, in the form of gitleaks' TOML.")
@click.option(
    "--word",
    "words",
    type=PATH,
    metavar="FILE",
    help="Words that are secret, one on each line: names of customers, of projects.",
)
@click.option(
    "--map",
    "token_map",
    type=path_but_no_stream("a map is a private file"),
    metavar="PATH",
    help="A private file that keeps the key of the tokens, and the value of each; with it, other bundles get the same"
    " tokens. Never share it.",
)
@click.option("--dry-run", is_flag=True, help="Write no bundle; say what would be replaced.")
@click.option("--jobs", "-j", type=click.IntRange(min=1), help="Number of processes.  [default: processors, up to 8]")
@click.option("--force", "-f", is_flag=True, help="Replace an existing bundle.")
@progress_options
@verbose_option
def redact(
    bundle: Path,
    *,
    output: Path | None,
    profile: Profile,
    rules: Path | None,
    words: Path | None,
    token_map: Path | None,
    dry_run: bool,
    jobs: int | None,
    force: bool,
    progress: str,
    quiet: bool,
) -> None:
    """Write a new bundle, in which tokens stand for the secrets of BUNDLE, which stays as it is.

    Keys, tokens, passwords, values of sensitive environment variables, e-mail and IP addresses, names of users and hosts
    are looked for in every text and in the bytes of files. What is found is searched for everywhere, also in base64 and
    with escapes. The same value has the same token, [KIND:8 characters], so that what belongs together still does. Hashes
    and sizes follow.

    The new bundle is then searched again; if anything is left, the exit code is 1, and there is no file. That says what
    was looked for, not that nothing else is in it. This needs the extra [redact].
    """
    from ....redaction.redacting import read_words
    from ....redaction.redacting import redact as redact_file
    from ...output.output_streams import print_lines
    from ...output.progress_display import Display
    from ...output.sharing_texts.redaction_lines import redaction_lines

    if output is None and not dry_run:
        raise click.UsageError("Name the new bundle with --output, or only count with --dry-run.")
    with closing(Display("none" if quiet else progress)) as display:
        summary = redact_file(
            bundle,
            output,
            profile=profile,
            rules=rules,
            words=() if words is None else read_words(words),
            token_map=token_map,
            force=force,
            jobs=jobs,
            progress=display.callback,
            dry_run=dry_run,
        )
    if not quiet:
        print_lines(redaction_lines(bundle, summary))
