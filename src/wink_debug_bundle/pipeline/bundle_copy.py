"""Change a finished bundle: a copy is changed, and replaces the bundle when it is complete."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import apsw

from ..database.connection import close_finished, open_alone, sorting_in, version_of
from ..errors import BundleVersionError, DamagedBundleError, InvalidBundleError
from ..packing.frame_header import is_packed
from ..packing.frame_reading import unpack
from .publishing.construction import Construction, under_construction
from .publishing.old_file import without_writers
from .publishing.write_errors import system_errors, write_errors

Result = TypeVar("Result")

_OPCODES = 20_000
"""Number of SQLite's virtual machine instructions between two checks for signals; they take some milliseconds."""


def change_bundle(path: Path, change: Callable[[apsw.Connection], Result], *, verb: str) -> Result:
    """Let `change` change a copy of the bundle at `path`, which then replaces it; return what `change` returns.

    A packed bundle is unpacked beside itself, and what replaces it is packed.

    Args:
        path: The bundle, of any release.
        change: Called with a connection to the copy, which has no journal: if it fails, the copy is removed.
        verb: What is done with the bundle, for the message about an error of SQLite's, such as "migrated".

    Raises:
        InvalidBundleError: the file is not a bundle, or `change` met an error of SQLite's.
        BundleVersionError: `change` raised it; the message gets the name of the bundle.
        BundleBuildError: the new file could not be written; the bundle is unchanged.
    """
    with write_errors(path), without_writers(path):
        pass  # a file that a writer has locked cannot be looked at
    packs = is_packed(path)
    if not packs:
        version_of(path)  # refuses a file that is not a bundle, before it is copied
    with (
        write_errors(path),
        under_construction(path, force=True, is_source=True, is_packed=packs) as construction,
    ):
        if packs:
            unpack(path, construction.descriptor, path.parent)
            version_of(construction.path, path)
        else:
            shutil.copyfile(path, construction.path)
        try:
            result = _change_copy(construction, change)
            construction.seal()
            if packs:
                construction.pack()
        except (apsw.FullError, apsw.IOError):
            raise
        except BundleVersionError as error:
            raise BundleVersionError(f"{path}: {error}") from error
        except apsw.CorruptError as error:
            raise DamagedBundleError(f"{path}: the bundle is damaged: {error}") from error
        except apsw.Error as error:
            raise InvalidBundleError(f"{path}: cannot be {verb}: {error}") from error
    return result


def _change_copy(construction: Construction, change: Callable[[apsw.Connection], Result]) -> Result:
    connection = open_alone(construction.path)
    # A bundle has no triggers. A file from a stranger may have some.
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER, 0)
    connection.set_progress_handler(lambda: False, _OPCODES)  # Python handles signals when it calls the handler
    try:
        with system_errors(connection), sorting_in(connection, construction.scratch):
            result = change(connection)
        close_finished(connection)
    finally:
        connection.close(force=True)
    return result
