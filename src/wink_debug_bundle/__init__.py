"""Turn debugging artifacts of the weakincentives library into one SQLite file that answers questions."""

from importlib import import_module
from typing import TYPE_CHECKING

from ._version import __version__
from .errors import (
    BundleBuildError,
    BundleError,
    BundleExistsError,
    BundleQueryError,
    BundleVersionError,
    DamagedBundleError,
    InvalidBundleError,
)

if TYPE_CHECKING:
    from .bundle import DebugBundle
    from .comparing.compare_bundles import compare, diverge, write_comparison_page
    from .comparing.comparison_data import Comparison, Flip
    from .comparing.comparison_forms.written_comparison import format_comparison, format_divergence
    from .comparing.divergence.divergence_data import Divergence
    from .comparing.gating.gate_evaluation import gate
    from .comparing.gating.gate_result import GateResult
    from .comparing.saved_comparison.comparison_database import save_comparison
    from .comparing.verdict import Verdict, VerdictWord
    from .dataset.checking.dataset_verification import DatasetVerification
    from .dataset.commits import Commit
    from .dataset.compacting.dataset_compaction import CompactionSummary
    from .dataset.dataset_api import Dataset
    from .dataset.dataset_build import DatasetBuild
    from .dataset.executors.task_running import ShardFailure
    from .dataset.pulling.run_pull import PullSummary
    from .dataset.shard_task import ShardSource, ShardTask
    from .dataset.shard_work.shard_build import run_shard
    from .dataset.shard_work.shard_report import ShardReport
    from .explore.costs.cost_rows import CostRow, Costs
    from .explore.outcome import Outcome
    from .explore.schema_report.bundle_schema import BundleSchema
    from .explore.statistics import BundleStatistics
    from .explore.story.story_data import Step, StepKind, Story, StoryHeader
    from .explore.text_search.found_texts import FoundText, SearchResult, SnippetPart
    from .exporting.atif.atif_export import ExportedTrajectories
    from .exporting.otlp.otlp_export import ExportedTraces
    from .fidelity.findings import Extraction, Finding, Verification
    from .packing.frame_header import ByteProgress
    from .pipeline.bundle_packing import PackedBundle
    from .pipeline.progress import Progress, ProgressCallback
    from .redaction.redacting import redact
    from .redaction.redaction_options import RedactionSummary, Replaced
    from .redaction.secret_counts import SecretCounts
else:
    _LATER = {
        "bundle": ("DebugBundle",),
        "dataset.partial_bundles.dataset_comparisons": ("compare", "diverge", "gate", "write_comparison_page"),
        "comparing.comparison_data": ("Comparison", "Flip"),
        "comparing.saved_comparison.comparison_database": ("save_comparison",),
        "comparing.comparison_forms.written_comparison": ("format_comparison", "format_divergence"),
        "comparing.divergence.divergence_data": ("Divergence",),
        "comparing.verdict": ("Verdict", "VerdictWord"),
        "comparing.gating.gate_result": ("GateResult",),
        "dataset.commits": ("Commit",),
        "dataset.compacting.dataset_compaction": ("CompactionSummary",),
        "dataset.dataset_api": ("Dataset",),
        "dataset.dataset_build": ("DatasetBuild",),
        "dataset.checking.dataset_verification": ("DatasetVerification",),
        "dataset.executors.task_running": ("ShardFailure",),
        "dataset.pulling.run_pull": ("PullSummary",),
        "dataset.shard_task": ("ShardSource", "ShardTask"),
        "dataset.shard_work.shard_build": ("run_shard",),
        "dataset.shard_work.shard_report": ("ShardReport",),
        "explore.costs.cost_rows": ("CostRow", "Costs"),
        "explore.outcome": ("Outcome",),
        "explore.schema_report.bundle_schema": ("BundleSchema",),
        "explore.statistics": ("BundleStatistics",),
        "explore.story.story_data": ("Step", "StepKind", "Story", "StoryHeader"),
        "explore.text_search.found_texts": ("FoundText", "SearchResult", "SnippetPart"),
        "exporting.atif.atif_export": ("ExportedTrajectories",),
        "exporting.otlp.otlp_export": ("ExportedTraces",),
        "fidelity.findings": ("Extraction", "Finding", "Verification"),
        "packing.frame_header": ("ByteProgress",),
        "pipeline.bundle_packing": ("PackedBundle",),
        "pipeline.progress": ("Progress", "ProgressCallback"),
        "redaction.redacting": ("redact",),
        "redaction.redaction_options": ("RedactionSummary", "Replaced"),
        "redaction.secret_counts": ("SecretCounts",),
    }

    def __getattr__(name: str) -> object:
        """Import a name when it is first used: a worker process imports this package, but uses none of them."""
        for module, names in _LATER.items():
            if name in names:
                found = globals()[name] = getattr(import_module(f"{__name__}.{module}"), name)
                return found
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        """List the names that are not imported yet, too."""
        return sorted({*globals(), *__all__})


__all__ = [
    "BundleBuildError",
    "BundleError",
    "BundleExistsError",
    "BundleQueryError",
    "BundleSchema",
    "BundleStatistics",
    "BundleVersionError",
    "ByteProgress",
    "Commit",
    "CompactionSummary",
    "Comparison",
    "CostRow",
    "Costs",
    "DamagedBundleError",
    "Dataset",
    "DatasetBuild",
    "DatasetVerification",
    "DebugBundle",
    "Divergence",
    "ExportedTraces",
    "ExportedTrajectories",
    "Extraction",
    "Finding",
    "Flip",
    "FoundText",
    "GateResult",
    "InvalidBundleError",
    "Outcome",
    "PackedBundle",
    "Progress",
    "ProgressCallback",
    "PullSummary",
    "RedactionSummary",
    "Replaced",
    "SearchResult",
    "SecretCounts",
    "ShardFailure",
    "ShardReport",
    "ShardSource",
    "ShardTask",
    "SnippetPart",
    "Step",
    "StepKind",
    "Story",
    "StoryHeader",
    "Verdict",
    "VerdictWord",
    "Verification",
    "__version__",
    "compare",
    "diverge",
    "format_comparison",
    "format_divergence",
    "gate",
    "redact",
    "run_shard",
    "save_comparison",
    "write_comparison_page",
]
