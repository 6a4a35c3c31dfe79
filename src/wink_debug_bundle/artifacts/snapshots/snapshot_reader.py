"""Read session snapshots: one JSON object a line, with the session's slices and their items."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count, repeat
from typing import Any, NamedTuple

from ...batch import Batch
from ...column_values import SessionSource
from ...rows import UNKNOWN_PARENT, RawRecordRow, SessionRow, SliceItemRow, SliceKeyRow, SnapshotRow
from ..accounting.ledger import BlockLedger
from ..accounting.line_forms import OWN_FORM, LineForms
from ..lossless_json import JsonObject, Record, as_object, dump, dump_all, read_object, text_at, text_or_none
from ..read_errors import MalformedError
from ..streams.line_blocks import Block
from .envelope_scan import StreamedItems
from .event_texts import ReadItems, text_event_rows
from .library_events import EventRow, event_rows
from .slice_keys import SliceKeys
from .snapshot_text import read_snapshot_text


class Slice(NamedTuple):
    """One slice of a snapshot, from either of the two forms in which files write slices."""

    slice_type: str
    item_type: str
    items: list[Any] | StreamedItems | ReadItems


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
            record = (None if carefully else read_snapshot_text(line)) or read_object(ledger.raw(index))
            session, slices, losses = add_snapshot(batch, record, index + 1, default_session)
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
    batch: Batch, record: Record, line: int, default_session: str | None
) -> tuple[str, list[Slice], list[str]]:
    """Add one snapshot's rows, without its items; return its session, its slices and what is lost in the rows.

    Raises:
        MalformedError: the record is not a snapshot, or names no session.
    """
    snapshot = record.value
    tags = as_object(snapshot.get("tags"))
    session = text_at(tags, "session_id") or default_session
    if "slices" not in snapshot or session is None:
        raise MalformedError("not a snapshot: it has no slices" if session else "not a snapshot: no tags.session_id")
    slices, envelope, losses = _split_items_off(snapshot)
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
        ordinal = len(batch.table(SnapshotRow))
        _add_texts(batch, slice_, items.texts, session, ordinal)
        _add_events(batch, text_event_rows(slice_.slice_type, items, session, ordinal), session)
        if items.texts:
            slice_keys.add_keys(slice_.slice_type, items.keys)
    elif isinstance(items, list):
        add_items(batch, slice_, items, session)
        slice_keys.add(slice_.slice_type, items)


def add_items(batch: Batch, slice_: Slice, items: list[Any], session: str, *, first: int = 0) -> None:
    """Add the rows of items of the batch's last snapshot; they are in the slice from position `first` on."""
    ordinal = len(batch.table(SnapshotRow))
    _add_texts(batch, slice_, dump_all(items), session, ordinal, first=first)
    _add_events(batch, event_rows(slice_.slice_type, items, session, ordinal, first=first), session)


def _add_texts(
    batch: Batch, slice_: Slice, texts: Iterable[str | bytes], session: str, ordinal: int, *, first: int = 0
) -> None:
    """Add the rows of items, without a step of Python for each of them."""
    same = repeat(session), repeat(slice_.slice_type), count(first), repeat(slice_.item_type)
    batch.table(SliceItemRow).extend(zip(*same, texts, repeat(ordinal), strict=False))


def _add_events(batch: Batch, events: Iterable[EventRow], session: str) -> None:
    """Add the rows of a slice's events, all of one class, and of the sessions that they name."""
    rows = list(events)
    if rows:
        batch.table(type(rows[0])).extend(rows)
    for named in dict.fromkeys(row.session_id for row in rows):
        if named != session:
            batch.add(SessionRow.named(named, SessionSource.REFERENCE))


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


def _split_items_off(snapshot: JsonObject) -> tuple[list[Slice], JsonObject, list[str]]:
    """Return the snapshot's slices, its envelope and what is lost.

    The envelope is the snapshot with the number of items in place of each slice's items. The library writes slices as a
    list of objects; the specification's sample shows an object from slice types to items. Slices in any other form stay
    in the envelope unchanged.
    """
    written = snapshot["slices"]
    slices: list[Slice] = []
    losses: list[str] = []
    counted: Any = written
    if isinstance(written, list):
        counted = [_count_entry(entry, slices, losses) for entry in written]
    elif isinstance(written, dict):
        counted = {key: _count_items(key, items, slices, losses) for key, items in written.items()}
    else:
        losses.append("slices are neither a list nor an object")
    return slices, {**snapshot, "slices": counted}, losses


def _count_entry(entry: Any, slices: list[Slice], losses: list[str]) -> Any:
    items = entry.get("items") if isinstance(entry, dict) else None
    if not isinstance(items, (list, StreamedItems, ReadItems)):
        losses.append("a slice without a list of items")
        return entry
    slice_type = text_at(entry, "slice_type") or ""
    slices.append(Slice(slice_type, text_at(entry, "item_type") or slice_type, items))
    return {**entry, "items": len(items)}


def _count_items(slice_type: str, items: Any, slices: list[Slice], losses: list[str]) -> Any:
    if not isinstance(items, (list, StreamedItems, ReadItems)):
        losses.append("a slice without a list of items")
        return items
    slices.append(Slice(slice_type, slice_type, items))
    return len(items)
