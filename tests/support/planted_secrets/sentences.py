"""The texts around secrets."""

from __future__ import annotations

from collections.abc import Iterable

from support.independent_scan.needle_index import BEGINNING
from support.planted_secrets.chance import LOWER, Chance
from support.planted_secrets.planted_secret import PlantedSecret

_SENTENCES = (
    "The agent read the settings: {} and went on.",
    "retry 3 of 5 with {} after 200 ms",
    "$ printenv | grep TRAVEL\n{}\n$ exit",
    "config loaded; {} ; worker ready",
)
_CUT = BEGINNING + 2
_LINES = tuple(each for each in _SENTENCES if "\n" not in each)


def sentence(secret: PlantedSecret) -> str:
    """Return a text that has the secret."""
    return _SENTENCES[secret.number % len(_SENTENCES)].format(secret.text)


def line(secret: PlantedSecret) -> str:
    """Return a text of one line, if the secret is of one, that has it."""
    return _LINES[secret.number % len(_LINES)].format(secret.text)


def note(secrets: Iterable[PlantedSecret]) -> str:
    """Return a text of several lines, with all the secrets."""
    return "\n".join(map(line, secrets))


def names(secrets: Iterable[PlantedSecret]) -> str:
    """Return the secrets as one name."""
    return " ".join(secret.text for secret in secrets)


def cut(secret: PlantedSecret) -> str:
    """Return the beginning of the secret that is left where a text ends too early; all of it, if it is short."""
    return secret.value[: max(len(secret.prefix) + _CUT, len(secret.value) * 3 // 5)]


def long_text(secret: PlantedSecret) -> str:
    """Return a text that fills several pages of a database, with the secret at some place in it."""
    chance = Chance(f"long/{secret.number}")
    words = [chance.text(LOWER, chance.number(3, 9)) for _ in range(2200)]
    words.insert(chance.number(300, 2000), sentence(secret))
    return " ".join(words)
