"""Name a run so that every export of it, from any bundle, has the same name."""

from __future__ import annotations

import hashlib

import orjson

from .agent_data import RunFacts


def run_key(facts: RunFacts) -> str:
    """Return 32 hexadecimal digits: a hash of the run's own file and ids, and of nothing that a build adds."""
    parts = facts.sha256, facts.bundle_id, facts.execution_id, facts.request_id, facts.session_id, facts.started_at
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()[:32]
