-- Let files whose bytes changed name the new ones.
UPDATE files SET
    size_bytes = (SELECT size FROM temp.changed_bytes WHERE old = sha256),
    sha256 = (SELECT new FROM temp.changed_bytes WHERE old = sha256)
WHERE content IS NULL AND sha256 IN (SELECT old FROM temp.changed_bytes);
