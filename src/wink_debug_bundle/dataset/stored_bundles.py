"""Bring the bundle of a shard onto this machine, and check that it is the one that was committed."""

from __future__ import annotations

from pathlib import Path

from ..errors import BundleError, DamagedBundleError
from .commits import Commit, bundle_file_name
from .storage import Storage, sha256_of


def fetch_bundle(storage: Storage, commit: Commit, target: Path) -> None:
    """Copy the packed bundle of a shard to the file `target`.

    Raises:
        BundleError: the shard was built without its bundle, or the bundle cannot be read.
        DamagedBundleError: it is missing, or is not what was committed.
    """
    if commit.bundle is None:
        raise BundleError(
            f"{storage.shown}: shard {commit.shard} was built without its bundle (--no-bundles), which this needs; build"
            " the dataset anew with bundles"
        )
    place = f"{storage.shown}/{bundle_file_name(commit.shard)}"
    try:
        storage.fetch(bundle_file_name(commit.shard), target)
        found = sha256_of(target)
    except FileNotFoundError as error:
        raise DamagedBundleError(f"{place}: is missing; see: dataset verify") from error
    except OSError as error:
        raise BundleError(f"{place}: cannot be read: {error}") from error
    if found != commit.bundle.sha256:
        raise DamagedBundleError(f"{place}: is not what was committed: its hash is another one; see: dataset verify")
