CREATE TABLE environment (
    -- The environment of each run: one row for each fact.
    id INTEGER PRIMARY KEY,  -- Position in the bundle. [keep]
    run_id INTEGER NOT NULL REFERENCES runs(id),  -- Run the fact is about. [keep]
    kind TEXT NOT NULL,  -- What the fact is about: 'system', 'python', 'package', 'git', 'container', 'variable' or
    -- 'command'. [keep]
    name TEXT NOT NULL,  -- Name of the field, package or variable. [path]
    value TEXT  -- Its value: text as it is, anything else as JSON; for a package, its version or where it was installed
    -- from. NULL if it has none. [text]
);
