"""`create` of URLs gives the bundles that the same local files give, and tells no secret."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys

import pytest
from support.command_runner import run
from support.dataset_files import EVALUATION, digests_of, same_files
from support.web_server import web_server

from wink_debug_bundle import BundleError, DebugBundle
from wink_debug_bundle.dataset.dataset_paths import without_credentials
from wink_debug_bundle.dataset.downloading import downloaded

fsspec = pytest.importorskip("fsspec", reason="tox run -e dataset installs fsspec")


@pytest.fixture
def remote():
    """Yield the URL of a folder in memory that holds the evaluation."""
    system = fsspec.filesystem("memory")
    system.put(str(EVALUATION), "/runs", recursive=True)
    yield "memory://runs"
    system.rm("/runs", recursive=True)


@pytest.fixture
def web(tmp_path):
    """Yield the address of a server of files, and its folder."""
    pytest.importorskip("aiohttp", reason="tox run -e dataset installs aiohttp")
    folder = tmp_path / "web"
    folder.mkdir()

    with web_server(folder) as host:
        yield host, folder


def test_folder(remote, tmp_path):
    """A folder gives the digests of the local one, its URL is that of the bundle, and nothing is left beside it."""
    output = tmp_path / "out" / "remote.db"
    output.parent.mkdir()
    done = run("create", "-r", remote, "-o", output)
    assert done.exit_code == 0, done.output
    with DebugBundle.open(output) as bundle:
        copy = same_files(bundle, EVALUATION, tmp_path / "copy")
        with DebugBundle.from_directory(copy, output=tmp_path / "local.db", recursive=True) as local:
            assert digests_of(bundle) == digests_of(local)
        (directory,) = bundle.query("SELECT source_directory FROM bundle_meta").fetchone()
        assert directory.startswith("memory:/")
    assert [path.name for path in output.parent.iterdir()] == ["remote.db"]


def test_no_such_folder(tmp_path):
    """A URL with nothing behind it is an error that names it, and leaves nothing."""
    done = run("create", "-r", "memory://nothing", "-o", tmp_path / "x.db")
    assert done.exit_code == 1
    assert "memory://nothing: cannot be downloaded: there is no such file or folder; check" in done.output
    assert list(tmp_path.iterdir()) == []


def test_no_output(remote):
    """A URL needs an output."""
    with pytest.raises(BundleError, match="name where the bundle is written"):
        DebugBundle.from_directory(remote)


def test_appended(remote, tmp_path):
    """What is there already is not added again."""
    DebugBundle.from_directory(remote, output=tmp_path / "a.db", recursive=True).close()
    with DebugBundle.from_directory(remote, output=tmp_path / "a.db", recursive=True, append=True) as bundle:
        assert bundle.query("SELECT count(*) FROM runs").fetchone()[0] == 6


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:word@host/a/RUN.zip?token=1#x", "https://host/a/RUN.zip"),
        ("s3://bucket/eval", "s3://bucket/eval"),
        ("s3://key:word@bucket/eval", "s3://bucket/eval"),
        ("https://name@host/eval", "https://host/eval"),
    ],
)
def test_credentials(url, shown):
    """What may be secret in a URL is not shown."""
    assert without_credentials(url) == shown


@pytest.mark.filterwarnings("default")  # those of aiohttp are not ours
def test_web_file(web, tmp_path):
    """A zip on a web server is read under its name, and the bundle has neither password nor token."""
    host, folder = web
    zips = sorted(EVALUATION.rglob("*.zip"))
    shutil.copy(zips[0], folder)
    url = f"http://user:hidden-word@{host}/{zips[0].name}?token=hidden-token"
    done = run("create", url, "-o", tmp_path / "x.db")
    assert done.exit_code == 0, done.output
    with DebugBundle.open(tmp_path / "x.db") as bundle:
        assert bundle.query("SELECT path FROM artifacts WHERE kind = 'run'").fetchone()[0] == zips[0].name
    assert b"hidden-" not in (tmp_path / "x.db").read_bytes()


KILLED = """
import os, signal, sys
from pathlib import Path
import fsspec
from wink_debug_bundle.dataset.downloading import downloaded
system = fsspec.filesystem("memory")
system.pipe_file("/runs/a.zip", b"content")
with downloaded("memory://runs", Path(sys.argv[1])) as done:
    assert [path.name for path in done.folder.iterdir()] == ["a.zip"]
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("is_url", [True, False])
def test_killed(remote, tmp_path, is_url):
    """What a killed `create` had downloaded is removed by the next one of the same output, and not by that of another."""
    output = tmp_path / "out" / "b.db"
    output.parent.mkdir()
    done = subprocess.run([sys.executable, "-c", KILLED, str(output)], check=False)
    assert (done.returncode, len([*output.parent.rglob("a.zip")])) == (-signal.SIGKILL, 1)
    for name, left in (("b", 1), ("b.db", 0)):
        assert run("create", "-r", remote if is_url else EVALUATION, "-o", output.with_name(name)).exit_code == 0
        assert len([*output.parent.rglob("a.zip")]) == left
    assert sorted(os.listdir(output.parent)) == ["b", "b.db"]


