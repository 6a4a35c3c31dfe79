"""Datasets of sources on a web server, and datasets that one serves."""

from __future__ import annotations

import shutil

import pytest
from support.command_runner import run
from support.dataset_files import EVALUATION, build_here
from support.web_server import web_server

from wink_debug_bundle import BundleError, Dataset
from wink_debug_bundle.dataset.dataset_paths import check_secrets, without_credentials

pytest.importorskip("pyarrow", reason="tox run -e dataset installs pyarrow")
pytest.importorskip("duckdb", reason="tox run -e dataset installs DuckDB")
pytest.importorskip("aiohttp", reason="tox run -e dataset installs aiohttp")
pytestmark = pytest.mark.filterwarnings("default")  # those of aiohttp are not ours


@pytest.fixture
def web(whole, tmp_path):
    """Yield the URL of a server that has the evaluation as `runs` and a dataset of it as `whole`."""
    shutil.copytree(EVALUATION, tmp_path / "web" / "runs")
    shutil.copytree(whole, tmp_path / "web" / "whole")
    with web_server(tmp_path / "web") as host:
        yield f"http://{host}"


def test_built_from_a_web_folder(web, whole, tmp_path):
    """A dataset of a web folder holds what one of the local folder holds, and a second build finds nothing new."""
    assert build_here(f"{web}/runs", tmp_path / "dataset").failures == ()
    assert Dataset.open(tmp_path / "dataset").totals.results == Dataset.open(whole).totals.results
    assert Dataset.open(tmp_path / "dataset").verify(against=f"{web}/runs/").findings == ()
    assert build_here(f"{web}/runs", tmp_path / "dataset").reports == ()


def test_asked(web, whole, tmp_path):
    """A dataset on a web server answers as the same one on this machine."""
    asked = [run("query", place, "--name", "failure-reasons", "--format", "csv") for place in (f"{web}/whole", whole)]
    assert (asked[0].exit_code, asked[0].stdout) == (0, asked[1].stdout)
    told = [run("show", place, "wrong-answer") for place in (f"{web}/whole", whole)]
    assert (told[0].exit_code, told[0].stdout) == (0, told[1].stdout)
    assert Dataset.open(f"{web}/whole").pull(tmp_path / "b.db", where="true").run_count == 6


def test_verified(web):
    """A dataset on a web server is checked like another."""
    assert Dataset.open(f"{web}/whole").verify().findings == ()


@pytest.mark.parametrize(
    "url",
    ["http://user:hidden-word@host/runs", "https://host/runs?token=hidden-token", "s3://key:hidden-key@bucket/runs"],
)
def test_secrets_in_urls(tmp_path, url):
    """The URL of sources, which a dataset names, may have no password and no token."""
    with pytest.raises(BundleError, match="may have no password") as caught:
        build_here(url, tmp_path / "dataset")
    assert "hidden-" not in str(caught.value)
    assert not (tmp_path / "dataset").exists()


@pytest.mark.parametrize(
    "url", ["abfs://runs@account.example/july", "sftp://me@host/runs", "https://host/runs", "runs@july"]
)
def test_places_with_an_at_sign(url):
    """What stands before an at sign is a container of Azure or the name of an account, and no secret."""
    check_secrets(url)
    assert without_credentials(url) == url
