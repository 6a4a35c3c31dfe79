CREATE TABLE duplicate_lines (
    -- Where lines stand that were not imported again: one row for each run of neighbours that are neighbours there, too.
    artifact_id INTEGER NOT NULL REFERENCES artifacts(id),  -- File that repeats them: the transcript of a run.
    first INTEGER NOT NULL,  -- First of the lines, counted from 1.
    last INTEGER NOT NULL,  -- Last of the lines.
    original INTEGER NOT NULL,  -- Line of the run's log that the first of them repeats.
    PRIMARY KEY (artifact_id, first)
) WITHOUT ROWID;
