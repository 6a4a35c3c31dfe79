"""Give a pre-release of Datasette 1.0 its metadata where it looks for it, and answer for it as 0.65 does."""

from __future__ import annotations

import copy
from typing import Any

Metadata = dict[str, Any]


class ConfiguredMetadata:
    """A base class before Datasette's: saved queries become its configuration, and `metadata()` is there again."""

    def __init__(self, *, metadata: Metadata, **options: Any) -> None:
        self._about = metadata
        moved = copy.deepcopy(metadata)
        config: Metadata = {"databases": {}}
        for name, database in moved["databases"].items():
            config["databases"][name] = {"queries": database.pop("queries", {})}
        config["extra_css_urls"] = moved.pop("extra_css_urls", [])
        super().__init__(metadata=moved, config=config, **options)  # type: ignore[call-arg]  # Datasette's own

    def metadata(self, key: str | None = None, database: str | None = None) -> Any:
        """Return what the metadata says: of the bundle's database, or of everything."""
        about = self._about["databases"].get(database, {}) if database else self._about
        return about.get(key) if key else about

    def table_metadata(self, database: str, table: str) -> Metadata:
        """Return what the metadata says about a table."""
        about: Metadata = self._about["databases"].get(database, {}).get("tables", {}).get(table, {})
        return about
