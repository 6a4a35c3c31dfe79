"""A command on a BUNDLE that takes what people type: SQL that begins with `--`, `-p NAME=VALUE`, swapped arguments."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from ..bundle_files import DATABASE_START, ZSTD_START
from ..dataset.dataset_paths import url_in

_PARAM = re.compile(r"-v*p(?P<short>.*)|--param(?:=(?P<long>.*))?", re.DOTALL)
"""The option --param, with the value that is attached to it."""

_OPTION = re.compile(r"--?[^-\s]\S*")
"""An argument that looks like an option; SQL that begins with a comment has white space in it."""

_SQL = re.compile(r"\s*(select|with|values|pragma|explain|--|/\*)", re.IGNORECASE)


class BundleCommand(click.Command):
    """A command whose first argument is BUNDLE."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments.

        Raises:
            click.UsageError: an option does not exist, or the arguments are in the wrong order.
        """
        if any("--param" in parameter.opts for parameter in self.get_params(ctx)):
            args = list(_joined_parameters(args))
        ctx.ignore_unknown_options = True  # they may be SQL
        self._refuse_unknown_options(ctx, args)
        rest = super().parse_args(ctx, args)
        self._check_order(ctx)
        return rest

    def _refuse_unknown_options(self, ctx: click.Context, args: Sequence[str]) -> None:
        """Raise for an argument that looks like an option and does not exist."""
        values, rest, _ = self.make_parser(ctx).parse_args(list(args))
        literal = args[args.index("--") + 1 :] if "--" in args else ()
        words = [*_words(values.get(name) for name in self._argument_names(ctx)), *rest]
        unknown = next((word for word in words if _OPTION.fullmatch(word) and word not in literal), None)
        if unknown is not None:
            known = [name for parameter in self.get_params(ctx) for name in parameter.opts]
            raise click.NoSuchOption(unknown.partition("=")[0], possibilities=known, ctx=ctx)

    def _check_order(self, ctx: click.Context) -> None:
        """Raise if BUNDLE is no file and another argument is one, or if BUNDLE is SQL."""
        bundle = ctx.params.get("bundle")
        if bundle is None or os.path.lexists(bundle) or url_in(bundle):
            return
        others = list(_words(ctx.params.get(name) for name in self._argument_names(ctx) if name != "bundle"))
        if found := next(filter(_is_database, others), None):
            others.remove(found)
            right = shlex.join([found, str(bundle), *others])
            raise click.UsageError(f"The BUNDLE comes first: {ctx.command_path} {right}", ctx)
        if _SQL.match(str(bundle)):
            usage = " ".join(self.collect_usage_pieces(ctx))
            raise click.UsageError(f"The BUNDLE is missing before the SQL: {ctx.command_path} {usage}", ctx)

    def _argument_names(self, ctx: click.Context) -> list[str]:
        """Return the names of the arguments that are not options."""
        return [each.name for each in self.get_params(ctx) if isinstance(each, click.Argument) and each.name]


def _words(values: Iterator[object]) -> Iterator[str]:
    """Yield the texts among the values, and those in lists of several."""
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, (tuple, list)):
            yield from _words(iter(value))


def _is_database(name: str) -> bool:
    """Return whether the argument is the path of a SQLite file, or of one that is packed."""
    try:
        if not Path(name).is_file():  # opening a pipe would wait
            return False
        with Path(name).open("rb") as stream:
            return stream.read(len(DATABASE_START)).startswith((DATABASE_START, ZSTD_START))
    except (OSError, ValueError):  # a name that is too long, or has a NUL
        return False


def _joined_parameters(args: Sequence[str]) -> Iterator[str]:
    """Yield the arguments with each `--param NAME VALUE` as `--param=NAME=VALUE`, which is the other way to write it."""
    words = iter(args)
    for word in words:
        if word == "--":
            yield word
            yield from words
        elif (match := _PARAM.fullmatch(word)) is None:
            yield word
        else:
            name = match["short"] or match["long"] or next(words, None)
            value = None if name is None or "=" in name else next(words, None)
            yield word if name is None else f"--param={name}" if value is None else f"--param={name}={value}"
