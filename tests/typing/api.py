"""The whole public interface with the types that a user expects; mypy checks this file, nothing runs it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import BinaryIO, assert_type

from wink_debug_bundle import (
    BundleBuildError,
    BundleError,
    BundleExistsError,
    BundleQueryError,
    BundleSchema,
    BundleStatistics,
    BundleVersionError,
    ByteProgress,
    Commit,
    CompactionSummary,
    Comparison,
    CostRow,
    Costs,
    DamagedBundleError,
    Dataset,
    DatasetBuild,
    DatasetVerification,
    DebugBundle,
    Divergence,
    ExportedTraces,
    ExportedTrajectories,
    Extraction,
    Finding,
    Flip,
    FoundText,
    GateResult,
    InvalidBundleError,
    Outcome,
    PackedBundle,
    Progress,
    ProgressCallback,
    PullSummary,
    RedactionSummary,
    Replaced,
    SearchResult,
    SecretCounts,
    ShardFailure,
    ShardReport,
    ShardSource,
    ShardTask,
    SnippetPart,
    Step,
    StepKind,
    Story,
    StoryHeader,
    Verdict,
    VerdictWord,
    Verification,
    __version__,
    compare,
    diverge,
    format_comparison,
    format_divergence,
    gate,
    redact,
    run_shard,
    save_comparison,
    write_comparison_page,
)

assert_type(__version__, str)


def show_progress(progress: Progress) -> None:
    """Read every field of what a build reports."""
    phase: str = progress.phase
    numbers: tuple[int, int, int] = (progress.done, progress.total, progress.written)
    print(phase, numbers)  # noqa: T201 nothing runs it


def show_bytes(done: int, total: int) -> None:
    """Take what `verify` and `extract` report."""
    print(done, total)  # noqa: T201 nothing runs it


build_callback: ProgressCallback = show_progress
byte_callback: ByteProgress = show_bytes


def build_from_directory(tags: Mapping[str, str]) -> DebugBundle:
    """Build from a directory, given as a string or a path, with every option."""
    bundle = DebugBundle.from_directory("debug")
    assert_type(bundle, DebugBundle)
    bundle.close()
    bundle = DebugBundle.from_directory(Path("debug"), output="b.db", description="what for")
    bundle.close()
    return DebugBundle.from_directory(
        "debug",
        output=Path("b.db"),
        description=None,
        recursive=True,
        tags=tags,
        force=True,
        jobs=2,
        progress=build_callback,
        max_expansion=1000,
        keep_unrecognised=True,
        session_snapshots=["s.jsonl"],
        log_files=(Path("s.log"),),
        filesystem_archives=[],
    )


def build_from_artifacts() -> DebugBundle:
    """Build from files, given as strings or paths, with every option."""
    bundle = DebugBundle.from_artifacts("b.db")
    assert_type(bundle, DebugBundle)
    bundle.close()
    return DebugBundle.from_artifacts(
        output=Path("b.db"),
        session_snapshots=["s.jsonl", Path("t.jsonl")],
        log_files=(Path("s.log"),),
        filesystem_archives=[Path("f.zip")],
        description=None,
        tags={"a": "b"},
        force=True,
        jobs=None,
        progress=show_progress,
        max_expansion=200,
        keep_unrecognised=False,
    )


def merge() -> DebugBundle:
    """Merge bundles, given as strings or paths, with every option."""
    bundle = DebugBundle.merge(["a.db", Path("b.db")], "c.db")
    assert_type(bundle, DebugBundle)
    bundle.close()
    return DebugBundle.merge(
        (path for path in [Path("a.db")]), output=Path("c.db"), description="all", tags={"a": "b"}, force=True
    )


def query(path: str | Path) -> list[tuple[object, ...]]:
    """Open a bundle and query it with every kind of parameters."""
    with DebugBundle.open(path) as bundle:
        assert_type(bundle, DebugBundle)
        assert_type(bundle.path, Path)
        assert_type(bundle.shares_text, bool)
        assert_type(bundle.query("SELECT 1"), sqlite3.Cursor)
        bundle.query("SELECT ?", (1,))
        bundle.query("SELECT ?", params=("a", None, b"", 1.5))
        bundle.query(bundle.select_all("logs"))
        assert_type(bundle.ask("errors"), sqlite3.Cursor)
        bundle.ask("conversation", run=36)
        bundle.ask("conversation", run="sample-36")
        bundle.ask("conversation", run=None)
        assert_type(bundle.connection, sqlite3.Connection)
        assert_type(bundle.select_all("logs"), str)
        assert_type(bundle.session_ids, list[str])
        assert_type(bundle.digest, str | None)
        rows: list[tuple[object, ...]] = bundle.query("SELECT :a", {"a": 1}).fetchall()
        return rows


def compare_two(base: DebugBundle, new: str) -> list[str]:
    """Compare two evaluations, open or by their paths, with every option."""
    comparison = compare(
        base,
        Path(new),
        experiment=None,
        base_experiment="a",
        new_experiment="b",
        all_experiments=False,
        base_evaluation="main",
        new_evaluation="branch",
        pair_by=["$.question.id"],
        prices="prices.json",
        most_divergences=None,
    )
    assert_type(comparison, Comparison)
    assert_type(comparison.verdict, Verdict)
    assert_type(comparison.verdict.word, VerdictWord)
    assert_type(comparison.flips, tuple[Flip, ...])
    pair, divergence = diverge(base, new, comparison, "sample-36")
    assert_type(pair.name, str)
    assert_type(divergence, Divergence | None)
    assert_type(format_comparison(comparison, "markdown"), str)
    assert_type(write_comparison_page(base, new, comparison, "page.html", sample="sample-36", replace=False), Path)
    assert_type(save_comparison(comparison, "comparison.db", replace=False), Path)
    assert_type(format_divergence(pair, divergence, "json"), str)
    return [flip.pair.name for flip in comparison.flips if flip.direction == "lost"]


def judge_change(new: DebugBundle, baseline: str) -> int:
    """Judge an evaluation by another one, with every option."""
    result = gate(
        new,
        Path(baseline),
        min_pass_rate=0.8,
        max_new_failures=3,
        fail_on="soft-regression",
        strict=True,
        allow_prompt_changes=True,
        min_samples=50,
        max_unpaired=0.1,
        experiment=None,
        base_experiment="a",
        new_experiment="b",
        all_experiments=False,
        base_evaluation="main",
        new_evaluation="branch",
        pair_by=["$.question.id"],
    )
    assert_type(result, GateResult)
    assert_type(result.comparison, Comparison | None)
    assert_type(result.to_text(), str)
    assert_type(result.to_markdown(), str)
    assert_type(result.to_json(), str)
    assert_type(result.to_junit(), str)
    result.write_junit("gate.xml")
    return result.exit_code


def read(bundle: DebugBundle) -> None:
    """Export rows, and read files, blobs and single values."""
    assert_type(bundle.export_csv("logs", "logs.csv"), Path)
    assert_type(bundle.export_json("SELECT 1", Path("rows.json")), Path)
    assert_type(bundle.export_parquet("logs", "logs.parquet"), int)
    assert_type(bundle.export_parquet(bundle.query("SELECT 1"), Path("one.parquet"), replace=False), int)
    assert_type(bundle.export_otlp("traces.jsonl", content=True, run=1, replace=False), ExportedTraces)
    assert_type(bundle.write_otlp(StringIO(), run="sample").span_count, int)
    assert_type(bundle.export_atif("trajectories", run="sample", force=True), ExportedTrajectories)
    assert_type(bundle.report("report.html", replace=False), Path)
    bundle.write_report(StringIO())
    assert_type(bundle.read_file("notes.md"), BinaryIO)
    assert_type(bundle.read_file("notes.md", archive="f.zip"), BinaryIO)
    assert_type(bundle.read_blob("00"), BinaryIO)
    assert_type(bundle.cell("logs.1.context"), object)
    assert_type(bundle.cell("r3c2-9f2c41", "SELECT ?", (1,)), object)
    assert_type(bundle.cell("r3c2-9f2c41", sql="SELECT :a", params={"a": 1}), object)


def pack(path: Path) -> None:
    """Open a packed bundle and pack a bundle with every option, and read every field of the result."""
    with DebugBundle.open(path, max_expansion=2000, progress=show_bytes) as bundle:
        assert_type(bundle.pack(), PackedBundle)
        packed = bundle.pack("b.db.zst", best=True, force=True, progress=show_bytes)
        assert_type(packed.path, Path)
        assert_type(packed.size_bytes, int)
        assert_type(packed.unpacked_bytes, int)
        assert_type(packed.ratio, float)


def count(statistics: BundleStatistics) -> int:
    """Add up every statistic, which are all integers."""
    numbers: list[int] = [
        statistics.session_count,
        statistics.log_count,
        statistics.tool_invocation_count,
        statistics.prompt_event_count,
        statistics.file_count,
        statistics.total_input_tokens,
        statistics.total_output_tokens,
        statistics.size_bytes,
    ]
    return sum(numbers)


def describe(bundle: DebugBundle) -> None:
    """Read every field of a bundle's statistics and schema."""
    assert_type(bundle.statistics, BundleStatistics)
    assert_type(bundle.outcome, Outcome)
    costs = bundle.costs("turn", prices="prices.json", model="some-model")
    assert_type(costs, Costs)
    assert_type(costs.rows, tuple[CostRow, ...])
    assert_type(costs.total, Decimal | None)
    assert_type(bundle.costs(prices=Path("prices.json")), Costs)
    schema = bundle.schema()
    assert_type(schema, BundleSchema)
    assert_type(bundle.schema("logs", "runs"), BundleSchema)
    assert_type(schema.schema_version, int)
    for relation in schema.relations:
        names: list[str] = [relation.name, relation.kind, relation.description, *relation.indexed]
        assert_type(relation.row_count, int | None)
        assert_type(relation.row_count_is_exact, bool)
        for column in relation.columns:
            names += [column.name, column.type, column.description, *column.json_paths]
            assert_type(column.key, bool)
            assert_type(column.references, str | None)
            assert_type(column.examples, tuple[object, ...])
            assert_type(column.complete, bool)
    for each in schema.queries:
        assert_type(each.name, str)
        assert_type(each.title, str)
        assert_type(each.description, str)
        assert_type(each.sql, str)
        assert_type(each.parameters, tuple[str, ...])


