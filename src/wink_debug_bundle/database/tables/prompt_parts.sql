CREATE TABLE prompt_parts (
    -- The parts of the prompts that a run, or a session outside of runs, rendered: one row for each section, tool and
    -- example, with a hash that differs between versions.
    id INTEGER PRIMARY KEY,  -- Position in the bundle.
    run_id INTEGER REFERENCES runs(id),  -- Run that rendered the prompt; NULL outside of runs.
    session_id TEXT REFERENCES sessions(session_id),  -- Session that rendered the prompt; for a run, its root session.
    prompt_ns TEXT NOT NULL,  -- Namespace of the prompt.
    prompt_key TEXT NOT NULL,  -- Key of the prompt.
    kind TEXT NOT NULL,  -- What the part is: 'section', 'tool' or 'example' (of a task).
    name TEXT NOT NULL,  -- Path of the section or example, joined by dots; or name of the tool.
    hash TEXT NOT NULL  -- SHA-256 of the section's template before overrides, of the tool's contract (description,
    -- parameters, result) or of the example.
);
