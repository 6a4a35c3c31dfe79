r"""Adapt gitleaks' rules, which are for source files, to texts of bundles: JSON in JSON, log records, prose.

There a token can follow `\n` or stand between `\"`, and a sentence, a bracket or a tag can end behind it. The vendored file
stays as it is; what differs is here.
"""

from __future__ import annotations

from dataclasses import replace

from .detection_rule import DetectionRule

_END = r"""(?:[\x60'"\s;]|\\[nr]|$)"""
"""What ends a token in most of gitleaks' rules."""
_AFTER_KNOWN = r"""(?:[^\w+/=-]|$)"""
"""What ends one that is known by its own beginning: a character that no token has."""
_AFTER_ASSIGNED = r"""(?:[\x60'"\s;,)\]}<&\\]|$)"""
"""What ends one that is known by the words before it."""
_ASSIGNED = (
    (r"""[\s'"]{0,3}(?:=|""", r"""[\s'"\\]{0,6}(?:=|"""),
    (r"""[\x60'"\s=]{0,5}(""", r"""[\x60'"\s=\\]{0,8}("""),
)
"""What lies between a name and its value, also with the backslashes of escaped quotes."""
_START = r"\b"
_BEFORE_KNOWN = r"(?:\b|\\[nrtbf])"
r"""A token can follow the letter of an escaped line end, where `\b` does not match."""

_REPLACED = frozenset({"private-key", "pkcs12-file"})
"""Rules whose work own code does better, or which find no text."""
_WHOLE = frozenset({"microsoft-teams-webhook"})
"""Rules whose groups are parts of the secret."""
_SPECIFIC = frozenset({"airtable-personnal-access-token", "harness-api-key", "sourcegraph-access-token"})
"""Rules that need no keyword elsewhere in the text, as their regexes say enough."""

_CHANGED = {"sourcegraph-access-token": ((r"|[a-fA-F0-9]{40})", ")"),)}
"""What is left out of regexes: any commit's id is 40 digits long."""
_CHECKS = {"generic-api-key": "assigned_secret"}
"""Rules that match more than secrets, and the checks that have the last word about them."""

_HINTS = {
    "generic-api-key": r"(?i)(?:access|auth|(?-i:[Aa]pi|API)|credential|creds|key|passw(?:or)?d|secret|token)[ \t\w.-]{0,20}"
    r"[\s'\"\\]{0,6}(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)[\x60'\"\s=\\]{0,8}"
    r"(?:[\w.=+/-]{0,4}[0-9][\w.=+/-]{5}|[\w.=+/-]{5,}[0-9])"
}
"""Hints for rules whose regexes take longer to search than those of all others, and match more than their checks let pass."""


def adapted(rule: DetectionRule) -> DetectionRule | None:
    """Return the rule as bundles need it, or None if it is not used."""
    if rule.name in _REPLACED:
        return None
    if rule.name in _SPECIFIC:
        rule = replace(rule, keywords=())
    for before, after in _CHANGED.get(rule.name, ()):
        rule = replace(rule, regex=rule.regex.replace(before, after))
    return replace(
        rule,
        hint=_HINTS.get(rule.name, ""),
        regex=_adapted_regex(rule.regex),
        group=0 if rule.name in _WHOLE else rule.group,
        check=_CHECKS.get(rule.name, ""),
    )


def _adapted_regex(regex: str) -> str:
    by_words = all(before in regex for before, _ in _ASSIGNED)
    for before, after in _ASSIGNED if by_words else ():
        regex = regex.replace(before, after)
    if regex.endswith(_END):
        regex = regex.removesuffix(_END) + (_AFTER_ASSIGNED if by_words else _AFTER_KNOWN)
    if regex.startswith(_START + "("):
        return _BEFORE_KNOWN + regex.removeprefix(_START)
    if regex.startswith(_START) and "curl" not in regex:
        return f"{_BEFORE_KNOWN}({regex.removeprefix(_START)})"
    return regex
