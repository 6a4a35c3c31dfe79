"""Copies of a small evaluation, a dataset of it, and a server that holds it."""

from __future__ import annotations

import shutil

import pytest
from support.dataset_files import EVALUATION, build_here
from support.s3_server import s3_server


@pytest.fixture
def source(tmp_path):
    """Return a copy of the evaluation that a test may change."""
    return shutil.copytree(EVALUATION, tmp_path / "source")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Return a dataset of the evaluation, only to be read."""
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
