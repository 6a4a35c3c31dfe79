"""Tell assigned secrets from what else stands behind words such as `key` and `token`: digests, ids, names of code.

Texts are short here: gitleaks' generic rule finds at most 200 bytes.
"""

from __future__ import annotations

import re

from .allowed_matches import RuleMatch

_STRONG_NAME = re.compile(
    rb"(?i)(?:api[_.-]?key|secret|passw|credential|creds|(?:access|auth|refresh|bearer|bot|id|user|service|deploy)[_.-]?token"
    rb"|(?:access|private|account|signing|encryption|master|client|service|auth|app)[_.-]?key|token[\"'\\]*\s*[:=]+[\s\"'\\]*\Z)"
)
"""Names of secrets, even if the value is in hexadecimal; without them it is a digest, an id or a commit."""
_WEAK_NAME = re.compile(
    rb"(?i)(?:(?:page|next|continuation|resume|cursor|sync|pagination|start|end|input|output|total|max)[_.-]?tokens?"
    rb"|(?:cache|partition|idempotency|dedup|object|sort|row|group|index|lookup|session|item|slice|route|map|dict)[_.-]?key"
    rb"|[a-z]_id|(?-i:[a-z](?:Id|ID))|sha\d*|hash|digest|checksum|etag|commit|revision|fingerprint|arn:aws[\w:*-]*:secret)[\"'\\]*\s*[:=,][\s\"'\\]*\Z"
)
"""Names of what only looks like a secret."""
LONGEST_NAME = 100
_FILE_NAME = re.compile(rb"\.[A-Za-z]{1,5}[\"'\\]*\s*[:=,][\s\"'\\]*\Z")
"""A file's name, as manifests have them before its digest."""
_LETTER = re.compile(rb"[A-Za-z]")
_DIGIT = re.compile(rb"\d")
_HEXADECIMAL = re.compile(rb"[0-9a-fA-F]{10,}\Z")
_NO_SECRET = re.compile(
    rb"(?i:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})\Z"  # a UUID
    rb"|\d{4}-\d\d-\d\d[T ]?"  # a date
    rb"|(?i:sha(?:1|224|256|384|512)[:=-])"  # a digest that says so
    rb"|(?:toolu|tooluse|call|msg|req|resp|run|chatcmpl|fc|rs|thread|asst|file|batch|evt|span|trace|item|task|job)_"  # ids
    rb"|(?i:(?:us\.|eu\.|apac\.)?(?:anthropic|claude|gpt|gemini|llama|mistral|qwen|deepseek|grok|text-embedding)[-.])"
    rb"|[A-Za-z]+\d{0,3}(?:[_.-][A-Za-z]*\d{0,3})+\Z"  # words with separators: names of code, of packages, of files
    rb"|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\Z"  # a constant
    rb"|[A-Za-z_]\w*=[A-Za-z_][\w.]*\Z"  # another assignment
    rb"|v?\d+(?:\.\d+)+"  # a version
)


def is_assigned_secret(match: RuleMatch) -> bool:
    """Return whether a value behind the name of a secret is one."""
    name = match.text[match.start : match.secret_start]
    secret = match.secret
    if _NO_SECRET.match(secret) or not _DIGIT.search(secret):
        return False
    if _WEAK_NAME.search(match.before(LONGEST_NAME)) or _FILE_NAME.search(name):
        return False
    return not _HEXADECIMAL.match(secret) or _STRONG_NAME.search(name) is not None


_PLACEHOLDER = re.compile(
    rb"(?i)\$[a-z_{(][\w}).:-]*\Z|%(?:\w+%?\Z|\()|[{<\[(]|\*{3}|\$\{|https?:|~/|(?![A-Za-z0-9/]{40}\Z)\.{0,2}/[\w.-]+/[^+=]*\Z"
    rb"|.*(?:your|example|placeholder|changeme|redacted|dummy|xxxx|\*\*\*|\.\.\.)"
)
_CODE = re.compile(
    rb"[A-Za-z_][\w.]*[(\[]|.*(?:==(?!\Z)|!=|\)\Z)"  # a call, a comparison
    rb"|[\w.-]+\.(?:py|js|ts|json|md|txt|toml|ya?ml|pem|key|sh)\Z"  # a file
    rb"|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+\Z|[a-z][a-z0-9]*(?:_[a-z][a-z0-9]*)+\Z"  # names of Python
    rb"|(?:[A-Z]?[a-z]{3,})+\d{0,2}[.:]?\Z"  # words
)
_MIXED = re.compile(rb"(?=.*[a-z])(?=.*[A-Z])(?=.*[!@#$%^*+=?~])")
_BARE_TOKEN = re.compile(rb"(?i)(?:\A|[^A-Z_])token[\"'\\]*\s*[:=]+[\s\"'\\]*\Z")
_SHORTEST_TOKEN = 20
"""How long a value is behind `token` alone, which may also be a word of a text, or of a model."""


def is_strong_secret(match: RuleMatch) -> bool:
    """Return whether a value behind a name that only secrets have is one, and no code, place or example."""
    secret = match.secret
    if any(pattern.match(secret) for pattern in (_PLACEHOLDER, _CODE, _NO_SECRET)):
        return False
    if _WEAK_NAME.search(match.before(LONGEST_NAME)) or (len(secret) < _SHORTEST_TOKEN and _is_short_id(match)):
        return False
    return bool(_LETTER.search(secret) and (_DIGIT.search(secret) or _MIXED.match(secret)))


def _is_short_id(match: RuleMatch) -> bool:
    return bool(_HEXADECIMAL.match(match.secret) or _BARE_TOKEN.search(match.before(LONGEST_NAME)))
