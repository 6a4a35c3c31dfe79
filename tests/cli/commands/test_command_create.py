"""`create`: its inputs, its refusals and its summary."""

from __future__ import annotations

import errno
import json
import os
import shutil
from pathlib import Path

import pytest
from support.artifact_samples import (
    FIXTURES,
    TOOL_INVOKED,
    column,
    lines,
    log_record,
    rows,
    slice_of,
    snapshot,
    tool_event,
    write_files,
)
from support.command_runner import run, run_wink

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.pipeline.planning import plan
from wink_debug_bundle.pipeline.publishing import construction

RUN_SESSION = "3e4b1302-ec6d-4774-a957-7dd055cbc3ef"


@pytest.fixture
def debug(tmp_path: Path) -> Path:
    """Return a writable copy of a debug directory of the real library."""
    return Path(shutil.copytree(FIXTURES / "run", tmp_path / "debug"))


@pytest.mark.parametrize(("limit", "is_told"), [(100, True), (64 << 20, False)])
def test_logs_that_are_not_searched_are_named(debug, monkeypatch, limit, is_told):
    """The summary says if logs are too large to be searched for tool calls."""
    monkeypatch.setattr(plan, "STANDALONE_LOG_BYTES", limit)
    done = run("create", debug)
    assert ("were not searched for tool calls and transcripts" in done.stdout) == is_told
    assert ("--calls-in-logs" in done.stdout) == is_told


def test_logs_that_are_searched_when_asked_for(debug, monkeypatch):
    """With --calls-in-logs large logs are searched, and nothing is said."""
    monkeypatch.setattr(plan, "STANDALONE_LOG_BYTES", 100)
    done = run("create", debug, "--calls-in-logs")
    assert "were not searched" not in done.stdout
    assert column(debug / "bundle.db", "SELECT count(*) FROM calls WHERE source LIKE '%execution%'") != [0]


class TestArtifactsAsOutput:
    """Commands that would by mistake replace an artifact by a bundle."""

    def test_one_in_the_directory(self, debug):
        """--force does not replace an artifact of the directory."""
        log = (debug / "session.log").read_bytes()
        result = run("create", debug, "--output", debug / "session.log", "--force")
        assert (result.exit_code, "session.log: is an artifact" in result.stderr) == (1, True)
        assert (debug / "session.log").read_bytes() == log

    def test_one_that_is_named(self, tmp_path):
        """--force does not replace a file that is named as input."""
        files = write_files(tmp_path, {"a.log": lines(log_record()), "b.txt": "neither"})
        named = ["--logs", files / "a.log", "--session", files / "b.txt"]
        result = run("create", *named, "--output", files / "b.txt", "--force")
        assert (result.exit_code, "b.txt: is an artifact" in result.stderr) == (1, True)
        assert (files / "b.txt").read_text() == "neither"


def test_artifacts_in_folders_below_are_hinted_at(debug):
    """For a directory with artifacts only in its folders, the message names --recursive."""
    result = run("create", debug.parent)
    assert result.exit_code == 1
    assert f"No artifacts found in {debug.parent}; --recursive " in result.stderr


