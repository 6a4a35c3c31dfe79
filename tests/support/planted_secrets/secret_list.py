"""The secrets of a seed: equally many of each kind, each of them different."""

from __future__ import annotations

from support.planted_secrets.chance import Chance
from support.planted_secrets.key_blocks import KEY_BLOCK_KINDS
from support.planted_secrets.named_kinds import NAMED_KINDS
from support.planted_secrets.own_kinds import OWN_KINDS
from support.planted_secrets.planted_secret import PlantedSecret, SecretKind
from support.planted_secrets.token_kinds import TOKEN_KINDS

RULE_KINDS = (*TOKEN_KINDS, *NAMED_KINDS, *KEY_BLOCK_KINDS)
"""Kinds that public rules know."""

ALL_KINDS = (*RULE_KINDS, *OWN_KINDS)
"""Every kind."""


def made_up_secrets(count: int, seed: int = 1) -> list[PlantedSecret]:
    """Return so many secrets, the kinds taking turns; equal arguments give equal secrets."""
    return [_secret(number, ALL_KINDS[number % len(ALL_KINDS)], seed) for number in range(count)]


def _secret(number: int, kind: SecretKind, seed: int) -> PlantedSecret:
    written = kind.make(Chance(f"{seed}/{kind.name}/{number}"))
    return PlantedSecret(number, kind, written.value, written.text, written.prefix, written.name)
