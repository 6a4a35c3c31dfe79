"""Listen where the user wants: on a port, or on a socket that only the user can open."""

from __future__ import annotations

import errno
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ....errors import BundleError

_LAST_PORT = 65535
_PRIVATE_FOLDER, _ONLY_OWNER = 0o700, 0o177
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


@contextmanager
def listening_port(host: str, port: int) -> Iterator[socket.socket]:
    """Yield a listening socket, so that a busy port is found before the server starts.

    Raises:
        BundleError: nothing can listen there.
    """
    if not 0 <= port <= _LAST_PORT:  # the resolver would use it modulo 65536
        raise BundleError(f"port {port} does not exist: name one from 1 to {_LAST_PORT}, or 0 for any free port")
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.create_server(address[:2], family=family)
    except UnicodeError:
        raise BundleError(
            f"{host!r} is not a host name; name an interface of this machine, such as 127.0.0.1"
        ) from None
    except OSError as error:
        raise BundleError(_port_error_text(error, host, port)) from None
    with listener:
        yield listener


def _port_error_text(error: OSError, host: str, port: int) -> str:
    """Return the message for a port that cannot be listened on, with what to do."""
    place = f"port {port} on {host}"
    if error.errno == errno.EADDRINUSE:
        return (
            f"{place} is in use: stop the program that uses it, or choose another port (--port 0 takes any free port)"
        )
    if error.errno == errno.EACCES:
        return f"{place} needs privileges: choose one above 1023 (--port 0 takes any free port)"
    return f"cannot listen on {place}: {error.strerror or error}"


@contextmanager
def listening_path(path: Path) -> Iterator[socket.socket]:
    """Yield a socket that listens at a path, which only its owner can open; remove it at the end.

    Raises:
        BundleError: something else is there, or others could replace it.
    """
    path = path.absolute()
    try:
        _prepare_folder(path.parent)
        _remove_stale(path)
        listener = _bound(path)
    except OSError as error:
        raise BundleError(f"cannot listen on {path}: {error.strerror or error}") from None
    with listener:
        mine = _inode(path)
        try:
            yield listener
        finally:
            if _inode(path) == mine:
                with suppress(OSError):
                    path.unlink()


def _prepare_folder(folder: Path) -> None:
    """Make the folder, for its owner alone; one that exists must not let others replace the socket."""
    folder.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
    mode = folder.stat().st_mode
    if mode & _OTHERS_WRITE and not mode & stat.S_ISVTX:
        raise BundleError(f"{folder}: others may write there and could replace the socket; name a folder of your own")


def _remove_stale(path: Path) -> None:
    """Remove a socket without a listener; refuse everything else that is there."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise BundleError(f"{path}: exists and is no socket; name a path that does not exist")
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    raise BundleError(f"{path}: another program listens there; stop it, or name another path")


def _bound(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX)
    before = os.umask(_ONLY_OWNER)
    try:
        listener.bind(str(path))
        listener.listen()
    except BaseException:
        listener.close()
        raise
    finally:
        os.umask(before)
    return listener


def _inode(path: Path) -> tuple[int, int] | None:
    try:
        about = path.lstat()
    except OSError:
        return None
    return about.st_dev, about.st_ino
