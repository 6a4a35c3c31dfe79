"""The next evaluation of the same samples: the runs of another one with ids of their own, and some other results."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
import zipfile
from pathlib import Path
from typing import Any

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_MANIFEST = "debug_bundle/manifest.json"
_RESULT = "debug_bundle/eval.json"
_REQUEST = "debug_bundle/request/input.json"


def write_next_evaluation(
    base: Path, folder: Path, *, lost: int = 0, unscored: int = 0, prompt: str = "", padding: int = 0
) -> Path:
    """Write the runs of `base` as if they were executed again, and return the folder.

    Args:
        base: Folder with the zips of runs.
        folder: Where to write.
        lost: How many of the samples that passed fail now.
        unscored: How many of the samples with a score have none now.
        prompt: What every prompt that was rendered begins with now.
        padding: Characters by which each request is longer now.
    """
    for source in sorted(base.rglob("*.zip")):
        with zipfile.ZipFile(source) as archive:
            members = {name: _text(archive.read(name).decode(), prompt) for name in archive.namelist()}
        if padding:
            members[_REQUEST] = _padded(members[_REQUEST], padding)
        result: dict[str, Any] = json.loads(members.get(_RESULT, "{}"))
        if lost and (result.get("score") or {}).get("passed"):
            result["score"] = {"value": 0.0, "passed": False, "reason": "expected '42', got '41' | <b>"}
            lost -= 1
        elif unscored and result.get("score"):
            result["score"] = None
            unscored -= 1
        if result:
            members[_RESULT] = json.dumps(result)
        _write(folder / _new_id(source.parent.name) / _new_ids(source.name), members)
    return folder


def _padded(text: str, padding: int) -> str:
    document: dict[str, Any] = json.loads(text)
    document["request"]["padding"] = "x" * padding
    return json.dumps(document)


def _write(path: Path, members: dict[str, str]) -> None:
    manifest: dict[str, Any] = json.loads(members[_MANIFEST])
    manifest["integrity"]["checksums"] = {
        name: hashlib.sha256(members[f"debug_bundle/{name}"].encode()).hexdigest() for name in manifest["files"]
    }
    members[_MANIFEST] = json.dumps(manifest, indent=2)
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def _text(text: str, prompt: str) -> str:
    changed = _new_ids(text)
    return re.sub(r'("rendered_prompt": ")', rf"\g<1>{prompt}", changed) if prompt else changed


def _new_ids(text: str) -> str:
    return _UUID.sub(lambda found: _new_id(found[0]), text)


def _new_id(old: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{old}/next"))
