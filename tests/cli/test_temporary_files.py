"""SQLite's temporary files: where they cannot be written, the folder is to blame and not the bundle."""

from __future__ import annotations

import subprocess
import sys

SORT = "select count(*) from (select distinct a.context || b.context || a.id || b.id from logs a, logs b)"

SCRIPT = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
from wink_debug_bundle.cli.main import main
sys.argv[1:] = ["query", *sys.argv[1:]]
main()
"""


def test_folder_that_cannot_hold_them(run_bundle, tmp_path, monkeypatch):
    """A query that sorts more than the folder holds names the folder and the remedy, and exits with 1, not 3."""
    monkeypatch.setenv("SQLITE_TMPDIR", str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(run_bundle), SORT], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert f"the folder for SQLite's temporary files, {tmp_path}, cannot be written to" in done.stderr
    assert "SQLITE_TMPDIR" in done.stderr
    assert "damaged" not in done.stderr
