"""Turn debugging artifacts of the weakincentives library into one SQLite file that answers questions."""

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
from .explore.outcome import Outcome
from .explore.statistics import BundleStatistics
from .explore.story.story_data import Step, StepKind, Story, StoryHeader
from .explore.text_search.found_texts import FoundText, SearchResult, SnippetPart
from .fidelity.findings import ByteProgress, Extraction, Finding, Verification
from .pipeline.progress import Progress, ProgressCallback

if TYPE_CHECKING:
    from .explore.costs.cost_rows import CostRow, Costs
    from .explore.schema_report.bundle_schema import BundleSchema
else:

    def __getattr__(name: str) -> object:
        """Import a class when it is first used: its modules would make `import wink_debug_bundle` slower."""
        if name in {"CostRow", "Costs"}:
            from .explore.costs import cost_rows

            return getattr(cost_rows, name)
        if name != "BundleSchema":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from .explore.schema_report.bundle_schema import BundleSchema

        return BundleSchema


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
