"""Behaviour that only a process of its own shows: pipes, signals, locales, imports."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.artifact_samples import FIXTURES, lines, log_record
from support.command_runner import (
    ENDLESS_ROWS_SQL,
    ENDLESS_SUM_SQL,
    command_line,
    run_on_terminal,
    run_process,
    run_python,
)
from support.guarded_process import GuardedProcess

import wink_debug_bundle

SOURCE = str(Path(wink_debug_bundle.__file__).parent.parent)
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": ""}


class TestOutput:
    """Standard output and standard error."""

    @pytest.mark.parametrize("format_name", ["table", "csv", "json"])
    def test_a_closed_pipe_is_silent(self, run_bundle, format_name):
        """`query | head -1` prints one line and no error."""
        running = subprocess.Popen(
            command_line("query", run_bundle, ENDLESS_ROWS_SQL, "--format", format_name),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert running.stdout is not None
        assert running.stdout.readline()
        running.stdout.close()
        assert running.stderr is not None
        assert running.stderr.read() == b""
        running.stderr.close()
        assert running.wait(timeout=30) == 141

    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
    @pytest.mark.parametrize("arguments", [["query", "SELECT 1"], ["export", "logs"], ["info"]])
    def test_a_full_disk_is_an_error(self, run_bundle, arguments):
        """Output that cannot be written is reported in one line on stderr with exit code 1."""
        name, *rest = arguments
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                command_line(name, run_bundle, *rest), stdout=full, stderr=subprocess.PIPE, check=False
            )
        assert (done.returncode, done.stderr) == (1, b"Error: standard output: No space left on device\n")

    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
    @pytest.mark.parametrize(
        ("program", "arguments"),
        [
            ("main()", ["--help"]),
            ("main()", ["--version"]),
            ("wink()", ["--help"]),
            ("wink()", ["--version"]),
            ("wink()", ["debug-bundle", "--help"]),
        ],
    )
    def test_help_on_a_full_disk_or_a_closed_pipe(self, program, arguments):
        """Options that are answered before any command runs report what other output reports, too."""
        code = f"import sys; from wink_debug_bundle.cli import main; sys.argv = ['wink', *{arguments}]; main.{program}"
        with open("/dev/full", "wb") as full:
            done = subprocess.run([sys.executable, "-c", code], stdout=full, stderr=subprocess.PIPE, check=False)
        assert (done.returncode, done.stderr) == (1, b"Error: standard output: No space left on device\n")
        reading, writing = os.pipe()
        os.close(reading)
        with open(writing, "wb") as closed:
            done = subprocess.run([sys.executable, "-c", code], stdout=closed, stderr=subprocess.PIPE, check=False)
        assert (done.returncode, done.stderr) == (141, b"")

    @pytest.mark.parametrize("name", ["create", "verify"])
    def test_closed_standard_error(self, run_bundle, tmp_path, name):
        """A command works if standard error is closed."""
        given = f"{FIXTURES / 'run'} --output {tmp_path / 'x.db'}" if name == "create" else run_bundle
        shell = f"exec {sys.executable} -m wink_debug_bundle {name} {given} 2>&-"
        done = subprocess.run(["sh", "-c", shell], stdout=subprocess.PIPE, check=False)
        assert (done.returncode, b"fault" in done.stdout) == (0, False)

    @pytest.mark.parametrize("command", ["info {}", "search {} declined", "verify {}", "query --list"])
    def test_closed_standard_output(self, run_bundle, command):
        """A command that cannot print its result says so, and fails."""
        shell = f"exec {sys.executable} -m wink_debug_bundle {command.format(run_bundle)} >&-"
        done = subprocess.run(["sh", "-c", shell], stderr=subprocess.PIPE, check=False)
        assert (done.returncode, done.stderr) == (1, b"Error: standard output is closed\n")

    def test_a_terminal_is_told_that_there_are_no_rows(self, run_bundle):
        """Below a header without rows a terminal shows a word; a pipe gets the header alone."""
        sql = "SELECT id FROM logs WHERE 0"
        for options in ([], ["--all"], ["--no-truncate"]):
            assert "(no rows)" in run_on_terminal("query", run_bundle, sql, *options)
        assert run_process("query", run_bundle, sql).stdout == b"id\n--\n"

    @pytest.mark.parametrize("arguments", [["show", b"a\xff"], ["search", "x", "--run", b"a\xff"]])
    def test_a_name_that_is_not_utf_8_is_unknown(self, run_bundle, arguments):
        """A name that cannot be in the bundle is an error of whoever typed it."""
        name, *rest = arguments
        done = subprocess.run([*command_line(name, run_bundle), *rest], capture_output=True, check=False)
        assert (done.returncode, done.stdout) == (1, b"")
        assert b"is not text in UTF-8" in done.stderr

    def test_csv_has_the_line_ends_of_its_standard(self, run_bundle):
        """Lines end in LF in every format, so that a shell needs no `tr -d`."""
        assert run_process("query", run_bundle, "SELECT 1 AS x", "--format", "csv").stdout == b"x\n1\n"
        assert run_process("query", run_bundle, "SELECT 1 AS x", "--format", "tsv").stdout == b"x\n1\n"

    def test_a_terminal_gets_cut_cells(self, run_bundle):
        """On a terminal a table fits the width; --no-truncate leaves cells whole."""
        sql = f"SELECT '{'x' * 200}' AS x"
        assert "x" * 100 not in run_on_terminal("query", run_bundle, sql)
        assert "x" * 200 in run_on_terminal("query", run_bundle, sql, "--no-truncate")


class TestLocale:
    """A terminal that can only show ASCII."""

    @pytest.mark.parametrize("arguments", [["info"], ["query", "SELECT path FROM files"]])
    def test_text_is_escaped(self, run_bundle, arguments):
        """Characters that the terminal cannot show are escaped."""
        name, *rest = arguments
        done = run_process(name, run_bundle, *rest, environment=ASCII)
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout.isascii()

    @pytest.mark.parametrize("format_name", ["csv", "tsv", "json", "jsonl"])
    def test_data_is_utf_8(self, run_bundle, format_name):
        """The formats for programs are UTF-8 whatever the locale."""
        done = run_process("query", run_bundle, "SELECT 'é🧳' AS x", "--format", format_name, environment=ASCII)
        assert "é🧳" in done.stdout.decode()

    def test_an_error_is_escaped(self, tmp_path):
        """A message with a name beyond ASCII is printed with escapes."""
        done = run_process("info", tmp_path / "é.db", environment=ASCII)
        assert done.returncode == 1
        assert b"No such file" in done.stderr

    def test_a_name_that_is_not_utf_8(self, run_bundle, tmp_path):
        """A bundle whose name is not UTF-8 is read, and its name is printed with escapes."""
        path = os.fsencode(tmp_path) + b"/d\xff.db"
        with open(path, "wb") as copy:
            copy.write(run_bundle.read_bytes())
        done = run_process("info", os.fsdecode(path))
        assert (done.returncode, done.stderr) == (0, b"")
        assert rb"d\udcff.db" in done.stdout


class TestSignals:
    """Ctrl-C and other signals."""

    def test_at_the_end(self):
        """A signal that arrives when the work is done, and Python itself ends, ends the process without a message."""
        script = (
            "import atexit, os, signal, sys\n"
            "from wink_debug_bundle.cli.main import main\n"
            "atexit.register(os.kill, os.getpid(), signal.SIGTERM)\n"
            "sys.argv[1:] = ['--version']\n"
            "main()\n"
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (-signal.SIGTERM, "")

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_in_a_destructor(self, number):
        """A signal that arrives in a destructor, where Python swallows its exception, ends the work a moment later."""
        code = (
            "import os, time\n"
            "from wink_debug_bundle.cli import signals\n"
            "class Closed:\n"
            "    def __del__(self):\n"
            f"        os.kill(os.getpid(), {int(number)})\n"
            "        time.sleep(5)\n"
            "signals.install()\n"
            "try:\n"
            "    Closed()\n"
            "    time.sleep(30)\n"
            "except KeyboardInterrupt:\n"
            "    print('stopped', signals.exit_code())\n"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=25, check=False)
        assert (done.stdout, done.stderr, done.returncode) == (f"stopped {128 + number}\n", "", 0)

    def test_in_a_destructor_at_the_end(self):
        """A swallowed signal is not sent again when the work has ended meanwhile, so that its exit code stands."""
        code = (
            "import os, signal, time\n"
            "from wink_debug_bundle.cli import signals\n"
            "class Closed:\n"
            "    def __del__(self):\n"
            "        os.kill(os.getpid(), signal.SIGTERM)\n"
            "signals.install()\n"
            "Closed()\n"
            "signals.uninstall()\n"
            "time.sleep(0.5)\n"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=25, check=False)
        assert (done.stderr, done.returncode) == ("", 0)

    def test_another_error_in_a_destructor(self):
        """Every other exception of a destructor is reported as Python does."""
        code = (
            "from wink_debug_bundle.cli import signals\n"
            "class Closed:\n"
            "    def __del__(self):\n"
            "        raise ValueError('lost')\n"
            "signals.install()\n"
            "Closed()\n"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=25, check=False)
        assert "Exception ignored in" in done.stderr
        assert "ValueError: lost" in done.stderr

    @pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
    def test_a_long_statement_is_stopped(self, run_bundle, number, code):
        """A query that runs without end before its first row ends at a signal, with one line."""
        with GuardedProcess(command_line("query", run_bundle, ENDLESS_SUM_SQL), stderr=subprocess.PIPE) as running:
            wait_for_cpu(running.pid)
            running.send_signal(number)
            _, stderr = running.communicate(timeout=30)
        assert (running.returncode, stderr) == (code, b"Interrupted\n")

    def test_a_build_leaves_nothing(self, tmp_path):
        """An interrupted build leaves neither a bundle nor a temporary file."""
        (tmp_path / "a.log").write_bytes(lines(log_record()) * 400_000)
        with GuardedProcess(command_line("create", tmp_path), stderr=subprocess.PIPE) as running:
            wait_for_file(tmp_path, ".*.partial")
            running.send_signal(signal.SIGINT)
            _, stderr = running.communicate(timeout=30)
        assert (running.returncode, stderr) == (130, b"Interrupted\n")
        assert [path.name for path in tmp_path.iterdir()] == ["a.log"]


def wait_for_cpu(pid: int) -> None:
    """Wait until the process has used a second of processor time, so that it is past its start."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        if int(fields[11]) >= os.sysconf("SC_CLK_TCK"):
            return
        time.sleep(0.05)
    pytest.fail("the process does not work")


