"""Write a comparison, or where the runs of one pair part, in a format that somebody names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, get_args

from ..comparison_data import Comparison
from ..divergence.divergence_data import Divergence
from ..sample_pairs.pairing import Pair
from .comparison_json import comparison_json, divergence_json
from .comparison_junit import comparison_junit
from .comparison_markdown import block_markdown, markdown_lines
from .comparison_text import block_lines, text_lines
from .divergence_blocks import divergence_blocks

ComparisonFormat = Literal["table", "json", "markdown", "junit"]
COMPARISON_FORMATS: tuple[ComparisonFormat, ...] = get_args(ComparisonFormat)


def format_comparison(comparison: Comparison, format_name: ComparisonFormat = "table") -> str:
    """Return a comparison as text of 80 columns ("table"), JSON, Markdown or JUnit XML.

    Tables show the first rows of long lists; JSON has everything.

    Raises:
        ValueError: there is no such format.
    """
    if format_name not in COMPARISON_FORMATS:
        raise ValueError(f"format_name must be one of {', '.join(COMPARISON_FORMATS)}, not {format_name!r}")
    if format_name == "json":
        return f"{comparison_json(comparison)}\n"
    if format_name == "junit":
        return comparison_junit(comparison)
    return _joined(text_lines(comparison) if format_name == "table" else markdown_lines(comparison))


def format_divergence(pair: Pair, divergence: Divergence | None, format_name: str = "table") -> str:
    """Return in text, JSON or Markdown where the runs of a pair part."""
    if format_name == "json":
        return f"{divergence_json(pair, divergence)}\n"
    blocks = divergence_blocks(pair, divergence)
    write = block_lines if format_name == "table" else block_markdown
    return _joined(line for block in blocks for line in write(block))


def _joined(lines: Iterator[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