def search(bundle: DebugBundle) -> None:
    """Search with every option, and read every field of what is found."""
    assert_type(bundle.search("a word"), SearchResult)
    result = bundle.search("words", kinds=["call"], run=3, tool="a", level="ERROR", limit=5, offset=5)
    assert_type(result.texts, tuple[FoundText, ...])
    assert_type(result.total, int)
    flags: tuple[bool, bool, str] = (result.is_complete, result.uses_index, result.remark)
    kinds: list[str] = [*result.counts, *result.searched, *result.not_searched]
    for found in result.texts:
        assert_type(found.row_id, int | str)
        assert_type(found.run_id, int | None)
        assert_type(found.snippet, tuple[SnippetPart, ...])
        texts: list[str] = [found.kind, found.table, found.key, *(part.text for part in found.snippet if part.is_match)]
        known: list[str | None] = [found.session_id, found.tool_name, found.level, found.name, found.timestamp]
        print(flags, kinds, texts, known)  # noqa: T201 nothing runs it


def list_sessions(bundle: DebugBundle) -> None:
    """Read every field of the sessions in the tree."""
    for session in bundle.session_tree():
        assert_type(session.depth, int)
        assert_type(session.session_id, str)
        assert_type(session.parent_session_id, str | None)
        assert_type(session.created_at, str)


