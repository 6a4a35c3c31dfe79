"""Keep the key of tokens, and what each token stands for, in a private file, so that several bundles get equal tokens."""

from __future__ import annotations

import base64
import json
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ...atomic_file import AnotherWriterError, create_partial, partial_path, publish, remove_partial
from ...errors import BundleError
from .secret_tokens import new_key

_FORMAT = "wink-debug-bundle tokens"


class TokenMap:
    """The content of a map: the key, and the value of each token."""

    def __init__(self, path: Path, key: bytes, values: dict[str, str]) -> None:
        self.path = path
        self.key = key
        self._values = values

    @classmethod
    def read(cls, path: Path) -> TokenMap:
        """Return the map at `path`, or a new one if there is no file.

        Raises:
            BundleError: the file is no map, cannot be read, or others can read it.
        """
        try:
            mode = path.lstat().st_mode
        except FileNotFoundError:
            if not path.parent.is_dir():
                raise BundleError(f"{path}: its folder does not exist; name another place for the map") from None
            return cls(path, new_key(), {})
        except OSError as error:
            raise BundleError(f"{path}: cannot be read: {error.strerror}") from None
        if not stat.S_ISREG(mode):
            raise BundleError(f"{path}: is not a regular file; name another place for the map")
        if mode & 0o077:
            raise BundleError(f"{path}: others can read it, and a map has the secrets; first run: chmod 600 {path}")
        try:
            found: Any = json.loads(path.read_bytes())
            key = base64.b64decode(found["key"], validate=True)
            values = {str(token): str(value) for token, value in found["tokens"].items()}
            is_map = found["format"] == _FORMAT
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            is_map = False
        if not is_map:
            raise BundleError(f"{path}: is not a map of tokens; name another file")
        return cls(path, key, values)

    def add(self, tokens: Mapping[bytes, bytes]) -> None:
        """Note what tokens stand for; bytes that are not UTF-8 are noted in base64."""
        for token, value in tokens.items():
            try:
                text = value.decode()
            except UnicodeDecodeError:
                text = f"base64:{base64.b64encode(value).decode()}"
            self._values[token.decode()] = text

    def write(self) -> None:
        """Write the map, readable by its owner alone.

        Raises:
            BundleError: it cannot be written.
        """
        content = {"format": _FORMAT, "key": base64.b64encode(self.key).decode(), "tokens": self._values}
        partial = partial_path(self.path)
        try:
            descriptor = create_partial(partial, self.path)
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                json.dump(content, stream, indent=1, ensure_ascii=False, sort_keys=True)
                stream.flush()
                os.fsync(descriptor)
            publish(partial, self.path, replace=True)
        except AnotherWriterError:
            raise BundleError(f"{self.path}: another process writes the map; try again when it has ended") from None
        except OSError as error:
            raise BundleError(f"{self.path}: the map cannot be written: {error.strerror}") from None
        finally:
            with suppress(OSError):
                remove_partial(partial)
