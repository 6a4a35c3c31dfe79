-- Adapters, by how many runs and events of prompts name them.
SELECT
    count(*) OVER () AS row_count,
    adapter,
    count(*) AS uses
FROM (
    SELECT adapter FROM runs
    UNION ALL
    SELECT adapter FROM prompt_events
)
WHERE adapter IS NOT NULL
GROUP BY adapter
ORDER BY uses DESC, adapter;
