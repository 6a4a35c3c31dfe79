"""Pair the samples of two evaluations: by their ids, or else by their requests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .attempts import Attempt
from .open_side import OpenSide

_Key = tuple[Any, ...]


class PairedBy(StrEnum):
    """What showed that two samples are the same."""

    SAMPLE = "sample"
    REQUEST = "request"
    PATHS = "paths"


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample in one evaluation, with all its attempts; numbers are means of those that are known.

    Attributes:
        name: Its id, or else what a request is known by.
        experiment: Name of the experiment.
        attempts: Its executions, one or more.
    """

    name: str
    experiment: str | None
    attempts: tuple[Attempt, ...]

    @property
    def success(self) -> float | None:
        """Return which part of its scored attempts passed; None if none has a score."""
        return self.mean(lambda attempt: attempt.success)

    @property
    def is_passed(self) -> bool | None:
        """Return whether at least half of its scored attempts passed."""
        success = self.success
        return None if success is None else success >= 0.5

    def mean(self, value: Callable[[Attempt], float | None]) -> float | None:
        """Return the mean of a value over the attempts for which it is known."""
        if len(self.attempts) == 1:
            return value(self.attempts[0])
        known = [number for number in map(value, self.attempts) if number is not None]
        return sum(known) / len(known) if known else None

    @property
    def telling(self) -> Attempt:
        """Return the first attempt that ended as the sample did, as an example."""
        wanted = 1.0 if self.is_passed else 0.0
        return next((attempt for attempt in self.attempts if attempt.success == wanted), self.attempts[0])


@dataclass(frozen=True, slots=True)
class Pair:
    """The same sample in both evaluations."""

    base: Sample
    new: Sample
    paired_by: PairedBy

    @property
    def name(self) -> str:
        """Return the sample's id, or what it is known by."""
        return self.base.name if self.base.attempts[0].sample_id is not None else self.new.name

    @property
    def difference(self) -> float | None:
        """Return how much more of its attempts passed in the new evaluation; None if a side has no score."""
        base, new = self.base.success, self.new.success
        return None if base is None or new is None else new - base


@dataclass(frozen=True, slots=True)
class Unpaired:
    """A sample that only one evaluation has, and why nothing was found for it."""

    sample: Sample
    reason: str


@dataclass(frozen=True, slots=True)
class Pairing:
    """The samples of two evaluations: those in both, and those in one."""

    pairs: tuple[Pair, ...]
    only_base: tuple[Unpaired, ...]
    only_new: tuple[Unpaired, ...]

    @property
    def base_samples(self) -> list[Sample]:
        """Return all samples of the base."""
        return [*(pair.base for pair in self.pairs), *(each.sample for each in self.only_base)]

    @property
    def new_samples(self) -> list[Sample]:
        """Return all samples of the new evaluation."""
        return [*(pair.new for pair in self.pairs), *(each.sample for each in self.only_new)]


def pair_samples(
    base: Sequence[Attempt], new: Sequence[Attempt], *, by_paths: bool = False, across_experiments: bool = False
) -> Pairing:
    """Pair the samples of two evaluations; attempts of one sample belong together.

    A sample with an id is the one of that id in the same experiment. A run that ended with an exception has no id: it
    belongs to the sample that has the same request, on either side. Samples of different ids with one request each are
    the same, too.

    Args:
        base: The attempts of one evaluation.
        new: Those of the other.
        by_paths: Whether the keys are values that somebody chose, so that ids do not matter.
        across_experiments: Whether the experiments have different names, and are compared as one.
    """
    keys = _Keys(_owners([*base, *new], across=across_experiments), by_paths, across_experiments)
    bases, news = _samples(base, keys), _samples(new, keys)
    matches = _matches(bases, news, keys)
    pairs = tuple(Pair(bases[key], news[other], how) for key, (other, how) in matches.items())
    taken = {other for other, _ in matches.values()}
    return Pairing(
        pairs,
        tuple(Unpaired(sample, _reason(key, sample)) for key, sample in bases.items() if key not in matches),
        tuple(Unpaired(sample, _reason(key, sample)) for key, sample in news.items() if key not in taken),
    )


