"""Set Datasette up for one bundle. Slow to import, so the server imports it only when it starts.

What depends on Datasette's version is here, in `bundle_catalog.py` and in `bundle_views.py`.
"""

from __future__ import annotations

import re
import warnings
from contextlib import closing
from pathlib import Path
from typing import Any

from datasette.app import Datasette
from jinja2.ext import Extension

from ...database.connection import open_bundle
from ..sql_errors import sql_errors
from .access.request_guard import Application, script_nonce
from .admission import Gates
from .bundle_database import BundleDatabase
from .datasette_metadata import bundle_hash, metadata
from .guarded_routes import guarded
from .served_name import served_name, shown_name
from .sql_processes.served_file import ServedFile

_SETTINGS = {
    "allow_download": False,
    "default_facet_size": 8,
    "default_cache_ttl": 0,  # the next server at this address may serve another bundle
    "facet_suggest_time_limit_ms": 50,
    "facet_time_limit_ms": 1000,
    "num_sql_threads": 1,  # only plugins use it
    "sql_time_limit_ms": 10_000,
    "truncate_cells_html": 400,
}

_PAGES = Path(__file__).parent / "pages"


class ScriptNonces(Extension):
    """Adds the page's nonce to the templates' own scripts, before any data is filled in."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002
        """Add the nonce to each script element of a template's text."""
        return re.sub(r"<script(?=[\s>{])", '<script nonce="{{ script_nonce() }}"', source)


class _BundleDatasette(Datasette):  # type: ignore[misc]  # Datasette has no types
    """Datasette without what a single bundle that never changes does not need, and with the server's limits."""

    def __init__(self, gates: Gates, **options: Any) -> None:
        self._gates = gates
        super().__init__(**options)

    async def refresh_schemas(self) -> None:
        """Do nothing: the schema does not change, and no catalog of databases is kept."""

    async def permission_allowed(self, actor: Any, action: str, resource: Any = None, default: Any = False) -> Any:  # noqa: ARG002, FBT002
        """Return the default: all who may use the server may see the whole bundle."""
        return default

    def _routes(self) -> list[Any]:
        """Return Datasette's routes, each with the limits of this server."""
        return [(pattern, guarded(self, view, self._gates)) for pattern, view in super()._routes()]


class BundleServer:
    """Datasette for one bundle."""

    def __init__(self, path: Path) -> None:
        _print_no_tracebacks()
        self.bundle = ServedFile(path)
        name = served_name(path)
        with closing(open_bundle(path)) as connection, sql_errors(path):
            about = metadata(connection, name, shown_name(path))
            bundle_id = bundle_hash(connection)
        gates = Gates()
        self._datasette = _BundleDatasette(
            gates,
            metadata={**about, "extra_css_urls": ["/-/bundle/bundle.css"]},
            settings=_SETTINGS,
            template_dir=str(_PAGES / "templates"),
            static_mounts=[("-/bundle", str(_PAGES / "static"))],
        )
        for other in ("_memory", "_internal"):
            self._datasette.remove_database(other)
        self._database = BundleDatabase(self._datasette, self.bundle, shown_name(path), gates)
        self._database.cached_hash = bundle_id
        self._datasette.add_database(self._database, name=name)
        self._datasette.jinja_env.add_extension(ScriptNonces)
        self._datasette.jinja_env.globals["script_nonce"] = script_nonce
        self.application: Application = self._datasette.app()

    def start(self) -> None:
        """Start the workers."""
        self._database.pool.start()

    def interrupt(self) -> None:
        """End all running statements, so that the shutdown does not wait for them. Any thread may call this."""
        self._database.pool.kill()

    def close(self) -> None:
        """End all workers and close everything, in the event loop's thread."""
        self._database.pool.close()
        self._datasette.executor.shutdown(wait=False, cancel_futures=True)
        self._database.close()
        self.bundle.close()


def _print_no_tracebacks() -> None:
    """Keep Datasette from printing a traceback with all variables for each missing page, as it does if it finds `rich`."""
    from datasette import handle_exception  # imported before `datasette.app`, it would not become a plugin

    handle_exception.rich = None
    # Datasette prepares the facets of a page before it runs them one by one; an error in one leaves the others.
    warnings.filterwarnings("ignore", r"coroutine '\w+Facet\.\w+' was never awaited", RuntimeWarning)
