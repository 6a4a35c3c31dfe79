"""The generated page `docs/cli.md`."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest
from support.artifact_samples import ROOT

from wink_debug_bundle.cli.main import bundle_commands

GENERATOR = ROOT / "docs" / "generate_cli.py"


def test_the_page_is_what_the_commands_say():
    """`docs/cli.md` is up to date: run `python docs/generate_cli.py` if it is not."""
    done = subprocess.run([sys.executable, GENERATOR, "--check"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", sorted(bundle_commands.commands))
def test_every_command_and_option_is_explained(name):
    """Each command has help and a short help, and each of its options has help."""
    command = bundle_commands.commands[name]
    assert command.help
    assert command.short_help
    unexplained = [option.name for option in command.params if isinstance(option, click.Option) and not option.help]
    assert unexplained == []


def test_drift_is_found(tmp_path):
    """--check fails if the page differs from the commands."""
    (tmp_path / "generate_cli.py").write_bytes(GENERATOR.read_bytes())
    (tmp_path / "cli.md").write_text("# Command line\n")
    done = subprocess.run([sys.executable, tmp_path / "generate_cli.py", "--check"], capture_output=True, check=False)
    assert done.returncode == 1
