-- Name the artifact that is imported now in the reasons of duplicates whose original is not copied from this bundle.
CREATE TEMP TABLE renamed AS
SELECT copies.id + :base AS id, originals.path AS old_path, excluded.new_path
FROM source.artifacts AS copies
JOIN temp.excluded ON excluded.id = copies.original_id
JOIN source.artifacts AS originals ON originals.id = copies.original_id
WHERE excluded.new_path != originals.path;

UPDATE main.artifacts
SET reason = replace(artifacts.reason, renamed.old_path, renamed.new_path)
FROM temp.renamed
WHERE renamed.id = artifacts.id;

UPDATE main.ledger
SET reason = replace(ledger.reason, renamed.old_path, renamed.new_path)
FROM temp.renamed
WHERE renamed.id = ledger.artifact_id;

DROP TABLE temp.renamed;
