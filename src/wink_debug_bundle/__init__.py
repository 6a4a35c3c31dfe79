"""Turn debugging artifacts of the weakincentives library into one SQLite file that answers questions."""

from importlib import import_module
from typing import TYPE_CHECKING

from ._version import __version__
from .bundle import DebugBundle
from .errors import (
    BundleBuildError,
    BundleError,
    BundleExistsError,
    BundleQueryError,
    BundleVersionError,
    DamagedBundleError,
    InvalidBundleError,
)
from .explore.statistics import BundleStatistics
from .fidelity.findings import ByteProgress, Extraction, Finding, Verification
from .pipeline.progress import Progress, ProgressCallback

if TYPE_CHECKING:
    from .explore.costs.cost_rows import CostRow, Costs
    from .explore.outcome import Outcome
    from .explore.schema_report.bundle_schema import BundleSchema
    from .explore.story.story_data import Step, StepKind, Story, StoryHeader
    from .explore.text_search.found_texts import FoundText, SearchResult, SnippetPart
else:
    _LATER = {
        "explore.costs.cost_rows": ("CostRow", "Costs"),
        "explore.outcome": ("Outcome",),
        "explore.schema_report.bundle_schema": ("BundleSchema",),
        "explore.story.story_data": ("Step", "StepKind", "Story", "StoryHeader"),
        "explore.text_search.found_texts": ("FoundText", "SearchResult", "SnippetPart"),
    }

    def __getattr__(name: str) -> object:
        """Import a class when it is first used: its modules would make `import wink_debug_bundle` slower."""
        for module, names in _LATER.items():
            if name in names:
                return getattr(import_module(f"{__name__}.{module}"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "BundleBuildError",
    "BundleError",
    "BundleExistsError",
    "BundleQueryError",
    "BundleSchema",
    "BundleStatistics",
    "BundleVersionError",
    "ByteProgress",
    "CostRow",
    "Costs",
    "DamagedBundleError",
    "DebugBundle",
    "Extraction",
    "Finding",
    "FoundText",
    "InvalidBundleError",
    "Outcome",
    "Progress",
    "ProgressCallback",
    "SearchResult",
    "SnippetPart",
    "Step",
    "StepKind",
    "Story",
    "StoryHeader",
    "Verification",
    "__version__",
]
