"""Read session snapshots: one JSON object a line, with the session's slices and their items."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, repeat
from typing import Any

from ...batch import Batch
from ...column_values import SessionSource
from ...rows import UNKNOWN_PARENT, RawRecordRow, SessionRow, SliceItemRow, SliceKeyRow, SnapshotRow
from ..accounting.ledger import BlockLedger
from ..accounting.line_forms import OWN_FORM, LineForms
from ..lossless_json import JsonObject, Record, as_object, dump, dump_all, read_object, text_at, text_or_none
from ..read_errors import MalformedError
from ..streams.line_blocks import Block
from .envelope_scan import StreamedItems
from .library_events import event_rows
from .slice_keys import SliceKeys


@dataclass(frozen=True, slots=True)
class Slice:
    """One slice of a snapshot, from either of the two forms in which files write slices."""

    slice_type: str
    item_type: str
    items: list[Any] | StreamedItems


def read_snapshot_block(block: Block, artifact_id: int, default_session: str | None) -> Batch:
    """Return the rows of one block of snapshot lines.

    A snapshot belongs to the session in its tag `session_id`, or without that tag to `default_session`.
    """
    batch = Batch(artifact_id)
    ledger = BlockLedger(batch, block)
    slice_keys = SliceKeys()
    forms = LineForms()
    for index in range(ledger.count):
        raw = ledger.raw(index)
        if not raw.strip():
            ledger.blank(index)
            continue
        try:
            record = read_object(raw)
            session, slices, losses = add_snapshot(batch, record, index + 1, default_session)
        except MalformedError as error:
            ledger.malformed(index, str(error))
            continue
        for slice_ in slices:
            if isinstance(slice_.items, list):  # those of a long line are no list, and are not read here
                add_items(batch, slice_, slice_.items, session)
                slice_keys.add(slice_.slice_type, slice_.items)
        if losses or record.form is None:
            batch.add(RawRecordRow(artifact_id, index + 1, "; ".join(losses) or OWN_FORM, raw))
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


def add_items(batch: Batch, slice_: Slice, items: list[Any], session: str, *, first: int = 0) -> None:
    """Add the rows of items of the batch's last snapshot; they are in the slice from position `first` on."""
    ordinal = len(batch.table(SnapshotRow))
    slice_type, item_type = slice_.slice_type, slice_.item_type
    columns = repeat(session), repeat(slice_type), count(first), repeat(item_type), dump_all(items), repeat(ordinal)
    batch.table(SliceItemRow).extend(zip(*columns, strict=False))  # without a step of Python for each of the items
    for event in event_rows(slice_type, items, session, ordinal, first=first):
        batch.add(event)
        if event.session_id != session:
            batch.add(SessionRow.named(event.session_id, SessionSource.REFERENCE))


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
    if not isinstance(items, (list, StreamedItems)):
        losses.append("a slice without a list of items")
        return entry
    slice_type = text_at(entry, "slice_type") or ""
    slices.append(Slice(slice_type, text_at(entry, "item_type") or slice_type, items))
    return {**entry, "items": len(items)}


def _count_items(slice_type: str, items: Any, slices: list[Slice], losses: list[str]) -> Any:
    if not isinstance(items, (list, StreamedItems)):
        losses.append("a slice without a list of items")
        return items
    slices.append(Slice(slice_type, slice_type, items))
    return len(items)
