CREATE TABLE snapshots (
    -- One row for each snapshot of a session; a session dumped twice has two.
    id INTEGER PRIMARY KEY,  -- Position in the bundle. [keep]
    session_id TEXT NOT NULL REFERENCES sessions(session_id),  -- Session that was dumped. [path]
    created_at TEXT NOT NULL,  -- When it was dumped, ISO 8601; '' if the snapshot does not say. [keep]
    slice_count INTEGER NOT NULL,  -- Number of slices in it. [keep]
    item_count INTEGER NOT NULL,  -- Number of items in all its slices. [keep]
    envelope TEXT NOT NULL,  -- JSON of the snapshot itself (version, ids, tags, policies, unknown keys), with the
    -- number of items in place of each slice's items. [json]
    artifact_id INTEGER NOT NULL REFERENCES artifacts(id),  -- File that contains the snapshot. [keep]
    line INTEGER NOT NULL  -- Its line in that file, counted from 1. [keep]
);
