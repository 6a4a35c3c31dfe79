"""Choose what finds the candidates."""

from __future__ import annotations

from collections.abc import Sequence

from ..detection_extra import installed
from ..detection_rules.detection_rule import DetectionRule
from ..detection_settings import EngineName
from .candidates import CandidateEngine, CompiledExpressions
from .hyperscan_engine import HyperscanEngine
from .keyword_engine import KeywordEngine


def chosen_engine(
    rules: Sequence[DetectionRule],
    name: EngineName,
    compiled: CompiledExpressions | None = None,
    *,
    is_kept: bool = False,
) -> CandidateEngine:
    """Return the engine of that name, or the quickest that is installed.

    Args:
        rules: What is looked for.
        name: The name of the engine.
        compiled: What the same engine compiled for the same rules in another process.
        is_kept: Whether what is compiled is kept for processes that start later.

    Raises:
        BundleError: it is not installed.
    """
    if name == "hyperscan" or (name == "best" and installed("hyperscan")):
        return HyperscanEngine(rules, compiled, is_kept=is_kept)
    return KeywordEngine(rules)
