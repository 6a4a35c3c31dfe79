-- Say which evaluation each run and session belongs to, once artifacts say it.
UPDATE runs
SET evaluation = (SELECT artifacts.evaluation FROM artifacts WHERE artifacts.id = runs.id);

UPDATE sessions
SET
    evaluation = coalesce(
        (
            SELECT min(artifacts.evaluation)
            FROM snapshots
            JOIN artifacts ON artifacts.id = snapshots.artifact_id
            WHERE snapshots.session_id = sessions.session_id
        ),
        (SELECT min(runs.evaluation) FROM runs WHERE runs.session_id = sessions.session_id),
        (
            SELECT artifacts.evaluation
            FROM logs
            JOIN artifacts ON artifacts.id = logs.artifact_id
            WHERE logs.session_id = sessions.session_id
            ORDER BY logs.id
            LIMIT 1
        ),
        (
            SELECT min(artifacts.evaluation)
            FROM files
            JOIN artifacts ON artifacts.id = files.artifact_id
            WHERE files.session_id = sessions.session_id
        )
    );

-- A session that only others name belongs where these do.
UPDATE sessions
SET
    evaluation = (
        SELECT min(children.evaluation)
        FROM sessions AS children
        WHERE children.parent_session_id = sessions.session_id
    )
WHERE sessions.evaluation IS NULL AND sessions.source = 'reference';
