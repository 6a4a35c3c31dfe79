-- Token usage by session
-- Theme: tokens
-- Tokens of the prompts that each session executed; the most tokens first.
SELECT session_id, total_input_tokens, total_output_tokens, total_tokens, prompt_count
FROM token_summary
ORDER BY total_tokens DESC, session_id;
