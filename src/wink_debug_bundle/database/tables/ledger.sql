CREATE TABLE ledger (
    -- What became of each line and member: one row for each run of neighbours that fared alike.
    id INTEGER PRIMARY KEY,  -- Position in the bundle.
    artifact_id INTEGER NOT NULL REFERENCES artifacts(id),  -- File the run stands in.
    first INTEGER NOT NULL,  -- First line or member of the run, counted from 1; 0 for what of an archive is no member.
    last INTEGER NOT NULL,  -- Last line or member of the run.
    offset INTEGER NOT NULL,  -- First byte of the run: for lines, in the unpacked file; for members, of their headers in the archive.
    length INTEGER NOT NULL,  -- Bytes in the run: line ends included; of members, as they lie in the archive, headers included.
    status TEXT NOT NULL,  -- 'imported', 'malformed', 'unreadable', 'skipped', 'blank', 'duplicate' (read elsewhere), 'own_artifact' (an artifact of its own) or 'container' (an archive's own bytes, kept in zip_parts).
    reason TEXT  -- Why it was skipped, where it is read, or what else is to be said of it.
);
