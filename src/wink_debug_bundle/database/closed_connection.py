"""Stand for the connection of a bundle that is closed, so that every use of it fails with one clear error."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

from ..errors import BundleError


class ClosedConnection:
    """What a closed bundle has in the place of its connection."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def close(self) -> None:
        """Do nothing: a bundle may be closed several times."""

    def refuse(self) -> NoReturn:
        """Say that the bundle is closed.

        Raises:
            BundleError: always.
        """
        raise BundleError(f"{self._path}: the bundle is closed; open it again with DebugBundle.open")

    def __getattr__(self, name: str) -> NoReturn:
        """Refuse every use.

        Raises:
            BundleError: always.
        """
        del name
        self.refuse()
