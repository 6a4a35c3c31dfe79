"""A plan of very many runs takes no more memory and time than it should."""

from __future__ import annotations

import pytest
from benchmarks.dataset_plan import measured

pytest.importorskip("pyarrow", reason="tox run -e dataset installs pyarrow")
pytest.importorskip("fsspec", reason="tox run -e dataset installs fsspec")


@pytest.mark.slow
def test_cost_of_a_plan(tmp_path):
    """A tenth of a million runs take a tenth of the memory and processor time that a million may take, and a start."""
    first, again, info = (cost for _, cost in measured(tmp_path, 100_000))
    assert first.megabytes < 150
    assert again.megabytes < 150
    assert max(first.seconds, again.seconds, info.seconds) < 12
