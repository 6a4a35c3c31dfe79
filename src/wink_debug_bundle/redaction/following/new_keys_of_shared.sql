-- Let files whose bytes changed name the new ones, in a bundle that shares their text.
UPDATE file_entries SET
    size_bytes = (SELECT size FROM temp.changed_bytes WHERE old = sha256),
    sha256 = (SELECT new FROM temp.changed_bytes WHERE old = sha256)
WHERE sha256 IN (SELECT old FROM temp.changed_bytes);
