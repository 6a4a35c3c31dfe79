"""Write a run's zip (debug bundle format 1.0.0, release 0.27), which `wink query` reads, too."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterable
from pathlib import Path

from benchmarks.generate.archives import LEVEL, WHEN
from benchmarks.generate.text import timestamp

README = "Debug bundle. manifest.json lists the files and their checksums.\n"


class DebugZip:
    """Writes members below `debug_bundle/`, and remembers their checksums for the manifest."""

    def __init__(self, folder: Path, session_id: str) -> None:
        self.session_id = session_id
        self.checksums: dict[str, str] = {}
        self.archive = zipfile.ZipFile(folder / f"{session_id}_20261102_080000.zip", "w")

    def add(self, path: str, chunks: Iterable[bytes]) -> None:
        """Write the member `path` from chunks."""
        digest = hashlib.sha256()
        with self.archive.open(self._entry(path), "w", force_zip64=True) as member:
            for chunk in chunks:
                digest.update(chunk)
                member.write(chunk)
        self.checksums[path] = digest.hexdigest()

    def add_json(self, path: str, value: object) -> None:
        """Write the member `path` as JSON."""
        self.add(path, [json.dumps(value, indent=2).encode()])

    def close(self) -> None:
        """Write the manifest, and close the archive."""
        with self.archive.open(self._entry("manifest.json"), "w") as member:
            member.write(json.dumps(self._manifest(), indent=2).encode())
        self.archive.close()

    def _entry(self, path: str) -> zipfile.ZipInfo:
        entry = zipfile.ZipInfo(f"debug_bundle/{path}", WHEN)
        entry.compress_type = zipfile.ZIP_DEFLATED
        # ZipFile.open uses the entry's level, which is a private attribute before Python 3.13.
        entry._compresslevel = LEVEL  # type: ignore[attr-defined]  # noqa: SLF001
        return entry

    def _manifest(self) -> dict[str, object]:
        start, end = timestamp(0), timestamp(3_600_000_000)
        request = {"request_id": self.session_id, "session_id": self.session_id, "status": "success"}
        return {
            "format_version": "1.0.0",
            "bundle_id": self.session_id,
            "created_at": start,
            "request": {**request, "started_at": start, "ended_at": end},
            "capture": {"mode": "full", "trigger": "config", "limits_applied": {"filesystem_truncated": False}},
            "prompt": {"ns": "demo", "key": "code-review", "adapter": "claude_agent_sdk"},
            "files": sorted(self.checksums),
            "integrity": {"algorithm": "sha256", "checksums": self.checksums},
            "build": {"version": "0.27.0", "commit": ""},
        }


def write_debug_zip(folder: Path, session_id: str, log: Iterable[bytes], snapshot: bytes) -> None:
    """Write the zip of a finished run, with the chunks of its log and one snapshot line, into `folder`."""
    bundle = DebugZip(folder, session_id)
    bundle.add("README.txt", [README.encode()])
    bundle.add_json("request/input.json", {"request": {"task": "review"}, "request_id": session_id})
    bundle.add_json("request/output.json", {"prompt_name": "code-review", "text": "done", "output": None})
    bundle.add("session/after.jsonl", [snapshot])
    bundle.add("logs/app.jsonl", log)
    bundle.add_json("run_context.json", {"run_id": session_id, "request_id": session_id, "attempt": 1})
    bundle.close()
