"""Logs with secrets: plain, compressed and broken, in every part of a record and in encoded forms."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import zstandard

from support.artifact_samples import log_record
from support.planted_secrets.planted_secret import PlantedSecret
from support.planted_secrets.planting import Plants
from support.planted_secrets.sentences import cut, line, long_text, sentence

_LONG_LINE = 1 << 20
"""A broken line of more bytes than this is kept as a blob."""


def log_files(plants: Plants) -> dict[str, bytes]:
    """Return the logs of one debug directory, by name."""
    plain = [*_records(plants), *_encoded(plants), *_failures(plants), *_key_blocks(plants)]
    return {
        "session.log": b"".join(map(_dumped, plain)) + b"".join(_broken(plants)),
        "worker.log.gz": gzip.compress(_messages(plants["log in gzip"]), mtime=0),
        "worker.log.zst": zstandard.compress(_messages(plants["log in zstd"])),
    }


def _records(plants: Plants) -> Iterator[dict[str, Any]]:
    for secret in plants["log message"]:
        yield log_record(message=sentence(secret))
    for secret in plants["log context"]:
        yield log_record(context={"request": {"headers": [{"name": "cookie"}, {"value": sentence(secret)}]}})
    for secret in plants["log context key"]:
        yield log_record(context={"counts": {line(secret): 1}})
    for secret in plants["setting in a context"]:
        yield log_record(event="settings", context={"count": 2, "settings": {secret.name: secret.value}})
    for secret in plants["log extra"]:
        yield log_record() | {"settings": {"used": line(secret)}}
    for secret in plants["log event"]:
        yield log_record(event=f"used {secret.text}")
    for secret in plants["logger"]:
        yield log_record(logger=f"travel.client {secret.text}")
    for secret in plants["long message"]:
        yield log_record(message=long_text(secret))
    for secret in plants["long context"]:
        yield log_record(context={"transcript": {"text": long_text(secret)}})


def _failures(plants: Plants) -> Iterator[dict[str, Any]]:
    for secret in plants["failure message"]:
        yield log_record(level="ERROR", event="travel.client.failed", message=f"{secret.text} was refused")


def _key_blocks(plants: Plants) -> Iterator[dict[str, Any]]:
    """Yield a record for each line of a key, as a program that prints it leaves them."""
    for secret in plants["key block over records"]:
        for part in secret.text.split("\n"):
            yield log_record(logger="travel.shell", event="", message=part, context={})


def _encoded(plants: Plants) -> Iterator[dict[str, Any]]:
    for secret in plants["base64 of a value"]:
        yield log_record(message=f"payload {base64.b64encode(secret.value.encode()).decode()} sent")
    for secret in plants["base64 of a text"]:
        yield log_record(context={"body": base64.b64encode(f"x{sentence(secret)}".encode()).decode()})
    for secret in plants["base64 for addresses"]:
        encoded = base64.urlsafe_b64encode(f"§{sentence(secret)}".encode()).decode()
        yield log_record(message=f"GET /callback?state={encoded}")
    for secret in plants["percent-encoded address"]:
        yield log_record(message=f"GET /login?next={quote(secret.text, safe='')}&try=1")
    for secret in plants["JSON in JSON"]:
        inner = json.dumps({"note": sentence(secret)}).replace("/", "\\/")
        yield log_record(context={"raw": json.dumps({"body": inner})})
    for secret in plants["cut message"]:
        yield log_record(message=f"answered {cut(secret)}...")
    for secret in plants["cut base64"]:
        yield log_record(context={"start": base64.b64encode(f"key {cut(secret)}".encode()).decode().rstrip("=")})


def _broken(plants: Plants) -> Iterator[bytes]:
    """Yield lines that a bundle keeps as bytes: with a key twice, cut off, and cut off and long."""
    for secret in plants["raw record"]:
        text = json.dumps(log_record(message="the second"))
        yield f'{{"message": {json.dumps(line(secret))}, {text[1:]}\n'.encode()
    for secret in plants["broken line"]:
        yield f'{{"timestamp": "2026-11-22T10:00:00+00:00", "message": {json.dumps(line(secret))}, "con\n'.encode()
        yield _dumped(log_record())
    for part in _groups(plants["long broken line"]):
        yield f'{{"message": "{"travel " * (_LONG_LINE // 7)} {part}, "con\n'.encode()


def _groups(secrets: list[PlantedSecret] | Any) -> Iterator[str]:
    """Yield one text with all the secrets, if there are any: each line takes a MiB."""
    if secrets:
        yield " ".join(json.dumps(line(secret))[1:-1] for secret in secrets)


def _messages(secrets: Any) -> bytes:
    return b"".join(_dumped(log_record(logger="travel.worker", message=line(secret))) for secret in secrets)


def _dumped(record: dict[str, Any]) -> bytes:
    return json.dumps(record, ensure_ascii=False).encode() + b"\n"
