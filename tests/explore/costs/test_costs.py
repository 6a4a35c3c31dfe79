"""`bundle.costs` and the command `cost` price the tokens of runs, prompts and turns, and say what has no price."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from support.artifact_samples import (
    PROMPT_EXECUTED,
    ROOT_SESSION,
    column,
    executed_event,
    lines,
    rows,
    slice_of,
    snapshot,
)
from support.command_runner import run

from wink_debug_bundle import Costs, DebugBundle

RELEASES = ("0.19.0", "0.20.0", "0.21.0", "0.24.0", "0.27.0")
WITH_RUNS = RELEASES[2:]


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    """Return a table in which tokens of the fixtures' model cost 1, 10, 100 and 1000 for a million of each kind."""
    path = tmp_path / "prices.json"
    price = {"input": 1, "cached": 10, "cache_write": 100, "output": 1000}
    model = {"names": ["example-model-1"], "prices": [price]}
    table = {"source": "mine", "date": "2026-11-01", "currency": "EUR", "models": [model]}
    path.write_text(json.dumps(table), encoding="utf-8")
    return path


def costs_of(bundle: Path, *arguments: object, **options: object) -> Costs:
    """Return what the tokens of a bundle cost."""
    with DebugBundle.open(bundle) as opened:
        return opened.costs(*arguments, **options)  # type: ignore[arg-type]


def tokens_of(costs: Costs) -> int:
    """Return the number of tokens in all rows."""
    return sum(row.input_tokens + row.cached_tokens + row.cache_write_tokens + row.output_tokens for row in costs.rows)


@pytest.mark.parametrize("version", RELEASES)
class TestEveryRelease:
    """Costs of the committed artifacts of each release."""

    def test_tokens_are_those_of_token_usage(self, release_bundle, version):
        """The rows by run have the tokens of token_usage; only transcripts count those written to the cache."""
        bundle = release_bundle(version)
        costs = costs_of(bundle)
        written = sum(row.cache_write_tokens for row in costs.rows)
        apart = "SELECT sum(cached_tokens) FROM token_usage WHERE adapter = 'claude_agent_sdk'"
        [extra], [total] = column(bundle, apart), column(bundle, "SELECT sum(total_tokens) FROM token_usage")
        assert tokens_of(costs) == total + (extra or 0) + written

    def test_a_model_without_a_price_is_said(self, release_bundle, version):
        """The fixtures' models have no price: no cost is 0, and each model is named."""
        costs = costs_of(release_bundle(version))
        assert {row.cost for row in costs.rows} == {None}
        assert costs.total is None
        assert costs.unpriced_tokens == tokens_of(costs)
        assert set(costs.unpriced_models) == {row.model for row in costs.rows}

    @pytest.mark.parametrize("by", ["experiment", "model"])
    def test_groups_add_up(self, release_bundle, version, by):
        """Experiments and models together cost what the runs cost."""
        bundle = release_bundle(version)
        one, other = costs_of(bundle, by, model="gpt-5"), costs_of(bundle, "run", model="gpt-5")
        assert (one.total, tokens_of(one)) == (other.total, tokens_of(other))
        assert len(one.rows) < len(other.rows)


