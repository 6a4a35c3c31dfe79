"""An evaluation of many runs: the fixture's six, again and again with other ids, times, tokens and results."""

from __future__ import annotations

import hashlib
import json
import random
import re
import uuid
import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from support.artifact_samples import ROOT

EVALUATION = ROOT / "fixtures" / "wink-0.27.0" / "evaluation"
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = re.compile(r"2026-11-22T\d\d:\d\d:\d\d(?:\.\d+)?")
_EXPERIMENT = re.compile(r'"(?:baseline|candidate)"')
_EXPERIMENTS = ("baseline", "candidate", "candidate-short-prompt")


def write_many_runs(folder: Path, copies: int) -> Path:
    """Write so many copies of the evaluation, six runs each, into the folder, and return it."""
    for copy in range(copies):
        for source in sorted(EVALUATION.rglob("*.zip")):
            _Copy(copy, source).write(folder)
    return folder


class _Copy:
    """A copy of one run."""

    def __init__(self, copy: int, source: Path) -> None:
        self._copy = copy
        self._source = source
        self._chance = random.Random(f"{copy}/{source.name}")

    def write(self, folder: Path) -> None:
        """Write the copy below the folder, in a folder of its own as an evaluation does."""
        with zipfile.ZipFile(self._source) as archive:
            members = {name: self._changed(name, archive.read(name)) for name in archive.namelist()}
        name = "debug_bundle/manifest.json"
        manifest: dict[str, Any] = json.loads(members[name])
        manifest["integrity"]["checksums"] = {
            path: hashlib.sha256(members[f"debug_bundle/{path}"]).hexdigest() for path in manifest["files"]
        }
        members[name] = json.dumps(manifest, indent=2).encode()
        output = folder / self._new_id(self._source.parent.name) / self._text(self._source.name)
        output.parent.mkdir(parents=True)
        with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, content in members.items():
                archive.writestr(path, content)

    def _changed(self, path: str, content: bytes) -> bytes:
        text = self._text(content.decode())
        if path.endswith("/eval.json"):
            text = json.dumps(self._scored(json.loads(text)), ensure_ascii=False)
        if path.endswith("/metrics.json"):
            text = json.dumps(self._measured(json.loads(text)))
        return text.encode()

    def _text(self, text: str) -> str:
        text = _EXPERIMENT.sub(f'"{_EXPERIMENTS[self._copy % len(_EXPERIMENTS)]}"', text)
        return _TIME.sub(self._later, _UUID.sub(lambda found: self._new_id(found[0]), text))

    def _new_id(self, old: str) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{old}/{self._copy}"))

    def _later(self, found: re.Match[str]) -> str:
        time = datetime.fromisoformat(found[0]) + timedelta(minutes=7 * self._copy)
        return time.isoformat(timespec="microseconds" if "." in found[0] else "seconds")

    def _scored(self, result: dict[str, Any]) -> dict[str, Any]:
        result["sample_id"] = f"{result['sample_id']}-{self._copy}"
        if result.get("score") and self._chance.random() < 0.55:
            result["score"] = {"value": 1.0, "passed": True, "reason": ""}
        if "latency_ms" in result:
            result["latency_ms"] = int(self._chance.lognormvariate(9, 0.5))
        return result

    def _measured(self, metrics: dict[str, Any]) -> dict[str, Any]:
        usage = metrics.get("token_usage") or {}
        if usage.get("total_tokens"):
            usage["output_tokens"] = int(self._chance.lognormvariate(6.5, 0.6))
            usage["input_tokens"] = int(self._chance.lognormvariate(9, 0.4))
            usage["total_tokens"] = usage["input_tokens"] + usage["output_tokens"]
        return metrics
