-- Say how each run ended. A run whose zip could not be opened says nothing.
UPDATE runs
SET
    result = CASE
        WHEN status = 'error' OR error_type IS NOT NULL THEN 'error'
        WHEN passed = 1 THEN 'passed'
        WHEN passed = 0 OR sample_error IS NOT NULL THEN 'failed'
        WHEN coalesce(ends_before_start, bundle_id, status, format_version) IS NOT NULL THEN 'unscored'
    END;
