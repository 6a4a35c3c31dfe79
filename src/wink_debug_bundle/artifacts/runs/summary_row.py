"""The row of one run, put together from the members of its zip."""

from __future__ import annotations

from ...column_values import TokenSource
from ...run_rows import RunRow
from ...timestamps import elapsed_ms
from ..lossless_json import JsonObject, as_object, clean, count_or_none, dump, integer_or_none, text_at, text_or_none
from ..source import UUID, Source
from ..zip.archive import Zip
from .manifest import Manifest, read_json


def run_row(archive: Zip, manifest: Manifest, artifact_id: int, source: Source) -> RunRow:
    """What the manifest and the other members say of the run; NULL where they do not."""
    asked = manifest.part("request")
    context = read_json(archive, "run_context.json")
    metrics = read_json(archive, "metrics.json")
    given = read_json(archive, "request/input.json")
    error = read_json(archive, "error.json")
    scored = read_json(archive, "eval.json")
    prompt, build = manifest.part("prompt"), manifest.part("build")
    tokens = as_object(metrics.get("token_usage"))
    score = as_object(scored.get("score"))
    experiment = as_object(given.get("experiment"))
    budget = metrics.get("budget")
    capture = manifest.part("capture")
    return RunRow(
        id=artifact_id,
        bundle_id=text_at(manifest.value, "bundle_id"),
        execution_id=text_at(context, "run_id") or _execution_id(manifest, given),
        request_id=text_at(asked, "request_id") or _folder_id(source) or text_at(given, "request_id"),
        session_id=manifest.session,
        status=text_at(asked, "status"),
        started_at=text_at(asked, "started_at"),
        ended_at=text_at(asked, "ended_at"),
        duration_ms=_duration(metrics, asked),
        prompt_ns=text_at(prompt, "ns"),
        prompt_key=text_at(prompt, "key"),
        adapter=text_at(prompt, "adapter"),
        attempt=integer_or_none(context.get("attempt")),
        worker_id=text_at(context, "worker_id"),
        trace_id=text_at(context, "trace_id"),
        span_id=text_at(context, "span_id"),
        input_tokens=count_or_none(tokens.get("input_tokens")),
        output_tokens=count_or_none(tokens.get("output_tokens")),
        cached_tokens=count_or_none(tokens.get("cached_tokens")),
        total_tokens=count_or_none(tokens.get("total_tokens")),
        tokens_source=TokenSource.METRICS if tokens else None,
        prompt_count=count_or_none(tokens.get("prompt_count")),
        budget=dump(budget) if isinstance(budget, dict) else None,
        error_type=text_at(error, "type"),
        error_message=text_or_none(error.get("message")),
        traceback=_traceback(error),
        sample_id=text_at(scored, "sample_id"),
        experiment=text_at(scored, "experiment_name") or text_at(experiment, "name"),
        score=_number(score, "value"),
        passed=_flag(score, "passed"),
        score_reason=text_or_none(score.get("reason")),
        sample_error=text_or_none(scored.get("error")),
        latency_ms=integer_or_none(scored.get("latency_ms")),
        triggered_by=text_at(capture, "trigger"),
        filesystem_truncated=_flag(as_object(capture.get("limits_applied")), "filesystem_truncated"),
        library_version=text_at(build, "version"),
        library_commit=text_at(build, "commit"),
        format_version=text_at(manifest.value, "format_version"),
        path=source.name,
    )


def lost_run_row(artifact_id: int, source: Source) -> RunRow:
    """The row of a run whose zip cannot be opened."""
    row = RunRow(**dict.fromkeys(RunRow._fields))  # type: ignore[arg-type]
    return row._replace(id=artifact_id, request_id=_folder_id(source), path=source.name)


def _number(value: JsonObject, key: str) -> float | None:
    found = value.get(key)
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    return float(found) if abs(found) < 2**63 else None


def _flag(value: JsonObject, key: str) -> int | None:
    found = value.get(key)
    return int(found) if isinstance(found, bool) else None


def _execution_id(manifest: Manifest, given: JsonObject) -> str | None:
    """The execution that the zip is named for; only loops that serve requests name it so."""
    serves = text_at(given, "request_id") is not None and text_at(manifest.part("capture"), "trigger") != "direct"
    return text_at(manifest.value, "bundle_id") if serves else None


def _folder_id(source: Source) -> str | None:
    """The request that the folder is named for, as evaluations name theirs."""
    name = source.path.absolute().parent.name
    return name.lower() if UUID.fullmatch(name) else None


def _duration(metrics: JsonObject, asked: JsonObject) -> float | None:
    """Milliseconds as measured, else between the run's beginning and its end."""
    measured = _number(as_object(metrics.get("timing")), "duration_ms")
    if measured is not None:
        return measured
    return elapsed_ms(text_at(asked, "started_at") or "", text_at(asked, "ended_at") or "")


def _traceback(error: JsonObject) -> str | None:
    lines = error.get("traceback")
    if isinstance(lines, list):
        return clean("".join(line for line in lines if isinstance(line, str))) or None
    return text_or_none(lines)
