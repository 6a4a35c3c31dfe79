"""The copy of a packed bundle: private, one for each opening, and removed whatever happens."""

from __future__ import annotations

import gc
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from support.command_runner import ENDLESS_SUM_SQL, command_line, run, run_python
from support.guarded_process import GuardedProcess
from support.packed_bundles import copies_in
from support.process_table import needs_linux, wait_until
from support.served_bundle import serve_bundle

from wink_debug_bundle import BundleQueryError, DebugBundle

STUCK = "SELECT instr(replace(zeroblob(4000000), x'00', x'61'), replace(zeroblob(2000000), x'00', x'61') || x'62')"
"""A statement that SQLite does not look up from, so that the process itself is ended."""


def unpacked_database(temporary: Path) -> Path | None:
    """Return the copy that a process has unpacked, if there is one."""
    return next((copy / "bundle.db" for copy in copies_in(temporary) if (copy / "bundle.db").exists()), None)


class TestInOneProcess:
    """The copy, as the API makes it."""

    def test_who_can_read_it(self, packed_bundle: Path, temporary: Path) -> None:
        """Only its owner can read the copy and its folder, which is in the folder for temporary files."""
        with DebugBundle.open(packed_bundle):
            [folder] = temporary.iterdir()
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
            [copy] = folder.iterdir()
            assert stat.S_IMODE(copy.stat().st_mode) == 0o600

    def test_closing(self, packed_bundle: Path, temporary: Path) -> None:
        """The copy is there while the bundle is open, and a second `close` does nothing."""
        bundle = DebugBundle.open(packed_bundle)
        assert bundle.path == packed_bundle
        assert len(copies_in(temporary)) == 1
        bundle.close()
        bundle.close()
        assert list(temporary.iterdir()) == []

    def test_forgetting(self, packed_bundle: Path, temporary: Path) -> None:
        """A bundle that is not closed loses its copy when it is forgotten; a cursor of it goes on to read."""
        rows = DebugBundle.open(packed_bundle).query("SELECT id FROM logs ORDER BY id")
        gc.collect()
        assert list(temporary.iterdir()) == []
        assert len(rows.fetchall()) > 100
        rows.connection.close()

    def test_an_error(self, packed_bundle: Path, temporary: Path) -> None:
        """An error in the block leaves no copy."""
        with pytest.raises(BundleQueryError), DebugBundle.open(packed_bundle) as bundle:
            bundle.query("SELECT nothing")
        assert list(temporary.iterdir()) == []

    def test_two_at_once(self, packed_bundle: Path, temporary: Path) -> None:
        """Two openings have a copy each, and the first to close does not disturb the other."""
        with DebugBundle.open(packed_bundle) as first:
            DebugBundle.open(packed_bundle).close()
            assert len(copies_in(temporary)) == 1
            assert first.verify().is_sound

    def test_a_plain_bundle(self, run_bundle: Path, temporary: Path) -> None:
        """A bundle that is not packed is read where it is."""
        with DebugBundle.open(run_bundle):
            assert list(temporary.iterdir()) == []


