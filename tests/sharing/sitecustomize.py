"""Make every build share its text, in this process and in those that it starts: `pytest --share-text`.

Python imports a module of this name when it starts, so that tests whose commands run in processes of their own are
covered, too. `tests/conftest.py` puts this folder on their path.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

SWITCH = "WINK_TESTS_SHARE_TEXT"
"""The environment variable that is set while every build is to share its text."""

_OPTIONS = "wink_debug_bundle.pipeline.build_options"


class _SharingFinder(MetaPathFinder):
    """Finds the module with the options of a build, as Python does, and changes it once it is imported."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the module's spec, with a loader that changes it; None for all other modules."""
        spec = PathFinder.find_spec(fullname, path, target) if fullname == _OPTIONS else None
        if spec is not None and spec.loader is not None:
            spec.loader = _SharingLoader(spec.loader)
        return spec


class _SharingLoader(Loader):
    """Loads the module as its own loader does, and lets options say that text is shared."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Return the module that the own loader creates."""
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Execute the module, and change the class of options."""
        self._loader.exec_module(module)
        options = module.BuildOptions
        check = options.__post_init__

        def share(self: object) -> None:
            if os.environ.get(SWITCH):
                object.__setattr__(self, "share_text", True)
            check(self)

        options.__post_init__ = share


if os.environ.get(SWITCH):
    sys.meta_path.insert(0, _SharingFinder())
