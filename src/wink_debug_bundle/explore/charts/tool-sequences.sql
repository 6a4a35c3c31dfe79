-- What passed and failed runs did differently
-- Pairs of tools that were called one after the other, also as first or last call of a run: the share of the runs of an
-- evaluation that passed and of those that did not in which the pair occurs, those with the greatest difference first.
WITH
    ended AS (
        SELECT id, evaluation, iif(result = 'passed', 'passed', 'failed') AS result
        FROM runs
        WHERE result IN ('passed', 'failed', 'error')
    ),
    results(result) AS (
        VALUES ('passed'), ('failed')
    ),
    totals AS (
        SELECT
            evaluation,
            nullif(sum(result = 'passed'), 0) AS passed,
            nullif(sum(result = 'failed'), 0) AS failed
        FROM ended
        GROUP BY evaluation
    ),
    ordered AS (
        SELECT
            ended.evaluation,
            ended.result,
            calls.run_id,
            calls.tool_name,
            lag(calls.tool_name, 1, '(start)') OVER (PARTITION BY calls.run_id ORDER BY calls.id) AS tool_before,
            lead(calls.tool_name) OVER (PARTITION BY calls.run_id ORDER BY calls.id) AS tool_after
        FROM calls
        JOIN ended ON ended.id = calls.run_id
    ),
    pairs AS (
        SELECT DISTINCT run_id, evaluation, result, tool_before || ' → ' || tool_name AS sequence FROM ordered
        UNION
        SELECT DISTINCT run_id, evaluation, result, tool_name || ' → (end)' FROM ordered WHERE tool_after IS NULL
    ),
    shares AS (
        SELECT
            coalesce(pairs.evaluation || ': ', '') || pairs.sequence AS sequence,
            round(100.0 * sum(pairs.result = 'passed') / totals.passed, 1) AS passed,
            round(100.0 * sum(pairs.result = 'failed') / totals.failed, 1) AS failed
        FROM pairs
        JOIN totals ON totals.evaluation IS pairs.evaluation
        WHERE totals.passed IS NOT NULL AND totals.failed IS NOT NULL
        GROUP BY pairs.evaluation, pairs.sequence
    ),
    placed AS (
        SELECT
            *,
            row_number() OVER (ORDER BY abs(passed - failed) DESC, passed + failed DESC, sequence) AS place,
            count(*) OVER () AS sequences
        FROM shares
    )
SELECT
    place,
    CASE WHEN length(sequence) > 70 THEN substr(sequence, 1, 69) || '…' ELSE sequence END AS sequence,
    results.result,
    CASE results.result WHEN 'passed' THEN passed ELSE failed END AS percent,
    CASE
        WHEN sequences > 12 THEN (sequences - 12) || ' pairs with a smaller difference are not shown.'
    END AS note
FROM placed
CROSS JOIN results
WHERE place <= 12
ORDER BY place, results.result DESC;
