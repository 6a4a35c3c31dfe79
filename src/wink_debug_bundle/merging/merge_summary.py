"""The result of a merge."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .overlap.kept_labels import OtherLabel


@dataclass(frozen=True, slots=True)
class MergeSummary:
    """What a merge copied, and what it found in several bundles.

    Attributes:
        path: The merged bundle.
        bundle_id: Its id, a UUID.
        digest: The hash of the whole bundle: of all rows and of the schema.
        size_bytes: Its size.
        seconds: How long the merge took.
        bundles: The merged bundles.
        artifact_count: Number of rows in `artifacts`.
        run_count: Number of runs.
        known: Of each bundle, the paths of the files that an earlier one has as well, so that they are copied once.
        duplicates: Of each bundle, the path of each artifact that became a duplicate, and why.
        other_versions: Paths of files that several bundles have in different bytes; all of them are imported.
        other_labels: Files and runs that keep the label of one bundle, where another bundle has another one.
        shared_session_count: Number of times that a session of a bundle was known from an earlier one.
        repeated_sample_count: Number of samples with several runs that neither a label nor a folder says to be of several
            evaluations, so that they count as attempts of one.
        redacted_count: Number of bundles that are redacted, in whole or in part.
        is_redacted: Whether the merged bundle is, because all of them are.
    """

    path: Path
    bundle_id: str
    digest: str
    size_bytes: int
    seconds: float
    bundles: tuple[Path, ...]
    artifact_count: int
    run_count: int
    known: tuple[tuple[str, ...], ...]
    duplicates: tuple[tuple[tuple[str, str], ...], ...]
    other_versions: tuple[str, ...]
    other_labels: tuple[OtherLabel, ...]
    shared_session_count: int
    repeated_sample_count: int
    redacted_count: int = 0
    is_redacted: bool = False
