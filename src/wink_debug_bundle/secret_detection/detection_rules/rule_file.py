"""Read rules from files in the form of gitleaks' TOML, which own rules extend by keys of their own."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from ...errors import BundleError
from .detection_rule import Allowlist, DetectionRule
from .rule_adaptation import adapted

_VENDORED = ("vendored", "gitleaks.toml")
_OWN = "own_rules.toml"
_GENERIC = "generic"


def built_in_rules(*, personal: bool) -> tuple[DetectionRule, ...]:
    """Return gitleaks' rules, as they are adapted to bundles, and the package's own."""
    folder = files(__package__)
    vendored = parsed_rules(tomllib.loads(folder.joinpath(*_VENDORED).read_text(encoding="utf-8")))
    own = parsed_rules(tomllib.loads(folder.joinpath(_OWN).read_text(encoding="utf-8")))
    return (*filter(None, map(adapted, vendored)), *(rule for rule in own if personal or not rule.personal))


def rules_of_file(path: Path) -> tuple[DetectionRule, ...]:
    """Return the rules of a user's file.

    Raises:
        BundleError: it cannot be read, is no TOML, or has a rule without an id or a regex.
    """
    try:
        rules = parsed_rules(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise BundleError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BundleError(f"{path}: is no file of rules in gitleaks' form: {error}") from error
    if not rules:
        raise BundleError(f"{path}: has no rules; each begins with [[rules]]")
    for rule in rules:
        if not rule.regex:
            raise BundleError(f"{path}: the rule {rule.name} has a path alone, which finds no text; give it a regex")
    return rules


def parsed_rules(document: Mapping[str, Any]) -> tuple[DetectionRule, ...]:
    """Return the rules of a parsed file, each with the allow-lists that the file has for all of them."""
    shared = _allowlists(document)
    return tuple(_rule(entry, shared) for entry in document.get("rules", ()))


def _rule(entry: Mapping[str, Any], shared: tuple[Allowlist, ...]) -> DetectionRule:
    name = _text(entry, "id")
    if not name or not (_text(entry, "regex") or _text(entry, "path")):
        raise ValueError(f"the rule {name or entry!r} needs an id and a regex")
    personal = _text(entry, "class") == "personal"
    return DetectionRule(
        name=name,
        kind=_kind(_text(entry, "kind") or name),
        regex=_text(entry, "regex"),
        personal=personal,
        rank=2 if personal else int(name.startswith(_GENERIC) or entry.get("rank", 0)),
        group=_group(entry),
        entropy=float(entry.get("entropy", 0)),
        keywords=tuple(word.lower().encode() for word in _texts(entry, "keywords")),
        path=_text(entry, "path"),
        allowlists=(*shared, *_allowlists(entry)),
        check=_text(entry, "check"),
        plain=_text(entry, "plain"),
        hint=_text(entry, "hint"),
        reach=int(entry.get("reach", 0)),
    )


def _group(entry: Mapping[str, Any]) -> int | None:
    group = entry.get("secretGroup", 0)
    if not isinstance(group, int) or group < 0:
        raise TypeError(f"secretGroup is {group!r}, not the number of a group")
    return group or None


def _allowlists(entry: Mapping[str, Any]) -> tuple[Allowlist, ...]:
    """Return the allow-lists of a rule or of a file; older files have one, under another name."""
    listed: Sequence[Mapping[str, Any]] = entry.get("allowlists", ())
    older = entry.get("allowlist")
    return tuple(map(_allowlist, [*listed, *([older] if older else [])]))


def _allowlist(entry: Mapping[str, Any]) -> Allowlist:
    target = entry.get("regexTarget", "secret")
    if target not in {"secret", "match", "line"}:
        raise ValueError(f"regexTarget is {target!r}, not 'secret', 'match' or 'line'")
    return Allowlist(
        regexes=_texts(entry, "regexes"),
        target=target,
        stopwords=tuple(word.lower().encode() for word in _texts(entry, "stopwords")),
        paths=_texts(entry, "paths"),
        all_needed=str(entry.get("condition", "OR")).upper() in {"AND", "&&"},
    )


def _kind(name: str) -> str:
    """Return a name as the kind of a token has it: capital letters, digits and underscores, with a letter first."""
    kind = re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_")
    return kind if kind[:1].isalpha() else f"SECRET_{kind}".rstrip("_")


def _texts(entry: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """Return a list of texts; a text by itself would be read as a list of letters."""
    values = entry.get(key, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise TypeError(f"{key} is {values!r}, not a list of texts")
    return tuple(values)


def _text(entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key, "")
    if not isinstance(value, str):
        raise TypeError(f"{key} is {value!r}, not a text")
    return value
