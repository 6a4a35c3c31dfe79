CREATE TABLE duplicate_lines (
    -- Lines that repeat other lines and are not imported again, of transcripts and of artifacts with an original_id:
    -- one row for each range of neighbouring lines whose originals are neighbours, too.
    artifact_id INTEGER NOT NULL REFERENCES artifacts(id),  -- Artifact that repeats the lines. [keep]
    first INTEGER NOT NULL,  -- First line of the range, counted from 1. [keep]
    last INTEGER NOT NULL,  -- Last line of the range. [keep]
    original INTEGER NOT NULL,  -- Line of the run's log, or of the artifact's original, that
    -- the first line of the range repeats. [keep]
    PRIMARY KEY (artifact_id, first)
) WITHOUT ROWID;
