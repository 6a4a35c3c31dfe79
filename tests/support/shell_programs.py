"""Small programs in Bash that stand for others in a folder of the search path."""

from __future__ import annotations

from pathlib import Path


def add_program(folder: Path, name: str, script: str) -> None:
    """Write a program that runs the lines of Bash."""
    path = folder / name
    path.write_text(f"#!/bin/bash\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
