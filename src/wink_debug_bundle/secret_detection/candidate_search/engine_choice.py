"""Choose what finds the candidates."""

from __future__ import annotations

from collections.abc import Sequence

from ..detection_extra import installed
from ..detection_rules.detection_rule import DetectionRule
from ..detection_settings import EngineName
from .candidates import CandidateEngine
from .hyperscan_engine import HyperscanEngine
from .keyword_engine import KeywordEngine


def chosen_engine(rules: Sequence[DetectionRule], name: EngineName) -> CandidateEngine:
    """Return the engine of that name, or the quickest that is installed.

    Raises:
        BundleError: it is not installed.
    """
    if name == "hyperscan" or (name == "best" and installed("hyperscan")):
        return HyperscanEngine(rules)
    return KeywordEngine(rules)
