"""Build a dataset as a whole: what is missing, what is new, what fails, and jobs that build at the same time."""

from __future__ import annotations

import json
import os
import re
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.command_runner import run
from support.dataset_files import EVALUATION, SMALL_SHARDS, HereExecutor, build_here, committed_files, hashes

from wink_debug_bundle import BundleError, DamagedBundleError, Dataset, InvalidBundleError
from wink_debug_bundle.dataset.shard_planning import source_listing

parquet = pytest.importorskip("pyarrow.parquet", reason="tox run -e dataset installs pyarrow")
pytest.importorskip("fsspec", reason="tox run -e dataset installs fsspec")


@pytest.fixture
def output(tmp_path):
    """Return where the dataset is built."""
    return tmp_path / "dataset"


def zips(folder):
    """Return the runs in a folder."""
    return sorted(folder.rglob("*.zip"))


def run_ids(dataset):
    """Return the ids of all runs that the committed shards hold, sorted."""
    tables = (parquet.ParquetFile(path).read(["bundle_id"]).to_pydict() for path in committed_files(dataset, "runs"))
    return sorted(each for table in tables for each in table["bundle_id"])


def test_every_run_once(whole):
    """Each run of the folder is in the dataset, once."""
    assert len(Dataset.open(whole).commits) > 1
    assert len({*run_ids(whole)}) == len(run_ids(whole)) == len(zips(EVALUATION))


def test_second_build(source, output):
    """A second build writes nothing; a new run makes a new shard, and all other files stay as they are."""
    new = zips(source)[0]
    kept = new.read_bytes()
    new.unlink()
    build_here(source, output)
    before = hashes(output)
    executor = HereExecutor()
    assert build_here(source, output, executor=executor).committed_count == len(Dataset.open(output).commits)
    assert (executor.given, hashes(output)) == (0, before)
    new.write_bytes(kept)
    done = build_here(source, output)
    assert [report.commit.source_count for report in done.reports] == [1]
    assert {name: each for name, each in hashes(output).items() if name in before} == before
    assert len({*run_ids(output)}) == len(run_ids(output)) == len(zips(source))


def test_missing_commit(whole, built):
    """A shard without a commit is not part of the dataset; the next build builds it, and gives the same bytes."""
    first = Dataset.open(built).commits[0]
    (built / first.name).unlink()
    assert first.shard not in {commit.shard for commit in Dataset.open(built).commits}
    done = build_here(EVALUATION, built)
    assert [report.shard_id for report in done.reports] == [first.shard]
    assert hashes(built) == hashes(whole)


def test_changed_run(source, output):
    """A run that has changed takes the place of what the dataset had of it, with the others of its shard."""
    build_here(source, output, shard_bytes=30_000)
    before = run_ids(output)
    first, *_, last = zips(source)
    first.write_bytes(last.read_bytes())
    done = build_here(source, output, shard_bytes=30_000)
    assert [len(report.commit.replaces) for report in done.reports] == [1]
    assert len(run_ids(output)) in (len(before), len(before) - 1)  # in one shard, the copy is a duplicate
    assert {*run_ids(output)} < {*before}


@pytest.mark.parametrize("is_built", [True, False])
def test_changed_back(source, output, is_built):
    """A source that is again what it was makes another shard of the same sources: the first one does not count any more."""
    first = zips(source)[0]
    content, times = first.read_bytes(), first.stat()
    build_here(source, output, shard=None if is_built else "100000/100000")
    first.write_bytes(content + b"\0")
    build_here(source, output, shard=None if is_built else "100000/100000")
    first.write_bytes(content)
    os.utime(first, ns=(times.st_atime_ns, times.st_mtime_ns))
    done = build_here(source, output)
    assert done.failures == ()
    assert Dataset.open(output).missing_count == 0
    assert Dataset.open(output).verify(against=source).findings == ()
    assert len(run_ids(output)) == len(zips(source))


