"""Add a full-text index to a finished bundle, or remove it."""

from __future__ import annotations

from pathlib import Path

import apsw

from ..database.schema_files import SCHEMA_VERSION
from ..database.schema_renewal import is_renewed, write_search_digests
from ..database.search_index import (
    SearchScope,
    can_search_words,
    create_search_index,
    drop_search_index,
    has_search_objects,
)
from ..errors import BundleBuildError, BundleVersionError
from .bundle_copy import change_bundle


def index_bundle(path: Path, scope: SearchScope | None) -> bool:
    """Give the bundle at `path` an index of this scope, or none; return whether it had one, which is replaced.

    A copy is changed, and replaces the bundle when it is complete. Rows and other tables stay as they are, so that
    without the index the bundle has the digest again that it had before.

    Raises:
        InvalidBundleError: the file is not a bundle, or is damaged.
        BundleVersionError: its schema is another version's.
        BundleBuildError: the new file could not be written, or SQLite has no FTS5; the bundle is unchanged.
    """

    def change(connection: apsw.Connection) -> bool:
        connection.pragma("trusted_schema", 0)  # the views that are read may be a stranger's
        _check(connection, scope)
        had_index = has_search_objects(connection)
        drop_search_index(connection)
        if had_index:
            connection.execute("VACUUM")
        if scope is not None:
            create_search_index(connection, scope)
        write_search_digests(connection)
        return had_index

    return change_bundle(path, change, verb="indexed")


def _check(connection: apsw.Connection, scope: SearchScope | None) -> None:
    """Refuse a bundle of another version, whose views an index could not read, and an SQLite that cannot index."""
    version = connection.execute("SELECT schema_version FROM bundle_meta").get
    if version != SCHEMA_VERSION:
        raise BundleVersionError(f"bundle schema v{version} is not v{SCHEMA_VERSION}; migrate it first")
    if not is_renewed(connection):
        raise BundleVersionError("an earlier release built the bundle; migrate it first")
    if scope is not None and not can_search_words(connection):
        raise BundleBuildError(f"SQLite {apsw.sqlite_lib_version()} of apsw has no FTS5, which a search index needs")
