CREATE TABLE run_members (
    -- What else a run's zip holds: one row for each member that is no artifact of its own and no file of the agent's.
    id INTEGER PRIMARY KEY,  -- Position in the bundle.
    run_id INTEGER NOT NULL REFERENCES runs(id),  -- Run the member belongs to.
    member INTEGER NOT NULL,  -- Position in the zip's directory, from 1.
    path TEXT NOT NULL,  -- Path below debug_bundle/: 'request/input.json', 'config.json' and so on.
    size_bytes INTEGER NOT NULL,  -- Size of the member.
    content TEXT,  -- The member's text, if it is UTF-8 and under 1 MiB.
    is_json INTEGER NOT NULL,  -- 1 if content is JSON.
    sha256 TEXT NOT NULL,  -- Hash of the member's bytes.
    blob_sha256 TEXT REFERENCES blobs(sha256),  -- The bytes, where content is NULL or is not to the letter what stood there.
    integrity TEXT NOT NULL  -- 'match' or 'mismatch' with the checksum of the manifest; 'unlisted' where that has none; 'manifest' for itself, which nothing vouches for.
);
