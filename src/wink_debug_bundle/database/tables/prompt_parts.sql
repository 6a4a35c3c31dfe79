CREATE TABLE prompt_parts (
    -- The parts of the prompts that a run, or a session outside of runs, rendered: one row for each section, tool and
    -- example, with a hash that differs between versions.
    id INTEGER PRIMARY KEY,  -- Position in the bundle. [keep]
    run_id INTEGER REFERENCES runs(id),  -- Run that rendered the prompt; NULL outside of runs. [keep]
    session_id TEXT REFERENCES sessions(session_id),  -- Session that rendered the prompt; for a run, its root session.
    -- [path]
    prompt_ns TEXT NOT NULL,  -- Namespace of the prompt. [path]
    prompt_key TEXT NOT NULL,  -- Key of the prompt. [path]
    kind TEXT NOT NULL,  -- What the part is: 'section', 'tool' or 'example' (of a task). [keep]
    name TEXT NOT NULL,  -- Path of the section or example, joined by dots; or name of the tool. [path]
    hash TEXT NOT NULL  -- SHA-256 of the section's template before overrides, of the tool's contract (description,
    -- parameters, result) or of the example. A token where redaction changed a text of the prompt: who knows the hash of a
    -- text with a short secret finds the secret by trying. [rehash]
);
