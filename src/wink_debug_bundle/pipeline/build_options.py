"""What the person who asks for a bundle decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..artifacts.source import DEFAULT_EXPANSION
from .cpu_count import default_jobs
from .progress import ProgressCallback


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """How a bundle is built, and what it says of itself.

    `force` replaces an output that is there already. `jobs` is the number of worker processes; small inputs are read
    in this process all the same. An artifact may unpack to `max_expansion` times its size, and to 256 MiB in any case; what
    would be more is kept as it is packed. `progress` is called now and then, from the thread that builds.
    """

    description: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    force: bool = False
    jobs: int = field(default_factory=default_jobs)
    progress: ProgressCallback | None = None
    max_expansion: int = DEFAULT_EXPANSION

    def __post_init__(self) -> None:
        """Refuse what cannot be.

        Raises:
            ValueError: there are less than one job, or nothing may be as large as it is packed.
        """
        if self.jobs < 1:
            raise ValueError(f"jobs must be 1 or more, not {self.jobs}")
        if self.max_expansion < 1:
            raise ValueError(f"max_expansion must be 1 or more, not {self.max_expansion}")
