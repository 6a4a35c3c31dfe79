"""Generate text for JSON strings from a seed, and templates of JSON records to fill with it."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

WORDS = """
    the of and to in is that for it as with on by this not from are be or an at which if then else return value
    session prompt tool result file path module class function test import error retry token budget deadline
    schema record index archive snapshot parse write read render evaluate adapter provider request response
    check update review change branch commit patch diff line column table query filter total average maximum
""".split()  # noqa: SIM905 - a literal list would take a line for each word
ODD = ("naïve", "café", "Überblick", "東京", "旅行 🧳", "→", "“quoted”", "don't", 'say "hi"', r"C:\temp\run", "200 €")
CODE = (
    "def load(path):\n    with open(path) as f:\n        return json.load(f)\n",
    "for row in rows:\n\tif row.get('level') == \"ERROR\":\n\t\tprint(row['message'])\n",
    '{"ok": true, "items": [1, 2, 3], "note": "line\\nbreak"}',
    "FAILED tests/test_render.py::test_section - AssertionError: assert 'a' == 'b'\n",
    "+++ b/src/app/models.py\n@@ -10,7 +10,9 @@ class Plan:\n-    steps: list[str]\n+    steps: tuple[str, ...]\n",
)
TOOLS = ("read_file", "write_file", "list_directory", "run_tests", "search_code", "apply_patch", "Bash", "fetch_issue")
FRAGMENT_COUNT = 3000
FRAGMENT_BYTES = 300
"""About the bytes of one fragment in a file; fragments have 60 to 600 bytes."""


@dataclass(frozen=True)
class Vocabulary:
    """Fragments of text of one seed, escaped for a JSON string, and for a JSON string inside a JSON string."""

    fragments: list[str]
    nested: list[str]
    paths: list[str]

    def text(self, rng: random.Random, size: int) -> str:
        """Return text of about `size` bytes, escaped once."""
        return " ".join(rng.choices(self.fragments, k=max(1, size // FRAGMENT_BYTES)))

    def nested_text(self, rng: random.Random, size: int) -> str:
        """Return text of about `size` bytes, escaped twice."""
        return " ".join(rng.choices(self.nested, k=max(1, size // FRAGMENT_BYTES)))


@cache
def vocabulary(seed: int, *, ensure_ascii: bool) -> Vocabulary:
    """Return the vocabulary of a seed; `ensure_ascii` is what the library passes to `json.dumps` for the file."""
    plain, paths = plain_text(seed)
    once = [escape(text, ensure_ascii=ensure_ascii) for text in plain]
    return Vocabulary(once, [escape(text, ensure_ascii=ensure_ascii) for text in once], paths)


@cache
def plain_text(seed: int) -> tuple[list[str], list[str]]:
    """Return the fragments of a seed as they are before escaping, and its paths."""
    rng = random.Random(f"{seed}:vocabulary")
    fragments = [_fragment(rng) for _ in range(FRAGMENT_COUNT)]
    paths = [f"src/{rng.choice(WORDS)}/{rng.choice(WORDS)}_{number}.py" for number in range(500)]
    return fragments, paths


def escape(text: str, *, ensure_ascii: bool) -> str:
    """Return `text` escaped for the inside of a JSON string."""
    return json.dumps(text, ensure_ascii=ensure_ascii)[1:-1]


def template(record: object, *, ensure_ascii: bool, sort_keys: bool = False) -> str:
    """Return the JSON of `record` for `%` formatting: '<<name>>' takes text, and a value '##name##' takes raw JSON."""
    text = json.dumps(record, ensure_ascii=ensure_ascii, sort_keys=sort_keys).replace("%", "%%")
    return re.sub(r"<<(\w+)>>", r"%(\1)s", re.sub(r'"##(\w+)##"', r"%(\1)s", text))


def uuid_text(rng: random.Random) -> str:
    """Return a random version 4 UUID."""
    digits = f"{rng.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def timestamp(microseconds: int) -> str:
    """Return an ISO 8601 time, `microseconds` after the start of all generated runs."""
    seconds, rest = divmod(microseconds, 1_000_000)
    return f"{_second(seconds)}.{rest:06d}+00:00"


@cache
def _second(seconds: int) -> str:
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours + 8, 24)
    return f"2026-11-{2 + days:02d}T{hour:02d}:{minute:02d}:{second:02d}"


def fill(pattern: str, values: Mapping[str, object]) -> str:
    """Return the template `pattern` filled with `values`."""
    return pattern % values


def _fragment(rng: random.Random) -> str:
    if rng.random() < 0.2:
        return rng.choice(CODE)
    words = rng.choices(WORDS, k=rng.randint(14, 104))
    words[rng.randrange(len(words))] = rng.choice(ODD)
    return " ".join(words) + rng.choice((".", ".\n", "\n\n"))
