"""Bring a bundle of an older schema version up to this one, a step for each version.

A step is a file `migrations/<n>.sql` that turns version n - 1 into version n. There is no step as long as there is
only one version; the first change of the schema brings the first file.
"""

from __future__ import annotations

from importlib.resources.abc import Traversable

import apsw

from ..errors import BundleVersionError, InvalidBundleError
from .connection import newer_message
from .schema_files import SCHEMA_VERSION, sql_folder
from .slice_views import has_slice_views, renew_slice_views


def migrate(connection: apsw.Connection, *, steps: Traversable | None = None, target: int = SCHEMA_VERSION) -> int:
    """Run the steps from the bundle's version to `target` in one transaction; return the version it had.

    The views of slice classes are made again where a step may have changed what they show, or where there are none.

    Raises:
        InvalidBundleError: the bundle does not say its version.
        BundleVersionError: the bundle is newer than `target`, or a step is missing.
        apsw.Error: a step failed; the bundle is as it was.
    """
    version = connection.execute("SELECT schema_version FROM bundle_meta").get
    if not isinstance(version, int):
        raise InvalidBundleError("the bundle says nothing of itself (bundle_meta has no version)")
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
    step = folder.joinpath(f"{number}.sql")
    if not step.is_file():
        raise BundleVersionError(f"there is no way from bundle schema v{number - 1} to v{number}")
    return step.read_text(encoding="utf-8")
