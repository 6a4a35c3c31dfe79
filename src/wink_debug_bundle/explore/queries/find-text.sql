-- Where does a text occur?
-- Theme: logs
-- The first 200 failures, messages, tool calls, prompts, log records and files that have all words, the most telling
-- kinds first. It reads every text; the command search is faster if the bundle has an index.
-- :text  Words. Parts of words count, and A and a are the same; texts in a JSON array, ["not found"], may have spaces.
-- :run  A run. Its number, sample, session, bundle id or execution id; or a session outside of runs. Empty: all.
-- :kind  A kind, as in search_text. Several with commas: call,result. Empty: all.
-- :tool  A tool. Of its calls, their results and failures. Empty: all texts.
-- :level  A level. Of log records. Empty: all texts.
WITH
    words AS MATERIALIZED (
        SELECT value AS word
        FROM json_each(
                CASE
                    WHEN json_valid(:text) AND json_type(:text) = 'array' THEN lower(:text)
                    ELSE '[' || replace(json_quote(lower(:text)), ' ', '","') || ']'
                END
            )
        WHERE value != ''
    ),
    chosen AS MATERIALIZED (
        SELECT id FROM runs
        WHERE CAST(:run AS TEXT) IN (CAST(id AS TEXT), sample_id, session_id, bundle_id, execution_id)
    ),
    found AS (
        SELECT
            search_text.*,
            max(instr(lower(search_text.text), (SELECT words.word FROM words LIMIT 1)) - 80, 1) AS first
        FROM search_text
        WHERE EXISTS (SELECT 1 FROM words)
            AND NOT EXISTS (SELECT 1 FROM words WHERE NOT instr(lower(search_text.text), words.word))
            AND (coalesce(:kind, '') = '' OR instr(',' || :kind || ',', ',' || search_text.kind || ','))
            AND (
                coalesce(:run, '') = ''
                OR search_text.run_id IN (SELECT id FROM chosen)
                OR (search_text.run_id IS NULL AND search_text.session_id = :run)
            )
            AND (coalesce(:tool, '') = '' OR search_text.tool_name = :tool)
            AND (coalesce(:level, '') = '' OR search_text.level = :level)
        LIMIT 200
    )
SELECT
    kind,
    run_id,
    name,
    iif(first > 1, '…', '') || substr(text, first, 240) || iif(length(text) >= first + 240, '…', '') AS snippet,
    table_name AS found_in,
    row_id AS row_key,
    timestamp,
    tool_name,
    level,
    session_id
FROM found;
