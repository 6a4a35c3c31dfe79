"""Build the row of one run from the metadata members of its zip."""

from __future__ import annotations

from ...column_values import TokenSource
from ...run_rows import RunRow
from ...timestamps import elapsed_ms
from ..lossless_json import JsonObject, as_object, clean, count_or_none, dump, integer_or_none, text_or_none
from ..source import UUID, Source
from ..zip.archive import Zip
from .manifest import Manifest, read_json


def run_row(archive: Zip, manifest: Manifest, artifact_id: int, source: Source) -> RunRow:
    """Return what the manifest and the other members say about the run; None for what they do not say."""
    request = manifest.part("request")
    context = read_json(archive, "run_context.json")
    metrics = read_json(archive, "metrics.json")
    request_input = read_json(archive, "request/input.json")
    error = read_json(archive, "error.json")
    evaluation = read_json(archive, "eval.json")
    prompt, build = manifest.part("prompt"), manifest.part("build")
    tokens = as_object(metrics.get("token_usage"))
    score = as_object(evaluation.get("score"))
    experiment = as_object(request_input.get("experiment"))
    budget = metrics.get("budget")
    capture = manifest.part("capture")
    return RunRow(
        id=artifact_id,
        bundle_id=_text(manifest.value, "bundle_id"),
        execution_id=_text(context, "run_id") or _execution_id(manifest, request_input),
        request_id=_text(request, "request_id") or _folder_id(source) or _text(request_input, "request_id"),
        session_id=manifest.session,
        status=_text(request, "status"),
        started_at=_text(request, "started_at"),
        ended_at=_text(request, "ended_at"),
        duration_ms=_duration(metrics, request),
        prompt_ns=_text(prompt, "ns"),
        prompt_key=_text(prompt, "key"),
        adapter=_text(prompt, "adapter"),
        attempt=integer_or_none(context.get("attempt")),
        worker_id=_text(context, "worker_id"),
        trace_id=_text(context, "trace_id"),
        span_id=_text(context, "span_id"),
        input_tokens=count_or_none(tokens.get("input_tokens")),
        output_tokens=count_or_none(tokens.get("output_tokens")),
        cached_tokens=count_or_none(tokens.get("cached_tokens")),
        total_tokens=count_or_none(tokens.get("total_tokens")),
        tokens_source=TokenSource.METRICS if tokens else None,
        prompt_count=count_or_none(tokens.get("prompt_count")),
        budget=dump(budget) if isinstance(budget, dict) else None,
        error_type=_text(error, "type"),
        error_message=text_or_none(error.get("message")),
        traceback=_traceback(error),
        sample_id=_text(evaluation, "sample_id"),
        experiment=_text(evaluation, "experiment_name") or _text(experiment, "name"),
        score=_number(score, "value"),
        passed=_flag(score, "passed"),
        score_reason=text_or_none(score.get("reason")),
        sample_error=text_or_none(evaluation.get("error")),
        latency_ms=integer_or_none(evaluation.get("latency_ms")),
        triggered_by=_text(capture, "trigger"),
        filesystem_truncated=_flag(as_object(capture.get("limits_applied")), "filesystem_truncated"),
        library_version=_text(build, "version"),
        library_commit=_text(build, "commit"),
        format_version=_text(manifest.value, "format_version"),
        path=source.name,
    )


def unreadable_run_row(artifact_id: int, source: Source) -> RunRow:
    """Return the row of a run whose zip cannot be opened."""
    row = RunRow(**dict.fromkeys(RunRow._fields))  # type: ignore[arg-type]
    return row._replace(id=artifact_id, request_id=_folder_id(source), path=source.name)


def _text(value: JsonObject, key: str) -> str | None:
    """Return the string at `key`; None if it is missing or empty."""
    return text_or_none(value.get(key)) or None


def _number(value: JsonObject, key: str) -> float | None:
    number = value.get(key)
    if isinstance(number, bool) or not isinstance(number, int | float):
        return None
    return float(number) if abs(number) < 2**63 else None


def _flag(value: JsonObject, key: str) -> int | None:
    flag = value.get(key)
    return int(flag) if isinstance(flag, bool) else None


def _execution_id(manifest: Manifest, request_input: JsonObject) -> str | None:
    """Return the bundle id if it is the execution id, too; only loops that serve requests name bundles after executions."""
    serves = _text(request_input, "request_id") is not None and _text(manifest.part("capture"), "trigger") != "direct"
    return _text(manifest.value, "bundle_id") if serves else None


def _folder_id(source: Source) -> str | None:
    """Return the request id in the folder's name; evaluations name folders after requests."""
    name = source.path.absolute().parent.name
    return name.lower() if UUID.fullmatch(name) else None


def _duration(metrics: JsonObject, request: JsonObject) -> float | None:
    """Return the run's measured duration in milliseconds, or without one the time between its start and its end."""
    measured = _number(as_object(metrics.get("timing")), "duration_ms")
    if measured is not None:
        return measured
    return elapsed_ms(_text(request, "started_at") or "", _text(request, "ended_at") or "")


def _traceback(error: JsonObject) -> str | None:
    lines = error.get("traceback")
    if isinstance(lines, list):
        return clean("".join(line for line in lines if isinstance(line, str))) or None
    return text_or_none(lines)
