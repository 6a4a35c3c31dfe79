"""`wink query` of the library itself, run once for each zip, one after the other, as its users would.

It takes one zip, and writes its database beside it. So the zips are linked into the output, a directory, whose databases
together have the rows of all zips.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

SQL = "SELECT count(*) AS records FROM logs"


def main(source: Path, output: Path, program: Path) -> None:
    """Query each zip below `source` with the wink script `program`; the databases go to the directory `output`."""
    output.mkdir()
    for number, path in enumerate(sorted(source.rglob("*.zip"))):
        linked = output / f"{number}.zip"
        os.link(path, linked)
        subprocess.run([program, "query", str(linked), SQL], check=True)
