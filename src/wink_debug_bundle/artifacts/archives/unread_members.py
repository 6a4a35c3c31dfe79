"""Keep the bytes of members that are not read, each with a problem that says why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from ...batch import Batch
from ...column_values import ProblemKind
from ...rows import ProblemRow
from ..accounting.blobs import BlobWriter
from ..accounting.problems import member_problem, reason_of
from ..zip.headers import Entry
from ..zip.members import Members


def unreadable_member(
    archive: Members, entry: Entry, artifact_id: int, error: Exception, scratch: Path
) -> Iterator[Batch]:
    """Yield batches of a member that cannot be read: a problem, with the member's header and compressed bytes as a blob."""
    problem = member_problem(artifact_id, entry.name, entry.offset, ProblemKind.UNREADABLE, reason_of(error))
    yield from problem_with_bytes(problem, archive.own_bytes(entry), scratch)


def problem_with_bytes(problem: ProblemRow, chunks: Iterable[bytes], scratch: Path) -> Iterator[Batch]:
    """Yield batches of a problem and of a blob with the bytes that it is about.

    If the bytes cannot be read to their end, the blob holds those before; if there are none, there is no blob.
    """
    blob = BlobWriter(scratch)
    try:
        for chunk in chunks:
            blob.write(chunk)
    except OSError as error:  # the blob keeps the bytes that could be read
        problem = problem._replace(error=f"{problem.error}; {blob.size} bytes of it are kept, then {reason_of(error)}")
    if blob.size:
        problem = problem._replace(blob_sha256=blob.finish())
        yield from blob.batches(problem.artifact_id)
    else:
        blob.close()
    batch = Batch(problem.artifact_id)
    batch.add(problem)
    yield batch