def show(bundle: DebugBundle) -> None:
    """Read every field of a story."""
    assert_type(bundle.show(36), Story)
    story = bundle.show("sample-36")
    header = assert_type(story.header, StoryHeader)
    assert_type(header.run_id, int | None)
    assert_type(header.score, float | None)
    assert_type(
        (header.input_tokens, header.output_tokens, header.cached_tokens), tuple[int | None, int | None, int | None]
    )
    assert_type((header.session_count, header.step_count), tuple[int, int])
    names: list[str | None] = [header.session_id, header.bundle_id, header.sample_id, header.experiment, header.result]
    names += [header.reason, header.model, header.adapter, header.prompt, header.started_at, header.ended_at]
    assert_type(header.duration_ms, float | None)
    assert_type(story.steps, Sequence[Step])
    for step in story.steps:
        assert_type(step.kind, StepKind)
        assert_type((step.number, step.depth), tuple[int, int])
        assert_type((step.anchor, step.title), tuple[str, str])
        names += [step.text, step.parameters, step.error, step.outcome, step.timestamp, step.ended_at, step.model]
        names += [step.source, step.session_id, *step.handles]
        assert_type(step.duration_ms, float | None)


def verify(bundle: DebugBundle) -> bool:
    """Check a bundle, and read every field of the result."""
    assert_type(bundle.verify(), Verification)
    verification = bundle.verify(against="debug", progress=byte_callback)
    verification = bundle.verify(against=Path("debug"), progress=None)
    assert_type(verification.artifact_count, int)
    assert_type(verification.exact_count, int)
    assert_type(verification.findings, tuple[Finding, ...])
    assert_type(verification.unproven, tuple[str, ...])
    for finding in verification.findings:
        assert_type(finding.text, str)
        assert_type(finding.artifact, str | None)
        assert_type(finding.line, int | None)
        assert_type(finding.member, str | None)
        assert_type(finding.place, str)
    return assert_type(verification.is_sound, bool)