def wait_for_file(folder: Path, pattern: str) -> None:
    """Wait until a file with such a name exists."""
    deadline = time.monotonic() + 30
    while not list(folder.glob(pattern)):
        assert time.monotonic() < deadline, "no such file appeared"
        time.sleep(0.005)


class TestImports:
    """Imports, which are kept few so that commands start quickly."""

    HEAVY = ("apsw", "datasette", "orjson", "tqdm", "uvicorn", "zstandard")

    @pytest.mark.parametrize(
        "arguments",
        [
            ["--help"],
            ["--version"],
            ["create", "--help"],
            ["serve", "--help"],
            ["info", "BUNDLE"],
            ["query", "BUNDLE", "SELECT * FROM logs"],
            ["query", "BUNDLE", "SELECT * FROM logs", "--format", "json"],
            ["export", "BUNDLE", "logs"],
        ],
    )
    def test_nothing_heavy(self, run_bundle, arguments):
        """Help and reading do not import the builder's or the server's libraries."""
        code = (
            "import atexit, json, sys\n"
            "atexit.register(lambda: print('\\n' + json.dumps(sorted(sys.modules))))\n"
            "from wink_debug_bundle.cli.main import main\n"
            "main()\n"
        )
        given = [str(run_bundle) if argument == "BUNDLE" else argument for argument in arguments]
        *printed, modules = run_python(code, *given).splitlines()
        assert printed
        assert set(self.HEAVY) & set(json.loads(modules)) == set()


