-- Read transcript entries as steps. Parameter ids: a JSON array of rows in entries.
SELECT id, timestamp, entry_type, tool_name, text, data, is_error, model, source, log_id
FROM transcript_entries
WHERE id IN (SELECT value FROM json_each(:ids));
