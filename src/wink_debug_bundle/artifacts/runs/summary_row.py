"""Build the row of one run from the metadata members of its zip."""

from __future__ import annotations

from ...column_values import TokenSource
from ...run_rows import RunRow
from ...timestamps import elapsed_ms, not_negative
from ..lossless_json import JsonObject, as_object, clean, count_or_none, dump, integer_or_none, text_at, text_or_none
from ..source import UUID, Source
from ..zip.members import Members
from .manifest import Manifest, read_json


def run_row(archive: Members, manifest: Manifest, artifact_id: int, source: Source) -> RunRow:
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
    duration, latency = _duration(metrics, request), integer_or_none(evaluation.get("latency_ms"))
    return RunRow(
        id=artifact_id,
        bundle_id=text_at(manifest.value, "bundle_id"),
        execution_id=text_at(context, "run_id") or _execution_id(manifest, request_input),
        request_id=text_at(request, "request_id") or _folder_id(source) or text_at(request_input, "request_id"),
        session_id=manifest.session,
        status=text_at(request, "status"),
        started_at=text_at(request, "started_at"),
        ended_at=text_at(request, "ended_at"),
        duration_ms=not_negative(duration),
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
        sample_id=text_at(evaluation, "sample_id"),
        experiment=text_at(evaluation, "experiment_name") or text_at(experiment, "name"),
        score=_number(score, "value"),
        passed=_flag(score, "passed"),
        score_reason=text_or_none(score.get("reason")),
        sample_error=text_or_none(evaluation.get("error")),
        latency_ms=not_negative(latency),
        triggered_by=text_at(capture, "trigger"),
        filesystem_truncated=_flag(as_object(capture.get("limits_applied")), "filesystem_truncated"),
        library_version=text_at(build, "version"),
        library_commit=text_at(build, "commit"),
        format_version=text_at(manifest.value, "format_version"),
        path=source.name,
        ends_before_start=int((duration or 0) < 0 or (latency or 0) < 0),
    )


def unreadable_run_row(artifact_id: int, source: Source) -> RunRow:
    """Return the row of a run whose zip cannot be opened."""
    row = RunRow(**dict.fromkeys(RunRow._fields))  # type: ignore[arg-type]
    return row._replace(id=artifact_id, request_id=_folder_id(source), path=source.name)


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
    serves = (
        text_at(request_input, "request_id") is not None and text_at(manifest.part("capture"), "trigger") != "direct"
    )
    return text_at(manifest.value, "bundle_id") if serves else None


def _folder_id(source: Source) -> str | None:
    """Return the request id in the folder's name; evaluations name folders after requests.

    A run's folder is that folder itself, or is in it, perhaps below one that is named after the run's zip.
    """
    place = source.location if source.archive_member is not None else source.location.absolute()
    folders = [place, *place.parents][:3] if source.folder is not None else [place.parent]
    return next((folder.name.lower() for folder in folders if UUID.fullmatch(folder.name)), None)


def _duration(metrics: JsonObject, request: JsonObject) -> float | None:
    """Return the run's measured duration in milliseconds, or without one the time between its start and its end."""
    measured = _number(as_object(metrics.get("timing")), "duration_ms")
    if measured is not None:
        return measured
    return elapsed_ms(text_at(request, "started_at") or "", text_at(request, "ended_at") or "")


def _traceback(error: JsonObject) -> str | None:
    lines = error.get("traceback")
    if isinstance(lines, list):
        return clean("".join(line for line in lines if isinstance(line, str))) or None
    return text_or_none(lines)
