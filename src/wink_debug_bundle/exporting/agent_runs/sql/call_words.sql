-- Read what tool calls were given and returned. Parameter ids: a JSON array of rows in calls.
SELECT id, params, coalesce(output, CAST(value AS TEXT), message) AS result, error
FROM tool_calls
WHERE id IN (SELECT value FROM json_each(:ids));