def extract(bundle: DebugBundle) -> int:
    """Write the artifacts back, and read every field of the result."""
    assert_type(bundle.extract("again"), Extraction)
    extraction = bundle.extract(Path("again"), force=True, progress=show_bytes)
    assert_type(extraction.findings, tuple[Finding, ...])
    return extraction.file_count + extraction.exact_count + extraction.size_bytes


def serve(bundle: DebugBundle) -> None:
    """Serve with a host, a port and whether to open a browser, all by name."""
    bundle.serve()
    bundle.serve(host="127.0.0.1", port=8001, open_browser=False)
    bundle.close()


def react(error: BundleError) -> str:
    """Tell every kind of error from the others."""
    assert_type(error.lines, tuple[str, ...])
    if isinstance(error, BundleExistsError | BundleBuildError):
        return "output"
    if isinstance(error, DamagedBundleError):
        invalid: InvalidBundleError = error
        return f"damaged: {invalid}"
    if isinstance(error, InvalidBundleError | BundleVersionError | BundleQueryError):
        return "input"
    return str(error)


def use_datasets(task: ShardTask, source: ShardSource, executor: Executor, commit: Commit) -> None:
    """Build a dataset, read what it holds, and run one task."""
    done = Dataset.build("s3://bucket/target", Path("dataset"), executor=executor, labels={"": "main"}, progress=print)
    assert_type(done, DatasetBuild)
    assert_type(done.reports, tuple[ShardReport, ...])
    assert_type(done.failures, tuple[ShardFailure, ...])
    assert_type(Dataset.open("dataset"), Dataset)
    assert_type(Dataset.open("dataset").commits, tuple[Commit, ...])
    assert_type(Dataset.open("dataset").totals.results, Mapping[str, int])
    with Dataset.open("dataset").connect(timeout=5) as connection:
        assert_type(connection.ask("failure-reasons", {"reason": "x"}).columns, tuple[str, ...])
        assert_type(connection.query("SELECT 1").columns, tuple[str, ...])
    assert_type(Dataset.open("dataset").outcome, Outcome)
    with Dataset.open("dataset").show("sample-36") as story:
        assert_type(story, Story)
    assert_type(compare("s3://bucket/dataset", Path("dataset")), Comparison)
    assert_type(gate("s3://bucket/dataset", min_pass_rate=0.8), GateResult)
    assert_type(Dataset.open("dataset").verify(against="s3://bucket/target"), DatasetVerification)
    assert_type(Dataset.compact("s3://bucket/dataset", shard_bytes=1 << 28, progress=print), CompactionSummary)
    assert_type(Dataset.open("dataset").pull("b.db", where="passed = 0", jobs=1, force=True), PullSummary)
    assert_type(run_shard(task), ShardReport)
    assert_type(task.sources, tuple[ShardSource, ...])
    assert_type(source.uri, str)
    assert_type(commit.results, Mapping[str, int])


def redact_bundle() -> int:
    """Redact a bundle with every option, and read what was replaced."""
    summary = redact(
        "b.db",
        Path("c.db"),
        profile="strict",
        rules="rules.toml",
        words=["Heron"],
        token_map=Path("map.json"),
        force=True,
        jobs=2,
        progress=build_callback,
        dry_run=False,
    )
    assert_type(summary, RedactionSummary)
    assert_type(summary.path, Path | None)
    assert_type(summary.replaced, tuple[Replaced, ...])
    assert_type([(each.rule, each.table, each.column) for each in summary.replaced], list[tuple[str, str, str]])
    with DebugBundle.open("b.db") as bundle:
        assert_type(bundle.count_secrets(most_bytes=1 << 20, most_seconds=1), SecretCounts | None)
    return summary.count + summary.value_count + summary.size_bytes
