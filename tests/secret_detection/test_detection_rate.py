"""Of random secrets of every kind that gitleaks knows, in texts as bundles have them, 99 % and more are found whole."""

from __future__ import annotations

import json
import random
import tomllib
from importlib.resources import files

import pytest
from support.regex_samples import random_match

re2 = pytest.importorskip("re2", reason="tox run -e redact installs google-re2")

VENDORED = files("wink_debug_bundle.secret_detection.detection_rules").joinpath("vendored", "gitleaks.toml")
ELSEWHERE = {"private-key", "generic-api-key", "curl-auth-user", "curl-auth-header"}
"""Kinds whose random texts are no secrets; other tests have real ones of them."""
WHOLE = {"microsoft-teams-webhook", "jwt-base64"}
"""Kinds whose regexes have groups that are parts of the secret."""
AROUND = [
    "{}",
    "text {} more",
    '{{"x": "{}"}}',
    "a\n{}\nb",
]


def rules() -> list[dict]:
    """Return the rules of gitleaks that find a text by itself."""
    parsed = tomllib.loads(VENDORED.read_text(encoding="utf-8"))["rules"]
    return [rule for rule in parsed if "path" not in rule and rule["id"] not in ELSEWHERE]


def secret_of(rule: dict, text: str) -> str | None:
    """Return the secret of a text, by the rule as gitleaks has it."""
    match = re2.search(rule["regex"], text)
    if match is None:
        return None
    if "secretGroup" in rule:
        return match.group(rule["secretGroup"])
    return match.group(0) if rule["id"] in WHOLE else next(filter(None, match.groups()), match.group(0))


def planted(seed: int) -> list[tuple[str, str, bytes]]:
    """Return the kind, the secret and a text with it, several for each rule."""
    rng = random.Random(seed)
    made = []
    for rule in rules():
        for around in AROUND:
            text = random_match(rule["regex"], rng)
            secret = secret_of(rule, text)
            if secret:
                text = (
                    text if any(word in text.lower() for word in rule["keywords"]) else f"{rule['keywords'][0]} {text}"
                )
                made.append((rule["id"], secret.strip(), around.format(text).encode()))
    return made


def test_secrets_of_all_kinds_are_found_whole(secrets_alone):
    made = planted(11)
    assert len(made) > 800
    missed = []
    for (kind, secret, text), found in zip(
        made, secrets_alone.found_in_many([text for _, _, text in made]), strict=True
    ):
        rest = text
        for part in reversed(found):
            rest = rest[: part.start] + rest[part.end :]
        if secret.encode() in rest:
            missed.append(kind)
    assert len(missed) / len(made) < 0.01, json.dumps(sorted(missed))
