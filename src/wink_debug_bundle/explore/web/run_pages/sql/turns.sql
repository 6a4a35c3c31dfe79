-- Read the tokens of each turn of a run. Parameters: run, its number; most, a limit.
SELECT source, turn, input_tokens, cached_tokens, output_tokens, context_tokens, growth, entry_id
FROM turn_tokens
WHERE run_id = :run
ORDER BY entry_id
LIMIT :most;
