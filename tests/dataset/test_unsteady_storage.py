"""Datasets on an S3 server that fails requests with 500 and 503, and lists slowly."""

from __future__ import annotations

import os

import pytest
from support.dataset_files import build_here, hashes
from support.s3_server import ask_server
from support.unsteady_server import unsteady_server

from wink_debug_bundle import Dataset

pytest.importorskip("pyarrow", reason="tox run -e engines installs pyarrow")
pytest.importorskip("moto.server", reason="tox run -e engines installs moto")
s3fs = pytest.importorskip("s3fs", reason="tox run -e engines installs s3fs")

pytestmark = pytest.mark.filterwarnings("default")  # those of moto and of botocore are not ours


def stored_hashes(place, folder):
    """Copy a dataset to a local folder, and return the hash of each of its files."""
    s3fs.S3FileSystem().get(f"{place}/", str(folder), recursive=True)
    return hashes(folder)


@pytest.fixture(scope="module")
def expected(s3_address, tmp_path_factory):
    """Return the hash of each file of the dataset that is built without a fault."""
    del s3_address
    place = "s3://evaluations/expected"
    assert build_here("s3://evaluations/target", place).failures == ()
    return stored_hashes(place, tmp_path_factory.mktemp("expected"))


@pytest.mark.parametrize("seed", range(int(os.environ.get("WINK_UNSTEADY_SEEDS", "3"))))
def test_failing_requests(s3_address, expected, seed, monkeypatch, tmp_path):
    """Requests that fail, also after they were done, leave nothing out and nothing twice once a build ends well."""
    place = f"s3://evaluations/unsteady-{seed}"
    with unsteady_server(s3_address, seed=seed, chance=0.1, delay=0.1) as proxy:
        ask_server(proxy.server_address, monkeypatch)
        for _ in range(10):
            if not build_here("s3://evaluations/target", place).failures:
                break
        opened = Dataset.open(place)
        assert opened.totals.results == {"error": 3, "failed": 2, "passed": 1}
        assert opened.verify(against="s3://evaluations/target").findings == ()
        assert min(proxy.failed[500], proxy.failed[503]) > 0
    ask_server(s3_address, monkeypatch)
    assert stored_hashes(place, tmp_path) == expected
