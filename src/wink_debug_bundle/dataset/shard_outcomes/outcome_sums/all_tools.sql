-- The tool whose calls took the most time in all shards.
SELECT
    name,
    sum(timed_count) AS call_count,
    round(sum(total_ms), 6) AS all_ms,  -- Sums of sums differ from one sum in their last digits.
    max(max_ms) AS most_ms
FROM tools
GROUP BY name
ORDER BY all_ms DESC, name
LIMIT 1;
