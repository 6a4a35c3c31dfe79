"""The file of a bundle that is open: what the user named, and the database to read, which may be a private copy."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from .frame_header import UNPACKED_EXPANSION, ByteProgress, is_packed
from .private_copy import PrivateCopy

_REMEDY = "free space there, or name another folder in the variable TMPDIR"


@dataclass(frozen=True, slots=True)
class BundleFile:
    """The file of a bundle.

    Attributes:
        path: The file that the user named, which messages name.
        database: The SQLite file: the same one, or the copy of a packed bundle.
        copy: The copy; None if the bundle is not packed.
    """

    path: Path
    database: Path
    copy: PrivateCopy | None = None

    @classmethod
    def open(
        cls, path: Path, *, max_expansion: int = UNPACKED_EXPANSION, progress: ByteProgress | None = None
    ) -> BundleFile:
        """Unpack the bundle at `path` if its content is packed; any other file is left as it is, and not looked at.

        Raises:
            DamagedBundleError: the packed bundle is damaged.
            InvalidBundleError: it holds no database, or would become too large.
            BundleError: there is no room for it.
        """
        if not is_packed(path):
            return cls(path, path)
        from .frame_reading import unpack

        copy = PrivateCopy(path)
        try:
            descriptor = copy.create()
            try:
                folder = copy.database.parent.parent
                unpack(path, descriptor, folder, max_expansion=max_expansion, progress=progress, remedy=_REMEDY)
            finally:
                os.close(descriptor)
        except BaseException:
            copy.close()
            raise
        return cls(path, copy.database, copy)

    def close(self) -> None:
        """Remove the copy, if there is one."""
        if self.copy is not None:
            self.copy.close()
