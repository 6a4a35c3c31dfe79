"""The sqlite3 shell: `.import` of whole lines into a temporary table, `->>` into `logs`, then its four indexes.

The database has no journal and no sync, which is the fastest way for the shell.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks.contenders.schema import TABLES, index_statements

INSERT = """INSERT INTO logs (session_id, timestamp, level, logger, event, message, context)
SELECT line->>'$.context.session_id', line->>'$.timestamp', line->>'$.level', line->>'$.logger', line->>'$.event',
       line->>'$.message', line->'$.context' FROM lines"""


def main(source: Path, output: Path) -> None:
    """Build `logs` in `output` from the logs below `source`."""
    done = subprocess.run(["sqlite3", "-batch", str(output)], input=script(source), text=True, check=False)
    sys.exit(done.returncode)


def script(source: Path) -> str:
    """Return the commands and statements for the shell."""
    imports = [f'.import "{path}" lines --schema temp' for path in sorted(source.rglob("*.log"))]
    settings = ["PRAGMA journal_mode=OFF;", "PRAGMA synchronous=OFF;", "CREATE TEMP TABLE lines(line TEXT);"]
    # Ascii mode has no quotes, and JSON has no unescaped unit separator, so that each line is one column.
    mode = [".bail on", ".mode ascii", '.separator "\\037" "\\n"']
    statements = [f"{sql};" for sql in (TABLES["logs"], "BEGIN", INSERT, "COMMIT", *index_statements("logs"))]
    return "\n".join([*settings, *mode, *imports, *statements]) + "\n"
