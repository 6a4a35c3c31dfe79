"""Answer for the pages that compare: the choice of two evaluations, their comparison, its samples, and two runs."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from ...explore.outcome_report.page_template import escaping_template, story_style
from ...explore.web.admission import Gates, current_page
from ...explore.web.bundle_database import ReplacedError
from ...explore.web.datasette_release import DatasetteError, PlainDatasette
from ...explore.web.served_name import shown_name
from ...explore.web.site.further_pages import Invitation
from ...explore.web.site.served_bundle import ServedBundle
from ..sample_pairs.offered_choices import Offer, offered_choices
from ..sample_pairs.sample_groups import HAS_EVALUATION, groups_sql, sample_groups
from ..side_by_side.comparison_page import comparison_style
from .comparing_process import ComparingProcesses
from .page_order import MadePage, OrderedSide, PageOrder
from .served_links import COMPARISON, RUNS, SAMPLES, run_address, runs_address

_HERE = Path(__file__).parent
_REMEMBERED = 4
_SAMPLES_PER_PAGE = 200
_INVITATION_SECONDS = 0.25
"""Time for which the first page waits to know whether there is something to compare; if it takes longer, it says so."""

_LONGEST_RUN = 1000


class ComparisonPages:
    """The pages of a server that compare: the evaluations of one bundle, or of a bundle and its baseline."""

    def __init__(self) -> None:
        self._processes = ComparingProcesses()
        self._made: OrderedDict[PageOrder, MadePage] = OrderedDict()
        self._making = asyncio.Lock()
        self._counting: asyncio.Task[list[list[Offer]]] | None = None

    def add(self, datasette: PlainDatasette, bundles: Sequence[ServedBundle], gates: Gates) -> None:
        """Let the server answer for them."""
        self._datasette = datasette
        self._base, self._new = bundles[-1], bundles[0]
        self._gates = gates
        datasette.add_page(COMPARISON, self._comparison)
        datasette.add_page(SAMPLES, self._samples)
        datasette.add_page(RUNS, self._runs)

    def kill(self) -> None:
        """End all processes at once. Any thread may call this."""
        self._processes.kill()

    async def invitation(self) -> Invitation | None:
        """Return a link to the comparison; None for a bundle with one evaluation of one experiment."""
        if not self._is_one_bundle:
            return Invitation(f"Compare with the baseline {self._base.database.name}", COMPARISON)
        if self._counting is None:
            self._counting = asyncio.create_task(self._offers())
        try:
            offers = await asyncio.wait_for(asyncio.shield(self._counting), _INVITATION_SECONDS)
        except TimeoutError:
            return Invitation("Compare evaluations", COMPARISON)
        except Exception:  # noqa: BLE001 - the page that compares says what is wrong
            self._counting = None
            return Invitation("Compare evaluations", COMPARISON)
        return Invitation("Compare two of its evaluations or experiments", COMPARISON) if offers[0][1:] else None

    async def _offers(self) -> list[list[Offer]]:
        """Return what can be compared: of the base, and of the new evaluation."""
        return [await self._offers_of(each) for each in (self._base, self._new)]

    async def _offers_of(self, bundle: ServedBundle) -> list[Offer]:
        has_evaluations = bool(await bundle.database.rows_of_page(HAS_EVALUATION, {}))
        rows = await bundle.database.rows_of_page(groups_sql(has_evaluations=has_evaluations), {})
        return offered_choices(sample_groups(rows), has_evaluations=has_evaluations)

    async def _comparison(self, request: Any) -> Any:
        """Return the comparison of what the request names, or the choice if it names nothing and there is one."""
        offers = await self._offers()
        chosen = self._chosen(request.args, offers)
        if chosen is None:
            return await self._show("Compare two evaluations", self._form(offers, None), request)
        made = await self._page(self._order(*chosen))
        link = _address(SAMPLES, chosen)
        words = f"All {made.sample_count:,} samples, with both runs of each"
        after = Markup('<p id="samples"><a href="{}">{}</a></p>').format(link, words)
        return await self._show(made.title, self._form(offers, chosen) + Markup(made.markup) + after, request)  # noqa: S704 - escaped

    async def _samples(self, request: Any) -> Any:
        """Return a page of the list of all samples."""
        chosen = self._chosen(request.args, await self._offers())
        if chosen is None:
            raise DatasetteError("The address does not say which evaluations are compared.", status=404)
        made = await self._page(self._order(*chosen))
        first = _number(request.args.get("after")) or 0
        shown = made.samples[first : first + _SAMPLES_PER_PAGE]
        homes = self._base.home, self._new.home
        following = first + len(shown)
        content = _filled(
            "samples.html",
            rows=[(each, _links(each, homes)) for each in shown],
            first=first,
            count=made.sample_count,
            listed=len(made.samples),
            comparison=_address(COMPARISON, chosen),
            next=_address(SAMPLES, chosen, following) if following < len(made.samples) else None,
            previous=_address(SAMPLES, chosen, max(0, first - _SAMPLES_PER_PAGE)) if first else None,
        )
        return await self._show("Samples of both evaluations", content, request)

    async def _runs(self, request: Any) -> Any:
        """Return two runs side by side, from the first step at which they differ."""
        names = [(request.args.get(name) or "")[:_LONGEST_RUN] for name in ("base_run", "new_run")]
        made = await self._page(
            PageOrder(_side(self._base, run=names[0]), _side(self._new, run=names[1])),
        )
        heading = Markup("<h1>{}</h1>").format(made.title)
        return await self._show(made.title, heading + Markup(made.markup), request)  # noqa: S704 - escaped

    @property
    def _is_one_bundle(self) -> bool:
        """Return whether base and new are in one bundle."""
        return self._base is self._new

    def _chosen(self, arguments: Any, offers: Sequence[Sequence[Offer]]) -> tuple[int, int] | None:
        """Return the positions of what is compared; None if that is not said, and there are several."""
        base, new = _number(arguments.get("base")), _number(arguments.get("new"))
        if base is not None and new is not None:
            return base, new
        is_clear = not self._is_one_bundle and all(len(each) == 1 for each in offers)
        return (0, 0) if is_clear else None

    def _order(self, base: int, new: int) -> PageOrder:
        return PageOrder(_side(self._base, offer=base), _side(self._new, offer=new))

    async def _page(self, order: PageOrder) -> MadePage:
        """Return a page that a process made; a bundle does not change, so the last ones are kept.

        Raises:
            DatasetteError: it cannot be made.
            ReplacedError: a bundle's file was replaced.
            BusyError: too many slow requests wait already.
        """
        if (page := current_page.get()) and order not in self._made:
            await page.change_to(self._gates.slow)
        async with self._making:
            if order not in self._made:
                made = await self._processes.made(order)
                if made.is_replaced:
                    raise ReplacedError
                if made.error:
                    raise DatasetteError(made.error, title="This comparison could not be made", status=400)
                self._made[order] = made
            self._made.move_to_end(order)
            while len(self._made) > _REMEMBERED:
                self._made.popitem(last=False)
            return self._made[order]

    def _form(self, offers: Sequence[Sequence[Offer]], chosen: tuple[int, int] | None) -> Markup:
        """Return what to choose from; nothing where each side is one experiment of one evaluation."""
        if not (offers[0] and offers[1]):
            raise DatasetteError(
                "No samples of an evaluation are in the bundle.", title="Nothing to compare", status=404
            )
        if self._is_one_bundle and not offers[0][1:]:
            message = "The bundle has one evaluation. To compare it with another: serve BUNDLE --baseline OTHER."
            raise DatasetteError(message, title="Nothing to compare", status=404)
        if not (offers[0][1:] or offers[1][1:]):
            return Markup("")
        selected = chosen or (_first_two(offers[0]) if self._is_one_bundle else (0, 0))
        return _filled("choice.html", offers=offers, selected=selected, address=COMPARISON, is_made=chosen is not None)

    async def _show(self, title: str, content: Markup, request: Any) -> Any:
        sides = dict.fromkeys((self._new, self._base))
        context = {
            "title": title,
            "content": content,
            "style": story_style() + comparison_style(),
            "class_name": "comparison",
            "trail": [*((f"{each.database.name}", f"{each.start}/") for each in sides), ("comparison", COMPARISON)],
            "database": self._new.database.name,
        }
        return await self._datasette.show("content.html", context, request)


def _first_two(offers: Sequence[Offer]) -> tuple[int, int]:
    """Return the positions of the first two single experiments, or of the first two choices."""
    single = [at for at, offer in enumerate(offers) if not offer.choice.every_experiment]
    return (single[0], single[1]) if len(single) > 1 else (0, 1)


def _side(bundle: ServedBundle, offer: int | None = None, run: str | None = None) -> OrderedSide:
    served = bundle.database.served
    return OrderedSide(shown_name(bundle.file.path), str(served.path), served.identity, bundle.home, offer, run)


def _links(sample: Any, homes: tuple[str, str]) -> tuple[str | None, str | None, str | None]:
    base, new = sample.base and sample.base[1], sample.new and sample.new[1]
    return run_address(homes[0], base), run_address(homes[1], new), runs_address(base, new)


def _address(path: str, chosen: tuple[int, int], after: int = 0) -> str:
    return f"{path}?base={chosen[0]}&new={chosen[1]}{f'&after={after}' if after else ''}"


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 7 else None


def _filled(template: str, **context: Any) -> Markup:
    return Markup(escaping_template(_HERE, template).render(**context))  # noqa: S704 - the template escapes
