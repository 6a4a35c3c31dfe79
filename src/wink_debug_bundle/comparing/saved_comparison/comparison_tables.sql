CREATE TABLE comparison (
    -- What was compared, and the verdict: exactly one row. Everywhere, a difference is the new value minus the base's.
    verdict TEXT NOT NULL,  -- 'regression', 'soft regression', 'improvement', 'no evidence' or 'not comparable'.
    reasons TEXT NOT NULL,  -- JSON array of sentences, the most important one first.
    base TEXT NOT NULL,  -- Path of the bundle that is compared with.
    new TEXT NOT NULL,  -- Path of the bundle that is judged.
    base_evaluation TEXT,  -- Evaluation in that bundle; NULL if it has only one.
    new_evaluation TEXT,  -- The same of the new one.
    base_experiments TEXT NOT NULL,  -- JSON array of the experiments that are compared; null for samples that name none.
    new_experiments TEXT NOT NULL,  -- The same of the new evaluation.
    pair_count INTEGER NOT NULL,  -- Pairs with a score on both sides.
    base_rate REAL,  -- Share of these that passed in the base; attempts of one sample are averaged. NULL without pairs.
    base_low REAL,  -- Lower end of its 95 % interval (Wilson).
    base_high REAL,  -- Upper end.
    new_rate REAL,  -- Share that passed in the new evaluation.
    new_low REAL,  -- Lower end of its 95 % interval.
    new_high REAL,  -- Upper end.
    difference REAL,  -- Mean difference of the pairs.
    difference_low REAL,  -- Lower end of its 95 % interval, from clustered standard errors; NULL if it is unknown.
    difference_high REAL,  -- Upper end.
    smallest_difference REAL,  -- Smallest difference that so many pairs can show; NULL if it is unknown.
    worse INTEGER NOT NULL,  -- Pairs with fewer attempts that pass.
    better INTEGER NOT NULL,  -- Pairs with more.
    p_value REAL,  -- Exact p value of McNemar's test over these; NULL without pairs.
    currency TEXT NOT NULL  -- Currency of costs.
);

CREATE TABLE pairs (
    -- One row for each sample of either evaluation, with or without a pair.
    id INTEGER PRIMARY KEY,  -- Position: pairs in the order of the base, then samples of the base alone, then of the new.
    sample TEXT NOT NULL,  -- Id of the sample, or what it is known by if no run names it.
    experiment TEXT,  -- Experiment of the base, else of the new evaluation; NULL if it names none.
    paired_by TEXT,  -- 'sample' (id), 'request' or 'paths' (values somebody chose); NULL without a pair.
    unpaired_reason TEXT,  -- Why it has no pair; NULL with one.
    base_run TEXT,  -- Run, or session, of the base as the command show takes it; of several attempts, one that ended as
    -- the sample did. NULL if the base does not have the sample.
    new_run TEXT,  -- The same of the new evaluation.
    base_attempts INTEGER NOT NULL,  -- Number of attempts in the base.
    new_attempts INTEGER NOT NULL,  -- Number of attempts in the new evaluation.
    base_success REAL,  -- Share of the scored attempts that passed in the base; NULL without a score.
    new_success REAL,  -- The same in the new evaluation.
    difference REAL,  -- Difference of both; NULL if one is unknown.
    base_score REAL,  -- Mean score in the base.
    new_score REAL,  -- Mean score in the new evaluation.
    base_tokens REAL,  -- Mean tokens in the base.
    new_tokens REAL,  -- Mean tokens in the new evaluation.
    base_cost REAL,  -- Mean cost in the base; NULL if not all tokens have a price.
    new_cost REAL,  -- The same in the new evaluation.
    base_ms REAL,  -- Mean milliseconds in the base.
    new_ms REAL,  -- Mean milliseconds in the new evaluation.
    base_calls REAL,  -- Mean number of tool calls in the base.
    new_calls REAL,  -- Mean number in the new evaluation.
    base_failure TEXT,  -- Why the base's run failed; NULL if it did not.
    new_failure TEXT  -- Why the new run failed.
);

CREATE TABLE flips (
    -- One row for each sample that mostly passed on one side and mostly did not on the other.
    pair_id INTEGER PRIMARY KEY REFERENCES pairs(id),  -- The sample in pairs.
    direction TEXT NOT NULL,  -- 'lost' or 'gained'.
    reason TEXT  -- Why it failed on the side where it did; NULL if that is not recorded.
);

CREATE TABLE divergences (
    -- The first step at which the two runs of a flipped sample differ; samples whose runs do not differ have no row.
    pair_id INTEGER PRIMARY KEY REFERENCES flips(pair_id),  -- The sample in pairs.
    kind TEXT NOT NULL,  -- What differs: 'call' (another tool or parameters), 'outcome' (how it ended), 'only base' or
    -- 'only new' (a call that one side made), 'result' (its text) or 'answer' (only the last words).
    step INTEGER NOT NULL,  -- Number of the call, from 1.
    other_result INTEGER,  -- Number of the first call before it that returned something else; NULL without one.
    base_call INTEGER,  -- Row in calls of the base; NULL if it made no call there.
    base_tool TEXT,  -- Tool that the base called.
    base_parameters TEXT,  -- JSON of its parameters; at most 10,000 characters.
    base_outcome TEXT,  -- How the call ended.
    base_result TEXT,  -- What it returned, or why it failed; at most 10,000 characters.
    base_said TEXT,  -- What the agent said or thought last before it; without a call, its last words.
    new_call INTEGER,  -- The same of the new evaluation, as all that follow.
    new_tool TEXT,  -- Tool that the new run called.
    new_parameters TEXT,  -- JSON of its parameters.
    new_outcome TEXT,  -- How the call ended.
    new_result TEXT,  -- What it returned.
    new_said TEXT  -- What the agent said before it.
);

