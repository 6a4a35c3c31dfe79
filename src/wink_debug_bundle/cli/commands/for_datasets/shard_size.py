"""The option --shard-size: how large the shards of a dataset are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

_MEBI = 1 << 20


def shard_size_option(text: str) -> Callable[[Any], Any]:
    """Return the option, with its help; the command gets `shard_bytes`, at least 1."""
    return click.option(
        "--shard-size",
        "shard_bytes",
        metavar="MIB",
        type=click.FloatRange(min=0, min_open=True),
        default=256,
        show_default=True,
        callback=_in_bytes,
        help=text,
    )


def _in_bytes(context: click.Context, option: click.Parameter, value: float) -> int:
    del context, option
    return max(1, round(value * _MEBI))
