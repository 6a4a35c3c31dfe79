"""Secrets made of pieces when a test runs, so that none is in the repository for a scanner of secrets to find."""

from __future__ import annotations

import random
import string

LETTERS_AND_DIGITS = string.ascii_letters + string.digits
UPPER_BASE32 = string.ascii_uppercase + "234567"
HEXADECIMAL = "0123456789abcdef"


def random_text(length: int, alphabet: str = LETTERS_AND_DIGITS, seed: int = 1) -> str:
    """Return random characters, the same for the same seed."""
    return "".join(random.Random(f"{seed}/{length}/{alphabet}").choices(alphabet, k=length))