CREATE TABLE metric_deltas (
    -- Medians over the pairs for which a number is known on both sides, with 95 % bootstrap intervals.
    metric TEXT PRIMARY KEY,  -- 'score', 'total_tokens', 'cost', 'duration_ms', 'call_count' or 'failed_call_count'.
    unit TEXT NOT NULL,  -- Unit of the values; '' for scores.
    pair_count INTEGER NOT NULL,  -- Number of these pairs.
    base REAL NOT NULL,  -- Median of the base.
    base_low REAL,  -- Lower end of its interval; NULL, like the other ends, if there is one pair.
    base_high REAL,  -- Upper end.
    new REAL NOT NULL,  -- Median of the new evaluation.
    new_low REAL,  -- Lower end of its interval.
    new_high REAL,  -- Upper end.
    difference REAL NOT NULL,  -- Difference of the medians.
    difference_low REAL,  -- Lower end of its interval.
    difference_high REAL  -- Upper end.
);

CREATE TABLE tool_deltas (
    -- One row for each tool; p values are after Holm's correction, and the calls of one sample are not independent.
    tool_name TEXT PRIMARY KEY,  -- Name of the tool.
    base_calls INTEGER NOT NULL,  -- Number of calls in the base.
    base_success_rate REAL,  -- Share that succeeded of those whose success is known; NULL without any.
    base_median_ms REAL,  -- Median milliseconds; NULL if unknown.
    new_calls INTEGER NOT NULL,  -- Number of calls in the new evaluation.
    new_success_rate REAL,  -- Share that succeeded.
    new_median_ms REAL,  -- Median milliseconds.
    success_p REAL,  -- P value of Fisher's exact test of the success, over samples; NULL if a side has no such calls.
    latency_p REAL  -- P value of the Mann-Whitney test of the durations; NULL if a side has none.
);

CREATE TABLE signature_deltas (
    -- One row for each failure signature of either evaluation.
    kind TEXT NOT NULL,  -- What failed: 'run', 'sample', 'tool' or 'log'.
    name TEXT NOT NULL,  -- Class of the exception, name of the tool, event of the log, or 'score' or 'error' of a sample.
    signature TEXT NOT NULL,  -- The message without ids, numbers, paths, times and quoted values.
    trend TEXT NOT NULL,  -- By the shares: 'new', 'grown', 'same', 'shrunk' or 'gone'.
    base_count INTEGER NOT NULL,  -- Number of failures in the base.
    new_count INTEGER NOT NULL,  -- Number in the new evaluation.
    base_samples INTEGER NOT NULL,  -- Number of samples in which it occurred in the base, in one or more attempts.
    new_samples INTEGER NOT NULL,  -- The same in the new evaluation.
    base_share REAL NOT NULL,  -- Share of the samples in which it occurred in the base; one of several attempts counts by
    -- the share of these.
    new_share REAL NOT NULL,  -- The same in the new evaluation.
    example TEXT NOT NULL,  -- A message in full, of the new evaluation if it has one.
    example_run TEXT,  -- Its run or session.
    PRIMARY KEY (kind, name, signature)
);

CREATE TABLE prompt_deltas (
    -- One row for each part of a prompt with another version, and for each prompt whose text was compared.
    prompt TEXT NOT NULL,  -- Namespace and key, or name, of the prompt.
    kind TEXT NOT NULL,  -- 'section', 'tool' or 'example'; 'text' for the whole rendered prompt.
    name TEXT NOT NULL,  -- Name of the part; '' for the whole.
    base_hashes TEXT,  -- JSON array of its versions in the base, as in prompt_parts; NULL for a text.
    new_hashes TEXT,  -- The same of the new evaluation.
    pair_count INTEGER,  -- Pairs whose texts were compared; NULL for a part.
    changed_count INTEGER,  -- Pairs whose texts differ.
    example TEXT,  -- First sample whose texts differ; NULL without one.
    diff TEXT,  -- Unified diff of its texts.
    PRIMARY KEY (prompt, kind, name)
);

CREATE TABLE environment_deltas (
    -- One row for each fact of the environment that changed.
    kind TEXT NOT NULL,  -- 'python', 'package', 'git', 'container' or 'variable'.
    name TEXT NOT NULL,  -- Name of the field, package or variable.
    base TEXT NOT NULL,  -- JSON array of its values in the base, the most frequent first.
    new TEXT NOT NULL,  -- The same of the new evaluation.
    PRIMARY KEY (kind, name)
);
