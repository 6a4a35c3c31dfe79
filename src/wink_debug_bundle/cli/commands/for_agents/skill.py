"""The command `skill`: print what a coding agent needs to know to use the others."""

from __future__ import annotations

from importlib.resources import files

import click

from ...shared_options import verbose_option


@click.command(short_help="Print a SKILL.md for coding agents.")
@verbose_option
def skill() -> None:
    """Print a SKILL.md that teaches a coding agent to find out from a bundle what happened.

    Write it to the folder where the agent looks for skills, such as .claude/skills/wink-debug-bundle/SKILL.md.
    """
    from ...output.output_streams import output_stream

    with output_stream("jsonl") as stream:
        stream.write(files(__package__).joinpath("skill.md").read_text(encoding="utf-8"))
