"""Processes that build, put together and read one dataset on S3 at the same time: each run is there once at every moment."""

from __future__ import annotations

from uuid import uuid4

import pytest
from support.dataset_files import build_here
from support.stepping_process import SteppingProcess

from wink_debug_bundle import Dataset

pytest.importorskip("pyarrow", reason="tox run -e engines installs pyarrow")
pytest.importorskip("moto.server", reason="tox run -e engines installs moto")
s3fs = pytest.importorskip("s3fs", reason="tox run -e engines installs s3fs")

pytestmark = [
    pytest.mark.filterwarnings("default"),  # those of moto and of botocore are not ours
    pytest.mark.slow,
]

ALL, PAIRS = 1 << 30, 16_000


def before_announcement(step):
    """Return whether the process is about to write a step of the plans."""
    return step.startswith("create _plan/step-")


def before_commit(step):
    """Return whether it is about to commit a shard."""
    return step.startswith("create _commits/")


def before_removal(step):
    """Return whether it is about to remove a file."""
    return step.startswith("remove ")


def before_removed_commit(step):
    """Return whether it is about to remove the commit of a shard whose files are gone."""
    return step.startswith("remove _commits/")


def counts(dataset):
    """Return how many runs there are, and how many different ones."""
    with dataset.connect() as connection:
        (row,) = connection.query("SELECT count(*), count(DISTINCT bundle_id) FROM runs").rows
    return row


@pytest.fixture
def places(s3_address):
    """Return a folder of sources and a dataset of them, for one test."""
    del s3_address
    name = uuid4().hex
    s3fs.S3FileSystem().copy("evaluations/target", f"evaluations/{name}-in", recursive=True)
    build_here(f"s3://evaluations/{name}-in", f"s3://evaluations/{name}")
    return f"s3://evaluations/{name}-in", f"s3://evaluations/{name}"


def change(source):
    """Replace the first object."""
    system = s3fs.S3FileSystem()
    first = min(name for name in system.find(source) if name.endswith(".zip"))
    system.pipe_file(first, system.cat_file(first) + b"\0")


def assert_settled(source, dataset):
    """Assert that builds find nothing to do in the end, and that all is there once."""
    build_here(source, dataset)
    assert build_here(source, dataset).reports == ()
    opened = Dataset.open(dataset)
    assert (counts(opened), opened.totals.source_count, opened.totals.missing_count) == ((6, 6), 6, 0)
    assert opened.verify(against=source).findings == ()


MOMENTS = [before_announcement, before_commit, before_removal, before_removed_commit]


@pytest.mark.parametrize("moment", MOMENTS)
def test_readers(places, tmp_path, moment):
    """Readers that opened the dataset before a compaction, or open it at a moment of it, see each run once."""
    _, dataset = places
    earlier = Dataset.open(dataset)
    compaction = SteppingProcess("compact", "create,remove", dataset, ALL)
    compaction.run_until(moment)
    assert moment(compaction.next_step)
    for reader in (earlier, Dataset.open(dataset)):
        assert counts(reader) == (6, 6)
    compaction.finish()
    assert (counts(earlier), earlier.verify().findings) == ((6, 6), ())
    assert earlier.pull(tmp_path / "b.db", where="result = 'failed'").run_count == 2


@pytest.mark.parametrize("moment", MOMENTS)
def test_build(places, moment):
    """A build replaces a shard while another process puts it together with others."""
    source, dataset = places
    change(source)
    compaction = SteppingProcess("compact", "create,remove", dataset, PAIRS)
    compaction.run_until(moment)
    SteppingProcess("build", "create", dataset, source).finish()
    assert counts(Dataset.open(dataset)) == (6, 6)
    compaction.finish()
    assert_settled(source, dataset)


@pytest.mark.parametrize("size", [PAIRS, ALL])
def test_two_compactions(places, size):
    """Two compactions that go step by step in turns agree on one result."""
    source, dataset = places
    both = [SteppingProcess("compact", "create,remove", dataset, each) for each in (PAIRS, size)]
    while any(each.next_step != "done" for each in both):
        for each in both:
            if each.next_step != "done":
                each.step()
    for each in both:
        each.finish()
    assert_settled(source, dataset)
