"""Describe a bundle for `info`, as data and as lines."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

from ...bundle import DebugBundle
from ...errors import BundleVersionError
from ...explore.outcome import Outcome
from ...terminal_text import visible
from .outcome_lines import next_lines, outcome_lines
from .wording import command_line, counted, size

_MOST_SLICES = 8
_NO_SESSIONS = '\n  "sessions": []'
"""Stands once in the JSON: within a text, the end of a line would be escaped."""

_LINE_END, _INDENTED_LINE = "\n", "\n  "
"""The second and later lines of a description are indented, so that they do not look like lines of `info` itself."""

_META = """
SELECT bundle_id, created_at, wink_version, schema_version, root_session_id, source_directory, description, tags,
    {redaction} AS redaction
FROM bundle_meta
"""
_HAS_MARK = "SELECT 1 FROM pragma_table_info('bundle_meta') WHERE name = 'redaction'"
_IN_PART = "SELECT coalesce(sum(count), 0) FROM redactions"
_LISTED = "SELECT count(*) FROM artifacts WHERE kind = 'unknown' AND problem_count = 0"
_SLICES = "SELECT view_name, slice_type, item_count FROM slice_views ORDER BY view_name IS NULL, lower(view_name)"


def describe(bundle: DebugBundle, *, most_sessions: int | None) -> dict[str, Any]:
    """Return the whole description, as values that JSON can represent, with that many sessions or all.

    The sessions are an iterator, because a bundle may have millions; read it while the bundle is open.
    """
    has_mark = bundle.query(_HAS_MARK).fetchone() is not None
    meta = _first_row(bundle, _META.format(redaction="redaction" if has_mark else "NULL"))
    for name in ("tags", "redaction"):
        with suppress(TypeError, ValueError):
            meta[name] = json.loads(meta[name])
    statistics = asdict(bundle.statistics)
    return {
        "path": str(bundle.path),
        "size_bytes": statistics.pop("size_bytes"),
        "digest": bundle.digest,
        **meta,
        "replaced_in_part": bundle.query(_IN_PART).fetchone()[0] if has_mark and meta["redaction"] is None else 0,
        "shares_text": bundle.shares_text,
        "secrets": _secrets(bundle),
        "outcome": _outcome(bundle),
        "sessions": (session._asdict() for session in islice(bundle.session_tree(), most_sessions)),
        "statistics": statistics,
        "slice_classes": _rows(bundle, _SLICES),
        "listed_count": bundle.query(_LISTED).fetchone()[0],
        "duplicates": bundle.query("SELECT count(*) FROM artifacts WHERE status = 'duplicate'").fetchone()[0],
        "problems": dict(bundle.query("SELECT kind, count(*) FROM problems GROUP BY kind ORDER BY kind").fetchall()),
    }


def description_json(description: dict[str, Any]) -> Iterator[str]:
    """Yield the description as the lines of a JSON object."""
    outcome = description["outcome"] and asdict(description["outcome"])
    before, after = json.dumps({**description, "outcome": outcome, "sessions": []}, indent=2).split(_NO_SESSIONS)
    yield f"{before}{_NO_SESSIONS[:-1]}"
    last = None
    for session in description["sessions"]:
        if last is not None:
            yield f"{last},"
        last = textwrap.indent(json.dumps(session, indent=2), "    ")
    if last is not None:
        yield last
    yield f"  ]{after}"


def description_lines(description: dict[str, Any]) -> Iterator[str]:
    """Yield the description as lines: first those of the specification, in its layout, then all others."""
    yield f"Bundle: {visible(description['path'])} ({size(description['size_bytes'])})"
    yield f"Created: {visible(str(description['created_at']))}"
    yield f"Source: {visible(description['source_directory'] or '(files named one by one)')}"
    if description["shares_text"]:
        yield "Text: equal texts of files are stored once; files is a view"
    yield from _privacy_lines(description)
    if description["description"]:
        yield f"Description: {_INDENTED_LINE.join(map(visible, description['description'].split(_LINE_END)))}"
    if description["tags"]:
        yield f"Tags: {visible(_tags(description['tags']))}"
    yield ""
    if description["outcome"] is not None:
        yield from outcome_lines(description["outcome"])
        yield ""
    yield from _session_lines(description["sessions"], description["statistics"]["session_count"])
    yield ""
    yield from _statistics_lines(description["statistics"], description["outcome"])
    if description["slice_classes"]:
        yield ""
        yield from _slice_lines(description["slice_classes"], Path(description["path"]))
    if description["listed_count"]:
        hint = command_line("query", Path(description["path"]), "SELECT path, reason FROM artifacts")
        yield ""
        yield f"Listed, without their bytes: {description['listed_count']:,}"
        yield f"  See them: {hint}"
    if description["duplicates"]:
        yield ""
        hint = command_line(
            "query", Path(description["path"]), "SELECT path, reason FROM artifacts WHERE original_id > 0"
        )
        yield f"Not imported again: {counted(description['duplicates'], 'duplicate')}: {hint}"
    if description["problems"]:
        yield ""
        yield from _problem_lines(description["problems"], Path(description["path"]))
    if description["digest"]:
        yield ""
        yield f"Digest: {description['digest']}"
    yield ""
    yield from next_lines(description["outcome"], Path(description["path"]))


def _secrets(bundle: DebugBundle) -> dict[str, Any] | None:
    """Return how much of the bundle looks like a secret; None without the extra that detects them."""
    counts = bundle.count_secrets()
    return None if counts is None else asdict(counts)


def _privacy_lines(description: dict[str, Any]) -> Iterator[str]:
    """Yield whether the bundle is redacted, and how much of it looks like a secret."""
    mark, secrets = description["redaction"], description["secrets"]
    if isinstance(mark, dict):
        yield f"Redacted: profile {visible(str(mark.get('profile')))}, {visible(str(mark.get('count')))} places"
    elif description["replaced_in_part"]:
        yield f"NOT redacted: {counted(description['replaced_in_part'], 'place')} in some of the bundles that were merged"
    if secrets is None or (secrets["is_complete"] and not secrets["count"]):
        return
    searched = f"in {'' if secrets['is_complete'] else 'the first '}{size(secrets['searched_bytes'])} of text"
    hint = (
        f"; to share it: {command_line('redact', Path(description['path']), '-o', 'NEW')}" if secrets["count"] else ""
    )
    yield f"Looks like secrets: {secrets['count']:,}, {searched}{hint}"


def _outcome(bundle: DebugBundle) -> Outcome | None:
    """Return what happened; None if an earlier release built the bundle, which does not say it."""
    with suppress(BundleVersionError):
        return bundle.outcome
    return None


def _first_row(bundle: DebugBundle, sql: str) -> dict[str, Any]:
    return _rows(bundle, sql)[0]


def _rows(bundle: DebugBundle, sql: str) -> list[dict[str, Any]]:
    cursor = bundle.query(sql)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def _tags(tags: object) -> str:
    if not isinstance(tags, dict):
        return str(tags)
    return ", ".join(f"{key}={value}" for key, value in tags.items())


def _session_lines(sessions: Iterable[dict[str, Any]], count: int) -> Iterator[str]:
    yield f"Sessions: {count:,}"
    listed = 0
    for session in sessions:
        root = "" if session["parent_session_id"] else " (root)"
        yield f"  {'  ' * session['depth']}- {visible(session['session_id'])}{root}"
        listed += 1
    if count > listed:
        yield f"  and {count - listed:,} more (--all-sessions lists them)"


def _statistics_lines(statistics: dict[str, int], outcome: Outcome | None) -> Iterator[str]:
    """Yield the numbers of the specification; the number of calls of all sources beside that of sessions' events."""
    invoked = statistics["tool_invocation_count"]
    calls = ""
    if outcome is not None and outcome.call_count != invoked:
        calls = f" in sessions (with logs and transcripts: {outcome.call_count:,})"
    yield "Statistics:"
    yield f"  Log records: {statistics['log_count']:,}"
    yield f"  Tool invocations: {invoked:,}{calls}"
    yield f"  Prompt events: {statistics['prompt_event_count']:,}"
    yield f"  Files: {statistics['file_count']:,}"
    yield f"  Total tokens: {statistics['total_input_tokens'] + statistics['total_output_tokens']:,}"


def _slice_lines(classes: Sequence[dict[str, Any]], path: Path) -> Iterator[str]:
    views = sum(slice_class["view_name"] is not None for slice_class in classes)
    yield f"Slice classes: {len(classes):,}, {views:,} of them in views with columns for their keys"
    for slice_class in classes[:_MOST_SLICES]:
        view, slice_type = visible(slice_class["view_name"] or "(no view)"), visible(slice_class["slice_type"])
        yield f"  {view}: {counted(slice_class['item_count'], 'item')} of {slice_type}"
    if len(classes) > _MOST_SLICES:
        hint = command_line("query", path, "SELECT * FROM slice_views")
        yield f"  and {len(classes) - _MOST_SLICES:,} more: {hint}"


def _problem_lines(problems: dict[str, int], path: Path) -> Iterator[str]:
    yield f"Problems: {sum(problems.values()):,}"
    for kind, count in problems.items():
        yield f"  {visible(kind)}: {count:,}"
    yield f"  See them: {command_line('query', path, 'SELECT * FROM problems')}"
