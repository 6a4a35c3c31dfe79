CREATE TABLE run_members (
    -- The other members of each run's zip: one row for each that is neither an artifact of its own nor a file of the
    -- agent.
    id INTEGER PRIMARY KEY,  -- Position in the bundle. [keep]
    run_id INTEGER NOT NULL REFERENCES runs(id),  -- Run the member belongs to. [keep]
    member INTEGER NOT NULL,  -- Position in the directory of the zip, from 1. [keep]
    path TEXT NOT NULL,  -- Path below debug_bundle/, such as request/input.json; the whole name if the member is
    -- elsewhere. [path]
    size_bytes INTEGER NOT NULL,  -- Size of the member in bytes; of one that could not be read, as the zip claims.
    -- [rehash]
    content TEXT,  -- Text of the member if it is UTF-8 and smaller than 1 MiB; JSON that SQLite could not read is
    -- rewritten. [json]
    is_json INTEGER NOT NULL,  -- 1 if the member's name ends in .json and content is JSON, else 0. [keep]
    sha256 TEXT,  -- SHA-256 of the member's bytes; NULL if it could not be read; problems says why. [rehash]
    blob_sha256 TEXT REFERENCES blobs(sha256),  -- The member's bytes, if content is NULL or differs from them; else
    -- NULL. [rehash]
    integrity TEXT NOT NULL  -- How the member compares with its checksum in the manifest: 'match', 'mismatch',
    -- 'unlisted' (the manifest has none), 'manifest' (the manifest itself, which has none) or 'unread' (its bytes could
    -- not be read). [keep]
);
