"""Write a comparison to a SQLite file of its own, which appears when it is complete."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from importlib.resources import files
from pathlib import Path

from ...atomic_file import AnotherWriterError, create_partial, partial_path, publish, remove_partial
from ...database.connection import open_plain
from ...errors import BundleError, BundleExistsError
from ..comparison_data import Comparison, refuse_bundle
from .comparison_rows import table_rows


def save_comparison(comparison: Comparison, output: str | os.PathLike[str], *, replace: bool = True) -> Path:
    """Write the tables of a comparison to a SQLite file that only its owner can read, and return its path.

    Its tables are `comparison`, `pairs`, `flips`, `divergences`, `metric_deltas`, `tool_deltas`, `signature_deltas`,
    `prompt_deltas` and `environment_deltas`; the SQL of each says what its columns mean.

    Args:
        comparison: What `compare` returned.
        output: Where the file appears once it is complete.
        replace: Whether an existing file may be replaced.

    Raises:
        BundleExistsError: the file exists and `replace` is not set.
        BundleError: the file cannot be written, or is one of the bundles.
    """
    path = Path(output)
    _refuse(path, comparison, replace=replace)
    partial = partial_path(path)
    try:
        descriptor = create_partial(partial, path)
        try:
            _write(partial, comparison)
            os.fsync(descriptor)
            publish(partial, path, replace=replace)
        finally:
            os.close(descriptor)
    except AnotherWriterError as error:
        raise BundleError(f"{path}: another process is writing it ({error})") from None
    except FileExistsError:
        raise _exists(path) from None
    except (OSError, sqlite3.Error) as error:
        raise BundleError(f"{path}: cannot be written: {getattr(error, 'strerror', None) or error}") from error
    finally:
        remove_partial(partial)
    return path


def _refuse(path: Path, comparison: Comparison, *, replace: bool) -> None:
    """Raise if the file must not be written, before any work is done."""
    if path.is_dir():
        raise BundleError(f"{path}: is a directory; name a file in it")
    if not path.exists():
        return
    if not path.is_file():
        raise BundleError(f"{path}: is not a regular file; name another output")
    refuse_bundle(path, comparison)
    if not replace:
        raise _exists(path)


def _exists(path: Path) -> BundleExistsError:
    return BundleExistsError(f"{path}: exists already; replace it with --force (replace=True), or name another output")


def _write(path: Path, comparison: Comparison) -> None:
    tables = files(__package__).joinpath("comparison_tables.sql").read_text("utf-8")
    with closing(open_plain(path)) as connection:
        connection.executescript(f"BEGIN;\n{tables}")
        for table, row in table_rows(comparison):
            names, values = ", ".join(row), ", ".join(f":{name}" for name in row)
            connection.execute(f"INSERT INTO {table} ({names}) VALUES ({values})", row)
        connection.commit()
