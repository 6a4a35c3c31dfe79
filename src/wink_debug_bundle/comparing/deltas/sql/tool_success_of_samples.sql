-- Of each tool, how many samples know whether its calls succeeded, and the sum over these samples of the share that did: a
-- sample counts once, whatever the number of its attempts and calls. Parameters: runs, a JSON array of a run and its
-- sample's number each; sessions, one of a session and the sample's number; most, a limit.
WITH
    units AS MATERIALIZED (
        SELECT
            value ->> 0 AS run_id,
            NULL AS session_id,
            value ->> 1 AS sample
        FROM json_each(:runs)
        UNION ALL
        SELECT
            NULL,
            value ->> 0,
            value ->> 1
        FROM json_each(:sessions)
    ),
    chosen AS (
        SELECT
            calls.tool_name,
            calls.success,
            units.sample
        FROM calls
        JOIN units ON units.run_id = calls.run_id
        WHERE calls.success IN (0, 1)
        UNION ALL
        SELECT
            calls.tool_name,
            calls.success,
            units.sample
        FROM calls
        JOIN units ON units.session_id = calls.session_id
        WHERE calls.run_id IS NULL AND calls.success IN (0, 1)
    )
SELECT
    tool_name,
    count(*) AS sample_count,
    sum(share) AS shares
FROM (SELECT tool_name, sample, avg(success) AS share FROM chosen GROUP BY tool_name, sample)
GROUP BY tool_name
LIMIT :most;
