"""Set Datasette up for a bundle, or several. Slow to import, so the server imports it only when it starts."""

from __future__ import annotations

import re
from collections.abc import Sequence
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
from .run_pages.run_page import RUN_PATH, RunPages
from .served_name import shown_name
from .site.further_pages import FurtherPages
from .site.served_bundle import ServedBundle, names_in_addresses
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
    """Datasette for one bundle, or for several beside each other.

    Args:
        file: The bundle that the first page is about.
        others: Bundles that are served with it.
        further: Pages that another room adds.
    """

    def __init__(
        self, file: BundleFile, others: Sequence[BundleFile] = (), further: FurtherPages | None = None
    ) -> None:
        bundle_files = [file, *others]
        names = names_in_addresses(each.path for each in bundle_files)
        self._files = [ServedFile(each.database, each.path) for each in bundle_files]
        abouts = [_about(each, name) for each, name in zip(bundle_files, names, strict=True)]
        databases = {name: about["databases"][name] for name, (about, _) in zip(names, abouts, strict=True)}
        gates = Gates()
        self._datasette = PlainDatasette(
            lambda datasette, view: guarded(datasette, view, gates),
            _cell,
            {"cell": whole_value},
            metadata={
                **abouts[0][0],
                "databases": databases,
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
        self._datasette.templates.add_extension(ScriptNonces)
        self._datasette.templates.globals.update(script_nonce=script_nonce, chart_named=chart_named)
        self._datasette.templates.filters.update(tilde_encode=tilde_encode, in_bytes=in_bytes)
        self._bundles = [
            ServedBundle(
                each,
                BundleDatabase(self._datasette, served, shown_name(each.path), bundle_id, gates),
                "" if each is file else f"/{tilde_encode(name)}/-",
            )
            for each, served, name, (_, bundle_id) in zip(bundle_files, self._files, names, abouts, strict=True)
        ]
        self._further = further
        self._add_pages(names, [about for about, _ in abouts], gates)
        self.application: Application = self._datasette.app()

    def _add_pages(self, names: Sequence[str], abouts: Sequence[dict[str, Any]], gates: Gates) -> None:
        """Add the databases, and the pages of our own."""
        if self._further:
            self._further.add(self._datasette, self._bundles, gates)
        run_pages = RunPages(self._datasette)
        self._datasette.add_page(RUN_PATH, run_pages)
        self._datasette.templates.globals["search_addresses"] = {}
        for bundle, name, about in zip(self._bundles, names, abouts, strict=True):
            self._datasette.add_database(bundle.database, name=name)
            run_pages.add(bundle.database)
            FilePages(self._datasette, bundle.database).add()
            SearchPage(self._datasette, bundle.database).add()
            FirstPage(self._datasette, bundle, about, self._further).add()

    def is_current(self) -> bool:
        """Return whether the paths of all bundles still lead to the files that are served."""
        return all(file.is_current() for file in self._files)

    def start(self) -> None:
        """Start the workers."""
        for bundle in self._bundles:
            bundle.database.pool.start()

    def interrupt(self) -> None:
        """End all running statements, so that the shutdown does not wait for them. Any thread may call this."""
        if self._further:
            self._further.kill()
        for bundle in self._bundles:
            bundle.database.pool.kill()

    def close(self) -> None:
        """End all workers and close everything, in the event loop's thread."""
        if self._further:
            self._further.kill()
        for bundle in self._bundles:
            bundle.database.pool.close()
        self._datasette.close()
        for bundle, file in zip(self._bundles, self._files, strict=True):
            bundle.database.close()
            file.close()


def _about(file: BundleFile, name: str) -> tuple[dict[str, Any], str]:
    """Return the metadata of a bundle, and its hash."""
    with closing(open_bundle(file.database, file.path)) as connection, sql_errors(file.path):
        return metadata(connection, name, shown_name(file.path)), bundle_hash(connection)