class TestWink:
    """The command `wink`, which this package shares with the library."""

    BLOCKER = (
        "import sys\n"
        "class Blocker:\n"
        "    def find_spec(name, path=None, target=None):\n"
        "        if name == 'weakincentives': raise ModuleNotFoundError('No module', name=name)\n"
        "sys.meta_path.insert(0, Blocker)\n"
    )
    CODE = "import sys; sys.argv[0] = 'wink'; from wink_debug_bundle.cli.main import wink; wink()"

    def test_debug_bundle_is_ours(self, run_bundle):
        """`wink debug-bundle` runs this package's commands under that name."""
        assert run_python(self.CODE, "debug-bundle", "info", str(run_bundle)).startswith(f"Bundle: {run_bundle} (")
        assert "Usage: wink debug-bundle info" in run_python(self.CODE, "debug-bundle", "info", "--nope")

    @pytest.mark.parametrize("arguments", [[], ["--help"]])
    def test_help_is_ours(self, arguments):
        """`wink` without a subcommand describes itself and the library's commands."""
        shown = run_python(self.CODE, *arguments)
        assert "debug-bundle" in shown
        assert "handed to the library" in shown

    def test_help_without_the_library(self):
        """If the library is not installed, the help says what to install."""
        shown = run_python(f"{self.BLOCKER}\n{self.CODE}", "--help")
        assert "debug-bundle" in shown
        assert "The library's commands are not available" in shown
        assert "pip install 'weakincentives[wink]'" in shown

    def test_the_rest_is_the_library_s(self, tmp_path):
        """Other subcommands run the library's command line, and its exit code is returned."""
        package = tmp_path / "weakincentives" / "cli"
        package.mkdir(parents=True)
        (package.parent / "__init__.py").touch()
        (package / "__init__.py").touch()
        (package / "wink.py").write_text("import sys\ndef main():\n    print('theirs', sys.argv[1:])\n    return 7\n")
        environment = {"PYTHONPATH": f"{tmp_path}{os.pathsep}{SOURCE}"}
        code = f"try:\n    exec({self.CODE!r})\nexcept SystemExit as end:\n    print(end.code)"
        assert run_python(code, "query", "--x", environment=environment) == "theirs ['query', '--x']\n7\n"

    def test_without_the_library(self, tmp_path):
        """If the library is not installed, its subcommands end with exit code 2 and say what to install."""
        code = f"{self.BLOCKER}\ntry:\n    exec({self.CODE!r})\nexcept SystemExit as end:\n    print(end.code)"
        printed = run_python(code, "query")
        assert printed.startswith("2\n")
        assert "'wink query' belongs to the weakincentives library, which is not installed" in printed
        assert "pip install 'weakincentives[wink]'" in printed

    def test_with_half_of_the_library(self, tmp_path):
        """If a dependency of the library's command line is missing, the message names it and the remedy."""
        package = tmp_path / "weakincentives" / "cli"
        package.mkdir(parents=True)
        (package.parent / "__init__.py").touch()
        (package / "__init__.py").touch()
        (package / "wink.py").write_text("import no_such_module\n")
        printed = run_python(self.CODE, "docs", environment={"PYTHONPATH": f"{tmp_path}{os.pathsep}{SOURCE}"})
        assert "cannot be imported (No module named 'no_such_module'): pip install 'weakincentives[wink]'" in printed
