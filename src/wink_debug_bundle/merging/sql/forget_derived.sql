-- Forget what follows from the rows of several bundles, so that it is derived again.
DELETE FROM failures;
DELETE FROM prompt_parts;

UPDATE runs SET log_count = NULL;  -- so that all of a run is counted again

UPDATE runs
SET
    input_tokens = NULL,
    output_tokens = NULL,
    cached_tokens = NULL,
    total_tokens = NULL,
    prompt_count = NULL,
    tokens_source = NULL
WHERE tokens_source IN ('events', 'logs');

-- A session whose time only another bundle knows had none; finalize adds the time '' again if it is left anywhere.
DELETE FROM times WHERE time = '' AND NOT EXISTS (SELECT 1 FROM logs WHERE timestamp = '');
