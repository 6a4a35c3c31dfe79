CREATE TABLE ledger (
    -- What became of each line and member: one row for each run of neighbours that fared alike.
    id INTEGER PRIMARY KEY,  -- Position in the bundle.
    artifact_id INTEGER NOT NULL REFERENCES artifacts(id),  -- File the run stands in.
    first INTEGER NOT NULL,  -- First line or member of the run, counted from 1.
    last INTEGER NOT NULL,  -- Last line or member of the run.
    offset INTEGER NOT NULL,  -- First byte of the run in the unpacked file; for members, 0.
    length INTEGER NOT NULL,  -- Bytes in the run, line ends included; for members, their unpacked sizes.
    fate TEXT NOT NULL,  -- 'imported', 'malformed', 'unreadable', 'skipped', 'blank', 'duplicate' (read elsewhere) or 'apart' (an artifact of its own).
    reason TEXT  -- Why it was skipped, where it is read, or what else is to be said of it.
);
