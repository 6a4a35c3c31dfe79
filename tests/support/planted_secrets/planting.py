"""Decide which secret is planted where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from support.planted_secrets.chance import Chance
from support.planted_secrets.place import Place, Takes
from support.planted_secrets.place_list import ALL_PLACES, COPY_PLACES
from support.planted_secrets.planted_secret import PlantedSecret

Plants = Mapping[str, Sequence[PlantedSecret]]
"""The secrets of each place, by the place's name."""

_COPIED = 3
"""Every how many-eth secret is also planted in an encoded form, if it can be read elsewhere: only then it is known."""

_TOLD = {Takes.HOST, Takes.VARIABLE}
"""Places that say that a value is secret; all secrets that they take are planted there, and in another place, too."""


def plan(secrets: Iterable[PlantedSecret], seed: int = 1) -> Plants:
    """Return a place for each secret, so that all places have about as many, and the copies of some."""
    plants: dict[str, list[PlantedSecret]] = {place.name: [] for place in ALL_PLACES}
    chance = Chance(f"places/{seed}")
    for secret in secrets:
        for place in _told(secret):
            plants[place.name].append(secret)
        place = _emptiest(plants, secret, chance)
        plants[place.name].append(secret)
        if secret.number % _COPIED == 0 and not place.is_packed:
            plants[COPY_PLACES[secret.number // _COPIED % len(COPY_PLACES)].name].append(secret)
    return plants


def _told(secret: PlantedSecret) -> list[Place]:
    return [place for place in ALL_PLACES if place.takes in _TOLD and place.holds(secret)]


def _emptiest(plants: dict[str, list[PlantedSecret]], secret: PlantedSecret, chance: Chance) -> Place:
    """Return a place that has the fewest secrets of those that can hold this one."""
    possible = [place for place in ALL_PLACES if place.takes not in _TOLD | {Takes.COPY} and place.holds(secret)]
    fewest = min(len(plants[place.name]) for place in possible)
    return chance.one_of(tuple(place for place in possible if len(plants[place.name]) == fewest))


def share(plants: Plants, part: int, parts: int) -> Plants:
    """Return one of so many equal parts of the secrets of each place."""
    return {name: secrets[part::parts] for name, secrets in plants.items()}
