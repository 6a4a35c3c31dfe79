"""Errors in the thread that serves: they end the server with a message, and never with a traceback on the terminal."""

from __future__ import annotations

import pytest

from wink_debug_bundle import BundleError
from wink_debug_bundle.explore.web import server
from wink_debug_bundle.packing.bundle_file import BundleFile

pytestmark = [
    pytest.mark.usefixtures("datasette_in_process"),
    pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning"),
]


@pytest.fixture
def path(build):
    return build({"a.log": b'{"timestamp": "t", "level": "INFO", "logger": "l", "message": "m"}\n'})


def _server_class():
    """Return the class of the server, which imports Datasette."""
    from wink_debug_bundle.explore.web.datasette_app import BundleServer

    return BundleServer


def _fail(_):
    raise RuntimeError("no more processes")


def _interrupt(*_, **__):
    raise KeyboardInterrupt


def test_a_server_that_cannot_start(path, monkeypatch, capfd):
    monkeypatch.setattr(_server_class(), "start", _fail)
    with pytest.raises(BundleError, match="the server ended: RuntimeError: no more processes"):
        server.serve(BundleFile.open(path), port=0, open_browser=False)
    assert capfd.readouterr().err == ""


def test_a_server_that_fails_while_it_is_interrupted(path, monkeypatch, capfd):
    """What goes wrong because the workers are killed is not shown."""
    close = _server_class().close
    monkeypatch.setattr(_server_class(), "close", lambda own: (close(own), _fail(own)))
    monkeypatch.setattr(server, "_announce", _interrupt)
    server.serve(BundleFile.open(path), port=0, open_browser=False)
    assert capfd.readouterr().err == ""
