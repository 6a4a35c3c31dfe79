"""A bundle of two evaluations of the same samples keeps them apart: no result, count or sum is of both in silence."""

from __future__ import annotations

import re
import shutil
import uuid
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.command_runner import run

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.explore.saved_charts import saved_charts
from wink_debug_bundle.explore.saved_queries import saved_queries

FIXTURES = Path(__file__).parents[2] / "fixtures"
SOURCES = {"base": "wink-0.24.0", "new": "wink-0.27.0"}
"""Folders of evaluations of the same samples, which two releases of the library executed."""

UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")

QUERIES = {query.name: query for query in saved_queries()}

ONE_RUN = {"prompt", "session-story", "conversation"}
"""Queries about one run or session, which they choose themselves."""

ACROSS = {"prompt-differences"}
"""Queries that compare all runs; `tests/runs/test_prompt_queries.py` says that they count those of each evaluation."""

IDS = {"row_key", "schema_version"}
"""Columns whose values count rows of the whole bundle, beside those that end with _id and hold numbers."""


@pytest.fixture(scope="module")
def bundles(tmp_path_factory) -> dict[str, Path]:
    """Return bundles of two evaluations, `base` and `new`, and of `both` in one input."""
    folder = tmp_path_factory.mktemp("several")
    for name, release in SOURCES.items():
        shutil.copytree(FIXTURES / release / "evaluation", folder / "input" / name)
    return built(folder)


@pytest.fixture(scope="module")
def session_bundles(tmp_path_factory) -> dict[str, Path]:
    """Return such bundles of a release that wrote no zips of runs; the second evaluation has sessions of its own."""
    folder = tmp_path_factory.mktemp("sessions")
    source = FIXTURES / "wink-0.20.0" / "evaluation"
    shutil.copytree(source, folder / "input/base")
    for path in source.rglob("*.*"):
        copy = folder / "input/new" / with_new_ids(path.relative_to(source).as_posix())
        copy.parent.mkdir(parents=True, exist_ok=True)
        is_text = path.suffix != ".zip"
        copy.write_bytes(with_new_ids(path.read_text("utf-8")).encode() if is_text else path.read_bytes())
    return built(folder)


def with_new_ids(text: str) -> str:
    """Return the text with another id in place of each."""
    return UUID.sub(lambda match: str(uuid.uuid5(uuid.NAMESPACE_OID, match[0])), text)


def built(folder: Path) -> dict[str, Path]:
    """Build bundles of the two evaluations below the folder."""
    inputs = {"base": folder / "input/base", "new": folder / "input/new", "both": folder / "input"}
    for name, directory in inputs.items():
        DebugBundle.from_directory(directory, output=folder / f"{name}.db", recursive=True, jobs=1).close()
    return {name: folder / f"{name}.db" for name in inputs}


def plain_rows(path: Path, name: str) -> Counter[tuple[Any, ...]]:
    """Return the rows of a saved query without what depends on the other rows of the bundle."""
    with DebugBundle.open(path) as bundle:
        rows = [dict(row) for row in bundle.ask(name)]
    return Counter(
        tuple((key, _plain(key, value)) for key, value in row.items() if key != "evaluation" and not _is_id(key, value))
        for row in rows
    )


def _is_id(key: str, value: object) -> bool:
    return key in IDS or (key.endswith("_id") and isinstance(value, int))


def _plain(key: str, value: object) -> object:
    is_path = isinstance(value, str) and key in ("path", "log_file", "artifact")
    return value.removeprefix("base/").removeprefix("new/") if is_path else value


class TestSavedQueries:
    """All saved queries."""

    @pytest.mark.parametrize("name", sorted(QUERIES.keys() - ONE_RUN - ACROSS))
    def test_rows_are_of_one_evaluation(self, bundles, name):
        """The rows for both evaluations are those for the one and those for the other: none adds them up."""
        both = plain_rows(bundles["both"], name)
        assert both == plain_rows(bundles["base"], name) + plain_rows(bundles["new"], name)

    @pytest.mark.parametrize("name", sorted(QUERIES.keys() - ONE_RUN - ACROSS))
    def test_rows_are_of_one_evaluation_without_runs(self, session_bundles, name):
        """The same holds for evaluations that only sessions record."""
        both = plain_rows(session_bundles["both"], name)
        assert both == plain_rows(session_bundles["base"], name) + plain_rows(session_bundles["new"], name)


