CREATE TABLE bundle_meta (
    -- What this bundle is and where it came from: exactly one row.
    id INTEGER PRIMARY KEY CHECK (id = 1),  -- Always 1.
    bundle_id TEXT NOT NULL,  -- UUID of this bundle, new for every build.
    created_at TEXT NOT NULL,  -- When the bundle was built, ISO 8601 in UTC.
    wink_version TEXT NOT NULL,  -- Version of wink-debug-bundle that built it.
    schema_version INTEGER NOT NULL,  -- Version of this schema; a reader refuses a bundle of a newer version, and of an
    -- older one until wink-debug-bundle migrate has updated it.
    root_session_id TEXT,  -- The only session without a parent that was dumped or has children; if no such session was,
    -- the only session without a parent. NULL if there are several or none.
    source_directory TEXT,  -- Directory the artifacts were read from, as it was given; NULL if files were given
    -- instead, or bundles of several directories were merged.
    description TEXT,  -- Description given at the build; NULL without one.
    tags TEXT  -- JSON object of the tags given at the build, empty without any.
);
