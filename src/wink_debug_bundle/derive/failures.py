"""Fills the table `failures` from runs, samples, tool calls and logs."""

from __future__ import annotations

import apsw

from .signatures import signature
from .sql_files import derive_sql


def derive_failures(connection: apsw.Connection, *, standalone_logs: bool) -> None:
    """Write a row for each failure.

    Args:
        connection: The bundle under construction, with its tool calls and its views.
        standalone_logs: Whether errors in standalone logs count as failures, too.

    Raises:
        apsw.Error: the rows could not be written.
    """
    connection.create_scalar_function("failure_signature", failure_signature, 2, deterministic=True)  # type: ignore[arg-type]
    with connection:
        connection.execute(derive_sql("failures"), {"standalone_logs": int(standalone_logs)})


def failure_signature(message: str | float, kind: str) -> str:
    """Return the signature of a failure's message, which may be a number.

    Evaluators quote the values that they compare; other messages quote names as well, which distinguish causes.
    """
    return signature(str(message), of_values=kind == "sample")
