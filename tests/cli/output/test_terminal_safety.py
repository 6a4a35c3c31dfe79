"""Text from artifacts cannot send control characters to the terminal, whichever command prints it."""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing

import pytest
from support.artifact_samples import archive, lines, log_record, snapshot, tool_event, write_files
from support.command_runner import run_on_terminal, run_process

CONTROL_CHARACTERS = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
)
"""Characters that no printed line may contain."""

HOSTILE = "\x1b]0;owned\x07\x1b[2J\r\x9b31m\u202egnp.exe\u2066\u200b\x00"

NAME = "\x1b[31m\u202eevil\r"
"""Hostile characters that a path can contain."""


@pytest.fixture(scope="module")
def debug(tmp_path_factory):
    """Write artifacts with control characters in every place, and a file whose name is not UTF-8."""
    event = tool_event(HOSTILE, name=HOSTILE, prompt_name=HOSTILE, adapter=HOSTILE, call_id=HOSTILE)
    slices = {"slice_type": HOSTILE, "item_type": HOSTILE, "items": [{"text": HOSTILE}, event]}
    folder = write_files(
        tmp_path_factory.mktemp("evil") / NAME,
        {
            f"{NAME}.log": lines(
                *(
                    log_record(message=HOSTILE, event=HOSTILE, logger=HOSTILE, level=level)
                    for level in ("ERROR", HOSTILE)
                ),
                b"{" + HOSTILE.encode(),
                b'{"message": "\xff"}',
            ),
            f"{NAME}.jsonl": lines(snapshot(HOSTILE, slices, parent=HOSTILE, created_at=HOSTILE)),
            f"{NAME}.zip": archive({f"{NAME}.txt": HOSTILE, f"b{NAME}": HOSTILE.encode() + b"\xff"}),
            f"{NAME}.unknown": HOSTILE,
        },
    )
    with open(os.fsencode(folder) + b"/\xff\x1b[1m.txt", "wb") as odd:
        odd.write(b"\xff")
    return folder


@pytest.fixture(scope="module")
def created(debug, tmp_path_factory):
    """Return the bundle and the finished process that built it."""
    output = tmp_path_factory.mktemp("out") / f"{NAME}.db"
    tags = ["--tag", f"k={NAME}", "--description", NAME]
    return output, run_process("create", debug, "-o", output, "--recursive", "-v", *tags)


def assert_harmless(done, code=0):
    """Assert that the process ended with the exit code and printed text without control characters."""
    printed = (done.stdout + done.stderr).decode()
    assert done.returncode == code, printed
    assert CONTROL_CHARACTERS.findall(printed) == []
    assert printed


def test_create(created):
    """The summary, log lines and file names of `create` are harmless."""
    assert_harmless(created[1])


@pytest.mark.parametrize(
    "arguments",
    [
        ["info", "BUNDLE", "-v"],
        ["info", "BUNDLE", "--format", "json"],
        ["query", "BUNDLE", "SELECT * FROM logs"],
        ["query", "BUNDLE", "SELECT * FROM logs", "--format", "json"],
        ["query", "BUNDLE", "SELECT * FROM problems", "--budget", "2000"],
        ["query", "BUNDLE", "SELECT path, content FROM files"],
        ["query", "BUNDLE", f'SELECT 1 AS "{NAME}"'],
        ["query", "BUNDLE", "SELECT CAST(x'ff1b5b' AS TEXT)"],
        ["schema", "BUNDLE"],
        ["verify", "BUNDLE"],
        ["migrate", "BUNDLE"],
    ],
)
def test_reading(created, arguments):
    """The output of every command that prints text for people is harmless."""
    assert_harmless(run_process(*(created[0] if argument == "BUNDLE" else argument for argument in arguments)))


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["query", "BUNDLE", f"SELECT * FROM '{NAME}'"], 1),
        (["query", "BUNDLE", f"SELECT {NAME}"], 1),
        (["query", "BUNDLE", "--name", NAME], 2),
        (["query", NAME, "BUNDLE"], 2),
        (["query", "BUNDLE", f"-{NAME.strip()}"], 2),
        (["query", "BUNDLE", "SELECT 1", "-p", NAME], 2),
        (["query", "BUNDLE", "--name", "conversation", "-p", f"run={NAME}"], 1),
        (["query", "BUNDLE", "SELECT 1", "--format", NAME], 2),
        (["export", "BUNDLE", NAME], 1),
        (["export", "BUNDLE", "logs", "-o", f"x.{NAME}"], 2),
        (["cat", "BUNDLE", NAME], 1),
        (["cell", "BUNDLE", NAME], 1),
        (["schema", "BUNDLE", NAME], 1),
        (["info", NAME], 1),
        (["info", "BUNDLE", NAME], 2),
        ([NAME], 2),
        ([f"--{NAME}"], 2),
        (["create", NAME, "-o", "x"], 1),
    ],
)
def test_errors(created, arguments, code):
    """Messages that repeat a name from the command line are harmless."""
    assert_harmless(run_process(*(created[0] if argument == "BUNDLE" else argument for argument in arguments)), code)