def test_failed_shard(source, output, monkeypatch):
    """A shard that fails is tried again and reported with its sources; the rest is usable, and the next build has all."""
    broken = zips(source)[0]
    content = broken.read_bytes()
    executor = HereExecutor()
    listed = source_listing.list_sources

    def listed_and_changed(*arguments):
        found = listed(*arguments)
        broken.write_bytes(content + b"\0")
        return found

    monkeypatch.setattr("wink_debug_bundle.dataset.dataset_build.list_sources", listed_and_changed)
    done = build_here(source, output, executor=executor)
    (failure,) = done.failures
    assert failure.sources == (str(broken.relative_to(source)),)
    assert "has changed since it was planned" in failure.reason
    assert executor.given == len(done.reports) + 2
    assert len(run_ids(output)) == len(zips(source)) - 1
    monkeypatch.undo()
    again = build_here(source, output)
    assert (again.failures, len(again.reports)) == ((), 1)
    assert len(run_ids(output)) == len(zips(source))


def test_jobs_of_an_array(source, output):
    """Jobs that each build a part, at the same time or one after the other, build everything once."""
    with ThreadPoolExecutor(3) as threads:
        parts = list(threads.map(lambda part: build_here(source, output, shard=f"{part}/3"), (1, 2, 3)))
    assert sum(len(part.reports) for part in parts) == len(Dataset.open(output).commits)
    assert sorted(run_ids(output)) == sorted({*run_ids(output)})
    assert len(run_ids(output)) == len(zips(source))
    assert len([*(output / "_plan").glob("step-*")]) == 1


def test_same_files_however_it_is_built(whole, tmp_path):
    """One job, several jobs and processes of their own write the same files."""
    for part in ("2/2", "1/2"):
        build_here(EVALUATION, tmp_path / "parts", shard=part)
    Dataset.build(EVALUATION, tmp_path / "processes", jobs=2, shard_bytes=SMALL_SHARDS)
    assert hashes(tmp_path / "parts") == hashes(tmp_path / "processes") == hashes(whole)


def test_progress(source, output):
    """Progress counts the bytes of the sources of all shards."""
    seen = []
    build_here(source, output, progress=seen.append)
    total = sum(path.stat().st_size for path in zips(source))
    done = [each.done for each in seen if each.phase == "reading"]
    assert (done[0], done[-1], {each.total for each in seen if each.phase == "reading"}) == (0, total, {total})
    assert done == sorted(done)


def test_dataset_within_its_source(source):
    """A dataset that is built into the folder itself is no source of the next build."""
    build_here(source, source / "dataset")
    assert build_here(source, source / "dataset").reports == ()


@pytest.mark.parametrize("place", ["{}/ea/../dataset", "{}-link/dataset"])
def test_dataset_within_its_source_by_another_path(source, place):
    """The files of a dataset in the folder of its sources are no sources, by whichever path the folder is named."""
    (source / "ea").mkdir()
    source.with_name("source-link").symlink_to(source)
    build_here(source, place.format(source))
    executor = HereExecutor()
    assert build_here(source, place.format(source), executor=executor).committed_count == 6
    assert executor.given == 0


def test_colons_in_names(source, tmp_path):
    """Two colons in a name, as in the ids of pytest, are a part of it."""
    folder = source.rename(tmp_path / "test_it.py::test_it")
    run_file = zips(folder)[0]
    run_file.rename(run_file.with_name("simplecache::file.zip"))
    done = build_here(str(folder), folder / "data::set")
    assert sum(report.commit.incomplete_count for report in done.reports) == 0
    assert len({*run_ids(folder / "data::set")}) == len(zips(EVALUATION))
    assert Dataset.open(folder / "data::set").verify(against=str(folder)).findings == ()


def test_links(source, output):
    """A link is not followed, and is said to be left out."""
    (source / "link.zip").symlink_to(zips(source)[0])
    assert build_here(source, output).left_out == ("link.zip",)


def test_a_file_instead_of_a_folder(source, tmp_path):
    """A file is refused as what it is."""
    file = zips(source)[0]
    with pytest.raises(BundleError, match=rf"{re.escape(str(file))}: is a file; name the folder that has it"):
        build_here(file, tmp_path / "out")


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir()])
def test_nothing_to_build(tmp_path, output, make):
    """A folder that is not there, or is empty, is an error."""
    make(tmp_path / "in")
    with pytest.raises(BundleError, match=r"no such folder|holds no files"):
        build_here(tmp_path / "in", output)
    assert not output.exists()