class TestSources:
    """Inputs."""

    def test_a_directory_gets_a_bundle_inside(self, debug):
        """Without --output the bundle is `bundle.db` in the directory."""
        assert run("create", debug).exit_code == 0
        assert column(debug / "bundle.db", "SELECT source_directory FROM bundle_meta") == [str(debug)]

    def test_output_names_the_bundle(self, debug, tmp_path):
        """--output writes the bundle elsewhere and nothing into the directory."""
        before = sorted(debug.iterdir())
        assert run("create", debug, "--output", tmp_path / "other.db").exit_code == 0
        assert (tmp_path / "other.db").is_file()
        assert sorted(debug.iterdir()) == before

    def test_the_specification_s_form_with_files(self, debug, tmp_path):
        """--session, --logs and --files name single files, and --description describes the bundle."""
        output = tmp_path / "bundle.db"
        files = ["--session", debug / f"{RUN_SESSION}.jsonl", "--logs", debug / "session.log"]
        files += ["--files", next(debug.glob("*.zip"))]
        assert run("create", "--output", output, *files, "--description", "Code review task").exit_code == 0
        assert rows(output, "SELECT description, source_directory FROM bundle_meta") == [("Code review task", None)]
        assert column(output, "SELECT kind FROM artifacts") == ["snapshots", "logs", "archive"]

    def test_files_may_be_repeated(self, tmp_path):
        """Each kind of file can be given several times."""
        write_files(tmp_path, {"a.log": lines(log_record()), "b.log": lines(log_record(message="other"))})
        result = run("create", "-o", tmp_path / "x.db", "--logs", tmp_path / "a.log", "--logs", tmp_path / "b.log")
        assert result.exit_code == 0
        assert column(tmp_path / "x.db", "SELECT count(*) FROM logs") == [2]

    def test_recursive_reads_the_tree(self, tmp_path):
        """--recursive reads the folders below."""
        write_files(tmp_path, {"one/a.log": lines(log_record()), "two/b.log": lines(log_record())})
        assert run("create", "-r", tmp_path).exit_code == 0
        assert column(tmp_path / "bundle.db", "SELECT path FROM artifacts") == ["one/a.log", "two/b.log"]

    def test_tags_are_stored(self, debug):
        """--tag stores key and value; the value may hold an equals sign."""
        assert run("create", debug, "--tag", "run=42", "--tag", "expression=a=b").exit_code == 0
        (tags,) = column(debug / "bundle.db", "SELECT tags FROM bundle_meta")
        assert json.loads(tags) == {"run": "42", "expression": "a=b"}

    def test_force_replaces(self, debug):
        """--force replaces an existing bundle."""
        run("create", debug, "--description", "old")
        assert run("create", debug, "--description", "new", "--force").exit_code == 0
        assert column(debug / "bundle.db", "SELECT description FROM bundle_meta") == ["new"]


