CREATE TABLE environment (
    -- Where a run ran: one row for each fact.
    id INTEGER PRIMARY KEY,  -- Position in the bundle.
    run_id INTEGER NOT NULL REFERENCES runs(id),  -- Run it is said of.
    kind TEXT NOT NULL,  -- 'system', 'python', 'package', 'git', 'container', 'variable' or 'command'.
    name TEXT NOT NULL,  -- What it is: a field, a package, a variable.
    value TEXT  -- Its value: text as it is, everything else as JSON; of a package its version.
);
