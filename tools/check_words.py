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

REFUSED = re.compile(
    r"\b(?:"
    r"tells?\s+of|told\s+of|whoever|nobody|stands?\s+in|lies?\s+in|of\s+which|is\s+none|what\s+(?:\w+\s+){0,3}is\s+no|"
    r"ready\s+quer(?:y|ies)|fates?|fared?|salvaged?|unpack(?:s|ed)?\s+to\s+too\s+much"
    r")\b",
    re.IGNORECASE,
)
"""Phrases of one or more words; a line end may lie between words."""


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
        for line, phrase in refused_phrases(path.read_text(encoding="utf-8")):
            print(f"{path.relative_to(ROOT)}:{line}: {phrase!r} has to be read twice; the glossary has a plain word")
            count += 1
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
