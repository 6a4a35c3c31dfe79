-- Make a settled run an open one.
DELETE FROM settled_runs WHERE run_id = :run_id;

DELETE FROM prompt_parts WHERE run_id = :run_id;

UPDATE runs
SET
    log_count = NULL,
    entry_count = NULL,
    tool_call_count = NULL,
    failed_call_count = NULL,
    file_count = NULL,
    problem_count = NULL
WHERE id = :run_id;