@pytest.mark.parametrize(
    "arguments",
    [
        ["query", "BUNDLE", "SELECT message, level FROM logs", "--format", "csv"],
        ["query", "BUNDLE", "SELECT message, level FROM logs", "--format", "tsv"],
        ["query", "BUNDLE", "SELECT message, context FROM logs", "--format", "csv", "--budget", "600"],
        ["export", "BUNDLE", "logs"],
        ["cell", "BUNDLE", "logs.1.message"],
        ["cell", "BUNDLE", "problems.1.raw"],
        ["cat", "BUNDLE", f"{NAME}.txt"],
        ["cat", "BUNDLE", f"b{NAME}"],
    ],
)
def test_data_on_a_terminal(created, arguments):
    """Commands that write data unchanged escape control characters if the output is a terminal."""
    printed = run_on_terminal(*(created[0] if argument == "BUNDLE" else argument for argument in arguments))
    assert r"\x1b]0;owned\x07" in printed
    assert CONTROL_CHARACTERS.findall(re.sub("\r+\n", "\n", printed).replace("\t", " ")) == []


def test_data_in_a_pipe_is_unchanged(created):
    """A pipe or a file receives every character and every byte unchanged."""
    done = run_process("query", created[0], "SELECT message FROM logs LIMIT 1", "--format", "csv")
    assert done.stdout.decode() == f'message\n"{HOSTILE}"\n'
    assert run_process("cat", created[0], f"b{NAME}").stdout == HOSTILE.encode() + b"\xff"


def test_layout_stays_on_a_terminal(build):
    """Line ends, tabs and letters of every script reach a terminal unchanged."""
    bundle = build({"a.zip": archive({"a.txt": "one\n\ttwo\r\n首都 é 🧳".encode() * 3_000})})
    assert run_on_terminal("cat", bundle, "a.txt").replace("\r", "") == "one\n\ttwo\n首都 é 🧳" * 3_000


NAME_WITH_LINE_END = "x\nError: the bundle is gone"
"""A name that looks like a message of the command."""


@pytest.mark.parametrize(
    "arguments",
    [
        ["info", "BUNDLE"],
        ["info", NAME_WITH_LINE_END],
        ["cat", "BUNDLE", "x"],
        ["cat", "BUNDLE", NAME_WITH_LINE_END],
        ["query", "BUNDLE", f'SELECT "{NAME_WITH_LINE_END}"."y" FROM logs'],
        ["query", "BUNDLE", "SELECT * FROM a"],
        ["query", "BUNDLE", "--name", NAME_WITH_LINE_END],
        ["export", "BUNDLE", NAME_WITH_LINE_END],
        ["create", NAME_WITH_LINE_END],
        ["create", "--session", NAME_WITH_LINE_END, "--logs", "y", "--output", "z"],
        ["create", "FOLDER"],
        ["--help", NAME_WITH_LINE_END],
    ],
)
def test_a_line_end_in_a_name_is_escaped(build, tmp_path, arguments):
    """A line end in a name or description does not start a new line of output."""
    folder = write_files(tmp_path / "folder", {NAME_WITH_LINE_END: "nothing of ours"})
    files = {"a.zip": archive({NAME_WITH_LINE_END: "x"}), "a.jsonl": lines(snapshot(NAME_WITH_LINE_END))}
    bundle = build(files, description=NAME_WITH_LINE_END)
    with closing(sqlite3.connect(bundle)) as connection:
        connection.execute(f'CREATE TABLE "a{NAME_WITH_LINE_END}"(x)')
    places = {"BUNDLE": bundle, "FOLDER": folder}
    done = run_process(*(places.get(argument, argument) for argument in arguments))
    printed = (done.stdout + done.stderr).decode()
    assert printed
    assert "\nError: the bundle is gone" not in f"\n{printed}"
