CREATE TABLE snapshots (
    -- One row for each snapshot of a session; a session dumped twice has two.
    id INTEGER PRIMARY KEY,  -- Position in the bundle.
    session_id TEXT NOT NULL REFERENCES sessions(session_id),  -- Session that was dumped.
    created_at TEXT NOT NULL,  -- When it was dumped, ISO 8601; '' if the snapshot does not say.
    slice_count INTEGER NOT NULL,  -- Number of slices in it.
    item_count INTEGER NOT NULL,  -- Number of items in all its slices.
    envelope TEXT NOT NULL,  -- JSON of the snapshot itself (version, ids, tags, policies, unknown keys), with the
    -- number of items in place of each slice's items.
    artifact_id INTEGER NOT NULL REFERENCES artifacts(id),  -- File that contains the snapshot.
    line INTEGER NOT NULL  -- Its line in that file, counted from 1.
);
