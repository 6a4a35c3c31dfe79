"""Compare the prompts: the versions of their parts, and the text that paired samples rendered."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import unified_diff
from importlib.resources import files
from typing import NamedTuple

from ...explore.costs.loose_values import text_of
from ..sample_pairs.open_side import OpenSide
from ..sample_pairs.pairing import Pair
from .chosen_units import Units
from .delta_data import PromptDelta, PromptPartDelta, PromptTextDelta

MOST_PAIRS = 200
"""Pairs whose texts are compared: prompts are long, and those of one evaluation are made by the same code."""

LONGEST_PROMPT = 100_000
"""Characters of a prompt that are compared."""

_MOST_TEXTS = 200
"""Prompts of twenty sessions that are compared; most sessions have one."""

_MOST_LINES = 2000
"""Lines of a prompt that are compared line by line."""

_MOST_DIFF_LINES = 400

_Part = tuple[str, str, str]


class _Example(NamedTuple):
    name: str
    base: str
    new: str


def prompt_deltas(base: Units, new: Units, pairs: Sequence[Pair]) -> PromptDelta:
    """Return which parts have another version on either side, and which texts differ in pairs spread over all."""
    step = max(1, -(-len(pairs) // MOST_PAIRS))
    return PromptDelta(tuple(_parts(base, new)), tuple(_texts(base.side, new.side, pairs[::step])))


def _parts(base: Units, new: Units) -> Iterator[PromptPartDelta]:
    bases, news = _versions(base), _versions(new)
    if not bases or not news:
        return
    for part in sorted({*bases, *news}):
        before, now = bases.get(part, ()), news.get(part, ())
        if set(before) != set(now):
            yield PromptPartDelta(*part, tuple(before), tuple(now))


def _versions(units: Units) -> Mapping[_Part, Sequence[str]]:
    versions: dict[_Part, list[str]] = defaultdict(list)
    for prompt, kind, name, version in units.rows("prompt_parts_of_samples"):
        versions[text_of(prompt), text_of(kind), text_of(name)].append(text_of(version))
    return versions


def _texts(base: OpenSide, new: OpenSide, pairs: Sequence[Pair]) -> Iterator[PromptTextDelta]:
    """Yield a row for each prompt that both sides of a pair rendered; a few pairs at a time are read."""
    counts: dict[str, int] = defaultdict(int)
    changed: dict[str, int] = defaultdict(int)
    examples: dict[str, _Example] = {}
    for name, prompt, before, now in _paired_texts(base, new, pairs):
        counts[prompt] += 1
        if before != now:
            changed[prompt] += 1
            examples.setdefault(prompt, _Example(name, before, now))
    for prompt, count in sorted(counts.items()):
        example = examples.get(prompt)
        diff = tuple(_diff(example)) if example else ()
        yield PromptTextDelta(prompt, count, changed[prompt], example.name if example else None, diff)


def _paired_texts(base: OpenSide, new: OpenSide, pairs: Sequence[Pair]) -> Iterator[tuple[str, str, str, str]]:
    """Yield the sample, the prompt and both texts of each prompt that both sides rendered."""
    for start in range(0, len(pairs), 20):
        block = pairs[start : start + 20]
        bases = _rendered(base, [pair.base.attempts[0].session_id for pair in block])
        news = _rendered(new, [pair.new.attempts[0].session_id for pair in block])
        for pair in block:
            before = bases.get(pair.base.attempts[0].session_id, {})
            now = news.get(pair.new.attempts[0].session_id, {})
            for prompt in before.keys() & now.keys():
                yield pair.name, prompt, before[prompt], now[prompt]


def _rendered(side: OpenSide, sessions: Iterable[str | None]) -> Mapping[str | None, Mapping[str, str]]:
    """Return the first text of each prompt, by session."""
    sql = files(__package__).joinpath("sql", "prompt_texts.sql").read_text("utf-8")
    wanted = json.dumps([session for session in sessions if session is not None])
    texts: dict[str | None, dict[str, str]] = defaultdict(dict)
    for session, prompt, text in side.rows(sql, {"sessions": wanted, "longest": LONGEST_PROMPT, "most": _MOST_TEXTS}):
        texts[text_of(session)].setdefault(text_of(prompt), text_of(text))
    return texts


def _diff(example: _Example) -> Iterator[str]:
    before, now = (text.splitlines()[:_MOST_LINES] for text in (example.base, example.new))
    for number, line in enumerate(unified_diff(before, now, "base", "new", n=2, lineterm="")):
        if number == _MOST_DIFF_LINES:
            yield "… and more"
            return
        yield line