def test_no_dataset(tmp_path):
    """Any other folder is no dataset."""
    with pytest.raises(InvalidBundleError, match="is not a dataset"):
        Dataset.open(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema_version": 1, "shard": "../../x"}'])
def test_damaged_commit(built, text):
    """A commit that is damaged is an error that names it."""
    path = built / Dataset.open(built).commits[0].name
    path.write_text(text)
    with pytest.raises(DamagedBundleError, match=path.name):
        Dataset.open(built)


def test_commit_of_another_shard(built):
    """A commit under the name of another shard is an error."""
    first, second, *_ = Dataset.open(built).commits
    (built / first.name).write_bytes(second.as_json)
    with pytest.raises(DamagedBundleError, match="names another shard"):
        Dataset.open(built)


def test_damaged_plan(built):
    """A plan that was changed is an error."""
    step = json.loads((built / "_plan" / "step-000001.json").read_text())
    plan = built / "_plan" / f"{step['plan']}.json"
    plan.write_text(plan.read_text().replace(".zip", ".zap"))
    with pytest.raises(DamagedBundleError, match="the plan is damaged"):
        build_here(EVALUATION, built)


def test_unknown_protocol(output):
    """A URL that nothing can open is an error."""
    with pytest.raises(BundleError, match="cannot be opened"):
        build_here("nowhere://in", output)


@pytest.fixture
def half_built(source, tmp_path):
    """Return a dataset with half of the shards of a folder, and another folder."""
    dataset = tmp_path / "dataset"
    assert build_here(source, dataset, shard="1/2", shard_bytes=1).others_count == 3
    return dataset, shutil.copytree(EVALUATION, tmp_path / "other")


def test_another_folder(half_built):
    """A build of another folder gives up nothing that is still to be built of the first."""
    dataset, other = half_built
    done = build_here(other, dataset, shard_bytes=1)
    assert (len(done.reports), done.failures, done.gone, done.elsewhere) == (9, (), 0, 6)
    totals = Dataset.open(dataset).totals
    assert (totals.source_count, totals.missing_count, totals.copied_count) == (12, 0, 6)
    assert Dataset.open(dataset).verify().findings == ()


def test_jobs_of_another_folder(half_built):
    """The jobs of an array plan their own folder, also if shards of another one are still to be built."""
    dataset, other = half_built
    for shard in ("1/2", "2/2"):
        build_here(other, dataset, shard_bytes=1, shard=shard)
    assert (Dataset.open(dataset).totals.source_count, Dataset.open(dataset).missing_count) == (12, 0)


def test_folder_that_is_gone(half_built, source):
    """What is still to be built of a folder that is gone is given up by the next build."""
    dataset, other = half_built
    source.rename(source.with_name("moved"))
    done = build_here(other, dataset, shard_bytes=1)
    assert (len(done.reports), done.failures, Dataset.open(dataset).missing_count) == (6, (), 0)


@pytest.mark.parametrize("folder", ["", "runs"])
def test_sources_in_the_dataset(source, folder):
    """A dataset cannot be made where its sources are, or around them."""
    (source / "runs").mkdir()
    with pytest.raises(BundleError, match="is in the folder of the dataset"):
        build_here(source / folder, source)


def test_quiet_failure(source, tmp_path):
    """A build that prints no summary says which shards failed, with their sources and the reason."""
    assert build_here(source, tmp_path / "dataset", shard="1/2", shard_bytes=1).others_count == 3
    for zipped in source.rglob("*.zip"):
        zipped.write_bytes(zipped.read_bytes() + b"\0")
    done = run("dataset", "build", source, tmp_path / "dataset", "--quiet", "--shard", "1/1", "--jobs", "1")
    assert (done.exit_code, done.stdout) == (1, "")
    lines = done.stderr.splitlines()
    assert lines[0] == "Failed: 3 shards; the rest is usable, and the next build tries them again"
    assert "has changed since it was planned" in lines[1]
    assert lines[2].endswith(".zip")


def test_label_of_no_folder(source, output):
    """A label of a folder without files is an error that names both, and nothing is planned."""
    with pytest.raises(BundleError, match="the folder 'befor' of the label 'main' holds no files"):
        build_here(source, output, labels={"befor": "main"})
    assert not output.exists()