def test_two_downloads(remote, tmp_path):
    """A second download for the same output is refused while the first one is not done; another output does not mind."""
    with downloaded(remote, tmp_path / "b.db"):
        done = run("create", "-r", remote, "-o", tmp_path / "b.db")
        assert (done.exit_code, "another build is writing it" in done.output) == (1, True)
        assert run("create", "-r", remote, "-o", tmp_path / "other.db").exit_code == 0


@pytest.mark.filterwarnings("default")
def test_web_error(web, tmp_path):
    """The message of a server that has no such file has no password and no token."""
    host, _ = web
    done = run("create", f"http://user:hidden-word@{host}/none.zip?token=hidden-token", "-o", tmp_path / "x.db")
    assert (done.exit_code, "hidden-" in done.output) == (1, False)
    assert f"http://{host}/none.zip: cannot be downloaded: HTTP 404 File not found; check" in done.output


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(
    ("name", "reason"),
    [("answers-503", "HTTP 503 Service Unavailable"), ("moved-forever", "the server redirects again and again")],
)
def test_web_answer(web, tmp_path, name, reason):
    """The message says what a server answered."""
    host, _ = web
    done = run("create", f"http://{host}/{name}", "-o", tmp_path / "x.db")
    assert (done.exit_code, done.stderr) == (
        1,
        f"Error: http://{host}/{name}: cannot be downloaded: {reason}; check the URL and its credentials\n",
    )


@pytest.mark.filterwarnings("default")
def test_moved_file(web, tmp_path):
    """A file that a server has moved is read from its new place."""
    host, folder = web
    shutil.copy(min(EVALUATION.rglob("*.zip")), folder / "run.zip")
    done = run("create", f"http://{host}/moved/run.zip", "-o", tmp_path / "x.db")
    assert (done.exit_code, "1 run" in done.output) == (0, True)


@pytest.mark.filterwarnings("default")
def test_web_folder(web, tmp_path):
    """A folder whose page links to its files gives the digests of the local one, also with unusual names."""
    host, folder = web
    shutil.copytree(EVALUATION, folder / "runs")
    min((folder / "runs").iterdir()).rename(folder / "runs" / "a b&c%d#é")
    done = run("create", "-r", f"http://{host}/runs", "-o", tmp_path / "web.db")
    assert done.exit_code == 0, done.output
    with DebugBundle.open(tmp_path / "web.db") as bundle:
        copy = same_files(bundle, folder / "runs", tmp_path / "copy")
        paths = [path for (path,) in bundle.query("SELECT path FROM artifacts WHERE kind = 'run'")]
    assert sorted(paths) == sorted(str(path.relative_to(copy)) for path in copy.rglob("*.zip"))
    checked = run("verify", tmp_path / "web.db", "--against", f"http://{host}/runs/")
    assert (checked.exit_code, "holds everything" in checked.output) == (0, True)


@pytest.mark.filterwarnings("default")
def test_page_without_links(web, tmp_path):
    """A page that links to no file, such as one that asks for a password, is an error that says so."""
    host, folder = web
    (folder / "login.html").write_text("<html>Log in</html>")
    done = run("create", f"http://{host}/login.html", "-o", tmp_path / "x.db")
    assert (done.exit_code, done.stderr) == (1, f"Error: http://{host}/login.html: no page with links to files\n")


@pytest.mark.filterwarnings("default")
def test_no_server(tmp_path):
    """The message says why a server cannot be reached, without what is secret."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # it does not listen
        host = f"127.0.0.1:{taken.getsockname()[1]}"
        done = run("create", f"http://user:hidden-word@{host}/a.zip?token=hidden-token", "-o", tmp_path / "x.db")
    assert (done.exit_code, "hidden-" in done.output, len(done.stderr.splitlines())) == (1, False, 1)
    assert f"Cannot connect to host {host}" in done.stderr


def test_lines_of_a_message(tmp_path):
    """A message about what was downloaded has its lines, as one about local files has them."""
    memory = fsspec.filesystem("memory")
    memory.pipe_file("/letters/letter.txt", b"dear")
    done = run("create", "-r", "memory://letters", "-o", tmp_path / "x.db")
    memory.rm("/letters", recursive=True)
    first, second = done.stderr.splitlines()
    assert (done.exit_code, first) == (1, "Error: No artifacts found in memory://letters")
    assert second.startswith("  letter.txt: ")
