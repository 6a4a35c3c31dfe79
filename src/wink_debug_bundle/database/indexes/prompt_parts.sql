-- Parts of a run's prompts.
CREATE INDEX idx_prompt_parts_run ON prompt_parts(run_id);
-- Versions of a part.
CREATE INDEX idx_prompt_parts_version ON prompt_parts(prompt_ns, prompt_key, kind, name, hash);
