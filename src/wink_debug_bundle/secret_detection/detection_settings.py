"""What a search looks for: frozen and small, so that it travels to worker processes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

EngineName = Literal["best", "hyperscan", "re2"]


@dataclass(frozen=True, slots=True)
class DetectionSettings:
    """What a detector looks for, beside the built-in rules."""

    rules: Path | None = None
    """A file of more rules, in the form of gitleaks' TOML."""
    words: tuple[str, ...] = ()
    """Words that are secret; found as whole words, in any case."""
    users: tuple[str, ...] = ()
    """Names of users, found as whole words."""
    hosts: tuple[str, ...] = ()
    """Names of hosts, found as whole words."""
    personal: bool = True
    """Whether to look for personal data (e-mail, addresses, names), too, and not for secrets alone."""
    engine: EngineName = "best"
    """What finds the candidates; `best` is hyperscan where it is installed. The answers are the same."""

    @property
    def is_built_in(self) -> bool:
        """Return whether nothing is looked for but what the built-in rules find."""
        return self.rules is None and not (self.words or self.users or self.hosts)
