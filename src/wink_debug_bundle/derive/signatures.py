"""Makes the signature of an error: its text without the details that differ from one occurrence to the next.

Errors with the same cause have the same signature, so that a thousand errors can be counted as a few causes.
"""

from __future__ import annotations

import re
from functools import lru_cache

REDACTED = r"\[(?P<kind>[A-Z][A-Z0-9_]*):[A-Z2-7]{8}\]"
"""What a redacted bundle has in the place of a value: its kind, and 8 characters of base32 that differ from value to value."""

LONGEST = 300
"""Maximum number of characters of a signature; the text after them hardly ever distinguishes causes."""

_MAX_INPUT = 800
"""Number of characters of a text that are read; an error may contain a whole file."""

_ENDINGS = "csv|html?|ipynb|jpe?g|jsonl?|js|log|md|parquet|pdf|png|py|sh|sql|sqlite|svg|toml|tsx?|txt|xml|ya?ml|zip"

# At each position the first alternative that matches wins. 'kept' matches text that looks like one of the others but
# distinguishes causes, and plain words, in which no other alternative can begin: skipping them at once takes a tenth of
# the time. The branch (?!) is for Python 3.11.2: without it, a group that fails is left at a wrong place.
_VARIABLE = re.compile(
    rf"""
      (?P<kept> <(?:address|duration|id|number|path|text|time|url)>
              | ^[1-5]\d\d (?=[\s:] | $)
              | \b(?i:HTTP(?:/[\d.]{{1,3}})? | status | code) \s? [:=]? \s? \d{{1,3}} (?! \w | \.\d )
              | (?: (?! (?i:HTTP|status|code) \b ) [A-Za-z]++ \  | (?!) )++ )
    | (?P<url> \b[A-Za-z][A-Za-z0-9+.-]{{1,20}}://[^\s'"`<>()]{{1,500}} )
    | (?P<time> (?<![\d.-]) \d{{4}}-\d\d-\d\d (?: [T\ ]\d\d:\d\d (?: :\d\d (?: [.,]\d{{1,9}} )? )?
                (?: Z | \s?[+-]\d\d:?\d\d )? )? (?!\d)
              | (?<![\d:.]) \d\d:\d\d:\d\d (?: [.,]\d{{1,9}} )? (?![\d:]) )
    | (?P<id> (?<![0-9A-Za-z]) [0-9A-Fa-f]{{8}}-(?:[0-9A-Fa-f]{{4}}-){{3}}[0-9A-Fa-f]{{12}} (?![0-9A-Za-z])
            | (?<![0-9A-Za-z]) (?:[A-Za-z]{{2,12}}[_-]){{1,3}} (?=[A-Za-z0-9]*\d) [A-Za-z0-9]{{6,64}} (?![0-9A-Za-z_-])
            | (?<![0-9A-Za-z]) (?=[0-9a-fA-F]*[0-9]) (?=[0-9]*[a-fA-F]) [0-9a-fA-F]{{8,128}} (?![0-9A-Za-z])
            | (?<![0-9A-Za-z]) (?=[A-Za-z]*[0-9]) (?=[0-9]*[A-Za-z]) [0-9A-Za-z]{{20,200}} (?![0-9A-Za-z]) )
    | (?P<address> \b0[xX][0-9a-fA-F]{{1,32}}\b
                 | (?<![\w.]) \d{{1,3}}(?:\.\d{{1,3}}){{3}} (?: :\d{{1,5}} )? (?![\w.])
                 | (?<![\w:]) \[? (?=[0-9a-fA-F:]*\d) (?:[0-9a-fA-F]{{0,4}}:){{2,7}} [0-9a-fA-F]{{0,4}}
                   (?: \] (?: :\d{{1,5}} )? )? (?![\w:]) )
    | (?P<path> (?<!\w) (?P<around>['"`]) [^'"`\n]{{0,400}}? [/\\] [^'"`\n]{{0,400}}? (?P=around)
              | (?<![\w<./\\]) (?: [A-Za-z]:\\ | ~/ | \.{{1,2}}/ | /(?=[\w.]) ) [^\s'"`<>(),:;|]{{1,400}}
              | (?<![\w./<]) (?: [\w.-]{{1,100}}/ ){{0,20}} [\w-][\w.-]{{0,100}}\.(?:{_ENDINGS})\b (?![\w/]) )
    | (?P<text> (?<!\w) (?P<mark>['"`]) (?! [A-Za-z_][A-Za-z_.-]{{0,39}} (?P=mark) )
                (?:(?!(?P=mark))[^\n]){{1,400}} (?P=mark) (?!\w) )
    | (?P<duration> (?<![\w.]) \d{{1,15}} (?: \.\d{{1,15}} )?
                    \s? (?: [mnuµ]?s | secs? | seconds? | mins? | minutes? | h | hours? | days? | milliseconds? ) \b )
    | (?P<number> (?: (?<![\w.]) [+-] )? \d+ (?: [.,_]\d+ )* (?: (?<![A-Za-z]) [eE][+-]?\d+ )? )
    """,
    re.VERBOSE,
)

_REDACTED = re.compile(rf"(?P<bracket>\[)?{REDACTED}(?(bracket)\])")  # addresses of IPv6 are in brackets
_SOME_ADDRESS = "0.0.0.0"  # noqa: S104 - a text, not a server

_VALUE = re.compile(r"(?<!\w)(?P<mark>['\"`])(?:(?!(?P=mark))[^\n]){0,400}(?P=mark)(?!\w)")


@lru_cache(maxsize=10_000)
def signature(text: str, *, of_values: bool = False) -> str:
    """Return the text without ids, numbers, paths, addresses, times and quoted values: one line of at most `LONGEST`.

    Each of them is replaced by its kind in angle brackets; of the token of a redacted value, the kind stays. Status codes
    and quoted names stay, because they distinguish causes. With `of_values`, quotation marks are taken to enclose values,
    and every quoted text is replaced.
    """
    line = " ".join(text[:_MAX_INPUT].split())
    line = _REDACTED.sub(_without_value, line)
    if of_values:
        line = _VALUE.sub("<text>", line)
    line = _VARIABLE.sub(_placeholder, line)
    return line if len(line) <= LONGEST else line[: LONGEST - 1].rstrip() + "…"


def _without_value(match: re.Match[str]) -> str:
    """Return what replaces a redacted value: an address, which the port behind it belongs to, or its kind."""
    if match["kind"] == "IP":
        return _SOME_ADDRESS
    return f"[[{match['kind']}]]" if match["bracket"] else f"[{match['kind']}]"


def _placeholder(match: re.Match[str]) -> str:
    """Return what replaces a match of `_VARIABLE`."""
    kind = match.lastgroup
    return match[0] if kind == "kept" else f"<{kind}>"
