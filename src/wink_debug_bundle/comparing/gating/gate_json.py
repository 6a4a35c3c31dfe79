"""Write what a gate found as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from ...terminal_text import visible_in_json
from .gate_data import Judgement


def json_of_gate(result: Judgement) -> str:
    """Return an object with the outcome, the exit code, the checks, and the numbers that they rest on."""
    found: dict[str, Any] = {
        "outcome": result.outcome,
        "exit_code": result.exit_code,
        "checks": [asdict(check) for check in result.checks],
        "new": asdict(result.new),
        "baseline": None if result.baseline is None else asdict(result.baseline),
    }
    text = json.dumps(found, ensure_ascii=False, indent=2)
    return "\n".join(map(visible_in_json, text.split("\n"))) + "\n"
