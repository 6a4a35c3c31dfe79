"""Load pieces of artifacts into a bundle under construction, in this process."""

from __future__ import annotations

from collections.abc import Iterable

import apsw

from ..artifacts.reading import Piece, read_piece
from ..database.writing import write_batch
from .summary import Account


def load(connection: apsw.Connection, pieces: Iterable[Piece], account: Account) -> None:
    """Read each piece and write its batches, one after the other.

    Raises:
        apsw.Error: a batch could not be written.
    """
    for piece in pieces:
        for batch in read_piece(piece):
            lines_before = account.lines_of(piece.artifact_id)
            account.add(write_batch(connection, batch, lines_before))
