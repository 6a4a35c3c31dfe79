"""What a worker is given to build one shard: plain data that can be pickled."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ShardSource:
    """A file to read, as it was when it was listed.

    Attributes:
        folder: The URL of the folder that was listed, with a slash at its end; one text that all sources share.
        name: What the bundle calls it: its path below that folder.
        size: Its bytes.
        etag: What the file system says that changes with its content: an ETag, else the time of the last change.
        modified_ns: When it was last changed, in nanoseconds since 1970; 0 if unknown.
    """

    folder: str
    name: str
    size: int
    etag: str
    modified_ns: int

    @property
    def uri(self) -> str:
        """Return where the file is, as a URL."""
        return self.folder + self.name


@dataclass(frozen=True, slots=True)
class ShardTask:
    """One shard to build.

    Attributes:
        dataset: The URL of the dataset.
        shard_id: The hash of the sources.
        sources: The files to read.
        schema_version: The version of the schema that the tables have.
        source_directory: The folder that was listed.
        labels: The evaluations of folders, as pairs of a path below that folder and a label.
        replaces: The shards that this one takes the place of when it is committed.
        keeps_bundle: Whether the bundle is stored beside the Parquet files.
        jobs: Number of worker processes of the build.
    """

    dataset: str
    shard_id: str
    sources: tuple[ShardSource, ...]
    schema_version: int
    source_directory: str
    labels: tuple[tuple[str, str], ...] = ()
    replaces: tuple[str, ...] = ()
    keeps_bundle: bool = True
    jobs: int = 1

    @property
    def size(self) -> int:
        """Return the bytes of all sources."""
        return sum(source.size for source in self.sources)
