-- What was the state at the end?
-- Theme: story
-- Number and size of the items of each slice in the last snapshot of each session.
SELECT
    session_id,
    slice_type,
    count(*) AS item_count,
    sum(length(payload)) AS payload_characters
FROM current_slice_items
GROUP BY session_id, slice_type
ORDER BY session_id, item_count DESC, slice_type;
