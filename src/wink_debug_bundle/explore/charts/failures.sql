-- Failures by reason
-- The most frequent reasons for which runs, samples and tool calls of each evaluation failed and errors were logged.
-- Angle brackets mark what differs between failures of one reason.
WITH
    counted AS (
        SELECT
            kind,
            coalesce('in ' || evaluation || ': ', '') || CASE kind
                WHEN 'sample' THEN signature
                ELSE name || coalesce(': ' || nullif(signature, ''), '')
            END AS reason,
            failure_count AS failures,
            run_count AS runs,
            row_number() OVER (ORDER BY failure_count DESC, kind, name, signature, evaluation) AS place,
            count(*) OVER () AS reasons
        FROM failure_signatures
    )
SELECT
    place,
    kind,
    CASE WHEN length(reason) > 90 THEN substr(reason, 1, 89) || '…' ELSE reason END AS reason,
    failures,
    runs,
    CASE WHEN reasons > 12 THEN (reasons - 12) || ' less frequent reasons are not shown.' END AS note
FROM counted
WHERE place <= 12
ORDER BY place;
