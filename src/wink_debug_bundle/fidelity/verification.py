"""Check whether a bundle is consistent, and whether it agrees with its sources."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from ..artifacts.source import LEAST_LIMIT
from ..errors import BundleError
from ..explore.expansion import limited_to
from ..packing.frame_header import ByteProgress
from .artifact_checks import ArtifactChecker
from .artifact_rows import DAMAGED, Contents, read_contents
from .comparison.source_comparison import Comparison
from .comparison.source_entries import SourceFolder
from .database_checks import check_blobs, check_database, check_json, check_texts, check_totals
from .findings import Finding, Findings, Verification
from .proofs.digest_checks import DigestCheck
from .redaction_mark import redaction_profile, redaction_remark


def verify(
    connection: sqlite3.Connection,
    *,
    against: SourceFolder | None,
    progress: ByteProgress | None,
    digest: str | None = None,
    limit: int = LEAST_LIMIT,
) -> Verification:
    """Check the bundle that `connection` has open, and compare it with the folder of sources `against` if given.

    `digest` is the hash that the whole bundle should have. Each pass over the content takes at most `limit` bytes out.

    Raises:
        BundleError: `against` cannot be listed, or the bundle is redacted, so that there is nothing to compare.
    """
    redaction = redaction_remark(connection)
    if redaction is not None and against is not None and redaction_profile(connection) is not None:
        raise BundleError(f"{redaction}; {against.shown} cannot be compared with it: verify it without a directory")
    findings = Findings()
    digests = DigestCheck(connection, digest)
    _collect(findings, digests.check())
    _collect(findings, check_database(connection))
    try:
        contents = read_contents(connection)
    except DAMAGED as error:
        findings.add(Finding(f"the database is damaged: {error}"))
        return Verification(
            0, 0, findings.all(), digest=digests.digest, remarks=tuple(digests.remarks), redaction=redaction
        )
    with limited_to(limit if against is None else 2 * limit):
        unproven, absent = _check_artifacts(connection, contents, against, findings, progress)
    with limited_to(limit):
        _collect(findings, check_blobs(connection))
    _collect(findings, check_texts(connection))
    _collect(findings, check_totals(connection))
    _collect(findings, check_json(connection))
    count, listed = len(contents.artifacts), sum(artifact.is_listed for artifact in contents.artifacts)
    return Verification(
        artifact_count=count,
        exact_count=count - listed - len(unproven),
        findings=findings.all(),
        unproven=tuple(unproven),
        listed_count=listed,
        absent=tuple(absent),
        digest=digests.digest,
        remarks=tuple(digests.remarks),
        redaction=redaction,
    )


def _check_artifacts(
    connection: sqlite3.Connection,
    contents: Contents,
    against: SourceFolder | None,
    findings: Findings,
    progress: ByteProgress | None,
) -> tuple[list[str], list[str]]:
    """Check every artifact; return the paths of those not proven byte for byte, and of listed ones without a source."""
    checker = ArtifactChecker(connection, contents, findings.add)
    comparison = None if against is None else Comparison(connection, contents, against, findings.add)
    if comparison is not None and comparison.has_no_source():
        comparison = None
    unproven: list[str] = []
    done = 0
    total = sum(artifact.size_bytes for artifact in contents.files)
    for artifact in contents.artifacts:
        if not checker.check(artifact) and not artifact.is_listed:
            unproven.append(artifact.path)
        if artifact.container_id is not None or artifact.archive_id is not None:
            continue
        if comparison is not None:
            comparison.compare(artifact)
        done += artifact.size_bytes
        if progress is not None:
            progress(done, total)
    if comparison is None or against is None:
        return unproven, []
    try:
        comparison.compare_names()
    except OSError as error:
        raise BundleError(f"{against.shown}: cannot be listed: {error.strerror}") from error
    return unproven, comparison.absent


def _collect(findings: Findings, found: Iterator[Finding]) -> None:
    """Add a check's findings, and another one if damage ends the check."""
    try:
        for finding in found:
            findings.add(finding)
    except DAMAGED as error:  # a changed table may hold values of unexpected types
        findings.add(Finding(f"the database is damaged: {error}"))
