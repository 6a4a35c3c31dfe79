"""Messages name a URL as it is written, with both slashes."""

from __future__ import annotations

import copy
import os
import pickle
import re
from pathlib import Path

import pytest
from support.command_runner import run

from wink_debug_bundle import compare
from wink_debug_bundle.dataset.dataset_paths import UrlPath, dataset_place, place_path, url_in


@pytest.mark.parametrize("url", ["s3://bucket/a/b", "gs://b", "https://host:1/x", "memory://a", "file:///tmp/no/a"])
def test_urls(url):
    """A URL stays what it is as a path, as a text and in every copy."""
    path = place_path(url)
    assert [str(path), f"{path}", os.fspath(path), url_in(path), dataset_place(path)] == [url] * 5
    assert [str(pickle.loads(pickle.dumps(path))), str(copy.deepcopy(path))] == [url] * 2
    assert str(place_path(path)) == str(place_path(Path(url))) == url


def test_parts_of_a_url():
    """What is made of a URL is a URL, too, as far as it is one."""
    path = place_path("s3://bucket/a/b.db")
    assert [str(path.parent), path.name, str(path.with_suffix(".html"))] == [
        "s3://bucket/a",
        "b.db",
        "s3://bucket/a/b.html",
    ]


@pytest.mark.parametrize("name", ["a/b", "/a", "./s3:x", "s3:", "-", "a.db"])
def test_paths(name):
    """Any other path is an ordinary one."""
    path = place_path(name)
    assert not isinstance(path, UrlPath)
    assert (path, url_in(path)) == (Path(name), None)


def test_home(whole, monkeypatch):
    """A folder below the home directory is the same one to the commands that build and those that read."""
    monkeypatch.setenv("HOME", str(whole.parent))
    assert dataset_place(Path("~/dataset")) == str(whole)
    assert run("info", "~/dataset").exit_code == 0


def test_folder_named_like_a_url(tmp_path, monkeypatch):
    """A path of this machine that looks like a URL is a path."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s3:" / "bucket").mkdir(parents=True)
    assert not isinstance(place_path("s3:/bucket"), UrlPath)


def test_sides_of_a_comparison(whole, tmp_path):
    """A comparison names its sides by their URLs, in texts, JSON and results, and in the commands to type next."""
    pytest.importorskip("duckdb", reason="tox run -e dataset installs DuckDB")
    url = f"file://{whole}"
    assert compare(url, whole, all_experiments=True).base.name == url
    for format_name in ("table", "markdown", "json", "junit"):
        shown = run("compare", url, whole, "--all-experiments", "--format", format_name)
        assert shown.exit_code == 0
        assert ("file:///" in shown.stdout) is (format_name in {"table", "json"})  # a long one is wrapped
        assert not re.search("file:/[^/]", shown.stdout)
    judged = run(
        "gate", url, "--all-experiments", "--baseline", url, "--format", "json", "--junit", tmp_path / "junit.xml"
    )
    assert (url in judged.stdout, f"file:{whole}" in judged.stdout) == (True, False)
    assert url in (tmp_path / "junit.xml").read_text()


@pytest.mark.parametrize("command", ["info", "query", "show", "cell", "cost", "search"])
def test_missing_dataset(command, tmp_path):
    """An error names the URL."""
    pytest.importorskip("fsspec", reason="tox run -e dataset installs fsspec")
    url = f"file://{tmp_path}/none"
    words = {"query": ["SELECT 1"], "show": ["1"], "cell": ["logs.1.message"], "search": ["word"]}.get(command, [])
    shown = run(command, url, *words)
    assert (shown.exit_code, len(shown.output.splitlines())) == (1, 1)
    assert f"{tmp_path}/none: is not a dataset" in shown.output
