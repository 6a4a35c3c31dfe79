-- Which turns lost the prompt cache, and why?
-- Theme: tokens
-- Turns that read less than half of what the turn before had in the cache, so that lost_tokens were paid for again: what
-- differs between the two turns, the most tokens first. Caches last five minutes or one hour; 'unknown' is left if
-- model, prompt, context and pause are as before.
WITH
    cached AS (
        SELECT
            turn_tokens.*,
            coalesce(cached_tokens, 0) AS hit_tokens,
            lag(coalesce(cached_tokens, 0) + coalesce(cache_write_tokens, 0)) OVER neighbours AS held_tokens,
            lag(context_tokens) OVER neighbours AS context_before,
            lag(model) OVER neighbours AS model_before,
            lag(entry_id) OVER neighbours AS entry_before
        FROM turn_tokens
        WINDOW neighbours AS (PARTITION BY run_id, session_id, source ORDER BY turn)
    ),
    lost AS (
        SELECT
            cached.*,
            CASE
                WHEN cached.held_tokens < cached.context_tokens THEN cached.held_tokens
                WHEN cached.held_tokens IS NOT NULL THEN cached.context_tokens
            END - cached.hit_tokens AS lost_tokens,
            later.id AS log_id,
            earlier.id AS log_before,
            CASE WHEN json_valid(later.context) THEN later.context ->> '$.adapter' END AS adapter,
            CASE WHEN json_valid(earlier.context) THEN earlier.context ->> '$.adapter' END AS adapter_before,
            CASE WHEN json_valid(later.context) THEN later.context ->> '$.prompt_name' END AS prompt_name,
            CASE WHEN json_valid(earlier.context) THEN earlier.context ->> '$.prompt_name' END AS prompt_before,
            later.timestamp,
            round((julianday(later.timestamp) - julianday(earlier.timestamp)) * 86400, 1) AS pause
        FROM cached
        JOIN entries AS entry ON entry.id = cached.entry_id
        JOIN logs AS later ON later.id = entry.log_id
        JOIN entries AS previous ON previous.id = cached.entry_before
        JOIN logs AS earlier ON earlier.id = previous.log_id
        WHERE cached.held_tokens > 0 AND cached.context_tokens > 0 AND cached.hit_tokens * 2 < cached.held_tokens
    ),
    rendered AS (
        SELECT
            lost.*,
            (
                SELECT logs.context
                FROM logs
                WHERE logs.session_id = lost.session_id
                    AND logs.event = 'prompt.render.start'
                    AND logs.id < lost.log_id
                ORDER BY logs.id DESC
                LIMIT 1
            ) AS prompt,
            (
                SELECT logs.context
                FROM logs
                WHERE logs.session_id = lost.session_id
                    AND logs.event = 'prompt.render.start'
                    AND logs.id < lost.log_before
                ORDER BY logs.id DESC
                LIMIT 1
            ) AS earlier_prompt
        FROM lost
    )
SELECT
    rendered.lost_tokens,
    coalesce(nullif(rtrim(
        coalesce('model ' || nullif(rendered.model_before, rendered.model) || ' → ' || rendered.model || '; ', '')
        || coalesce(
            'adapter ' || nullif(rendered.adapter_before, rendered.adapter) || ' → ' || rendered.adapter || '; ', ''
        )
        || coalesce(
            'prompt ' || nullif(rendered.prompt_before, rendered.prompt_name) || ' → ' || rendered.prompt_name || '; ',
            ''
        )
        || coalesce(
            (
                SELECT group_concat(change, '; ') || '; '
                FROM (
                    SELECT DISTINCT kind || ' ' || name || ' changed' AS change
                    FROM prompt_parts
                    WHERE prompt_parts.run_id IS rendered.run_id
                        AND (rendered.run_id IS NOT NULL OR prompt_parts.session_id = rendered.session_id)
                        AND instr(rendered.prompt, prompt_parts.hash) > 0
                        AND instr(rendered.earlier_prompt, prompt_parts.hash) = 0
                )
            ),
            ''
        )
        || iif(rendered.context_tokens < rendered.context_before, 'context shortened; ', '')
        || CASE
            WHEN rendered.pause > 3600 THEN 'pause of over an hour; '
            WHEN rendered.pause > 300 THEN 'pause of over 5 minutes; '
            ELSE ''
        END,
        '; '
    ), ''), 'unknown') AS why,
    rendered.turn,
    rendered.held_tokens AS cached_before,
    rendered.hit_tokens AS cached_now,
    rendered.context_tokens,
    rendered.pause AS pause_seconds,
    rendered.source,
    rendered.timestamp,
    rendered.run_id,
    rendered.session_id,
    rendered.entry_id
FROM rendered
ORDER BY rendered.lost_tokens DESC, rendered.entry_id;
