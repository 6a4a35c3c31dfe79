"""A signal that arrives while the thread that hashes files is being started keeps no process from ending."""

from __future__ import annotations

import subprocess
import sys

from support.artifact_samples import lines, log_record, write_files

INTERRUPTED = """
import sys, threading
from pathlib import Path
from wink_debug_bundle.artifacts.discovery import describe
from wink_debug_bundle.pipeline.digests import Digests
from wink_debug_bundle.pipeline.planning.plan import Artifact

start = threading.Thread.start
def interrupted(thread):
    start(thread)
    raise KeyboardInterrupt

threading.Thread.start = interrupted
try:
    Digests([Artifact(1, describe(Path(sys.argv[1]), "a.log"))])
except KeyboardInterrupt as error:
    sys.kept = error  # as a caller may keep it, with all that its frames hold
    print("interrupted")
"""


def test_the_process_ends(tmp_path):
    """Python waits at its end for every thread, and no one else knows of this one."""
    folder = write_files(tmp_path, {"a.log": lines(log_record())})
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, folder / "a.log"], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "interrupted\n", "")
