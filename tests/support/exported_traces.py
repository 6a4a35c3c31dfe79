"""Read OTLP JSON lines as plain data."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wink_debug_bundle import DebugBundle


def otlp_text(bundle: Path, *, content: bool = False, run: str | None = None) -> str:
    """Return what a bundle exports as OTLP."""
    stream = io.StringIO()
    with DebugBundle.open(bundle) as opened:
        opened.write_otlp(stream, content=content, run=run)
    return stream.getvalue()


def spans_in(text: str) -> Iterator[dict[str, Any]]:
    """Yield each span, its attributes as a mapping from names to values."""
    for line in text.splitlines():
        for resource in json.loads(line)["resourceSpans"]:
            for scope in resource["scopeSpans"]:
                for span in scope["spans"]:
                    events = [each | {"attributes": attributes(each)} for each in span.get("events", [])]
                    yield span | {"attributes": attributes(span), "events": events}


def attributes(part: dict[str, Any]) -> dict[str, Any]:
    """Return the attributes of a span, an event or a resource."""
    return {each["key"]: value(each["value"]) for each in part["attributes"]}


def value(stored: dict[str, Any]) -> Any:
    """Return a value of OTLP as one of Python."""
    ((kind, content),) = stored.items()
    if kind == "intValue":
        return int(content)
    return [value(each) for each in content["values"]] if kind == "arrayValue" else content
