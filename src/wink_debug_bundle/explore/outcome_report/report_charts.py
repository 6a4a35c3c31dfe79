"""Read the rows of the charts of a report, which are in the page itself."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from typing import Any, NamedTuple

from ..saved_charts import Chart, saved_charts

_NOTE = "note"


class DrawnChart(NamedTuple):
    """A chart with its rows.

    Attributes:
        chart: The chart.
        columns: Names of the columns, without the one that holds the note.
        rows: The rows, as objects.
        material: JSON of specification and rows for the script that draws them, which cannot end a script element.
        note: What the rows leave out.
    """

    chart: Chart
    columns: list[str]
    rows: list[dict[str, Any]]
    material: str
    note: str


def drawn_charts(connection: sqlite3.Connection) -> Iterator[DrawnChart]:
    """Yield every chart with its rows."""
    for chart in saved_charts():
        cursor = connection.execute(chart.query.sql)
        columns = [name for name, *_ in cursor.description]
        rows = [dict(zip(columns, row, strict=True)) for row in cursor]
        note = str(rows[0][_NOTE] or "") if rows else chart.empty
        material = _in_script({"specification": chart.specification, "rows": rows})
        yield DrawnChart(chart, [name for name in columns if name != _NOTE], rows, material, note)


def _in_script(value: object) -> str:
    """Return JSON that is safe within a script element."""
    return json.dumps(value, separators=(",", ":"), default=str).replace("<", "\\u003c")
