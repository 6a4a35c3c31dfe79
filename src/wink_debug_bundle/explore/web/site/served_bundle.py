"""A bundle that a server shows, by its name in addresses, and the paths that are its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ....packing.bundle_file import BundleFile
from ..bundle_database import BundleDatabase
from ..datasette_release import tilde_encode
from ..served_name import served_name


@dataclass(frozen=True, slots=True)
class ServedBundle:
    """A bundle that a server shows.

    Attributes:
        file: Its file.
        database: What answers its statements, and knows its name in addresses.
        start: Path of the page to start from: that of the whole server, unless another bundle has it.
    """

    file: BundleFile
    database: BundleDatabase
    start: str

    @property
    def home(self) -> str:
        """Return the path of its database; those of its own pages begin with it."""
        return f"/{tilde_encode(self.database.name)}"


def names_in_addresses(paths: Iterable[Path]) -> list[str]:
    """Return a name for each bundle, all different: of files with one name, the later ones get a number."""
    names: list[str] = []
    for path in paths:
        name, number = served_name(path), 2
        while name.lower() in {each.lower() for each in names}:
            name, number = f"{served_name(path)}-{number}", number + 1
        names.append(name)
    return names
