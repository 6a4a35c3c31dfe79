"""Planted secrets are in every place where a bundle can hold one, and the independent scan sees them all."""

from __future__ import annotations

import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.independent_scan.bundle_scan import Sighting, sightings
from support.independent_scan.place_check import lost_plants
from support.independent_scan.raw_scan import raw_sightings
from support.independent_scan.word_scan import word_sightings
from support.planted_secrets.place_list import ALL_PLACES
from support.planted_secrets.planted_bundle import PlantedBundle
from support.planted_secrets.planting import plan
from support.planted_secrets.secret_list import ALL_KINDS, RULE_KINDS, made_up_secrets
from support.planted_secrets.token_kinds import TOKEN_KINDS

MANY = 5000


class TestSecrets:
    """What is planted."""

    def test_there_are_many_kinds(self) -> None:
        """There are 40 kinds that public rules know, and ten of our own."""
        assert len({kind.name for kind in RULE_KINDS}) >= 40
        assert len(ALL_KINDS) >= len(RULE_KINDS) + 10

    def test_equal_seeds_give_equal_secrets(self) -> None:
        """A seed decides the secrets, and another one gives others."""
        assert made_up_secrets(200, seed=3) == made_up_secrets(200, seed=3)
        ours, others = made_up_secrets(200, seed=3), made_up_secrets(200, seed=4)
        assert not {secret.value for secret in ours} & {secret.value for secret in others}

    def test_no_secret_is_part_of_another(self) -> None:
        """Of 5,000 secrets none is in the text of another one, so that each is counted for itself."""
        secrets = made_up_secrets(MANY)
        together = "\0".join(secret.text for secret in secrets)
        assert [secret.value for secret in secrets if together.count(secret.value) != 1] == []

    def test_each_place_and_each_secret_is_planted(self) -> None:
        """No place is without a secret, and no secret without a place."""
        secrets = made_up_secrets(MANY)
        plants = plan(secrets)
        assert {place.name for place in ALL_PLACES} == {name for name, planted in plants.items() if planted}
        assert {secret.number for planted in plants.values() for secret in planted} == {each.number for each in secrets}


class TestPlaces:
    """Where the secrets are."""

    def test_each_place_of_the_bundle_holds_its_secrets(self, planted: PlantedBundle) -> None:
        """SQL finds each secret where it was planted: the readers store all of them in their own columns."""
        assert lost_plants(planted.bundle, planted.artifacts.plants) == {}

    @pytest.mark.parametrize(
        ("sql", "places"),
        [
            ("DELETE FROM logs WHERE length(message) > 6000", {"long message"}),
            ("DELETE FROM zip_parts", {"archive comment", "member comment"}),
        ],
    )
    def test_a_place_that_lost_its_secrets_is_named(
        self, planted: PlantedBundle, tmp_path: Path, sql: str, places: set[str]
    ) -> None:
        """If rows of a bundle are removed, the check names the places where secrets were lost."""
        changed = Path(shutil.copy(planted.bundle, tmp_path))
        with closing(sqlite3.connect(changed)) as connection, connection:
            connection.execute(sql)
        assert lost_plants(changed, planted.artifacts.plants).keys() == places


class TestScan:
    """What the independent scan sees in a bundle that is not redacted."""

    def test_cells_and_blobs_have_every_secret(self, planted: PlantedBundle, seen: list[Sighting]) -> None:
        """The scan of cells and blobs finds each of the planted secrets, so none is invisible to it."""
        assert {sighting.secret.number for sighting in seen} == {each.number for each in planted.artifacts.secrets}

    @pytest.mark.parametrize(
        ("place", "form"),
        [
            ("base64 of a text", "base64"),
            ("base64 for addresses", "base64"),
            ("log context key", "JSON key"),
            ("zip in an archive", "compressed"),
            ("damaged archive", "compressed"),
        ],
    )
    def test_hidden_forms_are_seen(self, planted: PlantedBundle, seen: list[Sighting], place: str, form: str) -> None:
        """What a search in the plain text of the cells does not find is found in its form."""
        found = {sighting.secret.number for sighting in seen if form in sighting.form}
        assert {secret.number for secret in planted.artifacts.plants[place]} <= found

    def test_bytes_of_the_file_have_secrets_that_straddle_pages(self, planted: PlantedBundle) -> None:
        """Pieces of all secrets in long texts are found in the file itself, wherever a page ends."""
        plants = planted.artifacts.plants
        secrets = [*plants["long message"], *plants["long context"]]
        found = {sighting.secret.number for sighting in raw_sightings(planted.bundle, secrets)}
        assert found == {secret.number for secret in secrets}

    def test_terms_of_the_search_index_have_words_of_secrets(self, planted: PlantedBundle) -> None:
        """A search index lists words of secrets as terms, where a scan of texts does not see them."""
        plants = planted.artifacts.plants
        secrets = [*plants["log message"], *plants["prompt text"], *plants["tool parameters"]]
        secrets = [each for each in secrets if each.kind in TOKEN_KINDS]
        with_words = {each.number for each in secrets if re.search(r"(?i)[a-z0-9]{8}", each.value[len(each.prefix) :])}
        assert {sighting.secret.number for sighting in word_sightings(planted.bundle, secrets)} == with_words

    def test_other_secrets_are_not_seen(self, planted: PlantedBundle) -> None:
        """Nothing is found of secrets that were not planted."""
        others = made_up_secrets(len(planted.artifacts.secrets), seed=2)
        assert list(sightings(planted.bundle, others)) == []
        assert list(raw_sightings(planted.bundle, others)) == []
        assert list(word_sightings(planted.bundle, others)) == []
