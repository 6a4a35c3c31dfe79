-- Why did runs fail, and which run is an example of each reason?
-- Reads: failure_signatures
SELECT kind, name, signature, failure_count, run_count, example_run_id FROM failure_signatures ORDER BY run_count DESC;

-- How many samples of each experiment passed?
-- Reads: sample_results
SELECT experiment, result, count(*) AS samples FROM sample_results GROUP BY experiment, result;

-- What did the tool calls of a failed run do, and how did they end?
-- Reads: runs, failed_runs, tool_calls
SELECT id, tool_name, params, outcome, coalesce(error, output) AS result FROM tool_calls
WHERE run_id = (SELECT min(runs.id) FROM failed_runs JOIN runs ON runs.id = run_id WHERE last_tool IS NOT NULL)
ORDER BY id;

-- What was said in a failed run, in order?
-- Reads: runs, failed_runs, transcript_entries
SELECT id, entry_type, tool_name, text, data FROM transcript_entries
WHERE run_id = (SELECT min(runs.id) FROM failed_runs JOIN runs ON runs.id = run_id) AND source = 'main' ORDER BY id;

-- Which runs used the most tokens, and how long did they take?
-- Reads: runs
SELECT id, path, status, total_tokens, duration_ms FROM runs ORDER BY total_tokens DESC LIMIT 5;

-- Do runs with one version of a tool or section pass more often?
-- Reads: prompt_versions
SELECT kind, name, substr(hash, 1, 8) AS version, run_count, pass_rate FROM prompt_versions ORDER BY kind, name;

-- What did errors say?
-- Reads: logs
SELECT event, message, context ->> '$.error' AS error, count(*) AS records FROM logs
WHERE level IN ('ERROR', 'CRITICAL') AND json_valid(context) GROUP BY event, message, error ORDER BY records DESC;

-- Which calls did not succeed, with which parameters?
-- Reads: tool_calls
SELECT id, session_id, tool_name, params, outcome, error FROM tool_calls WHERE success = 0 ORDER BY id;

-- What was the state of each session at the end?
-- Reads: current_slice_items
SELECT session_id, slice_type, count(*) AS items FROM current_slice_items GROUP BY session_id, slice_type;

-- Which prompts were rendered, and what did they say?
-- Reads: prompt_events
SELECT session_id, prompt_ns, prompt_key, rendered_text FROM prompt_events WHERE event_type = 'rendered' LIMIT 5;

-- What happened in each session, and when?
-- Reads: execution_timeline
SELECT timestamp, session_id, event_type, name, success FROM execution_timeline LIMIT 20;

-- Which files did agents leave, and how large are they?
-- Reads: files
SELECT session_id, path, size_bytes FROM files ORDER BY size_bytes DESC LIMIT 20;

-- Which files was the bundle built from?
-- Reads: artifacts
SELECT path, kind, status, record_count, reason FROM artifacts ORDER BY id LIMIT 20;
