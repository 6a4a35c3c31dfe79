"""Turn debugging artifacts of the weakincentives library into one SQLite file that answers questions."""

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
from .fidelity.findings import Extraction, Finding, Verification

__all__ = [
    "BundleBuildError",
    "BundleError",
    "BundleExistsError",
    "BundleQueryError",
    "BundleStatistics",
    "BundleVersionError",
    "DamagedBundleError",
    "DebugBundle",
    "Extraction",
    "Finding",
    "InvalidBundleError",
    "Verification",
    "__version__",
]