@dataclass(frozen=True, slots=True)
class _Keys:
    """What the attempts of one sample have in common.

    Attributes:
        owners: The ids of the samples that have a request, by experiment and request.
        by_paths: Whether ids do not matter.
        across: Whether experiments do not matter.
    """

    owners: Mapping[_Key, Mapping[str, None]]
    by_paths: bool
    across: bool

    def of(self, attempt: Attempt) -> _Key:
        """Return the key of an attempt."""
        group = None if self.across else attempt.experiment
        if attempt.sample_id is not None and not self.by_paths:
            return "sample", group, attempt.sample_id
        if attempt.key is None:
            return "alone", id(attempt)
        names = () if self.by_paths else self.owners.get((group, attempt.key), ())
        return ("sample", group, *names) if len(names) == 1 else ("key", group, attempt.key)


def _owners(attempts: Iterable[Attempt], *, across: bool) -> Mapping[_Key, Mapping[str, None]]:
    """Return which samples have each request."""
    owners: dict[_Key, dict[str, None]] = defaultdict(dict)
    for attempt in attempts:
        if attempt.sample_id is not None and attempt.key is not None:
            owners[None if across else attempt.experiment, attempt.key][attempt.sample_id] = None
    return owners


def _matches(
    bases: Mapping[_Key, Sample], news: Mapping[_Key, Sample], keys: _Keys
) -> Mapping[_Key, tuple[_Key, PairedBy]]:
    """Return for each sample of the base that has one the same sample of the new evaluation, in the base's order."""
    by_key = PairedBy.PATHS if keys.by_paths else PairedBy.REQUEST
    same = {key: (key, PairedBy.SAMPLE if key[0] == "sample" else by_key) for key in bases if key in news}
    others = {} if keys.by_paths else dict(_same_requests(bases, news, across=keys.across))
    return {
        key: same[key] if key in same else (others[key], PairedBy.REQUEST)
        for key in bases
        if key in same or key in others
    }


def _samples(attempts: Iterable[Attempt], keys: _Keys) -> dict[_Key, Sample]:
    together: dict[_Key, list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        together[keys.of(attempt)].append(attempt)
    return {key: _sample(key, group) for key, group in together.items()}


def _sample(key: _Key, attempts: Sequence[Attempt]) -> Sample:
    named = next((attempt.sample_id for attempt in attempts if attempt.sample_id is not None), None)
    return Sample(named or _name(key, attempts[0]), attempts[0].experiment, tuple(attempts))


def _name(key: _Key, attempt: Attempt) -> str:
    """Return what a sample without an id is called: by its id on the other side, by its request, or by its run."""
    if key[0] == "sample":
        return str(key[2])
    if attempt.key is not None:
        return f"request {attempt.key.hex()[:8]}"
    return f"run {attempt.run_id}" if attempt.run_id is not None else f"session {attempt.session_id}"


def _same_requests(
    bases: Mapping[_Key, Sample], news: Mapping[_Key, Sample], *, across: bool
) -> Iterable[tuple[_Key, _Key]]:
    """Yield the samples of different ids that are alone on their side with a request which one on the other has."""
    base_keys, new_keys = _alone(bases, news, across=across), _alone(news, bases, across=across)
    yield from ((key, new_keys[request]) for request, key in base_keys.items() if request in new_keys)


def _alone(samples: Mapping[_Key, Sample], others: Mapping[_Key, Sample], *, across: bool) -> Mapping[_Key, _Key]:
    """Return the samples that the other side does not have by their key, by request; none of several with one."""
    found: dict[_Key, list[_Key]] = defaultdict(list)
    for key, sample in samples.items():
        requests = {attempt.key for attempt in sample.attempts}
        if key not in others and len(requests) == 1 and None not in requests:
            found[None if across else sample.experiment, *requests].append(key)
    return {request: keys[0] for request, keys in found.items() if len(keys) == 1}


def _reason(key: _Key, sample: Sample) -> str:
    if key[0] == "alone" and sample.attempts[0].is_request_unread:
        return "it has no sample id, and its request is too large, or damaged, to pair it by"
    return {
        "sample": "the other side has no sample of that id, and no single one with its request",
        "key": "the other side has no sample with its request, or several",
        "alone": "it has neither a sample id nor a request to pair it by",
    }[key[0]]


def telling_sides(base: OpenSide, new: OpenSide, pairs: Sequence[Pair]) -> tuple[OpenSide, OpenSide]:
    """Return where the whole story of each run of some pairs is read."""
    return base.telling([pair.base.telling.unit for pair in pairs]), new.telling(
        [pair.new.telling.unit for pair in pairs]
    )
