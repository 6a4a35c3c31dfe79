CREATE TABLE bundle_meta (
    -- What this bundle is and where it came from: exactly one row.
    id INTEGER PRIMARY KEY CHECK (id = 1),  -- Always 1.
    bundle_id TEXT NOT NULL,  -- UUID of this bundle, new for every build.
    created_at TEXT NOT NULL,  -- When the bundle was built, ISO 8601 in UTC.
    wink_version TEXT NOT NULL,  -- Version of wink-debug-bundle that built it.
    schema_version INTEGER NOT NULL,  -- Version of this schema; a reader refuses a newer one than it knows.
    root_session_id TEXT,  -- The one dumped session without a parent, or the one session without any dump; NULL where there is none or more than one.
    source_directory TEXT,  -- Directory the artifacts were read from, as it was given; NULL for a list of files.
    description TEXT,  -- What the person who built the bundle wrote about it.
    tags TEXT  -- JSON object of the tags given at the build; '{}' without any.
);
