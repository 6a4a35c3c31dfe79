"""One place in a bundle where a secret can be."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from support.planted_secrets.planted_secret import PlantedSecret


class Takes(enum.Enum):
    """Which secrets a place can hold."""

    TEXT = "text"
    """Any text."""

    LINE = "line"
    """Text of one line."""

    NAME = "name"
    """What may be a part of a file's name."""

    SETTING = "setting"
    """A value under the name of its setting."""

    KEY_BLOCK = "key block"
    """Private keys of several lines."""

    HOST = "host"
    VARIABLE = "variable"
    COPY = "copy"
    """A copy, in an encoded form, of a secret that has a place already."""


@dataclass(frozen=True)
class Place:
    """A place, and the statement that yields all that the bundle holds there."""

    name: str
    sql: str
    """Its first column has the texts; with `is_blob`, the hashes of blobs."""

    takes: Takes = Takes.LINE
    is_blob: bool = False
    is_json: bool = False
    """Whether the texts are whole documents of JSON."""

    is_path: bool = False
    is_packed: bool = False
    """Whether the secrets are in compressed bytes, which only what unpacks them can read."""

    def holds(self, secret: PlantedSecret) -> bool:
        """Return whether the secret can be planted here."""
        kind, is_block = secret.kind, "\n" in secret.text
        match self.takes:
            case Takes.NAME:
                return kind.is_name
            case Takes.KEY_BLOCK:
                return is_block
            case Takes.SETTING:
                return bool(secret.name)
            case Takes.TEXT | Takes.COPY:
                return True
            case Takes.HOST:
                return kind.name == "host-name"
            case Takes.VARIABLE:
                return kind.name == "sensitive-variable"
            case _:
                return not is_block
