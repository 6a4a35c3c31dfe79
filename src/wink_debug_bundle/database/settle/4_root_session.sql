-- The bundle's root session: the only one without a parent.
UPDATE bundle_meta
SET root_session_id = (
    SELECT min(session_id) FROM sessions WHERE parent_session_id IS NULL HAVING count(*) = 1
);
