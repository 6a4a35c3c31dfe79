-- Read the words of transcript entries. Parameter ids: a JSON array of rows in entries.
SELECT id, entry_type, tool_name, text, data, call_id
FROM transcript_entries
WHERE id IN (SELECT value FROM json_each(:ids));
