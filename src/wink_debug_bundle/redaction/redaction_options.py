"""What a redaction is asked for, and what it did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..errors import BundleError
from ..pipeline.progress import ProgressCallback

Profile = Literal["share", "strict"]
"""What leaves the bundle: share replaces what is found, strict drops all free text, too."""


class RedactionLeftoverError(BundleError):
    """Something is left that redaction should have replaced; no file was written."""


@dataclass(frozen=True, slots=True)
class RedactionOptions:
    """How to redact.

    Attributes:
        profile: What leaves the bundle.
        rules: A file of more rules, in the form of gitleaks' TOML.
        words: Words that are secret.
        token_map: A private file that keeps the key and the value of each token.
        force: Whether to replace an output that exists.
        jobs: Number of processes.
        progress: Called with how far the work is.
        only_counts: Whether to write no file, and only to count.
    """

    profile: Profile = "share"
    rules: Path | None = None
    words: Sequence[str] = ()
    token_map: Path | None = None
    force: bool = False
    jobs: int = 1
    progress: ProgressCallback | None = None
    only_counts: bool = False


@dataclass(frozen=True, slots=True)
class Replaced:
    """How often a rule was the reason to replace something in a column."""

    rule: str
    table: str
    column: str
    count: int


@dataclass(frozen=True, slots=True)
class RedactionSummary:
    """What was done.

    Attributes:
        path: The new bundle; None if nothing was to be written.
        profile: What leaves the bundle.
        replaced: What was replaced, by rule and column.
        value_count: Different values that were replaced.
        size_bytes: Size of the new bundle; 0 without one.
        scanned_bytes: Bytes of text and blobs that were searched.
        seconds: How long it took.
        digest: The hash of the new bundle; None without one.
    """

    path: Path | None
    profile: Profile
    replaced: tuple[Replaced, ...]
    value_count: int
    size_bytes: int
    scanned_bytes: int
    seconds: float
    digest: str | None

    @property
    def count(self) -> int:
        """Return how often something was replaced."""
        return sum(each.count for each in self.replaced)
