CREATE TABLE slice_items (
    -- One row for each item of each slice of each snapshot; the view current_slice_items has only those of last
    -- snapshots.
    id INTEGER PRIMARY KEY AUTOINCREMENT,  -- Position in the bundle. [keep]
    session_id TEXT NOT NULL REFERENCES sessions(session_id),  -- Session that held the item. [path]
    slice_type TEXT NOT NULL,  -- Qualified class name of the slice, such as module:Class. [path]
    item_index INTEGER NOT NULL,  -- Position in the slice, from 0. [keep]
    item_type TEXT NOT NULL,  -- Qualified class name of the item. [path]
    payload TEXT NOT NULL,  -- JSON of the item. [json]
    snapshot_id INTEGER NOT NULL REFERENCES snapshots(id)  -- Snapshot that contains the item. [keep]
);
