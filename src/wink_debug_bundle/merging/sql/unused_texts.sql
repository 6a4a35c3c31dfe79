-- Delete the texts that only rows that were left out refer to.
DELETE FROM texts WHERE sha256 NOT IN (SELECT sha256 FROM file_entries WHERE sha256 IS NOT NULL);
