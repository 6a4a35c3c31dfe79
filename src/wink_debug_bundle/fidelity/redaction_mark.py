"""Read whether a bundle is redacted, so that what it was made of cannot be proven."""

from __future__ import annotations

import json
import sqlite3

from .artifact_rows import DAMAGED

_COLUMNS = "SELECT 1 FROM pragma_table_info('bundle_meta') WHERE name = 'redaction'"
_MARK = "SELECT redaction FROM bundle_meta"


def redaction_remark(connection: sqlite3.Connection) -> str | None:
    """Return what a redacted bundle cannot show; None if the bundle is not redacted."""
    try:
        if connection.execute(_COLUMNS).fetchone() is None:
            return None
        (mark,) = connection.execute(_MARK).fetchone()
        if mark is None:
            return None
        profile = dict(json.loads(mark)).get("profile")
    except DAMAGED:
        return None
    return (
        f"the bundle is redacted (profile {profile}), so that artifacts which changed cannot be proven to be as their "
        "originals were"
    )
