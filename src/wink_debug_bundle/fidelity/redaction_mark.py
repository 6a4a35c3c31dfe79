"""Read whether a bundle is redacted, so that what it was made of cannot be proven."""

from __future__ import annotations

import json
import sqlite3

from .artifact_rows import DAMAGED

_COLUMNS = "SELECT 1 FROM pragma_table_info('bundle_meta') WHERE name = 'redaction'"
_MARK = "SELECT redaction FROM bundle_meta"
_COUNT = "SELECT coalesce(sum(count), 0) FROM redactions"


def redaction_remark(connection: sqlite3.Connection) -> str | None:
    """Return what a redacted bundle, or one that is redacted in part, cannot show; None if nothing of it is redacted."""
    try:
        profile = redaction_profile(connection)
        count = replaced_in_part(connection)
    except DAMAGED:
        return None
    if profile is not None:
        return (
            f"the bundle is redacted (profile {profile}), so that artifacts which changed cannot be proven to be as their "
            "originals were"
        )
    if count:
        return (
            f"the bundle is NOT redacted: only some of those that it was merged from are, with {count:,} places replaced; "
            "redact it before you share it"
        )
    return None


def redaction_profile(connection: sqlite3.Connection) -> str | None:
    """Return with which profile the bundle was redacted; None if it was not, or not all of it.

    Raises:
        sqlite3.Error, ValueError, TypeError: the bundle is damaged.
    """
    if connection.execute(_COLUMNS).fetchone() is None:
        return None
    (mark,) = connection.execute(_MARK).fetchone()
    return None if mark is None else str(dict(json.loads(mark)).get("profile"))


def is_redacted(connection: sqlite3.Connection) -> bool:
    """Return whether the bundle was redacted, as far as it can be read."""
    try:
        return redaction_profile(connection) is not None
    except DAMAGED:
        return False


def replaced_in_part(connection: sqlite3.Connection) -> int:
    """Return how many places are replaced in a bundle that is redacted in part only.

    Raises:
        sqlite3.Error, ValueError, TypeError: the bundle is damaged.
    """
    if connection.execute(_COLUMNS).fetchone() is None or redaction_profile(connection) is not None:
        return 0
    return int(connection.execute(_COUNT).fetchone()[0])
