-- Bring the prompt parts of runs into the order of the runs, so that ids do not depend on which runs were read whole.
CREATE TEMP TABLE unordered_parts AS
SELECT run_id, session_id, prompt_ns, prompt_key, kind, name, hash FROM prompt_parts ORDER BY run_id, id;

DELETE FROM prompt_parts;

INSERT INTO prompt_parts (run_id, session_id, prompt_ns, prompt_key, kind, name, hash)
SELECT run_id, session_id, prompt_ns, prompt_key, kind, name, hash FROM temp.unordered_parts ORDER BY rowid;

DROP TABLE temp.unordered_parts;
