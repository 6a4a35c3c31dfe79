CREATE VIEW token_summary AS
-- Tokens used by each session.
SELECT
    session_id,  -- Session that used them.
    sum(input_tokens) AS total_input_tokens,  -- Input tokens of all its prompts.
    sum(output_tokens) AS total_output_tokens,  -- Output tokens of all its prompts.
    sum(total_tokens) AS total_tokens,  -- Input and output tokens together.
    count(*) AS prompt_count  -- Number of prompts executed.
FROM prompt_events
WHERE event_type = 'executed'
GROUP BY session_id;
