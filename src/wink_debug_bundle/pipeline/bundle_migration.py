"""Migrate a bundle of an older release to this release's schema."""

from __future__ import annotations

import shutil
from importlib.resources.abc import Traversable
from pathlib import Path

import apsw

from ..database.connection import close_finished, open_alone, sorting_in, version_of
from ..database.migrations import migrate
from ..database.schema_files import SCHEMA_VERSION
from ..database.schema_renewal import is_renewed, renew_schema, write_digests
from ..database.writing import transaction
from ..errors import BundleVersionError, DamagedBundleError, InvalidBundleError
from .publishing.construction import Construction, under_construction
from .publishing.old_file import without_writers
from .publishing.write_errors import system_errors, write_errors

_OPCODES = 20_000
"""Number of SQLite's virtual machine instructions between two checks for signals; they take some milliseconds."""


def migrate_bundle(path: Path, *, steps: Traversable | None = None, target: int = SCHEMA_VERSION) -> int:
    """Migrate the bundle at `path` to schema version `target`; return the version it had.

    A copy is migrated. It replaces the bundle when it is complete.

    Raises:
        InvalidBundleError: the file is not a bundle.
        BundleVersionError: the bundle is newer than `target`, or a migration step is missing.
        BundleBuildError: the new file could not be written; the bundle is unchanged.
    """
    with write_errors(path), without_writers(path):
        pass  # a file that a writer has locked cannot be looked at
    version_of(path)  # refuses a file that is not a bundle, before it is copied
    with write_errors(path), under_construction(path, force=True, is_source=True) as construction:
        shutil.copyfile(path, construction.path)
        try:
            version = _migrate_file(construction, steps, target)
            construction.seal()
        except (apsw.FullError, apsw.IOError):
            raise
        except BundleVersionError as error:
            raise BundleVersionError(f"{path}: {error}") from error
        except apsw.CorruptError as error:
            raise DamagedBundleError(f"{path}: the bundle is damaged: {error}") from error
        except apsw.Error as error:
            raise InvalidBundleError(f"{path}: cannot be migrated: {error}") from error
    return version


def _migrate_file(construction: Construction, steps: Traversable | None, target: int) -> int:
    connection = open_alone(construction.path)
    # A bundle has no triggers. A file from a stranger may have some.
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER, 0)
    connection.set_progress_handler(lambda: False, _OPCODES)  # Python handles signals when it calls the handler
    try:
        with system_errors(connection), sorting_in(connection, construction.scratch):
            version = migrate(connection, steps=steps, target=target)
            if target == SCHEMA_VERSION and (version != target or not is_renewed(connection)):
                with transaction(connection):
                    renew_schema(connection)
                    write_digests(connection)
        close_finished(connection)
    finally:
        connection.close(force=True)
    return version
