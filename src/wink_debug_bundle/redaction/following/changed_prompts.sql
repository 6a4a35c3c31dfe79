-- Note the runs, the sessions, and the files without either, that have a prompt with a text that changed.
INSERT OR IGNORE INTO temp.changed_prompts
WITH
    changed AS (
        SELECT prompt_events.session_id, snapshots.artifact_id
        FROM temp.changed_rows
        JOIN prompt_events ON prompt_events.rowid = changed_rows.key
        JOIN snapshots ON snapshots.id = prompt_events.snapshot_id
        WHERE changed_rows.table_name = 'prompt_events' AND has_text AND prompt_events.event_type = 'rendered'
        UNION
        SELECT slice_items.session_id, snapshots.artifact_id
        FROM temp.changed_rows
        JOIN slice_items ON slice_items.id = changed_rows.key
        JOIN snapshots ON snapshots.id = slice_items.snapshot_id
        WHERE changed_rows.table_name = 'slice_items' AND has_text AND slice_items.slice_type GLOB '*:PromptRendered'
        UNION
        SELECT logs.session_id, logs.artifact_id
        FROM temp.changed_rows
        JOIN logs ON logs.id = changed_rows.key
        LEFT JOIN json_each(CASE WHEN json_valid(logs.context) THEN logs.context END) AS value
        ON value.key IN ('prompt_preview', 'prompt_text_preview')
        OR (value.key = 'entry_type' AND value.value = 'user_message')
        WHERE changed_rows.table_name = 'logs' AND has_text
            AND (value.key IS NOT NULL OR logs.event GLOB 'prompt.*' OR logs.event GLOB '*.tool_registered')
    ),
    places AS (
        SELECT changed.session_id, changed.artifact_id, artifacts.container_id
        FROM changed
        JOIN artifacts ON artifacts.id = changed.artifact_id
    )
SELECT 'run ' || container_id FROM places WHERE container_id IS NOT NULL
UNION
SELECT 'session ' || session_id FROM places WHERE session_id IS NOT NULL
UNION
SELECT 'file ' || artifact_id FROM places WHERE container_id IS NULL AND session_id IS NULL;
