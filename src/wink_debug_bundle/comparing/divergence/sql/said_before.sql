-- What the agent said or thought last before a call; without one, its last words. Parameters: run, the run's number or
-- NULL; session; entry, the transcript entry that requests the call, or NULL; log, the log record of its start, or NULL;
-- longest, the characters that are read.
WITH
    own AS (
        SELECT *
        FROM entries
        WHERE run_id = :run OR (:run IS NULL AND run_id IS NULL AND session_id = :session)
    ),
    last_said AS (
        SELECT max(id) AS id
        FROM own
        WHERE entry_type IN ('assistant_message', 'thinking')
            AND (:entry IS NULL OR id < :entry)
            AND (:entry IS NOT NULL OR :log IS NULL OR log_id < :log)
    )
SELECT substr(transcript_entries.text, 1, :longest) AS said
FROM last_said
JOIN transcript_entries ON transcript_entries.id = last_said.id;
