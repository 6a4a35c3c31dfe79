CREATE TABLE bundle_meta (
    -- What this bundle is and where it came from: exactly one row.
    id INTEGER PRIMARY KEY CHECK (id = 1),  -- Always 1. [keep]
    bundle_id TEXT NOT NULL,  -- UUID of this bundle, new for every build. [rehash]
    created_at TEXT NOT NULL,  -- When the bundle was built, ISO 8601 in UTC. [keep]
    wink_version TEXT NOT NULL,  -- Version of wink-debug-bundle that built it. [keep]
    schema_version INTEGER NOT NULL,  -- Version of this schema; a reader refuses a bundle of a newer version, and of an
    -- older one until wink-debug-bundle migrate has updated it. [keep]
    root_session_id TEXT,  -- The only session without a parent that was dumped or has children; if no such session was,
    -- the only session without a parent. NULL if there are several or none. [path]
    source_directory TEXT,  -- Directory the artifacts were read from, as it was given; NULL if files were given
    -- instead, or bundles of several directories were merged. [path]
    description TEXT,  -- Description given at the build; NULL without one. [text]
    tags TEXT,  -- JSON object of the tags given at the build, empty without any. [json]
    redaction TEXT  -- JSON object that says how the bundle was redacted: profile, version, time, number of replaced
    -- values; NULL if it was not, or if only some of the bundles that it was merged from were. [keep]
);