class TestOutcome:
    """What `create`, `info` and the API say."""

    def test_evaluations(self, bundles):
        """Each evaluation has its own counts."""
        with DebugBundle.open(bundles["both"]) as bundle:
            outcome = bundle.outcome
        assert [(each.evaluation, each.passed, each.runs) for each in outcome.evaluations] == [
            ("base", 1, 6),
            ("new", 1, 6),
        ]

    def test_info_says_them_apart(self, bundles):
        """The command names each evaluation with its results, and no line has the results of both."""
        shown = run("info", bundles["both"]).stdout
        assert "  2 evaluations: base 1 of 6 passed, new 1 of 6 passed\n" in shown
        assert "  Runs of base: 6 (1 passed, 2 failed, 3 ended with an error)\n" in shown
        assert "Runs: 12" not in shown

    def test_evaluations_that_only_sessions_record(self, session_bundles):
        """Samples of sessions are told apart like runs."""
        with DebugBundle.open(session_bundles["both"]) as bundle:
            outcome = bundle.outcome
        assert [(each.evaluation, each.passed, each.runs) for each in outcome.evaluations] == [
            ("base", 4, 6),
            ("new", 4, 6),
        ]

    def test_one_evaluation_needs_no_name(self, bundles):
        """A bundle of one evaluation says nothing about evaluations, and has no names of them."""
        with DebugBundle.open(bundles["base"]) as bundle:
            assert bundle.outcome.evaluations == ()
            assert [tuple(row) for row in bundle.query("SELECT count(evaluation) FROM artifacts")] == [(0,)]
        outcome = run("info", bundles["base"]).stdout.partition("\nOutcome:\n")[2].partition("\n\n")[0]
        assert outcome.startswith("  Runs: 6 (1 passed")
        assert "evaluation" not in outcome


TOGETHER = {"durations", "tokens", "log-levels"}
"""Charts that show all runs in one picture."""


class TestCharts:
    """All charts."""

    @pytest.mark.parametrize("chart", saved_charts(), ids=lambda chart: chart.name)
    def test_no_evaluations_are_added_up_in_silence(self, bundles, chart):
        """A chart has rows of the one and of the other evaluation, or a note that it counts both."""
        with DebugBundle.open(bundles["both"]) as bundle:
            rows = [dict(row) for row in bundle.query(chart.query.sql)]
        texts = [str(value) for row in rows for key, value in row.items() if key != "note"]
        if chart.name in TOGETHER:
            assert all("all 2 evaluations are counted together." in row["note"] for row in rows)
        else:
            assert all(any(f"{name}: " in text for text in texts) for name in SOURCES)

    @pytest.mark.parametrize("chart", saved_charts(), ids=lambda chart: chart.name)
    def test_one_evaluation_is_not_named(self, bundles, chart):
        """Where there is one evaluation, no chart speaks of evaluations."""
        with DebugBundle.open(bundles["base"]) as bundle:
            rows = [dict(row) for row in bundle.query(chart.query.sql)]
        assert rows
        assert not any("evaluations" in str(row["note"]) for row in rows)


class TestCosts:
    """What tokens cost."""

    @pytest.mark.parametrize("by", ["experiment", "model"])
    def test_rows_are_of_one_evaluation(self, bundles, by):
        """Each row is of one evaluation, and has what the bundle of it alone has."""
        with DebugBundle.open(bundles["both"]) as bundle:
            both = bundle.costs(by, model="example-model-1").rows
        assert {row.evaluation for row in both} == {"base", "new"}
        for name in SOURCES:
            with DebugBundle.open(bundles[name]) as bundle:
                alone = bundle.costs(by, model="example-model-1").rows
            assert [replace(row, evaluation=None) for row in both if row.evaluation == name] == list(alone)
