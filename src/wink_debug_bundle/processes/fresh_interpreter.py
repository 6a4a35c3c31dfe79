"""Commands of fresh interpreters, for processes of the package's own.

They are no forks, as the caller may have threads, and no children of `multiprocessing`, which would run a caller's script
again that has no main guard.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

_BOOT = "import sys; sys.path[:] = {path!r}; from {module} import main; main({arguments})"
_WITHOUT_COLLECTOR = "import gc; gc.disable(); "


def interpreter_command(module: str, arguments: Iterable[object] = (), *, collects_garbage: bool = True) -> list[str]:
    """Return the command of a fresh interpreter that calls `main` of a module.

    Args:
        module: The name of the module, which is found where this process finds it.
        arguments: Plain values that `main` is given.
        collects_garbage: Whether the interpreter searches for cycles of objects.
    """
    boot = _BOOT.format(path=sys.path, module=module, arguments=", ".join(map(repr, arguments)))
    return [sys.executable, "-P", "-c", boot if collects_garbage else _WITHOUT_COLLECTOR + boot]