class TestRefusals:
    """Refusals, their exit codes, and what they leave behind."""

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ([], "Name a DIRECTORY, or files"),
            (["--logs", "x.log"], "need --output"),
            (["--logs", "x.log", "-o", "x.db", "-r"], "--recursive needs a DIRECTORY"),
            ([".", "-o", "-"], "a bundle cannot be written to standard output; to use the name -, write ./-"),
            ([".", "--tag", "novalue"], "'novalue' is not of the form key=value"),
            ([".", "--tag", "=x"], "'=x' is not of the form key=value"),
            ([".", "--tag", "a=1", "--tag", "a=2"], "'a' is given twice"),
        ],
    )
    def test_wrong_usage(self, arguments, message):
        """Options that cannot be combined end with exit code 2 and the reason."""
        result = run("create", *arguments)
        assert result.exit_code == 2
        assert message in result.stderr

    def test_an_existing_bundle_is_kept(self, debug):
        """Without --force an existing output is kept, and the message says how to replace it."""
        (debug / "bundle.db").write_bytes(b"precious")
        result = run("create", debug)
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.startswith(f"Error: {debug / 'bundle.db'}: exists already; replace it with --force")
        assert (debug / "bundle.db").read_bytes() == b"precious"

    def test_a_directory_with_links_to_folders(self, debug):
        """Links to folders are not read, and the message says of each what to do."""
        links = debug.parent / "links"
        links.mkdir()
        (links / "one").symlink_to(debug)
        for options in ([], ["-r"]):
            done = run("create", links, *options)
            assert done.exit_code == 1
            assert f"  one: a link to the folder {debug}: not followed; name that folder to read it" in done.stderr

    def test_a_directory_with_nothing_but_a_bundle(self, debug):
        """If the bundle is all that there is, the message gives the command that shows it."""
        folder = debug.parent / "dd"
        folder.mkdir()
        run("create", debug, "-o", folder / "bundle.db")
        done = run("create", folder)
        shown = f"only the bundle bundle.db; it is shown by: wink-debug-bundle info {folder / 'bundle.db'}"
        assert (done.exit_code, done.stderr) == (1, f"Error: No artifacts found in {folder}, {shown}\n")

    @pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS])
    def test_a_directory_that_is_read_only(self, debug, monkeypatch, number):
        """If the bundle cannot be written beside the artifacts, the message names --output."""

        def refuse(*_: object) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(construction, "create_partial", refuse)
        done = run("create", debug)
        assert done.exit_code == 1
        assert done.stderr.endswith("; name another place with --output (output=...)\n")

    def test_a_missing_directory(self, tmp_path):
        """The message about a missing directory names it."""
        result = run("create", tmp_path / "nowhere")
        assert (result.exit_code, result.stderr) == (1, f"Error: {tmp_path / 'nowhere'}: no such directory\n")

    def test_a_file_in_the_place_of_the_directory(self, debug):
        """If the directory is a file, the message names the options that take files."""
        result = run("create", debug / "session.log")
        assert result.exit_code == 1
        assert "session.log: is not a directory; name its folder, or name files with --session" in result.stderr

    def test_missing_files_are_all_named(self, tmp_path):
        """One message names all missing files."""
        result = run("create", "-o", tmp_path / "x.db", "--logs", "/no/a.log", "--files", "/no/b.zip")
        assert (result.exit_code, result.stderr) == (1, "Error: /no/a.log: no such file\n/no/b.zip: no such file\n")

    def test_named_paths_that_are_not_files(self, tmp_path):
        """The message distinguishes directories and pipes from missing files."""
        os.mkfifo(tmp_path / "pipe")
        result = run("create", "-o", tmp_path / "x.db", "--session", tmp_path, "--logs", tmp_path / "pipe")
        assert (result.exit_code, result.stderr) == (
            1,
            (
                f"Error: {tmp_path}: is a directory; give it as DIRECTORY, or name a file in it\n"
                f"{tmp_path / 'pipe'}: not a regular file; save it as one first\n"
            ),
        )

    def test_a_directory_without_artifacts(self, tmp_path):
        """A directory without artifacts is an error, and no output is left."""
        write_files(tmp_path, {"notes.txt": "hello"})
        result = run("create", tmp_path)
        assert result.exit_code == 1
        assert result.stderr.startswith(f"Error: No artifacts found in {tmp_path}")
        assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]

    def test_an_output_in_a_missing_folder(self, debug, tmp_path):
        """An output that cannot be written is named in a message without a traceback."""
        result = run("create", debug, "-o", tmp_path / "no" / "x.db")
        assert result.exit_code == 1
        assert result.stderr.startswith(f"Error: {tmp_path / 'no' / 'x.db'}: ")
        assert "Traceback" not in result.output

    def test_control_characters_in_a_name_are_shown(self, tmp_path):
        """Control characters of a path are escaped in the error message."""
        result = run("create", tmp_path / "evil\x1b[2Jname")
        assert "\x1b" not in result.stderr
        assert r"evil\x1b[2Jname: no such directory" in result.stderr


