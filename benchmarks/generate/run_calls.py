"""Generate the tool calls of a run: what the agent asked, what it got, and how it ended."""

from __future__ import annotations

import random
from dataclasses import dataclass

from benchmarks.generate.text import FRAGMENT_BYTES, plain_text

BRIDGED = ("read_file", "write_file", "list_directory", "run_tests", "search_code", "apply_patch")
"""Tools that the library offers to the agent."""

NATIVE = ("Bash", "Read")
"""Tools that the agent brings along."""

NATIVE_SHARE, FAILED_SHARE, RAISED_SHARE = 0.3, 0.05, 0.01
"""Shares of all calls: native ones, ones that fail, and bridged ones whose handler raises."""

OUTPUT_BYTES = (200, 6_000)
"""Least and about the most bytes of an output; the sizes between are log-uniform."""


@dataclass(frozen=True)
class Call:
    """One tool call; `ending` is complete, failed or raised."""

    tool: str
    call_id: str
    native: bool
    ending: str
    params: dict[str, object]
    path: str
    output: str

    @property
    def offered_name(self) -> str:
        """Return the name by which the agent knows the tool."""
        return self.tool if self.native else f"mcp__wink__{self.tool}"

    @property
    def success(self) -> bool:
        """Return whether the call did what it was asked for."""
        return self.ending == "complete"


def make_call(rng: random.Random, seed: int, number: int) -> Call:
    """Return the call with the number `number` of an evaluation's run."""
    native = rng.random() < NATIVE_SHARE
    path = rng.choice(plain_text(seed)[1])
    tool = rng.choice(NATIVE if native else BRIDGED)
    ending = _ending(rng, native=native)
    output = prose(rng, seed, _output_bytes(rng) if ending == "complete" else 1)
    return Call(tool, f"toolu_{number:04d}", native, ending, _params(rng, seed, tool, path), path, output)


def prose(rng: random.Random, seed: int, size: int) -> str:
    """Return plain text of about `size` bytes."""
    return " ".join(rng.choices(plain_text(seed)[0], k=max(1, size // FRAGMENT_BYTES)))


def _ending(rng: random.Random, *, native: bool) -> str:
    chance = rng.random()
    if chance < RAISED_SHARE and not native:
        return "raised"
    return "failed" if chance < FAILED_SHARE else "complete"


def _output_bytes(rng: random.Random) -> int:
    least, most = OUTPUT_BYTES
    return int(least * (most / least) ** rng.random())


def _params(rng: random.Random, seed: int, tool: str, path: str) -> dict[str, object]:
    if tool == "Bash":
        return {"command": f"grep -n return {path}"}
    if tool == "Read":
        return {"file_path": path}
    if tool in {"write_file", "apply_patch"}:
        return {"path": path, "text": prose(rng, seed, 900)}
    return {"path": path, "limit": rng.randrange(10, 500)}
