"""One made-up secret, and what a kind of them has in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from support.planted_secrets.chance import Chance


class Written(NamedTuple):
    """A secret as somebody writes it down."""

    value: str
    """The characters that may not be left."""

    text: str
    """The text in which it is written: the value alone, or a setting, a header or an address that has it."""

    prefix: str = ""
    """Beginning of the value that all secrets of the kind share, which is no secret by itself."""

    name: str = ""
    """Name of the setting that has the value, if it is a setting."""


@dataclass(frozen=True)
class SecretKind:
    """A kind of secret."""

    name: str
    make: Callable[[Chance], Written]
    rule: str | None = None
    """The public rule that knows the kind, by its id in gitleaks' configuration; None if the kind is our own."""

    is_name: bool = False
    """Whether the text can be a part of a file's name: one line without slashes, and known without words around it."""

    is_told: bool = False
    """Whether only the environment or a list of words says that the value is secret."""


@dataclass(frozen=True)
class PlantedSecret:
    """A secret of a kind."""

    number: int
    kind: SecretKind
    value: str
    text: str
    prefix: str
    name: str

    @property
    def needles(self) -> tuple[str, ...]:
        """Texts that may not be left: the value, or the lines of a key block that only this one has."""
        if "-----BEGIN" not in self.value:
            return (self.value,)
        parts = self.value.replace("\\n", "\n").split("\n")
        return tuple(part for part in parts if len(part) > 40 and "-----" not in part)
