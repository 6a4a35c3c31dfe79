"""Write a report: one page that opens from a disk, without a server and without a network.

Its policy allows the scripts that draw charts, by their hashes, and nothing else: a text of the bundle that became
markup could neither run nor load anything.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TextIO

from markupsafe import Markup

from ..outcome import read_outcome
from ..saved_charts import VEGA
from .failed_stories import anchor_of, failed_units, stories
from .outcome_tiles import tiles
from .page_template import STATIC, escaping_template, page_style
from .report_charts import drawn_charts

MOST_BYTES = 5_000_000
"""Bytes of a report at most: what CI systems and mail accept, and browsers open at once."""

_ROOM = 20_000
"""Bytes that are kept for what is around the stories."""

_STORIES = "<!-- stories -->"


def write_report(connection: sqlite3.Connection, title: str, stream: TextIO) -> None:
    """Write the report of a bundle.

    Args:
        connection: The bundle, with the views in `outcome.OUTCOME_VIEWS`.
        title: The name of the bundle.
        stream: Where it is written; at most `MOST_BYTES` bytes of UTF-8.
    """
    with _any_text(connection):
        _write(connection, title, stream)


@contextmanager
def _any_text(connection: sqlite3.Connection) -> Iterator[None]:
    """Let text that is not UTF-8 have marks where it is not, instead of ending the report."""
    usual = connection.text_factory
    connection.text_factory = lambda data: data.decode("utf-8", "replace")
    try:
        yield
    finally:
        connection.text_factory = usual


def _write(connection: sqlite3.Connection, title: str, stream: TextIO) -> None:
    units = failed_units(connection)
    outcome = read_outcome(connection)
    page = escaping_template(Path(__file__).parent, "report.html").render(
        title=title,
        built=_built(connection),
        outcome=outcome,
        tiles=tiles(outcome),
        charts=list(drawn_charts(connection)),
        scripts=_scripts(),
        policy=_policy(),
        style=page_style(),
        anchors={name: anchor_of(name) for name in units.names},
        units=units,
    )
    before, _, after = page.partition(_STORIES)
    room = MOST_BYTES - _ROOM - len(page.encode())
    told = 0
    stream.write(before)
    for markup in stories(connection, units, room):
        stream.write(markup)
        told += 1
    if told < units.total:
        stream.write(
            f'<p class="hint">{told:,} of {units.total:,} failed runs are told here, those of each reason first; '
            "the bundle has the others: wink-debug-bundle show BUNDLE</p>"
        )
    stream.write(after)


@cache
def _scripts() -> tuple[Markup, ...]:
    """Return the scripts that draw the charts."""
    vega = gzip.decompress((VEGA / "vega.min.js.gz").read_bytes()).decode()
    others = (path.read_text(encoding="utf-8") for path in (VEGA / "vega-interpreter.js", STATIC / "charts.js"))
    return tuple(Markup(script) for script in (vega, *others))  # noqa: S704 - files of our own


def _policy() -> str:
    """Return the page's Content-Security-Policy."""
    hashes = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in _scripts())
    allowed = " ".join(f"'sha256-{value}'" for value in hashes)
    return f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def _built(connection: sqlite3.Connection) -> str:
    """Return a sentence about how the bundle was built, and its description."""
    description, created, version, source = connection.execute(
        "SELECT description, created_at, wink_version, source_directory FROM bundle_meta"
    ).fetchone()
    origin = f" from {source}" if source else ""
    said = f"{description}. " if description else ""
    return f"{said}Built{origin} at {created} by wink-debug-bundle {version}."
