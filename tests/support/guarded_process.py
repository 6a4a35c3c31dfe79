"""A process that does not outlive the test that started it."""

from __future__ import annotations

import subprocess
from types import TracebackType
from typing import AnyStr


class GuardedProcess(subprocess.Popen[AnyStr]):
    """A process that is killed when its block fails: a test that waited too long for it fails, and waits no longer."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self.kill()
        super().__exit__(kind, error, trace)
