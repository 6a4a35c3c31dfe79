"""Damaged artifacts of every release: the build ends well, the ledger adds up, and all files are restored.

`tox -e damage` runs many more cases.
"""

from __future__ import annotations

import pytest
from many import HANG_SECONDS, check_case
from support.case_selection import mostly_slow
from support.damaged_artifacts import damaged_files, fixture_files
from support.processor_time import processor_time_below

SEED = 7
CASES = 300
_TOGETHER = 15


class TestDamaged:
    """Generated cases."""

    @pytest.mark.parametrize("first", mostly_slow(range(0, CASES, _TOGETHER), range(0, _TOGETHER, _TOGETHER)))
    def test_bundles_of_damaged_artifacts(self, first, tmp_path):
        """Ledgers add up, references hold, all tables, views and saved queries work, and no byte is lost."""
        for number in range(first, first + _TOGETHER):
            with processor_time_below(HANG_SECONDS):
                assert check_case(SEED, number, tmp_path) in ("bundle", "refused"), number

    @pytest.mark.parametrize(
        ("seed", "number"),
        [
            pytest.param(1, 286, id="a session file that is the beginning of another one"),
            pytest.param(1, 945, id="a copy of a run whose original has lost its directory"),
            pytest.param(1, 5751, id="a copy of a run of which no member can be read"),
            pytest.param(1, 7022, id="a copy of a run whose original has a part of its directory"),
            pytest.param(1, 12436, id="the end of a log record"),
            pytest.param(1, 27832, id="a compressed log that has lost all but one of its keys"),
            pytest.param(1, 27883, id="a session file that is a part of the first line of another one"),
            pytest.param(1, 90210, id="a log record with a deeply nested value at a key of its own"),
            pytest.param(1, 72629, id="a log in another code page"),
            pytest.param(1, 1148, id="a piece from the middle of a session file"),
        ],
    )
    def test_known_cases(self, seed, number, tmp_path):
        """Every byte of these files is in the bundle, and is found again."""
        assert check_case(seed, number, tmp_path) == "bundle"

    def test_cases_are_reproducible(self):
        """The same seed and number give the same files, other numbers other files."""
        assert damaged_files(SEED, 3) == damaged_files(SEED, 3)
        assert len({str(damaged_files(SEED, number)) for number in range(100)}) == 100

    def test_most_cases_are_damaged(self):
        """Few cases are unchanged files of the library."""
        whole = {data for _, data in fixture_files()}
        files = [data for number in range(200) for data in list(damaged_files(SEED, number).values())[:1]]
        assert sum(data in whole for data in files) < 20

    def test_every_release_is_damaged(self):
        """The fixtures of every release are used."""
        assert len(fixture_files()) > 60