class TestSummary:
    """The summary after a build."""

    def test_what_was_read(self, debug):
        """The summary counts artifacts, bytes and records as the library wrote them."""
        summary = run("create", debug).stdout
        sizes = {path.suffix: path.stat().st_size / 1000 for path in (FIXTURES / "run").iterdir()}
        logs = (FIXTURES / "run" / "session.log").read_bytes().count(b"\n")
        assert f"  1 session file ({sizes['.jsonl']:.1f} kB): 3 snapshots\n" in summary
        assert f"  1 log file ({sizes['.log']:.1f} kB): {logs} log records\n" in summary
        assert f"  1 archive ({sizes['.zip']:.1f} kB): 21 files\n" in summary

    def test_the_last_lines(self, debug):
        """The last lines give the bundle's digest, its path, its size, the time taken and commands to try next."""
        *_, digest, bundle, heading, _, reasons, following = run_wink(
            "debug-bundle", "create", debug
        ).stdout.splitlines()
        size = (debug / "bundle.db").stat().st_size / 1000
        assert bundle.startswith(f"Bundle: {debug / 'bundle.db'} ({size:.1f} kB), built in ")
        assert bundle.endswith(" s")
        with DebugBundle.open(debug / "bundle.db") as opened:
            assert digest == f"Digest: {opened.digest}"
        assert heading == "Next:"
        assert reasons == f"  wink debug-bundle query {debug / 'bundle.db'} --name failure-reasons"
        assert following == f"  wink debug-bundle serve {debug / 'bundle.db'}"

    def test_the_next_command_is_quoted(self, tmp_path):
        """A path with a space is quoted for the shell."""
        write_files(tmp_path / "my run", {"a.log": lines(log_record())})
        summary = run("create", tmp_path / "my run").stdout
        assert summary.endswith(f"wink-debug-bundle serve '{tmp_path}/my run/bundle.db'\n")

    def test_the_next_command_for_a_name_with_a_dash(self, debug, monkeypatch):
        """The suggested command works for a bundle whose name begins with a dash."""
        monkeypatch.chdir(debug)
        assert run("create", ".", "-o", "./-x.db").stdout.endswith("serve ./-x.db\n")

    def test_duplicates_are_counted(self, tmp_path):
        """An event in two snapshots is counted as a duplicate."""
        dump = snapshot("11111111-1111-4111-8111-111111111111", slice_of(TOOL_INVOKED, tool_event()))
        write_files(tmp_path, {"a.jsonl": lines(dump, dump)})
        assert "  1 event was in more than one snapshot, and is kept once\n" in run("create", tmp_path).stdout

    def test_listed_files_are_grouped_by_reason(self, tmp_path):
        """Files that are only listed are grouped by their reason, and the first few of each are named."""
        write_files(tmp_path, {"a.log": lines(log_record()), "empty.log": b""} | {f"{n}.txt": b"x" for n in range(5)})
        summary = run("create", tmp_path).stdout
        assert "Listed, without their bytes: 6\n" in summary
        assert ": 0.txt, 1.txt, 2.txt and 2 more\n" in summary
        assert "  empty: empty.log\n" in summary

    def test_problems_have_their_place(self, tmp_path):
        """Problems are listed with file and line; a long list ends with the query that shows all."""
        write_files(tmp_path, {"a.log": lines(log_record()) + b"{broken\n" * 7})
        summary = run("create", tmp_path).stdout
        assert "Problems: 7, stored in the bundle with their bytes\n  a.log, line 2: " in summary
        more = f"  and 2 more: wink-debug-bundle query {tmp_path / 'bundle.db'} 'SELECT * FROM problems'\n"
        assert more in summary

    def test_no_problems_are_not_mentioned(self, tmp_path):
        """The summary of a clean build mentions neither problems nor skipped files."""
        write_files(tmp_path, {"a.log": lines(log_record())})
        summary = run("create", tmp_path).stdout
        assert "Problems" not in summary
        assert "Listed" not in summary
        assert "Incomplete" not in summary

    def test_names_with_escapes_are_shown(self, tmp_path):
        """Control characters in the name of a skipped file are escaped."""
        write_files(tmp_path, {"a.log": lines(log_record()), "evil\x1b[2J.txt": b"x"})
        summary = run("create", tmp_path).stdout
        assert "\x1b" not in summary
        assert r"evil\x1b[2J.txt" in summary

    def test_quiet_says_nothing(self, debug):
        """--quiet builds the bundle and prints nothing."""
        assert run("create", debug, "--quiet").output == ""
        assert (debug / "bundle.db").is_file()
