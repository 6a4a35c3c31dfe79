"""Run the command `redact` as a user does, and measure it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measure import Usage, run

_TIMEOUT = 3600.0


def redacted(bundle: Path, output: Path, words: Sequence[str] = ()) -> Usage:
    """Redact the bundle into the output; return what the processes used.

    Raises:
        SystemExit: the command failed; its last lines are in the message.
    """
    output.unlink(missing_ok=True)
    listed, log = output.with_suffix(".words"), output.with_suffix(".log")
    listed.write_text("".join(f"{word}\n" for word in words), encoding="utf-8")
    command = [sys.executable, "-m", "wink_debug_bundle", "redact", str(bundle), "-o", str(output)]
    usage = run([*command, *(["--word", str(listed)] if words else [])], dict(os.environ), log, _TIMEOUT)
    if usage.exit_code:
        raise SystemExit(f"redact failed with {usage.exit_code}:\n{log.read_text(errors='replace')[-2000:]}")
    return usage
