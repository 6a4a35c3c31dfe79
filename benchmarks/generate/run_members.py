"""Generate the small members of a run's zip: request, outcome, settings, environment and manifest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from benchmarks.generate.run_log import ADAPTER, PROMPT
from benchmarks.generate.run_session import Story

ENVIRONMENT: Mapping[str, object] = {
    "system.json": {
        "os_name": "Linux", "os_release": "6.1.0", "kernel_version": "#1 SMP", "architecture": "x86_64",
        "processor": "x86_64", "cpu_count": 4, "memory_total_bytes": 8589934592, "hostname": "reviewer-1"},
    "python.json": {
        "version": "3.13.0 (main)", "version_info": [3, 13, 0], "implementation": "CPython",
        "executable": "/venv/bin/python", "prefix": "/venv", "base_prefix": "/usr", "is_virtualenv": True},
    "packages.txt": "".join(f"package-{number:03d}==1.{number}.0\n" for number in range(80)),
    "env_vars.json": {"LANG": "C.UTF-8", "REVIEW_MODE": "full", "REVIEW_API_KEY": "[REDACTED]"},
    "git.json": {
        "repo_root": "/work/reviewer", "commit_sha": "8f2c" * 10, "commit_short": "8f2c8f2c", "branch": "main",
        "is_dirty": False, "remotes": {"origin": "https://example.org/reviewer.git"}, "tags": []},
    "command.txt": "Working Directory: /work\nExecutable: python\nEntrypoint: review\nArguments: review --all",
    "container.json": {
        "runtime": "docker", "container_id": None, "image": "reviewer:1", "image_digest": None, "cgroup_path": None,
        "is_containerized": True},
}  # fmt: skip
"""Members below `environment/`, the same in every run, as they are when one machine does an evaluation."""

README = """\
Debug Bundle
============================================================

Bundle ID: {bundle_id}
Created: {created}
Status: success

""" + "\n".join(f"{name:<24}what the run left in {name}" for name in (
    "manifest.json", "README.txt", "request/input.json", "request/output.json", "session/before.jsonl",
    "session/after.jsonl", "logs/app.jsonl", "transcript.jsonl", "environment/", "filesystem/", "config.json",
    "metrics.json", "eval.json")) + "\n"  # fmt: skip


def small_members(story: Story) -> dict[str, bytes]:
    """Return the members that do not grow with the run, by path."""
    answer = {"prompt_name": PROMPT["name"], "text": json.dumps(story.answer), "output": story.answer}
    values: dict[str, object] = {
        "README.txt": README.format(bundle_id=story.bundle_id, created=story.started),
        "config.json": dict.fromkeys(("budget", "resources", "lease_extender", "debug_bundle")),
        "eval.json": _evaluation(story),
        "metrics.json": _metrics(story),
        "request/input.json": story.request,
        "request/output.json": answer,
        **{f"environment/{name}": value for name, value in ENVIRONMENT.items()},
    }
    return {path: value.encode() if isinstance(value, str) else as_json(value) for path, value in values.items()}


def as_json(value: object) -> bytes:
    """Return `value` as the library writes its JSON members."""
    return json.dumps(value, indent=2).encode()


def manifest(story: Story, contents: Mapping[str, bytes]) -> bytes:
    """Return the manifest of a zip with these members; its checksums are true."""
    checksums = {path: hashlib.sha256(content).hexdigest() for path, content in contents.items()}
    request = {"request_id": "", "session_id": story.session_id, "status": "success"}
    return as_json({
        "format_version": "1.0.0",
        "bundle_id": story.bundle_id,
        "created_at": story.started,
        "request": {**request, "started_at": story.started, "ended_at": story.ended},
        "capture": {"mode": "full", "trigger": "direct", "limits_applied": {"filesystem_truncated": False}},
        "prompt": {"ns": PROMPT["ns"], "key": PROMPT["key"], "adapter": ADAPTER},
        "files": sorted(contents),
        "integrity": {"algorithm": "sha256", "checksums": checksums},
        "build": {"version": "0.27.0", "commit": ""},
    })  # fmt: skip


def _evaluation(story: Story) -> dict[str, object]:
    passed = bool(story.answer["approved"])
    score = {"value": float(passed), "passed": passed, "reason": "" if passed else "the review does not approve"}
    return {"sample_id": story.sample_id, "experiment_name": "candidate", "score": score,
            "latency_ms": story.milliseconds}  # fmt: skip


def _metrics(story: Story) -> dict[str, object]:
    tokens = {name: story.usage[name] for name in ("input_tokens", "output_tokens")}
    timing = {"started_at": story.started, "ended_at": story.ended, "duration_ms": story.milliseconds + 0.25}
    total = sum(tokens.values())
    return {"timing": timing,
            "token_usage": {**tokens, "cached_tokens": 0, "total_tokens": total, "prompt_count": 1}}  # fmt: skip
