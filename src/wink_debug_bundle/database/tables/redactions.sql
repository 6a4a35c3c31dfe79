CREATE TABLE redactions (
    -- What redact replaced: one row for each rule and column. It has no values. A bundle that was not redacted has none.
    -- One that was merged has those of all bundles; only bundle_meta.redaction says that all of it is redacted.
    rule TEXT NOT NULL,  -- Rule that found it, such as github-pat or email; literal for a word that was given, strict
    -- for what the profile of that name drops whole, hash for the hash of something that changed. [keep]
    table_name TEXT NOT NULL,  -- Table that held it; blob_chunks for the bytes of blobs. [keep]
    column_name TEXT NOT NULL,  -- Column that held it. [keep]
    count INTEGER NOT NULL,  -- How often it was replaced. [keep]
    PRIMARY KEY (rule, table_name, column_name)
) WITHOUT ROWID;
