"""Show the first page: what happened, charts, questions and tables; what takes time comes after the page is shown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from ...saved_charts import saved_charts
from ...saved_queries import SavedQuery, saved_queries
from ..datasette_release import IndexView, Response
from .question_themes import sorted_tables, themes

UNANSWERED = r"/-/unanswered\.json"
"""The path at which a server gives the names of the questions that have no rows."""

_SECONDS = 0.25
"""Time in which the first row of a question must be there; a question that takes longer counts as answered."""


class FirstPage(IndexView):  # type: ignore[misc]  # Datasette has no types
    """The first page; as JSON, what Datasette says of its databases."""

    async def get(self, request: Any) -> Any:
        """Return the page."""
        if request.url_vars["format"]:
            return await super().get(request)
        (name,) = self.ds.databases
        about = self.ds.metadata()
        context = {
            "metadata": about,
            "database": name,
            "charts": saved_charts(),
            "themes": themes(saved_queries()),
            "tables": sorted_tables(about["databases"][name]["tables"]),
        }
        return await self.render(["index.html"], request, context)


def unanswered(database: Any) -> Callable[[Any], Awaitable[Any]]:
    """Return the page with the names of the saved queries that have no rows in the bundle."""

    async def page(_request: Any) -> Any:
        names = [query.name for query in saved_queries() if not await _has_rows(database, query)]
        return Response.json({"unanswered": names})

    return page


async def _has_rows(database: Any, query: SavedQuery) -> bool:
    """Return whether a query has a row when its parameters are left empty, or may have one."""
    return bool(await database.has_rows(query.sql, dict.fromkeys(query.parameters, ""), _SECONDS))
