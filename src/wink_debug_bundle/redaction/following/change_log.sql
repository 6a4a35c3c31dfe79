CREATE TEMP TABLE changed_rows (
    table_name TEXT NOT NULL,
    key INTEGER NOT NULL,
    growth INTEGER NOT NULL,
    has_text INTEGER NOT NULL
);
CREATE INDEX temp.idx_changed_rows ON changed_rows(table_name, key);
CREATE TEMP TABLE changed_lines (
    artifact_id INTEGER NOT NULL,
    line INTEGER NOT NULL,
    growth INTEGER NOT NULL,
    PRIMARY KEY (artifact_id, line)
) WITHOUT ROWID;
CREATE TEMP TABLE changed_bytes (
    old TEXT PRIMARY KEY,
    new TEXT NOT NULL,
    size INTEGER NOT NULL,
    crc INTEGER NOT NULL,
    growth INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TEMP TABLE changed_artifacts (id INTEGER PRIMARY KEY);
CREATE TEMP TABLE changed_prompts (scope TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TEMP TABLE prompt_tokens (hash TEXT PRIMARY KEY, token TEXT) WITHOUT ROWID;
CREATE TEMP TABLE old_hashes (sha256 TEXT PRIMARY KEY, is_of_manifest INTEGER NOT NULL) WITHOUT ROWID;
