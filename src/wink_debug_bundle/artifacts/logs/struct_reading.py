"""Read JSON into structs of events: fast where its values have the types of the struct's fields, else carefully."""

from __future__ import annotations

from collections.abc import Callable
from types import NoneType, UnionType
from typing import Any, Generic, NamedTuple, TypeVar, Union, get_args, get_origin

import msgspec
import orjson
from msgspec import Raw

from ..lossless_json import JsonObject, clean, dump, read_object
from ..read_errors import MalformedError

T = TypeVar("T")
S = TypeVar("S", bound=msgspec.Struct)

_REFUSED = (msgspec.MsgspecError, UnicodeError, RecursionError)
"""Errors of a decoder that reads into structs: the text has to be read carefully."""


class StructReader(NamedTuple, Generic[T]):
    """Two ways to read JSON as a struct: `decode` is quick, and raises an error where `read` reads carefully."""

    decode: Callable[[bytes | Raw], T]
    read: Callable[[bytes | Raw], T | None]


def two_readers(kind: type[T]) -> StructReader[T]:
    """Return both ways to read a stored context as a `kind`."""
    return StructReader(msgspec.json.Decoder(kind).decode, struct_reader(kind))


def struct_reader(kind: type[T]) -> Callable[[bytes | Raw], T | None]:
    """Return a function that reads a stored context, or a part of it, as a `kind`; None where that is impossible."""
    return _reader(kind, json_value)


def text_reader(kind: type[T]) -> Callable[[str], T | None]:
    """Return a function that reads any text as a `kind`; None where that is impossible, or where the text is no JSON."""
    return _reader(kind, _json_in_text)


def _reader(kind: type[T], read_carefully: Callable[[Any], Any]) -> Callable[[Any], T | None]:
    decode = msgspec.json.Decoder(kind).decode
    choices: Any = kind | None

    def read(text: Any) -> T | None:
        try:
            return decode(text)
        except _REFUSED:
            fitted: T | None = _fitted(read_carefully(text), choices)
            return fitted

    return read


def json_value(text: bytes | Raw) -> Any:
    """Return the value of JSON text; None if it holds an integer of more digits than Python converts."""
    try:
        return orjson.loads(memoryview(text))
    except orjson.JSONDecodeError:  # a number that exceeds the range of a double
        try:
            return read_object(b'{"value":%b}' % bytes(text)).value["value"]
        except MalformedError:
            return None


def _json_in_text(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _fitted(value: Any, kind: Any) -> Any:
    """Return a value as a field of type `kind` holds it. One of another type counts as null, or as an empty object."""
    choices = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    for choice in choices:
        if choice is object:
            return value
        if choice is Raw:
            return Raw(dump(value).encode())
        if choice is str and isinstance(value, str):
            return clean(value)
        if choice in (bool, int, float) and type(value) is choice:
            return value
        if get_origin(choice) is list and isinstance(value, list):
            return [_fitted(item, *get_args(choice)) for item in value]
        if _is_struct(choice) and isinstance(value, dict):
            return _fitted_struct(value, choice)
    return None if NoneType in choices else next(filter(_is_struct, choices))()


def _fitted_struct(given: JsonObject, kind: type[S]) -> S:
    """Return the struct of an object, some of whose values may have other types than the struct's fields."""
    found = {
        field.name: _fitted(given[field.encode_name], field.type)
        for field in msgspec.structs.fields(kind)
        if field.encode_name in given
    }
    return kind(**found)


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)
