"""Set Datasette up for one bundle. Slow to import, so the server imports it only when it starts."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path
from typing import Any

from ...database.connection import open_bundle
from ...packing.bundle_file import BundleFile
from ..saved_charts import CHARTS, VEGA, chart_named
from ..sql_errors import sql_errors
from .access.request_guard import Application, script_nonce
from .admission import Gates, current_page
from .bundle_database import BundleDatabase
from .cells.whole_value import whole_value
from .datasette_metadata import bundle_hash, metadata
from .datasette_release import Extension, PlainDatasette, tilde_encode
from .file_pages.pages_of_files import FilePages
from .front.first_page import FirstPage
from .front.search_page import SearchPage
from .guarded_routes import guarded
from .run_pages.run_page import RUN_PATH, RunPage
from .served_name import served_name, shown_name
from .sql_processes.served_file import ServedFile

_SETTINGS = {
    "allow_download": False,
    "default_facet_size": 8,
    "default_cache_ttl": 0,  # the next server at this address may serve another bundle
    "facet_time_limit_ms": 1000,
    "num_sql_threads": 1,  # only plugins use it
    "sql_time_limit_ms": 10_000,
    "suggest_facets": False,  # it reads the whole table three times for each column
    "truncate_cells_html": 400,
}

_PAGES = Path(__file__).parent / "pages"


class ScriptNonces(Extension):
    """Adds the page's nonce to the templates' own scripts, before any data is filled in."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002
        """Add the nonce to each script element of a template's text."""
        return re.sub(r"<script(?=[\s>{])", '<script nonce="{{ script_nonce() }}"', source)


def in_bytes(size: int) -> str:
    """Return a number of bytes in words."""
    return f"{size:,} byte{'' if size == 1 else 's'}"


def _cell(column: str, value: Any, row: Any) -> Any:
    """Return the markup of a value on the current page; None for what is shown as it is."""
    page = current_page.get()
    return page.cells.html(column, value, row) if page and page.cells else None


class BundleServer:
    """Datasette for one bundle."""

    def __init__(self, file: BundleFile) -> None:
        path = file.path
        self.bundle = ServedFile(file.database, path)
        name = served_name(path)
        with closing(open_bundle(file.database, path)) as connection, sql_errors(path):
            about = metadata(connection, name, shown_name(path))
            bundle_id = bundle_hash(connection)
        gates = Gates()
        self._datasette = PlainDatasette(
            lambda datasette, view: guarded(datasette, view, gates),
            _cell,
            {"cell": whole_value},
            metadata={
                **about,
                "extra_css_urls": [
                    "/-/bundle/bundle.css",
                    "/-/bundle/rows.css",
                    "/-/bundle/files.css",
                    "/-/bundle/search.css",
                ],
            },
            settings=_SETTINGS,
            template_dir=str(_PAGES / "templates"),
            static_mounts=[("-/bundle", str(_PAGES / "static")), ("-/charts", str(CHARTS)), ("-/vega", str(VEGA))],
        )
        self._database = BundleDatabase(self._datasette, self.bundle, shown_name(path), bundle_id, gates)
        self._datasette.add_database(self._database, name=name)
        self._datasette.add_page(RUN_PATH, RunPage(self._datasette, self._database))
        self._datasette.templates.add_extension(ScriptNonces)
        self._datasette.templates.globals["script_nonce"] = script_nonce
        self._datasette.templates.filters.update(tilde_encode=tilde_encode, in_bytes=in_bytes)
        FilePages(self._datasette, self._database).add()
        SearchPage(self._datasette, self._database).add()
        self._datasette.templates.globals["chart_named"] = chart_named
        FirstPage(self._datasette, self._database, name).add()
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
        self._datasette.close()
        self._database.close()
        self.bundle.close()
