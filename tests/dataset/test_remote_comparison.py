"""`verify --against` takes URLs, and has one file of them at a time on this machine."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from support.command_runner import run
from support.dataset_files import EVALUATION

from wink_debug_bundle import BundleError, Dataset, DebugBundle
from wink_debug_bundle.dataset import downloading

fsspec = pytest.importorskip("fsspec", reason="tox run -e dataset installs fsspec")

URL = "memory://compared/in"


@pytest.fixture
def stored():
    """Yield a file system in memory that has the evaluation below `URL`."""
    system = fsspec.filesystem("memory")
    for path in EVALUATION.rglob("*"):
        if path.is_file():
            system.pipe_file(f"/compared/in/{path.relative_to(EVALUATION)}", path.read_bytes())
    yield system
    system.rm("/compared", recursive=True)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """Return a bundle of the evaluation."""
    path = tmp_path_factory.mktemp("compared") / "all.db"
    DebugBundle.from_directory(EVALUATION, output=path, recursive=True).close()
    return path


def first_zip(system):
    """Return the path of a run's zip."""
    return next(path for path in sorted(system.find("/compared/in")) if path.endswith(".zip"))


def test_same_files(bundle, stored):
    """The files at a URL are found to be those of the bundle."""
    shown = run("verify", bundle, "--against", URL)
    assert (shown.exit_code, "everything that is in the directory" in shown.output) == (0, True)


def test_one_file_at_a_time(bundle, stored, tmp_path, monkeypatch):
    """No more than one file is on this machine at any time, and none afterwards."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    counts = []
    copy = downloading._copy_file

    def counted(system, source, path):
        copy(system, source, path)
        counts.append((len(list(path.parent.iterdir())), path.stat().st_size == source.size))

    monkeypatch.setattr(downloading, "_copy_file", counted)
    with DebugBundle.open(bundle) as opened:
        assert opened.verify(against=URL).findings == ()
    assert set(counts) == {(1, True)}
    assert len(counts) == len(stored.find("/compared/in"))
    assert list(tmp_path.iterdir()) == []


def test_changed_file(bundle, stored):
    """A file that has other bytes is named."""
    path = first_zip(stored)
    stored.pipe_file(path, stored.cat_file(path)[:-30] + bytes(30))
    shown = run("verify", bundle, "--against", URL)
    assert (shown.exit_code, Path(path).name in shown.output) == (1, True)


def test_missing_and_further_files(bundle, stored):
    """A file that is not there, and one that the bundle does not have, are named."""
    path = first_zip(stored)
    stored.rm_file(path)
    stored.pipe_file("/compared/in/more.jsonl", b"{}")
    with DebugBundle.open(bundle) as opened:
        found = {f"{each.place} {each.text}" for each in opened.verify(against=URL).findings}
    assert any(f"{URL}/" in each and "there is no such file" in each and Path(path).name in each for each in found)
    assert "more.jsonl is not in the bundle" in found


def test_other_folder(bundle, stored):
    """A folder without any of the files is most likely another one."""
    stored.pipe_file("/compared/other/a.txt", b"text")
    with DebugBundle.open(bundle) as opened:
        found = opened.verify(against="memory://compared/other").findings
    assert any("in memory://compared/other: another directory?" in each.text for each in found)


def test_no_folder(bundle):
    """A URL without files is an error of one line that names it."""
    shown = run("verify", bundle, "--against", "memory://compared/none")
    assert (shown.exit_code, len(shown.output.splitlines())) == (1, 1)
    assert "memory://compared/none: " in shown.output


def test_failing_download(bundle, stored, monkeypatch):
    """A file that cannot be downloaded is named, and secrets of its URL are not."""

    def refuse(*_):
        raise RuntimeError(f"refused: {URL}?token=hidden")

    monkeypatch.setattr(downloading, "_copy_file", refuse)
    with DebugBundle.open(bundle) as opened:
        found = [each.text for each in opened.verify(against=f"{URL}").findings]
    assert any(text.startswith("refused") for text in found)


def test_dataset_against_a_url(whole, stored):
    """A dataset is compared with the files at a URL, too, which are not those of the folder that it was built from."""
    found = Dataset.open(whole).verify(against=URL).findings
    assert len(found) == len(stored.find("/compared/in"))
    assert {each.text for each in found} == {"is not in the dataset as it is now; run dataset build again"}
    with pytest.raises(BundleError, match="memory://compared/none: no such folder"):
        Dataset.open(whole).verify(against="memory://compared/none")


@pytest.mark.usefixtures("s3_address")
def test_object_storage(bundle, tmp_path):
    """A bundle is compared with objects of S3, and a dataset that was built from them is found to have all."""
    pytest.importorskip("pyarrow", reason="tox run -e dataset installs pyarrow")
    assert run("verify", bundle, "--against", "s3://evaluations/target").exit_code == 0
    assert run("dataset", "build", "s3://evaluations/target", tmp_path / "d", "--jobs", "1").exit_code == 0
    shown = run("dataset", "verify", tmp_path / "d", "--against", "s3://evaluations/target")
    assert shown.exit_code == 0
