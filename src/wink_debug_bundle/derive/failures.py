"""Fill the table of failures from runs, samples, tool calls and logs."""

from __future__ import annotations

import apsw

from .signatures import signature
from .sql_files import derive_sql


def derive_failures(connection: apsw.Connection, *, standalone_logs: bool) -> None:
    """Write a row for each failure; `standalone_logs` says whether the errors in logs outside of runs are among them.

    Raises:
        apsw.Error: the rows could not be written.
    """
    connection.create_scalar_function("failure_signature", _signature, 2, deterministic=True)  # type: ignore[arg-type]
    with connection:
        connection.execute(derive_sql("failures"), {"standalone_logs": int(standalone_logs)})


def _signature(message: str | float, kind: str) -> str:
    """An evaluator quotes the values that it compares; everybody else quotes names as well. Some errors are numbers."""
    return signature(str(message), of_values=kind == "sample")
