"""Show the first page: what happened, charts, questions and tables; what takes time comes after the page is shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ...outcome_report.outcome_tiles import tiles
from ...saved_charts import saved_charts
from ...saved_queries import SavedQuery, saved_queries
from ..datasette_release import QueryInterrupted, Response, SqlError
from ..site.further_pages import FurtherPages
from ..site.served_bundle import ServedBundle
from .bundle_outcome import BundleOutcome
from .question_themes import sorted_tables, themes

_OUTCOME_SECONDS, _LONGEST_OUTCOME = 0.25, 60
"""Time for which the page waits for the outcome, and for which its script does, if that is not enough."""

_QUESTION_SECONDS = 0.25
"""Time in which the first row of a question must be there; a question that takes longer counts as answered."""

_ASKING = frozenset({"find-text", "session-story"})
"""Questions about a text or a session that the reader names: that they have no rows without a name says nothing."""


class FirstPage:
    """The first page about a bundle, and what its script asks for."""

    def __init__(
        self, datasette: Any, bundle: ServedBundle, about: Mapping[str, Any], further: FurtherPages | None
    ) -> None:
        self._datasette = datasette
        self._database = bundle.database
        self._name = bundle.database.name
        self._start = bundle.start
        self._about = about
        self._further = further
        self._outcome = BundleOutcome(bundle.database)

    def add(self) -> None:
        """Let the server answer with these pages."""
        start = re.escape(self._start)
        self._datasette.add_page(f"{start}/", self._page)
        self._datasette.add_page(f"{start}/-/outcome", self._late_outcome)
        self._datasette.add_page(rf"{start}/-/unanswered\.json", self._unanswered)

    async def _page(self, request: Any) -> Any:
        context = {
            "metadata": self._about,
            "charts": saved_charts(),
            "themes": themes(saved_queries()),
            "tables": sorted_tables(self._about["databases"][self._name]["tables"]),
            "invitation": await self._further.invitation() if self._further else None,
            **await self._outcome_context(_OUTCOME_SECONDS),
        }
        return await self._datasette.show("index.html", context, request)

    async def _late_outcome(self, request: Any) -> Any:
        """Return the part of the page about the outcome, when it is known."""
        return await self._datasette.show("_outcome.html", await self._outcome_context(_LONGEST_OUTCOME), request)

    async def _outcome_context(self, seconds: float) -> dict[str, Any]:
        """Return what the template needs to know of the outcome."""
        common = {"database": self._name, "start": self._start}
        try:
            outcome = await self._outcome.within(seconds)
        except (QueryInterrupted, SqlError) as error:
            return {**common, "outcome_error": str(error) or type(error).__name__}
        return {**common, "outcome": outcome, "tiles": tiles(outcome) if outcome else []}

    async def _unanswered(self, _request: Any) -> Any:
        """Return the names of the questions that have no rows, whatever their parameters are."""
        queries = [query for query in saved_queries() if query.name not in _ASKING]
        names = [query.name for query in queries if not await self._may_have_rows(query)]
        return Response.json({"unanswered": names})

    async def _may_have_rows(self, query: SavedQuery) -> bool:
        parameters = dict.fromkeys(query.parameters, "")
        return bool(await self._database.has_rows(query.sql, parameters, _QUESTION_SECONDS))
