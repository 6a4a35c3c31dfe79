"""Migrate a bundle of an older release to this release's schema."""

from __future__ import annotations

from importlib.resources.abc import Traversable
from pathlib import Path

import apsw

from ..database.migrations import migrate
from ..database.schema_files import SCHEMA_VERSION
from ..database.schema_renewal import is_renewed, renew_schema, write_digests
from ..database.search_index import create_search_index, drop_search_index, has_search_objects, scope_of
from ..database.writing import transaction
from ..derive.evaluations import derive_evaluations
from .bundle_copy import change_bundle


def migrate_bundle(path: Path, *, steps: Traversable | None = None, target: int = SCHEMA_VERSION) -> int:
    """Migrate the bundle at `path` to schema version `target`; return the version it had.

    A copy is migrated. It replaces the bundle when it is complete. A search index is made again.

    Raises:
        InvalidBundleError: the file is not a bundle.
        BundleVersionError: the bundle is newer than `target`, or a migration step is missing.
        BundleBuildError: the new file could not be written; the bundle is unchanged.
    """

    def change(connection: apsw.Connection) -> int:
        version = migrate(connection, steps=steps, target=target)
        if target == SCHEMA_VERSION and (version != target or not is_renewed(connection)):
            scope = scope_of(connection) if has_search_objects(connection) else None
            with transaction(connection):
                drop_search_index(connection)
                renew_schema(connection)
            derive_evaluations(connection, {})
            if scope is not None:
                create_search_index(connection, scope)
            with transaction(connection):
                write_digests(connection)
        return version

    return change_bundle(path, change, verb="migrated")
