"""Damaged artifacts of every release: the build ends well, its ledger adds up, and all of it comes back.

`tox -e damage` runs many more.
"""

from __future__ import annotations

import pytest
from many import HANG_SECONDS, check_case
from support.damaged_artifacts import damaged_files, fixture_files
from support.processor_time import processor_time_below

SEED = 7
CASES = 300
_TOGETHER = 30


class TestDamaged:
    """Generated cases."""

    @pytest.mark.parametrize("first", range(0, CASES, _TOGETHER))
    def test_promises_hold(self, first, tmp_path):
        """Ledger sums are right, references hold, every table, view and ready query is read, and nothing is lost."""
        for number in range(first, first + _TOGETHER):
            with processor_time_below(HANG_SECONDS):
                assert check_case(SEED, number, tmp_path) in ("bundle", "refused"), number

    def test_a_case_is_known_by_its_number(self):
        """The same seed and number give the same files, other ones others."""
        assert damaged_files(SEED, 3) == damaged_files(SEED, 3)
        assert len({str(damaged_files(SEED, number)) for number in range(100)}) == 100

    def test_most_cases_are_damaged(self):
        """A case is seldom as the library wrote it."""
        whole = {data for _, data in fixture_files()}
        files = [data for number in range(200) for data in list(damaged_files(SEED, number).values())[:1]]
        assert sum(data in whole for data in files) < 20

    def test_every_release_is_damaged(self):
        """Fixtures of every release that there is are among the originals."""
        assert len(fixture_files()) > 60
