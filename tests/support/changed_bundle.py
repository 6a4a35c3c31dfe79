"""A copy of a finished bundle with other values, as a second evaluation would have them."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

LOSES_THE_CAPITAL = """
UPDATE runs SET result = 'failed', passed = 0, score = 0.0, score_reason = 'expected 東京' WHERE sample_id LIKE '首都は%';
INSERT INTO failures (run_id, session_id, kind, name, signature, message)
SELECT id, session_id, 'sample', 'score', 'expected <text>', 'expected 東京' FROM runs WHERE sample_id LIKE '首都は%';
UPDATE calls SET outcome = 'failed', success = 0
WHERE tool_name = 'write_note' AND run_id IN (SELECT id FROM runs WHERE sample_id LIKE '首都は%');
"""
"""SQL after which the samples of the fixture of release 0.27 that passed fail, and their first call does, too."""

OTHER_SURROUNDINGS = """
UPDATE environment SET value = '1.1' WHERE kind = 'package' AND name = 'travel';
UPDATE prompt_parts SET hash = 'f00' || substr(hash, 4) WHERE kind = 'section';
UPDATE prompt_events SET rendered_text = rendered_text || char(10) || 'Be brief.' WHERE event_type = 'rendered';
UPDATE runs SET total_tokens = total_tokens + 50;
"""
"""SQL that changes a package, the prompts and the tokens."""


def changed_bundle(bundle: Path, output: Path, sql: str) -> Path:
    """Copy a bundle, run statements on the copy, and return its path."""
    shutil.copyfile(bundle, output)
    with closing(sqlite3.connect(output)) as connection:
        connection.executescript(sql)
    return output
