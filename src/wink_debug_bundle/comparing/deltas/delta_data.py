"""What changed between two evaluations, kind by kind, as plain data.

Everywhere, a difference is the new value minus the base's.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ..inference.bootstrap import PairedMedians
from ..inference.repeats import RepeatRates


@dataclass(frozen=True, slots=True)
class MetricDelta:
    """The medians of a number over the pairs for which it is known on both sides.

    Attributes:
        metric: "score", "total_tokens", "cost", "duration_ms", "call_count" or "failed_call_count".
        unit: "", "tokens", the currency, "ms" or "calls".
        pair_count: Number of these pairs.
        medians: Both medians and their difference, with bootstrap intervals.
    """

    metric: str
    unit: str
    pair_count: int
    medians: PairedMedians


@dataclass(frozen=True, slots=True)
class ToolUse:
    """How a tool did on one side: its calls, those whose success is known, those that succeeded, and the median time."""

    call_count: int
    known_count: int
    success_count: int
    median_ms: float | None

    @property
    def success_rate(self) -> float | None:
        """Return which part of the calls whose success is known succeeded."""
        return self.success_count / self.known_count if self.known_count else None


@dataclass(frozen=True, slots=True)
class ToolDelta:
    """How a tool did in both evaluations; p values are after Holm's correction over all tools.

    Calls of one sample are not independent: their success is tested over samples, each by the share of its calls that
    succeeded. A small p value of the latency, which is tested over calls, is a hint where to look.

    Attributes:
        tool_name: Name of the tool.
        base: Its use in the base.
        new: Its use in the new evaluation.
        success_p: Fisher's exact test of the success, over samples; None if a side has no calls whose success is known.
        latency_p: Mann-Whitney test of the durations; None if a side has none.
    """

    tool_name: str
    base: ToolUse
    new: ToolUse
    success_p: float | None
    latency_p: float | None


class SignatureTrend(StrEnum):
    """What became of a failure signature."""

    NEW = "new"
    GROWN = "grown"
    SAME = "same"
    SHRUNK = "shrunk"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class SignatureDelta:
    """A failure signature, and how often it occurred in both evaluations.

    Attributes:
        kind: What failed: "run", "sample", "tool" or "log".
        name: Class of the exception, name of the tool, event of the log, or "score" or "error" of a sample.
        signature: The message without ids, numbers, paths, times and quoted values.
        trend: Compared by the shares.
        base_count: Number of failures in the base.
        new_count: Number in the new evaluation.
        base_samples: Number of samples that it occurred in, in one or more of their attempts.
        new_samples: The same in the new evaluation.
        base_share: Share of the samples that it occurred in; one of several attempts counts by the share of these.
        new_share: The same in the new evaluation.
        example: A message in full, of the new evaluation if it has one.
        example_name: The run or session of the example, as `show` takes it.
    """

    kind: str
    name: str
    signature: str
    trend: SignatureTrend
    base_count: int
    new_count: int
    base_samples: int
    new_samples: int
    base_share: float
    new_share: float
    example: str
    example_name: str | None


@dataclass(frozen=True, slots=True)
class PromptPartDelta:
    """A section, tool or example of a prompt whose version changed; hashes are those in `prompt_parts`."""

    prompt: str
    kind: str
    name: str
    base_hashes: tuple[str, ...]
    new_hashes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PromptTextDelta:
    """The rendered text of a prompt, compared pair by pair.

    Attributes:
        prompt: Namespace and key, or the name, of the prompt.
        pair_count: Number of pairs whose texts were compared.
        changed_count: Number of those whose texts differ.
        example: Name of the first of these samples; None without one.
        diff: Unified diff of its texts.
    """

    prompt: str
    pair_count: int
    changed_count: int
    example: str | None
    diff: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PromptDelta:
    """What changed in the prompts."""

    parts: tuple[PromptPartDelta, ...]
    texts: tuple[PromptTextDelta, ...]

    @property
    def is_changed(self) -> bool:
        """Return whether a version or a rendered text differs."""
        return bool(self.parts) or any(text.changed_count for text in self.texts)


@dataclass(frozen=True, slots=True)
class EnvironmentDelta:
    """A fact of the environment that changed.

    Attributes:
        kind: "python", "package", "git", "container" or "variable".
        name: Name of the field, package or variable.
        base: Its values in the base, the most frequent first; None where it has none.
        new: The same in the new evaluation.
    """

    kind: str
    name: str
    base: tuple[str | None, ...]
    new: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class EnvironmentDeltas:
    """The facts that changed, and the names of those that differ from run to run on both sides, which say nothing."""

    changed: tuple[EnvironmentDelta, ...]
    varying: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RepeatDelta:
    """What several attempts at a sample reach; empty without repeats.

    Attributes:
        base: pass@k and pass^k of the base for each k.
        new: The same of the new evaluation.
        flaky_base: Samples that passed in some attempts and not in others, the least certain first.
        flaky_new: The same of the new evaluation.
    """

    base: tuple[RepeatRates, ...] = ()
    new: tuple[RepeatRates, ...] = ()
    flaky_base: tuple[str, ...] = ()
    flaky_new: tuple[str, ...] = ()