class TestEnds:
    """How a process can end."""

    def test_without_closing(self, packed_bundle: Path, temporary: Path) -> None:
        """A script that ends without closing the bundle leaves no copy."""
        script = (
            "import sys, os; from wink_debug_bundle import DebugBundle\n"
            "bundle = DebugBundle.open(sys.argv[1])\n"
            "print(len(os.listdir(os.environ['TMPDIR'])))\n"
        )
        assert run_python(script, str(packed_bundle)) == "1\n"
        assert list(temporary.iterdir()) == []

    def test_a_fork(self, packed_bundle: Path, temporary: Path) -> None:
        """A forked child that ends first does not take the copy of its parent."""
        script = (
            "import os, sys; from wink_debug_bundle import DebugBundle\n"
            "bundle = DebugBundle.open(sys.argv[1])\n"
            "child = os.fork()\n"
            "if not child: sys.exit()\n"
            "os.waitpid(child, 0)\n"
            "print(len(os.listdir(os.environ['TMPDIR'])), bundle.verify().is_sound)\n"
        )
        assert run_python(script, str(packed_bundle)) == "1 True\n"
        assert list(temporary.iterdir()) == []

    @needs_linux
    @pytest.mark.parametrize(
        ("sql", "number", "code"),
        [(ENDLESS_SUM_SQL, signal.SIGINT, 130), (STUCK, signal.SIGTERM, 143)],
        ids=["endless", "stuck"],
    )
    def test_a_signal(self, packed_bundle: Path, temporary: Path, sql: str, number: int, code: int) -> None:
        """A signal ends a query, whatever SQLite does, and no copy is left."""
        with GuardedProcess(command_line("query", packed_bundle, sql), stderr=subprocess.PIPE) as running:
            wait_until(lambda: unpacked_database(temporary))
            running.send_signal(number)
            _, stderr = running.communicate(timeout=30)
        assert (running.returncode, stderr) == (code, b"Interrupted\n")
        assert list(temporary.iterdir()) == []

    @needs_linux
    def test_a_kill(self, packed_bundle: Path, temporary: Path) -> None:
        """A killed process leaves its copy, which the next one removes; that of a living process stays."""
        with (
            GuardedProcess(command_line("query", packed_bundle, ENDLESS_SUM_SQL)) as killed,
            GuardedProcess(command_line("query", packed_bundle, ENDLESS_SUM_SQL), stderr=subprocess.DEVNULL) as living,
        ):
            wait_until(lambda: len(list(temporary.glob("*/bundle.db"))) == 2)
            before = copies_in(temporary)
            killed.kill()
            killed.wait(timeout=30)
            assert copies_in(temporary) == before
            assert run("info", packed_bundle).exit_code == 0
            assert len(copies_in(temporary)) == 1
            living.send_signal(signal.SIGTERM)
            living.wait(timeout=30)
        assert list(temporary.iterdir()) == []

    @needs_linux
    def test_a_signal_while_it_is_unpacked(self, packed_bundle: Path, temporary: Path) -> None:
        """A signal that arrives while the copy is written ends the command, and no copy is left."""
        script = (
            "import os, signal, sys\n"
            "from wink_debug_bundle.packing import frame_reading\n"
            "real = frame_reading._write\n"
            "def write(*arguments):\n"
            "    real(*arguments)\n"
            "    os.kill(os.getpid(), signal.SIGTERM)\n"
            "frame_reading._write = write\n"
            "from wink_debug_bundle.cli.main import main\n"
            "sys.argv[1:] = ['info', sys.argv[1]]\n"
            "main()\n"
        )
        done = subprocess.run([sys.executable, "-c", script, packed_bundle], capture_output=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (143, b"", b"Interrupted\n")
        assert list(temporary.iterdir()) == []


@needs_linux
class TestServed:
    """A packed bundle on pages."""

    def test_once(self, packed_bundle: Path, temporary: Path) -> None:
        """The server and its workers read one copy, under the name of the bundle, and it is removed at the end."""
        with serve_bundle(packed_bundle) as running:
            assert running.get("run").status == 200
            assert running.get("run/logs.json?_size=1").status == 200
            assert len(copies_in(temporary)) == 1
            running.process.send_signal(signal.SIGINT)
            running.process.wait(timeout=30)
        assert list(temporary.glob("wink-*")) == []

    def test_a_replaced_one(self, packed_bundle: Path, temporary: Path, tmp_path: Path) -> None:
        """A packed bundle that is replaced is not served any longer, as a plain one is not."""
        packed = tmp_path / "b.db.zst"
        packed.write_bytes(packed_bundle.read_bytes())
        with serve_bundle(packed) as running:
            assert running.get("b").status == 200
            os.replace(packed, tmp_path / "other")
            assert running.get("b").status != 200
