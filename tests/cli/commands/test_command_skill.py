"""The command `skill`."""

from __future__ import annotations

import json
import re
import shlex

import pytest
from support.artifact_samples import ROOT
from support.command_runner import run

from wink_debug_bundle.cli.main import bundle_commands

EVALUATION = ROOT / "fixtures" / "wink-0.27.0" / "evaluation"


def skill_text() -> str:
    """Return what the command prints."""
    result = run("skill")
    assert result.exit_code == 0
    return result.stdout


def commands() -> list[str]:
    """Return the commands that the skill shows, in their order."""
    blocks = re.findall(r"```console\n(.*?)```", skill_text(), re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """Return the bundle that the first command, which creates it, makes of an evaluation."""
    output = tmp_path_factory.mktemp("skill") / "bundle.db"
    program, *arguments = shlex.split(commands()[0])
    places = {"./debug": EVALUATION, "bundle.db": output}
    assert (program, arguments[0]) == ("wink-debug-bundle", "create")
    assert run(*[places.get(argument, argument) for argument in arguments]).exit_code == 0
    return output


@pytest.fixture(scope="module")
def names(bundle):
    """Return what the names in the commands mean: a run that the failures show, and a handle that a query shows."""
    found = run("query", bundle, "--name", "failure-reasons", "--format", "jsonl")
    cut = run("query", bundle, "SELECT id, traceback FROM runs", "--format", "jsonl", "--budget", "1500").stdout
    [handle, *_] = re.findall(r'"cell": "([^"]+)"', cut)
    return {
        "bundle.db": bundle,
        "RUN": json.loads(found.stdout.splitlines()[0])["run_id"],
        "HANDLE": handle,
        "WORDS": "declined",
    }


def test_it_is_a_skill():
    """It begins with the name and a description, which an agent reads to decide, and is short."""
    text = skill_text()
    _, head, _ = text.split("---\n", 2)
    assert [line.split(":")[0] for line in head.splitlines()] == ["name", "description"]
    assert "name: wink-debug-bundle\n" in head
    assert len(head) < 1024
    assert 2000 < len(text.encode()) < 4000


@pytest.mark.parametrize("position", range(1, len(commands())))
def test_every_command_works(bundle, names, position):
    """Each command that is shown succeeds on a bundle, and prints something within its budget."""
    program, *arguments = shlex.split(commands()[position])
    assert program == "wink-debug-bundle"
    result = run(*[names.get(argument, argument) for argument in arguments])
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout
    if "--budget" in arguments:
        assert len(result.stdout) <= int(arguments[arguments.index("--budget") + 1])


def test_what_it_names_exists(bundle):
    """Commands, saved queries, tables and columns in its text exist, and so does each exit code."""
    text = skill_text()
    saved = re.findall(r"^(\S+)", run("query", "--list").stdout, re.MULTILINE)
    schema = run("schema", bundle, "--format", "json").stdout
    code = {word for word in re.findall(r"`([a-z][\w.-]*)`", text) if not word.startswith(("r1c2", "logs.3"))}
    known = {*saved, *bundle_commands.commands, *re.findall(r'"name": "(\w+)"', schema)}
    assert {part for word in code for part in word.split(".")} - known == set()
    codes = re.findall(r"(\d) (?:done|failed|wrong|damaged|`create)", text)
    assert codes == ["0", "1", "2", "3", "4"]
    assert all(f"{number} " in (bundle_commands.help or "") for number in codes)
