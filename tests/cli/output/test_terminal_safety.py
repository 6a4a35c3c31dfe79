"""What comes from artifacts cannot drive the terminal, whichever command prints it."""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing

import pytest
from support.artifact_samples import archive, lines, log_record, snapshot, tool_event, write_files
from support.command_runner import run_on_terminal, run_process

BITES = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
"""What no line for eyes may hold, but its end."""

EVIL = "\x1b]0;owned\x07\x1b[2J\r\x9b31m\u202egnp.exe\u2066\u200b\x00"

NAME = "\x1b[31m\u202eevil\r"
"""Without what a path cannot hold."""


@pytest.fixture(scope="module")
def debug(tmp_path_factory):
    """Artifacts with evil in every place, and a name that is not UTF-8."""
    event = tool_event(EVIL, name=EVIL, prompt_name=EVIL, adapter=EVIL, call_id=EVIL)
    slices = {"slice_type": EVIL, "item_type": EVIL, "items": [{"text": EVIL}, event]}
    folder = write_files(
        tmp_path_factory.mktemp("evil") / NAME,
        {
            f"{NAME}.log": lines(
                *(log_record(message=EVIL, event=EVIL, logger=EVIL, level=level) for level in ("ERROR", EVIL)),
                b"{" + EVIL.encode(),
                b'{"message": "\xff"}',
            ),
            f"{NAME}.jsonl": lines(snapshot(EVIL, slices, parent=EVIL, created_at=EVIL)),
            f"{NAME}.zip": archive({f"{NAME}.txt": EVIL, f"b{NAME}": EVIL.encode() + b"\xff"}),
            f"{NAME}.unknown": EVIL,
        },
    )
    with open(os.fsencode(folder) + b"/\xff\x1b[1m.txt", "wb") as odd:
        odd.write(b"\xff")
    return folder


@pytest.fixture(scope="module")
def created(debug, tmp_path_factory):
    """The bundle, and what its build printed."""
    output = tmp_path_factory.mktemp("out") / f"{NAME}.db"
    tags = ["--tag", f"k={NAME}", "--description", NAME]
    return output, run_process("create", debug, "-o", output, "--recursive", "-v", *tags)


def assert_harmless(done, code=0):
    """The process ended so, and what it printed for eyes is lines of text."""
    printed = (done.stdout + done.stderr).decode()
    assert done.returncode == code, printed
    assert BITES.findall(printed) == []
    assert printed


def test_create(created):
    """The summary, the log lines and the names of files."""
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
    """Every command that prints lines for eyes."""
    assert_harmless(run_process(*(created[0] if argument == "BUNDLE" else argument for argument in arguments)))


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["query", "BUNDLE", f"SELECT * FROM '{NAME}'"], 1),
        (["query", "BUNDLE", f"SELECT {NAME}"], 1),
        (["query", "BUNDLE", "--name", NAME], 1),
        (["query", "BUNDLE", "SELECT 1", "--format", NAME], 2),
        (["export", "BUNDLE", NAME], 1),
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
    """Messages that repeat a name, which a pattern of the shell may have found."""
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
    """Formats and commands that write data as it is show it, where a terminal would act on it."""
    printed = run_on_terminal(*(created[0] if argument == "BUNDLE" else argument for argument in arguments))
    assert r"\x1b]0;owned\x07" in printed
    assert BITES.findall(re.sub("\r+\n", "\n", printed).replace("\t", " ")) == []


def test_data_elsewhere_is_as_it_is(created):
    """A pipe or a file gets every character and every byte."""
    done = run_process("query", created[0], "SELECT message FROM logs LIMIT 1", "--format", "csv")
    assert done.stdout.decode() == f'message\r\n"{EVIL}"\r\n'
    assert run_process("cat", created[0], f"b{NAME}").stdout == EVIL.encode() + b"\xff"


def test_layout_stays_on_a_terminal(build):
    """Line ends and tabs of a text, and letters of every script, reach a terminal as they are."""
    bundle = build({"a.zip": archive({"a.txt": "one\n\ttwo\r\n首都 é 🧳".encode() * 3_000})})
    assert run_on_terminal("cat", bundle, "a.txt").replace("\r", "") == "one\n\ttwo\n首都 é 🧳" * 3_000


LINE = "x\nError: the bundle is gone"
"""A name that would pass for a line of ours."""


@pytest.mark.parametrize(
    "arguments",
    [
        ["info", "BUNDLE"],
        ["info", LINE],
        ["cat", "BUNDLE", "x"],
        ["cat", "BUNDLE", LINE],
        ["query", "BUNDLE", f'SELECT "{LINE}"."y" FROM logs'],
        ["query", "BUNDLE", "SELECT * FROM a"],
        ["query", "BUNDLE", "--name", LINE],
        ["export", "BUNDLE", LINE],
        ["create", LINE],
        ["create", "--session", LINE, "--logs", "y", "--output", "z"],
        ["create", "FOLDER"],
        ["--help", LINE],
    ],
)
def test_a_line_end_in_a_name_makes_no_line(build, tmp_path, arguments):
    """Names and descriptions cannot put a line of their own among ours."""
    folder = write_files(tmp_path / "folder", {LINE: "nothing of ours"})
    files = {"a.zip": archive({LINE: "x"}), "a.jsonl": lines(snapshot(LINE))}
    bundle = build(files, description=LINE)
    with closing(sqlite3.connect(bundle)) as connection:
        connection.execute(f'CREATE TABLE "a{LINE}"(x)')
    places = {"BUNDLE": bundle, "FOLDER": folder}
    done = run_process(*(places.get(argument, argument) for argument in arguments))
    printed = (done.stdout + done.stderr).decode()
    assert printed
    assert "\nError: the bundle is gone" not in f"\n{printed}"
