-- Read when sessions were created. Parameter sessions: a JSON array of the sessions.
SELECT sessions.session_id, nullif(coalesce(times.utc, sessions.created_at), '') AS created_at
FROM json_each(:sessions) AS chosen
JOIN sessions ON sessions.session_id = chosen.value
LEFT JOIN times ON times.time = sessions.created_at;
