"""An S3 server of this machine, by moto."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from .dataset_files import EVALUATION

_SETTINGS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-east-1"}


@contextmanager
def s3_server() -> Iterator[tuple[str, int]]:
    """Yield the address of a server whose bucket `evaluations` has the evaluation below `target`; new file systems ask it."""
    moto = pytest.importorskip("moto.server", reason="tox run -e engines installs moto")
    s3fs = pytest.importorskip("s3fs", reason="tox run -e engines installs s3fs")
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    address = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in _SETTINGS.items():
            patch.setenv(name, value)
        ask_server(address, patch)
        system = s3fs.S3FileSystem()
        system.mkdir("evaluations")
        system.put(str(EVALUATION), "evaluations/target", recursive=True)
        yield address
    server.stop()


def ask_server(address: tuple[str, int], patch: pytest.MonkeyPatch) -> None:
    """Let new file systems ask the server at an address."""
    s3fs = pytest.importorskip("s3fs", reason="tox run -e engines installs s3fs")
    patch.setenv("AWS_ENDPOINT_URL", "http://{}:{}".format(*address))
    s3fs.S3FileSystem.clear_instance_cache()
