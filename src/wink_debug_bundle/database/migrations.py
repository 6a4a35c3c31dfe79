"""Migrate a bundle of an older schema version to the current one, one step for each version.

A step is a file `migrations/<n>.sql` that turns version n - 1 into version n. There are no steps yet, because there is
only one version so far.
"""

from __future__ import annotations

from importlib.resources.abc import Traversable

import apsw

from ..errors import BundleVersionError, InvalidBundleError
from .connection import newer_message
from .schema_files import SCHEMA_VERSION, sql_folder
from .slices.slice_views import has_slice_views, renew_slice_views


def migrate(connection: apsw.Connection, *, steps: Traversable | None = None, target: int = SCHEMA_VERSION) -> int:
    """Run the steps from the bundle's version to `target` in one transaction; return the version it had.

    The views of slice classes are created again if a step may have changed what they show, or if there are none.

    Raises:
        InvalidBundleError: the bundle has no schema version.
        BundleVersionError: the bundle is newer than `target`, or a step is missing.
        apsw.Error: a step failed; the bundle is unchanged.
    """
    version = connection.execute("SELECT schema_version FROM bundle_meta").get
    if not isinstance(version, int):
        raise InvalidBundleError("the bundle has no schema version: bundle_meta is empty or damaged")
    if version > target:
        raise BundleVersionError(newer_message(version, target))
    folder = steps or sql_folder().joinpath("migrations")
    texts = [_step(folder, number) for number in range(version + 1, target + 1)]
    with connection:
        for text in texts:
            connection.execute(text)
        if texts or not has_slice_views(connection):
            renew_slice_views(connection)
        connection.execute("UPDATE bundle_meta SET schema_version = ?", (target,))
        connection.pragma("user_version", target)
    return version


def _step(folder: Traversable, number: int) -> str:
    """Return the SQL that turns a bundle of version `number` - 1 into one of version `number`."""
    step = folder.joinpath(f"{number}.sql")
    if not step.is_file():
        raise BundleVersionError(f"there is no way from bundle schema v{number - 1} to v{number}")
    return step.read_text(encoding="utf-8")
