"""Write a comparison as JSON: everything in it, each sample with its attempts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import msgspec

from ...terminal_text import visible_in_json
from ..comparison_data import Comparison, Flip
from ..divergence.divergence_data import Divergence
from ..sample_pairs.attempts import Attempt
from ..sample_pairs.pairing import Pair, Sample, Unpaired

_PARTS = ("verdict", "base", "new", "currency", "passes", "by_experiment", "metrics", "tools", "signatures", "prompts")
_MORE_PARTS = ("environment", "repeats")


def comparison_json(comparison: Comparison) -> str:
    """Return the comparison as one JSON object."""
    pairing = comparison.pairing
    layout = {
        **{part: _plain(getattr(comparison, part)) for part in _PARTS},
        "flips": [_flip(flip) for flip in comparison.flips],
        **{part: _plain(getattr(comparison, part)) for part in _MORE_PARTS},
        "pairs": [_pair(pair) for pair in pairing.pairs],
        "only_base": _unpaired(pairing.only_base),
        "only_new": _unpaired(pairing.only_new),
    }
    return json_text(layout)


def divergence_json(pair: Pair, divergence: Divergence | None) -> str:
    """Return a pair, and where its runs part, as one JSON object."""
    return json_text({**_pair(pair), "divergence": _plain(divergence)})


def json_text(layout: object) -> str:
    """Return JSON in which no character can move the cursor of a terminal."""
    text = json.dumps(layout, ensure_ascii=False, indent=1, allow_nan=False)
    return "\n".join(map(visible_in_json, text.split("\n")))


def _plain(value: object) -> Any:
    """Return dataclasses as objects, tuples as lists, and enums as their values."""
    return msgspec.to_builtins(value)


def _flip(flip: Flip) -> dict[str, Any]:
    return {
        "sample": flip.pair.name,
        "experiment": flip.pair.base.experiment,
        "direction": flip.direction.value,
        "reason": flip.reason,
        "base_run": flip.pair.base.telling.shown_by,
        "new_run": flip.pair.new.telling.shown_by,
        "divergence": _plain(flip.divergence),
    }


def _pair(pair: Pair) -> dict[str, Any]:
    sides = {"base": _sample(pair.base), "new": _sample(pair.new)}
    return {"sample": pair.name, "paired_by": pair.paired_by.value, "difference": pair.difference, **sides}


def _sample(sample: Sample) -> dict[str, Any]:
    return {
        "name": sample.name,
        "experiment": sample.experiment,
        "success": sample.success,
        "attempts": [_attempt(attempt) for attempt in sample.attempts],
    }


def _attempt(attempt: Attempt) -> dict[str, Any]:
    layout: dict[str, Any] = _plain(attempt)
    return {**layout, "key": attempt.key.hex() if attempt.key else None}


def _unpaired(unpaired: Sequence[Unpaired]) -> list[dict[str, Any]]:
    return [{**_sample(each.sample), "reason": each.reason} for each in unpaired]
