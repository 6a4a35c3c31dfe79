"""Divide a directory of artifacts into several, and build a bundle of each and one of all."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from wink_debug_bundle import DebugBundle

NOT_ARTIFACTS = {"expected"}
"""Folders of the fixtures with what their bundles should hold."""


def built(source: Path, output: Path, **options: object) -> Path:
    """Build a bundle of everything below `source`."""
    DebugBundle.from_directory(source, output=output, recursive=True, **options).close()  # type: ignore[arg-type]
    return output


def divided(source: Path, folder: Path, part_of: Callable[[str], str]) -> tuple[Path, list[Path]]:
    """Return a bundle of all files below `source`, and one for each part that `part_of` gives for a path in it."""
    whole = folder / "whole"
    for file in sorted(source.rglob("*")):
        name = file.relative_to(source)
        if file.is_file() and name.parts[0] not in NOT_ARTIFACTS:
            for target in (whole / name, folder / "parts" / part_of(str(name)) / name):
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(file, target)
    parts = sorted((folder / "parts").iterdir())
    return built(whole, folder / "whole.db"), [built(part, folder / f"{part.name}.db") for part in parts]
