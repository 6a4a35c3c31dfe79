-- Give runs that failed after a prompt the tokens that the log records for evaluations of the last prompt.
UPDATE runs
SET
    input_tokens = used.input_tokens,
    output_tokens = used.output_tokens,
    total_tokens = used.input_tokens + used.output_tokens,
    prompt_count = used.prompt_count,
    tokens_source = 'logs'
FROM (
    SELECT
        run_id,
        sum(input_tokens) AS input_tokens,
        sum(output_tokens) AS output_tokens,
        count(*) AS prompt_count
    FROM (
        SELECT
            run_id,
            prompt_name,
            input_tokens,
            output_tokens,
            first_value(prompt_name) OVER (PARTITION BY run_id ORDER BY log_id DESC) AS last_prompt_name
        FROM (
            SELECT
                artifacts.container_id AS run_id,
                logs.id AS log_id,
                json_extract(logs.context, '$.prompt_name') AS prompt_name,
                json_extract(logs.context, '$.input_tokens') AS input_tokens,
                json_extract(logs.context, '$.output_tokens') AS output_tokens
            FROM logs
            JOIN artifacts ON artifacts.id = logs.artifact_id
            JOIN runs ON runs.id = artifacts.container_id
            WHERE logs.event IN ('sdk.evaluate.complete', 'evaluate.complete') AND runs.tokens_source IS NULL
        )
    )
    WHERE prompt_name IS last_prompt_name
    GROUP BY run_id
) AS used
WHERE used.run_id = runs.id AND used.input_tokens IS NOT NULL;
