"""The commands to type after a comparison."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...terminal_text import visible
from .wording import command_line

if TYPE_CHECKING:
    from ...comparing.comparison_data import Comparison
    from ...comparing.sample_pairs.pairing import Pair


_LONGEST_NAME = 100


def comparison_next_lines(
    comparison: Comparison, paths: Sequence[Path], pair: Pair | None, choice: Mapping[str, Any]
) -> Iterator[str]:
    """Yield a heading and the commands to type next: where a lost sample's runs part, or the stories of both runs.

    Args:
        comparison: What was compared.
        paths: One bundle, or two.
        pair: The sample whose runs were shown; None after a whole comparison.
        choice: Values of the options that say what to compare, by their names.
    """
    if pair is not None:
        yield "Next:"
        yield from _shown(pair, paths)
    elif comparison.flips:
        first = comparison.flips[0].pair
        yield "Next:"
        names = [*map(str, paths[1:]), *typed_options(choice), "--pair", _typed_name(first)]
        yield f"  {command_line('compare', paths[0], *names)}"
        yield from _shown(first, paths)
        yield f"  {_serving(paths)}"


def _serving(paths: Sequence[Path]) -> str:
    """Return the command that shows the comparison in the browser."""
    return command_line("serve", paths[-1], *(("--baseline", str(paths[0])) if len(paths) > 1 else ()))


def _typed_name(pair: Pair) -> str:
    """Return what `--pair` finds the pair by: the sample's id, or the run where that cannot be typed, or is long."""
    can_be_typed = pair.name.strip() and visible(pair.name) == pair.name and len(pair.name) <= _LONGEST_NAME
    return pair.name if can_be_typed else pair.base.telling.shown_by or pair.name


def _shown(pair: Pair, paths: Sequence[Path]) -> Iterator[str]:
    for path, attempt in ((paths[0], pair.base.telling), (paths[-1], pair.new.telling)):
        if attempt.shown_by is not None:
            yield f"  {command_line('show', path, attempt.shown_by)}"


def typed_options(choice: Mapping[str, Any]) -> Iterator[str]:
    """Yield the options that were given, as they are typed."""
    for name, value in choice.items():
        option = f"--{name.replace('_', '-')}"
        if value is True:
            yield option
        elif isinstance(value, tuple):
            yield from (part for each in value for part in (option, str(each)))
        elif value not in {None, False}:
            yield from (option, str(value))
