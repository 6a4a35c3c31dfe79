-- Tools, by how long their calls took together.
SELECT
    count(*) OVER () AS row_count,
    tool_name,
    count(duration_ms) AS timed_count,
    round(sum(duration_ms), 6) AS total_ms,  -- Releases of SQLite differ in the last digits of sums.
    max(duration_ms) AS max_ms
FROM calls
WHERE duration_ms IS NOT NULL
GROUP BY +tool_name
ORDER BY total_ms DESC, tool_name;
