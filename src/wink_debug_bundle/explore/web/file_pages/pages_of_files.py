"""Answer for the pages of files: the tree of an archive, one file, one blob, and their bytes."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Any

from ....errors import DamagedBundleError
from ....terminal_text import visible
from ..bundle_database import BundleDatabase
from ..datasette_release import DatasetteError, NotFound, PlainDatasette, tilde_encode
from .byte_response import ByteResponse
from .file_parts import HEX_BYTES, LOOKED_AT, TEXT_BYTES, hex_lines, is_text, part_before, text_part
from .file_tree import file_tree
from .stored_bytes import StoredBytes, image_type

_MOST_FILES, _MOST_SAME = 2000, 50
_MOST_IMAGE_BYTES = 32 << 20
_BLOB = "SELECT size_bytes FROM blobs WHERE sha256 = :sha256"
_REASON = """
SELECT problems.error
FROM files
JOIN problems ON problems.artifact_id = files.artifact_id
WHERE files.id = :file AND problems.member IN (files.path, 'debug_bundle/filesystem/' || files.path)
ORDER BY problems.id DESC
LIMIT 1
"""


def _sql(name: str) -> str:
    return files(__package__).joinpath(f"{name}.sql").read_text(encoding="utf-8")


_ARCHIVE, _ARCHIVE_FILES = _sql("archive_about"), _sql("archive_files")
_FILE, _SAME = _sql("file_about"), _sql("same_files")


class FilePages:
    """The pages of a bundle's files."""

    def __init__(self, datasette: PlainDatasette, database: BundleDatabase) -> None:
        self._datasette = datasette
        self._database = database
        self._home = f"/{tilde_encode(database.name)}"

    def add(self) -> None:
        """Let the server answer for them."""
        home = re.escape(self._home)
        self._datasette.add_page(rf"{home}/archive/(?P<archive>\d{{1,15}})", self._archive)
        self._datasette.add_page(rf"{home}/file/(?P<file>\d{{1,15}})(?:/(?P<format>bytes|image))?", self._file)
        self._datasette.add_page(rf"{home}/blob/(?P<sha256>[0-9a-f]{{64}})(?:/(?P<format>bytes|image))?", self._blob)

    async def _archive(self, request: Any) -> Any:
        """Return the tree of an archive's files, or of one folder's."""
        archive = {"archive": int(request.url_vars["archive"])}
        about = await self._one(_ARCHIVE, archive, "There is no such archive")
        path, file_count, run, label = about
        below = (request.args.get("folder") or "").removesuffix("/")
        below, end = (f"{below}/", f"{below}0") if below else ("", "")  # the character after the slash
        limits = {"first": below, "end": end, "most": _MOST_FILES + 1}
        rows = await self._database.rows_of_page(_ARCHIVE_FILES, {**archive, **limits})
        context = {
            "title": visible(label or path),
            "file_count": file_count,
            "run": run,
            "archive": archive["archive"],
            "below": visible(below),
            "tree": file_tree(rows[:_MOST_FILES], below),
            "is_cut": len(rows) > _MOST_FILES,
        }
        return await self._show("archive.html", context, request)

    async def _file(self, request: Any) -> Any:
        """Return the page of a file, its picture, or its bytes."""
        number = int(request.url_vars["file"])
        about = await self._one(_FILE, {"file": number}, "There is no such file")
        path, size, sha256, is_blob, is_binary, modified, archive, archive_path, label = about
        context = {
            "path": visible(path),
            "modified": modified,
            "archive": archive,
            "archive_name": visible(label or archive_path),
            "row": number,
        }
        if sha256 is None:
            reasons = await self._database.rows_of_page(_REASON, {"file": number})
            context["lost"] = str(reasons[0][0]) if reasons else "the bundle does not say why"
            return await self._show("file.html", context, request)
        stored = StoredBytes(self._database, sha256, size, None if is_blob else number)
        if request.url_vars["format"]:
            return await _bytes(stored, path, request)
        same = {"path": path, "sha256": sha256, "file": number, "most": _MOST_SAME}
        context["same"] = await self._database.rows_of_page(_SAME, same)
        return await self._part(stored, context, request, may_be_text=not is_binary)

    async def _blob(self, request: Any) -> Any:
        """Return the page of a blob, its picture, or its bytes."""
        sha256 = request.url_vars["sha256"]
        (size,) = await self._one(_BLOB, {"sha256": sha256}, "There is no such blob")
        stored = StoredBytes(self._database, sha256, size)
        if request.url_vars["format"]:
            return await _bytes(stored, sha256, request)
        return await self._part(stored, {"path": f"Blob {sha256[:12]}"}, request, may_be_text=True)

    async def _part(self, stored: StoredBytes, context: dict[str, Any], request: Any, *, may_be_text: bool) -> Any:
        """Return the page of a file with a part of its bytes.

        Raises:
            DatasetteError: the bytes are damaged.
        """
        first = min(_number(request, "offset"), stored.size)
        try:
            beginning = await stored.read(0, LOOKED_AT)
            as_text = may_be_text and is_text(beginning) and not request.args.get("hex")
            data = await stored.read(first, TEXT_BYTES if as_text else HEX_BYTES)
            before = await stored.read(max(0, first - TEXT_BYTES), min(first, TEXT_BYTES)) if as_text else b""
        except DamagedBundleError as error:
            raise DatasetteError(str(error), title="Damaged", status=500) from None
        is_last = first + len(data) >= stored.size
        if as_text:
            line = max(1, _number(request, "line"))
            context.update(_lines(data, first, line, is_last=is_last), **_place_before(before, first, line))
        else:
            context.update(hex_lines=hex_lines(data, first), next_offset=None if is_last else first + len(data))
            context.update(previous_offset=max(0, first - HEX_BYTES) if first else None)
        context.update(
            address=request.path,
            size=stored.size,
            sha256=stored.sha256,
            first=first,
            could_be_text=may_be_text and is_text(beginning),
            is_image=stored.size <= _MOST_IMAGE_BYTES and image_type(beginning) is not None,
        )
        return await self._show("file.html", context, request)

    async def _one(self, sql: str, parameters: dict[str, Any], missing: str) -> tuple[Any, ...]:
        """Return the only row of a statement.

        Raises:
            NotFound: there is no row.
        """
        rows = await self._database.rows_of_page(sql, parameters)
        if not rows:
            raise NotFound(missing)
        return rows[0]

    async def _show(self, template: str, context: dict[str, Any], request: Any) -> Any:
        return await self._datasette.show(
            template, {**context, "home": self._home, "database": self._database.name}, request
        )


