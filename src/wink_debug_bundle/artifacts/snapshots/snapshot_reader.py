"""Read session snapshots: one JSON object a line, with the session's slices and their items."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import count, repeat
from operator import itemgetter
from typing import Any

from ...batch import Batch
from ...column_values import SessionSource
from ...rows import (
    UNKNOWN_PARENT,
    PromptEventRow,
    RawRecordRow,
    SessionRow,
    SliceItemRow,
    SliceKeyRow,
    SnapshotRow,
    ToolInvocationRow,
    Values,
)
from ..accounting.ledger import BlockLedger
from ..accounting.line_forms import OWN_FORM, LineForms
from ..lossless_json import JsonObject, Record, as_object, dump, dump_all, read_object, text_at, text_or_none
from ..read_errors import MalformedError
from ..streams.line_blocks import Block
from .event_text_rows import text_event_rows
from .event_texts import ReadItems
from .library_events import event_rows, event_table
from .slice_keys import SliceKeys
from .slices_apart import Slice, split_items_off
from .snapshot_text import read_snapshot_text

_session_of = {row: itemgetter(row._fields.index("session_id")) for row in (ToolInvocationRow, PromptEventRow)}
"""Functions that return the session in a row of an event."""


def read_snapshot_block(
    block: Block, artifact_id: int, default_session: str | None, *, carefully: bool = False
) -> Batch:
    """Return the rows of one block of snapshot lines.

    A snapshot belongs to the session in its tag `session_id`, or without that tag to `default_session`. With `carefully`,
    the fast path is not tried: the items are written again, as they are in the rows of a line that is kept.
    """
    batch = Batch(artifact_id)
    ledger = BlockLedger(batch, block)
    slice_keys = SliceKeys()
    forms = LineForms()
    for index, line in enumerate(ledger.lines):
        if line.isspace():
            ledger.blank(index)
            continue
        try:
            found = None if carefully else read_snapshot_text(line)
            record, read = found or (read_object(ledger.raw(index)), None)
            session, slices, losses = add_snapshot(batch, record, index + 1, default_session, slices=read)
        except MalformedError as error:
            ledger.malformed(index, str(error))
            continue
        for slice_ in slices:
            _add_slice(batch, slice_, session, slice_keys)
        if losses or record.form is None:
            batch.add(RawRecordRow(artifact_id, index + 1, "; ".join(losses) or OWN_FORM, ledger.raw(index)))
        else:
            forms.add(index, record.form)
    for row in forms.rows(artifact_id):
        batch.add(row)
    batch.table(SliceKeyRow).extend(slice_keys.rows())
    return ledger.close()


def add_snapshot(
    batch: Batch, record: Record, line: int, default_session: str | None, *, slices: list[Slice] | None = None
) -> tuple[str, list[Slice], list[str]]:
    """Add one snapshot's rows, without its items; return its session, its slices and what is lost in the rows.

    If `slices` are given, the record has the number of items in place of each slice's items.

    Raises:
        MalformedError: the record is not a snapshot, or names no session.
    """
    snapshot = record.value
    tags = as_object(snapshot.get("tags"))
    session = text_at(tags, "session_id") or default_session
    if "slices" not in snapshot or session is None:
        raise MalformedError("not a snapshot: it has no slices" if session else "not a snapshot: no tags.session_id")
    slices, envelope, losses = split_items_off(snapshot) if slices is None else (slices, snapshot, [])
    batch.add(
        SnapshotRow(
            session_id=session,
            created_at=text_at(snapshot, "created_at") or "",
            slice_count=len(slices),
            item_count=sum(len(slice_.items) for slice_ in slices),
            envelope=dump(envelope),
            artifact_id=batch.artifact_id,
            line=line,
        )
    )
    for row in _sessions(session, snapshot, tags):
        batch.add(row)
    return session, slices, [*record.losses, *losses]


def _add_slice(batch: Batch, slice_: Slice, session: str, slice_keys: SliceKeys) -> None:
    """Add the rows of all items of a slice of the batch's last snapshot; those of a long line are not read here."""
    items = slice_.items
    if isinstance(items, ReadItems):
        if not items.texts:
            return
        ordinal = len(batch.table(SnapshotRow))
        _add_texts(batch, slice_, items.texts, session, ordinal)
        slice_keys.add_keys(slice_.slice_type, items.keys)
        if items.events:
            _add_events(batch, slice_, text_event_rows(slice_.slice_type, items, session, ordinal), session)
    elif isinstance(items, list):
        add_items(batch, slice_, items, session)
        slice_keys.add(slice_.slice_type, items)


def add_items(batch: Batch, slice_: Slice, items: list[Any], session: str, *, first: int = 0) -> None:
    """Add the rows of items of the batch's last snapshot; they are in the slice from position `first` on."""
    ordinal = len(batch.table(SnapshotRow))
    _add_texts(batch, slice_, dump_all(items), session, ordinal, first=first)
    _add_events(batch, slice_, list(event_rows(slice_.slice_type, items, session, ordinal, first=first)), session)


def _add_texts(
    batch: Batch, slice_: Slice, texts: Iterable[str | bytes], session: str, ordinal: int, *, first: int = 0
) -> None:
    """Add the rows of items, without a step of Python for each of them."""
    same = repeat(session), repeat(slice_.slice_type), count(first), repeat(slice_.item_type)
    batch.table(SliceItemRow).extend(zip(*same, texts, repeat(ordinal), strict=False))


def _add_events(batch: Batch, slice_: Slice, rows: Sequence[Values], session: str) -> None:
    """Add the rows of a slice's events, and of the sessions that they name."""
    table = event_table(slice_.slice_type)
    if not rows or table is None:
        return
    batch.table(table).extend(rows)
    for named in dict.fromkeys(map(_session_of[table], rows)):
        if named != session:
            batch.add(SessionRow.named(str(named), SessionSource.REFERENCE))


def _sessions(session: str, snapshot: JsonObject, tags: JsonObject) -> Iterator[SessionRow]:
    """Yield what the snapshot says about its session, the session's parent and its children."""
    parent = _parent(snapshot, tags)
    created_at = text_at(snapshot, "created_at") or ""
    yield SessionRow(session, parent, created_at, dump(tags), SessionSource.SNAPSHOT)
    if parent:
        yield SessionRow.named(parent, SessionSource.REFERENCE)
    children = snapshot.get("children_ids")
    for child in children if isinstance(children, list) else ():
        if child_id := text_or_none(child):
            yield SessionRow.named(child_id, SessionSource.REFERENCE, parent=session)


def _parent(snapshot: JsonObject, tags: JsonObject) -> str | None:
    """Return the parent's id; None if the session is a root, and `UNKNOWN_PARENT` if the snapshot does not say.

    Where the snapshot has the key `parent_id`, it alone decides: the library fills the tag `parent_session_id` only if
    the application has no tag of that name, which may hold anything.
    """
    if "parent_id" in snapshot:
        return text_at(snapshot, "parent_id")
    return text_at(tags, "parent_session_id") or UNKNOWN_PARENT
