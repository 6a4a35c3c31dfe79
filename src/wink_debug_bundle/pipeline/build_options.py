"""The options of a build."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ..artifacts.sets.shards import Shard
from ..artifacts.source import DEFAULT_EXPANSION
from ..database.search_index import SearchScope
from .cpu_count import default_jobs
from .progress import ProgressCallback


@dataclass(frozen=True, slots=True)
class BundleIdentity:
    """What tells a bundle from others: its id, and when it was built, ISO 8601 in UTC."""

    bundle_id: str
    created_at: str


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """How to build a bundle, and the description and tags to store in it.

    Attributes:
        description: What the bundle is about.
        tags: Names and values, stored in the bundle.
        force: Whether to replace an output that exists.
        jobs: Number of worker processes. Small inputs are read in this process.
        progress: Called with the `Progress` of the build, from the thread that builds.
        max_expansion: How many times its size a compressed artifact may decompress to; 256 MiB are always allowed.
            Content above the limit is stored compressed.
        keep_unrecognised: Whether to store the bytes of files that are no artifacts; otherwise they are only listed,
            with their size and hash. Damaged artifacts are always stored.
        calls_in_logs: Whether to search standalone logs for tool calls and transcripts even if they are large. Small
            ones, and the logs of runs, are always searched.
        search: Which texts get a full-text index: the usual ones, or all; None for no index.
        labels: The evaluation that the artifacts below each folder belong to, by the folder's path below the input; ''
            is all of the input.
        shard: The part of the sources to read, which may be none of them; None for all.
        share_text: Whether equal texts of files are stored once; `files` is a view then.
        redact: The profile by which secrets are replaced before the bundle appears; None if they are kept.
        identity: What tells the bundle from others; None for a new id and the present time.
        tells_evaluations_apart: Whether folders without labels are told apart by their samples; a part of the input does
            not show which evaluations there are.
        is_synced: Whether the bundle is on the disk when the build ends; not needed for one that is packed, or read,
            and removed.
    """

    description: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    force: bool = False
    jobs: int = field(default_factory=default_jobs)
    progress: ProgressCallback | None = None
    max_expansion: int = DEFAULT_EXPANSION
    keep_unrecognised: bool = False
    calls_in_logs: bool = False
    search: SearchScope | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    shard: Shard | None = None
    share_text: bool = False
    redact: Literal["share", "strict"] | None = None
    identity: BundleIdentity | None = None
    tells_evaluations_apart: bool = True
    is_synced: bool = True

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            ValueError: `jobs` or `max_expansion` is less than 1, `search` is not a scope, `redact` is not a profile, or a label
                is empty.
        """
        if self.search not in (None, "usual", "all"):
            raise ValueError(f"search must be 'usual', 'all' or None, not {self.search!r}")
        if self.redact not in (None, "share", "strict"):
            raise ValueError(f"redact must be 'share', 'strict' or None, not {self.redact!r}")
        if any(not label.strip() for label in self.labels.values()):
            raise ValueError("a label must have a name")
        if self.jobs < 1:
            raise ValueError(f"jobs must be 1 or more, not {self.jobs}")
        if self.max_expansion < 1:
            raise ValueError(f"max_expansion must be 1 or more, not {self.max_expansion}")