async def _bytes(stored: StoredBytes, name: str, request: Any) -> Any:
    """Return a response with all bytes, as a picture if they are one and the request wants it.

    Raises:
        NotFound: they are no picture that a page may show.
    """
    if request.url_vars["format"] == "bytes":
        return ByteResponse(stored, name)
    kind = image_type(await stored.read(0, HEX_BYTES))
    if kind is None or stored.size > _MOST_IMAGE_BYTES:
        raise NotFound("The file is no picture that a page may show")
    return ByteResponse(stored, name, kind)


def _lines(data: bytes, first: int, line: int, *, is_last: bool) -> dict[str, Any]:
    """Return what a page shows of a text: its lines, the number of the first, and where the next page begins."""
    part = text_part(data, is_last=is_last)
    is_whole = is_last and part.byte_count == len(data)
    return {
        "lines": part.lines,
        "line": line,
        "next_offset": None if is_whole else first + part.byte_count,
        "next_line": line + len(part.lines) - part.ends_in_line,
    }


def _place_before(before: bytes, first: int, line: int) -> dict[str, Any]:
    """Return where the part of a text before this one begins, and the number of its first line; None for the first."""
    part = part_before(before, is_first=len(before) == first)
    return {
        "previous_offset": first - part.byte_count if first else None,
        "previous_line": max(1, line - part.line_end_count),
    }


def _number(request: Any, name: str) -> int:
    """Return a number of the address; 0 for other text."""
    text = request.args.get(name) or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