class TestValues:
    """Sums of money."""

    def test_runs(self, release_bundle, prices):
        """A run costs its input and output tokens at the prices of its model."""
        bundle = release_bundle("0.27.0")
        found = {row.run_id: row.cost for row in costs_of(bundle, prices=prices).rows if row.cost is not None}
        sql = "SELECT run_id, input_tokens, output_tokens FROM token_usage WHERE model = 'example-model-1'"
        assert found == {
            run_id: Decimal(tokens + 1000 * output) / 1_000_000 for run_id, tokens, output in rows(bundle, sql)
        }
        assert len(found) > 5

    def test_cached_tokens_within(self, release_bundle):
        """Codex counts cached tokens within the input tokens: they are priced once, at their own price."""
        bundle = release_bundle("0.27.0")
        [row] = [each for each in costs_of(bundle, model="gpt-5").rows if each.model == "gpt-5"]
        assert (row.input_tokens, row.cached_tokens, row.output_tokens) == (70, 80, 9)
        assert row.cost == (70 * Decimal("1.25") + 80 * Decimal("0.125") + 9 * 10) / 1_000_000

    def test_turns(self, release_bundle, prices):
        """A turn costs the tokens that the transcript counts."""
        bundle = release_bundle("0.27.0")
        costs = costs_of(bundle, "turn", prices=prices)
        [total] = column(
            bundle,
            "SELECT sum(context_tokens + 9 * coalesce(cached_tokens, 0) + 99 * coalesce(cache_write_tokens, 0)"
            " + 1000 * output_tokens) FROM turn_tokens WHERE model = 'example-model-1'",
        )
        assert costs.total == Decimal(total) / 1_000_000
        assert [len(costs.rows)] == column(bundle, "SELECT count(*) FROM turn_tokens")

    def test_experiments_of_sessions(self, release_bundle):
        """Samples of 0.20 that only sessions record cost something in their experiment."""
        found = {row.experiment: row.output_tokens for row in costs_of(release_bundle("0.20.0"), "experiment").rows}
        assert found.keys() == {None, "baseline"}
        assert found["baseline"] == 45

    def test_some_without_a_price(self, build, prices):
        """A row with and without priced tokens costs the priced ones, and counts the others."""
        events = slice_of(PROMPT_EXECUTED, executed_event("a"), executed_event("b"))
        bundle = build({"a.jsonl": lines(snapshot(ROOT_SESSION, events))})
        assert costs_of(bundle, "model", prices=prices).unpriced_tokens == 100
        assert costs_of(bundle, "model", prices=prices, model="example-model-1").total == Decimal("0.04006")

    def test_another_kind(self, run_bundle):
        """Another kind of row is an error that names the four kinds."""
        with pytest.raises(ValueError, match="by must be one of run, experiment, turn, model, not 'day'"):
            costs_of(run_bundle, "day")

    @pytest.mark.parametrize("version", WITH_RUNS)
    def test_runs_without_tokens(self, release_bundle, version):
        """Runs whose tokens are not recorded are counted as such."""
        bundle = release_bundle(version)
        assert [costs_of(bundle).unknown_runs] == column(bundle, "SELECT count(*) FROM runs WHERE total_tokens IS NULL")


class TestCommand:
    """The command `cost`."""

    def test_rows_and_remarks(self, release_bundle, prices):
        """Rows go to standard output, the sum and what has no price to standard error."""
        done = run("cost", release_bundle("0.27.0"), "--by", "model", "--prices", prices, "--format", "json")
        shown = json.loads(done.stdout)
        assert [row["model"] for row in shown] == ["example-model-1", None]
        assert shown[1]["cost"] is None
        assert done.stderr == (
            f"Total: {shown[0]['cost']:.4f} EUR, with prices of 2026-11-01 (mine)\n"
            "Without a price: 159 tokens of no known model; name one with --model\n"
            "Not counted: 5 runs without recorded tokens\n"
        )

    @pytest.mark.parametrize(
        ("options", "remark"),
        [
            ([], "of example-model-1, no known model; name one with --model, and give prices with --prices"),
            (["--model", "other"], "of example-model-1, other; give prices with --prices"),
        ],
    )
    def test_what_to_do_about_missing_prices(self, release_bundle, options, remark):
        """Only tokens for which nothing names a model can get one; a model that has a name needs prices."""
        done = run("cost", release_bundle("0.27.0"), "--by", "model", *options)
        assert remark in done.stderr.splitlines()[1]

    @pytest.mark.parametrize("by", ["run", "experiment", "turn", "model"])
    def test_tables(self, release_bundle, by):
        """Each kind of row is a table with the columns that tell its rows apart."""
        done = run("cost", release_bundle("0.27.0"), "--by", by)
        assert done.exit_code == 0
        assert ("run_id" in done.stdout) == (by in ("run", "turn"))
        assert done.stderr.startswith("Total: unknown, with prices of ")

    def test_a_wrong_table(self, release_bundle, prices):
        """A file that is no table of prices is an error that names it."""
        prices.write_text("{}", encoding="utf-8")
        done = run("cost", release_bundle("0.27.0"), "--prices", prices)
        assert done.exit_code == 1
        assert done.stderr.startswith(f"Error: {prices}: is no table of prices: the key 'models' is missing")
