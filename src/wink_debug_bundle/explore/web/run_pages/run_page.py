"""Answer requests for the story of a run: one page of its steps, with what stands around them."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from ....errors import BundleError
from ...story.reading import Reading, Result
from ...story.run_choice import ListedUnit, Unit, choose, listed_units
from ...story.run_story import Outline, read_outline, read_steps
from ...story.step_title import anchor_of
from ...story.step_wording import facts, story_title
from ...story.story_data import Step
from ..bundle_database import BundleDatabase, TooLargeError
from ..datasette_release import WRONG_SQL, PlainDatasette, QueryInterrupted, Response, tilde_decode
from .run_context import UNREAD, RunContext, page_sql, read_context
from .step_views import step_views
from .waterfall import waterfall

RUN_PATH = r"/(?P<database>[^/.]+)/run(/(?P<run>[^/]+))?"
"""The path of a run's page; without a run, of the list of runs."""

STEPS_PER_PAGE = 200
_AT_ONCE = 50
"""Steps that one statement reads."""

_PAGE_CHARACTERS = 1_500_000
"""A page whose texts are longer together ends early."""

_MOST_STEPS = 100_000
_MOST_LISTED = 200
_ANCHOR = re.compile("(failure|log|entry)-([0-9]{1,15})")
_REMEMBERED, _REMEMBERED_STEPS = 8, 20_000


class RunPages:
    """The pages of the runs in all bundles of a server; one that is not there has those of the first."""

    def __init__(self, datasette: PlainDatasette) -> None:
        self._datasette = datasette
        self._pages: dict[str, RunPage] = {}

    def add(self, database: BundleDatabase) -> None:
        """Answer for a bundle, too."""
        self._pages[database.name] = RunPage(self._datasette, database)

    async def __call__(self, request: Any) -> Any:
        """Return the page of the run in the request's path."""
        first = next(iter(self._pages.values()))
        return await self._pages.get(tilde_decode(request.url_vars["database"]), first)(request)


class RunPage:
    """The pages of the runs in one bundle."""

    def __init__(self, datasette: PlainDatasette, database: BundleDatabase) -> None:
        self._datasette = datasette
        self._database = database
        self._remembered: OrderedDict[Unit, tuple[Outline, RunContext]] = OrderedDict()

    async def __call__(self, request: Any) -> Any:
        """Return the page of the run in the request's path; a list of runs if the path has no name, or a wrong one."""
        written = request.url_vars["run"] or ""
        name = (
            unquote(written) if "%" in written else tilde_decode(written)
        )  # as a person types it, or as a link has it
        if tilde_decode(request.url_vars["database"]) != self._database.name:
            return await self._list(request, f"no bundle is called {request.url_vars['database']!r} here", 404)
        if not name:
            return await self._list(request, "", 200)
        try:
            unit = await self._read(choose(name))
        except BundleError as error:
            return await self._list(request, str(error), 404)
        return await self._story(request, unit)

    async def _list(self, request: Any, message: str, status: int) -> Any:
        units: list[ListedUnit] = await self._read(listed_units(_MOST_LISTED))
        return await self._show("run_list.html", {"message": message, "units": units}, request, status)

    async def _story(self, request: Any, unit: Unit) -> Any:
        """Return a page of a story."""
        outline, around = await self._frame(unit)
        if told := await self._told_elsewhere(unit, outline, request.args.get("at")):
            return Response.redirect(f"{request.path}?at={told}#{told}")
        first = _first(request.args, outline)
        steps = await self._steps(outline, first)
        at = _position(outline, request.args.get("at"))
        if at is not None and at >= first + len(steps):
            first = at
            steps = await self._steps(outline, first)
        end = first + len(steps)
        total = len(outline.places)
        context = {
            "unit": unit,
            "header": outline.header,
            "title": story_title(outline.header),
            "facts": list(facts(outline.header)),
            "steps": step_views(steps, unit.session_id),
            "picture": waterfall(steps),
            "around": around,
            "sessions": outline.sessions,
            "is_cut": total == _MOST_STEPS,
            "first": first,
            "end": end,
            "total": total,
            "previous": max(first - STEPS_PER_PAGE, 0) if first else None,
            "next": end if end < total else None,
            "last": max(total - STEPS_PER_PAGE, 0),
        }
        return await self._show("run.html", context, request)

    async def _told_elsewhere(self, unit: Unit, outline: Outline, anchor: str | None) -> str | None:
        """Return the anchor of the step that tells what has no step of its own; None if there is no need or none."""
        wanted = _ANCHOR.fullmatch(anchor or "")
        if wanted is None or unit.run_id is None or _position(outline, anchor) is not None:
            return None
        parameters = {"run": unit.run_id, "kind": wanted[1], "id": int(wanted[2])}
        rows = await self._database.rows_of_page(page_sql("telling_steps"), parameters)
        return next((str(told) for (told,) in rows if _position(outline, told) is not None), None)

    async def _show(self, template: str, context: dict[str, Any], request: Any, status: int = 200) -> Response:
        return await self._datasette.show(template, {"database": self._database.name, **context}, request, status)

    async def _frame(self, unit: Unit) -> tuple[Outline, RunContext]:
        """Return a story without its words, and what stands around it; a bundle does not change, so the last are kept."""
        if unit in self._remembered:
            self._remembered.move_to_end(unit)
            return self._remembered[unit]
        outline = await self._read(read_outline(unit, _MOST_STEPS))
        try:
            around = await self._read(read_context(unit, outline))
        except (TooLargeError, QueryInterrupted, *WRONG_SQL):
            around = UNREAD  # the story is worth a page without it
        frame = outline, around
        if len(outline.places) <= _REMEMBERED_STEPS:
            self._remembered[unit] = frame
            if len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        return frame

    async def _steps(self, outline: Outline, first: int) -> Sequence[Step]:
        """Return the steps of a page: as many as one may have, fewer if their texts are long."""
        steps: list[Step] = []
        characters, at_once = 0, _AT_ONCE
        end = min(first + STEPS_PER_PAGE, len(outline.places))
        while first + len(steps) < end:
            positions = range(first + len(steps), min(first + len(steps) + at_once, end))
            try:
                more = await self._read(read_steps(outline.places, positions))
            except TooLargeError:
                if at_once == 1:
                    raise
                at_once = max(at_once // 4, 1)
                continue
            for step in more:
                characters += sum(len(text) for text in (step.text, step.parameters, step.error) if text)
                if steps and characters > _PAGE_CHARACTERS:
                    return steps
                steps.append(step)
        return steps

    async def _read(self, reading: Reading[Result]) -> Result:
        """Run the statements of a reading in the bundle's workers, and return its result."""
        rows: Sequence[Any] | None = None
        while True:
            try:
                statement = next(reading) if rows is None else reading.send(rows)
            except StopIteration as end:
                result: Result = end.value
                return result
            rows = await self._database.rows_of_page(statement.sql, statement.parameters)


def _first(arguments: Mapping[str, str], outline: Outline) -> int:
    """Return the position of the first step on the page that a request is for."""
    at = _position(outline, arguments.get("at"))
    after = arguments.get("after") or ""
    if at is not None:
        return at // STEPS_PER_PAGE * STEPS_PER_PAGE
    wanted = int(after) if after.isascii() and after.isdigit() and len(after) < 10 else 0
    return min(wanted, max(len(outline.places) - 1, 0))


def _position(outline: Outline, anchor: str | None) -> int | None:
    """Return the position of the step with this anchor; None if no step has it."""
    if not anchor:
        return None
    return next((number for number, place in enumerate(outline.places) if anchor_of(place) == anchor), None)
