"""Bundles that many tests read, and fixtures that build others."""

from __future__ import annotations

import os
import runpy
import shutil
import signal
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import settings
from support.artifact_samples import FIXTURES, ROOT, write_files
from support.text_forms import SWITCH

from wink_debug_bundle import DebugBundle

FileContents = Mapping[str, bytes | str]

# Hypothesis draws the same examples on every run, without a deadline, as machines may be busy. `tox -e examples` takes
# more of them; for many others, use `pytest --hypothesis-profile explore`.
settings.register_profile("tests", deadline=None, derandomize=True, database=None, max_examples=20)
settings.register_profile("more", settings.get_profile("tests"), max_examples=300)
settings.register_profile("explore", deadline=None, max_examples=2000)
settings.load_profile("tests")

# A process started in the background or with nohup ignores these signals, and so do its children. Tests send them.
for _number, _handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _handler)

_SHARING = Path(__file__).with_name("sharing")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that makes every build of the tests share its text."""
    parser.addoption("--share-text", action="store_true", help="let every bundle that the tests build share its text")


def pytest_configure(config: pytest.Config) -> None:
    """Make the builds of this process, and of those that tests start, share their text if the option says so."""
    if config.getoption("--share-text"):
        os.environ[SWITCH] = "1"
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(_SHARING), os.environ.get("PYTHONPATH"))))
        runpy.run_path(str(_SHARING / "sitecustomize.py"))


def _from_fixture(case: str, folder: Path) -> Path:
    shutil.copytree(FIXTURES / case, folder / case)
    output = folder / f"{Path(case).name}.db"
    with DebugBundle.from_directory(folder / case, output=output, recursive=True):
        return output


@pytest.fixture(scope="session")
def fixture_bundle(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return a function that gives the bundle of a fixture case, built once and only to be read."""
    built: dict[str, Path] = {}

    def bundle(case: str) -> Path:
        if case not in built:
            built[case] = _from_fixture(case, tmp_path_factory.mktemp("fixture"))
        return built[case]

    return bundle


@pytest.fixture(scope="session")
def release_bundle(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return a function that gives the bundle of a folder below fixtures/, built once and only to be read.

    The folder is named, or the release is whose artifacts it holds.
    """
    built: dict[str, Path] = {}

    def bundle(version: str) -> Path:
        if version not in built:
            built[version] = tmp_path_factory.mktemp("release") / f"{Path(version).name}.db"
            source = ROOT / "fixtures" / (version if version[0].isalpha() else f"wink-{version}")
            DebugBundle.from_directory(source, output=built[version], recursive=True, keep_unrecognised=True).close()
        return built[version]

    return bundle


@pytest.fixture(scope="session")
def run_bundle(fixture_bundle: Callable[[str], Path]) -> Path:
    """Return the bundle of one debug directory of the real library."""
    return fixture_bundle("run")


@pytest.fixture(scope="session")
def evaluation_bundle(fixture_bundle: Callable[[str], Path]) -> Path:
    """Return the bundle of the tree of files that an evaluation of the real library left."""
    return fixture_bundle("evaluation")


@pytest.fixture
def build(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that builds a bundle of files, given as names and contents, and returns its path."""

    def bundle(files: FileContents, folder: str = "debug", **options: object) -> Path:
        source = write_files(tmp_path / folder, files)
        output = tmp_path / f"{Path(folder).name}.db"
        with DebugBundle.from_directory(source, output=output, **options):  # type: ignore[arg-type]
            return output

    return bundle
