"""Copies of a small evaluation, a dataset of it, and a server that holds it."""

from __future__ import annotations

import shutil
from contextlib import ExitStack

import pytest
from support.dataset_files import EVALUATION, build_here
from support.engine_faults import dask_engine, local_engine, ray_engine
from support.s3_server import s3_server


@pytest.fixture
def source(tmp_path):
    """Return a copy of the evaluation that a test may change."""
    return shutil.copytree(EVALUATION, tmp_path / "source")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Return a dataset of the evaluation, only to be read."""
    pytest.importorskip("pyarrow", reason="tox run -e dataset installs pyarrow")
    folder = tmp_path_factory.mktemp("whole") / "dataset"
    build_here(EVALUATION, folder)
    return folder


@pytest.fixture
def built(whole, tmp_path):
    """Return a copy of that dataset, which a test may change."""
    return shutil.copytree(whole, tmp_path / "built")


@pytest.fixture(scope="session")
def s3_address():
    """Yield the address of the one S3 server of the process, whose bucket `evaluations` has the evaluation."""
    with s3_server() as address:
        yield address


@pytest.fixture(scope="session")
def engine_named():
    """Yield a function that returns what builds shards: `local`, `dask` or `ray`, each started when it is first asked for."""
    with ExitStack() as stack:
        known = {}

        def started(name):
            if name not in known:
                known[name] = _engine(name, stack)
            return known[name]

        yield started


def _engine(name, stack):
    """Start an engine."""
    if name == "local":
        return local_engine()
    if name == "dask":
        return stack.enter_context(dask_engine(pytest.importorskip("distributed", reason=_REASON)))
    from wink_debug_bundle.dataset.executors.executor_choice import chosen_executor

    return stack.enter_context(ray_engine(pytest.importorskip("ray", reason=_REASON), chosen_executor))


_REASON = "tox run -e engines installs Dask and Ray"
