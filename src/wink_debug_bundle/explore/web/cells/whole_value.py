"""Show one value of a page's rows whole: on a page of its own, or as a file to keep."""

from __future__ import annotations

from typing import Any

from ..datasette_release import BadRequest, NotFound, Response, path_with_replaced_args

_MOST_SHOWN = 1 << 20
"""Characters that the page shows; a longer text is a file to keep."""


async def whole_value(datasette: Any, columns: list[str], rows: list[Any], request: Any) -> Any:
    """Return the page of a value, or its bytes with `_raw`.

    Raises:
        BadRequest: the rows have no such column.
        NotFound: there is no such row.
    """
    column = request.args.get("_column")
    if column not in columns:
        raise BadRequest("?_column= names no column of these rows")
    if not rows:
        raise NotFound("There is no such row")
    value = rows[0][column]
    text = value if isinstance(value, bytes) else "" if value is None else str(value)
    if request.args.get("_raw") or isinstance(text, bytes):
        body = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
        headers = {"Content-Disposition": 'attachment; filename="value.txt"'}
        return Response(body=body, headers=headers, content_type="application/octet-stream")
    context = {
        "column": column,
        "value": text[:_MOST_SHOWN],
        "characters": len(text),
        "shown": min(len(text), _MOST_SHOWN),
        "raw_url": path_with_replaced_args(request, {"_raw": "1"}),
    }
    return Response.html(await datasette.render_template("value.html", context, request))
