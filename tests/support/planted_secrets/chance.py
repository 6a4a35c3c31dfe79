"""Random text of a seed, in the alphabets of secrets."""

from __future__ import annotations

import random
import string
from typing import TypeVar

DIGITS = string.digits
HEX = string.digits + "abcdef"
LOWER = string.ascii_lowercase
UPPER_AND_DIGITS = string.ascii_uppercase + DIGITS
BASE32 = string.ascii_uppercase + "234567"
LOWER_AND_DIGITS = LOWER + DIGITS
LETTERS = string.ascii_letters
BASE62 = LETTERS + DIGITS
BASE64 = BASE62 + "+/"
URL_SAFE = BASE62 + "_-"


Choice = TypeVar("Choice")


class Chance:
    """A source of text that is the same for each seed."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)

    def text(self, alphabet: str, length: int) -> str:
        """Return so many characters of the alphabet; the last one is no punctuation."""
        chosen = self._random.choices(alphabet, k=length - 1) if length > 1 else []
        return "".join(chosen) + self._random.choice([each for each in alphabet if each.isalnum()])

    def number(self, least: int, most: int) -> int:
        """Return a whole number between the two, which are possible, too."""
        return self._random.randint(least, most)

    def one_of(self, choices: tuple[Choice, ...]) -> Choice:
        """Return one of the choices."""
        return self._random.choice(choices)

    def shuffled(self, values: list[int]) -> list[int]:
        """Return the values in another order."""
        return self._random.sample(values, len(values))
