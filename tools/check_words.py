"""Refuse phrases that have to be read twice: `python tools/check_words.py`.

Each of them has a plain word in the glossary of `docs/architecture.md`.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CHECKED = ("src", "docs", "tools", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
ENDINGS = {".py", ".sql", ".md", ".html", ".css", ".toml", ".yml"}

PHRASES = (
    "tell of",
    "tells of",
    "told of",
    "whoever",
    "nobody",
    "is none",
    "stand in",
    "stands in",
    "lie in",
    "lies in",
    "of which",
    "what is no",
    "ready query",
    "ready queries",
    "fate",
    "salvage",
)

_GAP = r"(?:\s|^\s*(?:#|--|\*|>)\s)+"
"""What may be between two words of a phrase: a line end, and the mark with which the next line of a comment begins."""

REFUSED = re.compile(
    rf"\b(?:{'|'.join(f'(?i:{phrase[0]}){phrase[1:]}'.replace(' ', _GAP) for phrase in PHRASES)})\b", re.MULTILINE
)
"""The phrases, with a capital or not; the rest is lower case, as `is None` is Python."""

GLOSSARY = "## Glossary"
"""Heading of the part of `docs/architecture.md` that names the refused words, and is not checked."""


def checked_files() -> Iterator[Path]:
    """Yield the files under version control whose words are checked."""
    listed = subprocess.run(["git", "ls-files", "-z", "--", *CHECKED], cwd=ROOT, capture_output=True, check=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        path = ROOT / name
        if path.suffix in ENDINGS and path != Path(__file__).resolve():
            yield path


def refused_phrases(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line, from 1, and the words of each refused phrase in `text`."""
    for found in REFUSED.finditer(text):
        yield text.count("\n", 0, found.start()) + 1, " ".join(found[0].split())


def main() -> int:
    """Print each refused phrase with its place; return the exit code."""
    count = 0
    for path in checked_files():
        text = path.read_text(encoding="utf-8").partition(GLOSSARY)[0]
        for line, phrase in refused_phrases(text):
            print(f"{path.relative_to(ROOT)}:{line}: {phrase!r} has to be read twice; the glossary has a plain word")
            count += 1
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
