"""Artifacts with planted secrets, and the bundle of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from support.artifact_samples import lines, log_record, write_files
from support.planted_secrets.file_plants import archive_bytes, damaged_archive, other_files
from support.planted_secrets.log_plants import log_files
from support.planted_secrets.planted_secret import PlantedSecret
from support.planted_secrets.planting import Plants, plan, share
from support.planted_secrets.run_plants import run_zips
from support.planted_secrets.secret_list import made_up_secrets
from support.planted_secrets.sentences import line, names, sentence
from support.planted_secrets.session_plants import session_line
from wink_debug_bundle import DebugBundle


@dataclass(frozen=True)
class PlantedArtifacts:
    """A folder of artifacts with secrets, and what a build of them is given."""

    folder: Path
    secrets: Sequence[PlantedSecret]
    plants: Plants

    @property
    def options(self) -> dict[str, Any]:
        """Return the keyword arguments of `DebugBundle.from_directory` that plant the rest."""
        return {
            "recursive": True,
            "keep_unrecognised": True,
            "description": "\n".join(map(sentence, self.plants["description"])),
            "tags": {f"tag-{each.number}": line(each) for each in self.plants["bundle tag"]}
            | {each.text: "yes" for each in self.plants["bundle tag's key"]},
            "label": names(self.plants["evaluation label"]) or None,
        }

    @property
    def words(self) -> list[str]:
        """Return the values that somebody who redacts gives as words."""
        return [each.value for each in self.secrets if each.kind.name == "internal-word"]


class PlantedBundle(NamedTuple):
    """Artifacts with secrets, and their bundle."""

    artifacts: PlantedArtifacts
    bundle: Path


def write_planted(folder: Path, count: int, parts: int = 2, seed: int = 1) -> PlantedArtifacts:
    """Write artifacts with so many secrets into the folder: so many debug directories, and three runs for each."""
    secrets = made_up_secrets(count, seed)
    plants = plan(secrets, seed)
    hosts = max(1, len(plants["host"]))
    for part in range(parts):
        write_files(folder, dict(_directory(share(plants, part, parts), part)))
    for part in range(hosts):
        write_files(folder, run_zips(share(plants, part, hosts), part))
    return PlantedArtifacts(folder, secrets, plants)


def build_planted(folder: Path, count: int, **options: Any) -> PlantedBundle:
    """Write artifacts with so many secrets into the folder, build a bundle of them beside, and return both."""
    artifacts = write_planted(folder / "artifacts", count)
    bundle = folder / "planted.db"
    DebugBundle.from_directory(artifacts.folder, output=bundle, **{**artifacts.options, **options}).close()
    return PlantedBundle(artifacts, bundle)


def _directory(plants: Plants, part: int) -> Iterator[tuple[str, bytes]]:
    session_id = str(uuid.uuid5(uuid.NAMESPACE_OID, f"planted/{part}"))
    files = {
        **log_files(plants),
        f"{session_id}.jsonl": session_line(plants, session_id),
        f"{uuid.uuid5(uuid.NAMESPACE_OID, f'archive/{part}')}.zip": archive_bytes(plants),
        f"{uuid.uuid5(uuid.NAMESPACE_OID, f'damaged/{part}')}.zip": damaged_archive(plants),
        **other_files(plants),
    }
    yield from ((f"debug-{part}/{name}", content) for name, content in files.items())
    for each in plants["folder name"]:
        yield f"debug-{part}/by-token/of {each.text}/session.log", lines(log_record(message=f"folder {each.number}"))
