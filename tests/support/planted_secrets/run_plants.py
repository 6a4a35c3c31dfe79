"""The zips of runs with secrets: real ones of the library, with members that are changed."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable
from typing import Any

from support.artifact_samples import ROOT
from support.planted_secrets.planted_secret import PlantedSecret
from support.planted_secrets.planting import Plants
from support.planted_secrets.sentences import line, names, note, sentence

_RUNS = ROOT / "fixtures" / "wink-0.27.0"
_SUCCESS = "runs/01ee9d2a*.zip"
_ERROR = "runs/003b5f46*.zip"
_SAMPLE = "evaluation/*/1b0dd53f*.zip"
_FOLDER = "debug_bundle/"
_LOG_LINES = 12
"""How many of the first records of a run's log are kept."""

Members = dict[str, bytes]


def run_zips(plants: Plants, part: int) -> dict[str, bytes]:
    """Return three runs, by path: one that succeeded, one that failed, and a sample that was scored."""
    return {
        f"runs/{part}-success.zip": _zipped(_success(_members(_SUCCESS), plants), f"success-{part}", plants["run id"]),
        f"runs/{part}-error.zip": _zipped(_error(_members(_ERROR), plants), f"error-{part}", ()),
        f"runs/{part}-sample.zip": _zipped(_sample(_members(_SAMPLE), plants), f"sample-{part}", ()),
    }


def _members(pattern: str) -> Members:
    [source] = _RUNS.glob(pattern)
    with zipfile.ZipFile(source) as opened:
        members = {name.removeprefix(_FOLDER): opened.read(name) for name in opened.namelist()}
    log = members["logs/app.jsonl"].splitlines(keepends=True)[:_LOG_LINES]
    members["logs/app.jsonl"] = b"".join(log)
    members["transcript.jsonl"] = b"".join(each for each in log if b'"transcript.entry"' in each)
    return members


def _success(members: Members, plants: Plants) -> Members:
    _add(members, "environment/env_vars.json", _variables(plants))
    _add(members, "environment/system.json", {"hostname": names(plants["host"]) or "travel-desk"})
    _add(members, "environment/git.json", {"remote_note": note(plants["git fact"])})
    _add(members, "request/output.json", {"text": note(plants["answer"])})
    _add(members, "run_context.json", {"worker_id": names(plants["worker id"]), "trace_id": names(plants["trace id"])})
    metrics: dict[str, Any] = json.loads(members["metrics.json"])
    metrics["budget"]["limits"]["deadline"] = note(plants["budget"])
    members["metrics.json"] = _dumped(metrics | {"notes": note(plants["metrics"])})
    request: dict[str, Any] = json.loads(members["request/input.json"])
    request["request"]["text"] = note(plants["request"])
    members["request/input.json"] = _dumped(request)
    members["prompt_overrides.json"] = _dumped({"overrides": {each.text: "full" for each in plants["prompt override"]}})
    members["README.txt"] += _text(plants["read me"])
    members["environment/git.diff"] = b"diff --git a/x b/x\n" + _text(plants["git diff"])
    packages = (f"internal{each.number} @ https://pypi.travel-desk.dev/?of={each.text}\n" for each in plants["package"])
    members["environment/packages.txt"] += "".join(packages).encode()
    members["environment/command.txt"] += f" {' '.join(line(each) for each in plants['command line'])}".encode()
    for each in plants["file of a run"]:
        members[f"filesystem/notes/{each.number}.md"] = f"# Note\n{sentence(each)}\n".encode()
    return _with_entries(members, plants)


def _variables(plants: Plants) -> dict[str, str]:
    found = {f"TRAVEL_{each.number}": sentence(each) for each in plants["environment variable"]}
    found |= {f"DATABASE_{each.number}_PASSWORD": each.value for each in plants["sensitive variable"]}
    return found | {each.text: "1" for each in plants["variable name"]}


def _with_entries(members: Members, plants: Plants) -> Members:
    """Add transcript entries to the log, and their copies to the transcript."""
    records = [_entry("user_message", each.number, {"message": {"role": "user", "content": sentence(each)}})
               for each in plants["transcript entry"]]  # fmt: skip
    records += [
        _entry(
            "tool_use",
            each.number,
            {"id": f"toolu_{each.number}", "name": "Bash", "input": {"command": sentence(each)}},
        )
        for each in plants["transcript tool"]
    ]
    added = b"".join(json.dumps(record, ensure_ascii=False).encode() + b"\n" for record in records)
    members["logs/app.jsonl"] += added
    members["transcript.jsonl"] += added
    return members


def _entry(kind: str, number: int, entry: dict[str, Any]) -> dict[str, Any]:
    kinds = {"user_message": "user", "tool_use": "tool_use"}
    context = {
        "component": "transcript",
        "prompt_name": "trip_planner",
        "adapter": "claude_agent_sdk",
        "entry_type": kind,
        "sequence_number": number,
        "source": "main",
        "timestamp": "2026-11-22T23:34:57.818851+00:00",
        "detail": {"sdk_entry": {"type": kinds[kind], **entry}},
    }
    return {
        "timestamp": "2026-11-22T23:34:57.818888+00:00",
        "level": "DEBUG",
        "logger": "weakincentives.runtime.transcript",
        "event": "transcript.entry",
        "message": f"transcript entry: {kind}",
        "context": context,
    }


def _error(members: Members, plants: Plants) -> Members:
    steps = [
        f'  File "travel/desk.py", line {each.number}, in run\n    {sentence(each)}\n' for each in plants["traceback"]
    ]
    message = "\n".join(map(sentence, plants["error message"]))
    members["error.json"] = _dumped({"type": "TravelError", "message": message, "traceback": steps})
    return members


def _sample(members: Members, plants: Plants) -> Members:
    result: dict[str, Any] = json.loads(members["eval.json"])
    result["sample_id"] = names(plants["sample id"]) or "sample"
    result["experiment_name"] = names(plants["experiment"]) or "baseline"
    result["score"]["reason"] = "\n".join(map(sentence, plants["score reason"]))
    result["error"] = "\n".join(map(sentence, plants["sample error"]))
    members["eval.json"] = _dumped(result)
    return members


def _zipped(members: Members, identity: str, secrets: Iterable[PlantedSecret]) -> bytes:
    """Return the zip, with a manifest that has an id of its own and true checksums."""
    manifest: dict[str, Any] = json.loads(members.pop("manifest.json"))
    manifest["bundle_id"] = names(secrets) or identity
    manifest["files"] = sorted(members)
    manifest["integrity"]["checksums"] = {name: hashlib.sha256(text).hexdigest() for name, text in members.items()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, text in [*members.items(), ("manifest.json", _dumped(manifest))]:
            opened.writestr(_FOLDER + name, text)
    return buffer.getvalue()


def _add(members: Members, name: str, values: dict[str, Any]) -> None:
    members[name] = _dumped(json.loads(members.get(name, b"{}")) | values)


def _text(secrets: Iterable[PlantedSecret]) -> bytes:
    return "".join(f"+{sentence(each)}\n" for each in secrets).encode()


def _dumped(value: object) -> bytes:
    return json.dumps(value, indent=2).encode()
