-- Calls that only ToolInvoked events record, of trees of sessions outside of runs. These trees need no merging, so they
-- leave the list of trees.
CREATE TEMP TABLE event_trees AS
SELECT DISTINCT root
FROM temp.trees
EXCEPT
SELECT trees.root
FROM call_fragments
JOIN temp.trees ON trees.session_id = call_fragments.session_id
WHERE call_fragments.run_id IS NULL
EXCEPT
SELECT trees.root
FROM entries
JOIN temp.trees ON trees.session_id = entries.session_id
WHERE entries.run_id IS NULL AND entries.call_id IS NOT NULL;

INSERT INTO calls (
    session_id,
    tool_name,
    call_id,
    prompt_name,
    outcome,
    success,
    source,
    event_id,
    ends_before_start
)
SELECT
    events.session_id,
    events.tool_name,
    events.call_id,
    events.prompt_name,
    outcomes.outcome,
    outcomes.success,
    'slices',
    events.event_id,
    0
FROM tool_invocations AS events
JOIN snapshots ON snapshots.id = events.snapshot_id
JOIN temp.trees ON trees.session_id = events.session_id
JOIN temp.outcomes ON outcomes.outcome = CASE
    WHEN events.success_source IS NULL OR events.success_source = 'assumed' THEN 'unknown'
    WHEN events.result_success THEN 'succeeded'
    WHEN events.result_success IS NULL THEN 'unknown'
    ELSE failure_outcome(events.tool_name, events.result_message)
END
WHERE trees.root IN (SELECT root FROM temp.event_trees)
    AND snapshots.artifact_id NOT IN (SELECT artifact_id FROM temp.members)
ORDER BY
    trees.root,
    -- A time as the library writes it sorts as it is; calling Python for each event would cost more than the sorting.
    CASE
        WHEN
            length(events.timestamp) = 32
            AND substr(events.timestamp, 11, 1) = 'T'
            AND substr(events.timestamp, 27) = '+00:00'
            THEN events.timestamp
        ELSE coalesce(utc(events.timestamp), events.timestamp)
    END,
    events.item_index;

DELETE FROM temp.trees WHERE root IN (SELECT root FROM temp.event_trees);
DROP TABLE temp.event_trees;
