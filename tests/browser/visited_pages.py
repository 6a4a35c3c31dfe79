"""The pages that the browser visits: add the paths of a new page here, and what shows that it is complete."""

from __future__ import annotations

from typing import NamedTuple

from wink_debug_bundle.explore.saved_charts import saved_charts
from wink_debug_bundle.explore.saved_queries import saved_queries


class VisitedPage(NamedTuple):
    """A page of a served bundle.

    Attributes:
        name: The name of its screenshots.
        path: Its path; `{name}` is the bundle's name in addresses, `{run}` the number of a run that failed.
        complete: A selector of what the page has when its scripts are done; the empty one needs no waiting.
        needs_runs: Whether only a bundle with runs has it.
        is_error: Whether the page is about an error, and its own status says so.
    """

    name: str
    path: str
    complete: str = ""
    needs_runs: bool = False
    is_error: bool = False


PAGES = (
    VisitedPage("first-page", "", "html[data-charts=done][data-questions=done]"),
    VisitedPage("tables-and-sql", "{name}", ".CodeMirror"),
    VisitedPage("own-sql", "{name}?sql=select+level,count(*)+from+logs+group+by+level", ".CodeMirror"),
    VisitedPage("wrong-sql", "{name}?sql=select+nothing", ".CodeMirror", is_error=True),
    VisitedPage("no-rows", "{name}?sql=select+1+where+0", ".CodeMirror"),
    VisitedPage("missing", "{name}/no-such-table", is_error=True),
    VisitedPage("table-logs", "{name}/logs?level=ERROR"),
    VisitedPage("table-sessions", "{name}/sessions"),
    VisitedPage("table-tool-calls", "{name}/tool_calls"),
    VisitedPage("table-runs", "{name}/runs"),
    VisitedPage("row-of-logs", "{name}/logs/1"),
    VisitedPage("row-of-runs", "{name}/runs/{run}", needs_runs=True),
    VisitedPage("run", "{name}/run/{run}", needs_runs=True),
    VisitedPage("search", "{name}/search?q=declined"),
    VisitedPage("search-without-words", "{name}/search"),
    VisitedPage("search-without-hits", "{name}/search?q=no-such-word-anywhere"),
    VisitedPage("archive", "{name}/archive/{run}", needs_runs=True),
    VisitedPage("list-of-runs", "{name}/run"),
    VisitedPage("choice-of-evaluations", "-/compare", needs_runs=True),
    VisitedPage("comparison", "-/compare?base=1&new=2", needs_runs=True),
    VisitedPage("samples-of-comparison", "-/compare/samples?base=1&new=2", needs_runs=True),
    VisitedPage("no-such-pair", "-/compare/runs?base_run=nope&new_run=nope", is_error=True),
    VisitedPage("no-such-run", "{name}/run/nope", is_error=True),
    *(
        VisitedPage(f"chart-{chart.name}", f"{{name}}/{chart.query.name}", "html[data-charts=done]")
        for chart in saved_charts()
    ),
    *(VisitedPage(f"query-{query.name}", f"{{name}}/{query.name}") for query in saved_queries()),
)
