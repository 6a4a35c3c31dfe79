"""Compare and judge evaluations that are in datasets, by the functions that compare bundles."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from contextlib import ExitStack, closing
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from ...comparing import compare_bundles
from ...comparing.gating import gate_evaluation
from ...database.connection import open_bundle
from ..dataset_paths import dataset_place, place_path
from .dataset_side import DatasetSide
from .partial_dataset import opened_part

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

_SIDES = ("base", "new", "baseline")
"""Parameters that are bundles."""


def _accepting_datasets(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Return a function that also takes paths and URLs of datasets where it takes those of bundles."""
    signature = inspect.signature(function)

    @wraps(function)
    def with_datasets(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        given = signature.bind(*args, **kwargs)
        with ExitStack() as stack:
            for name in _SIDES:
                if name in given.arguments:
                    given.arguments[name] = _opened(given.arguments[name], stack)
            return function(*given.args, **given.kwargs)

    return with_datasets


def _opened(given: Any, stack: ExitStack) -> Any:
    """Return a dataset that a path names as a side, to be closed with the stack; anything else as it is."""
    if not isinstance(given, str | os.PathLike):
        return given
    path = place_path(given)
    place = dataset_place(path)
    if place is None:
        return given
    part = stack.enter_context(opened_part(place, path))
    return DatasetSide(path, stack.enter_context(closing(open_bundle(part.compared(), path))), part)


compare = _accepting_datasets(compare_bundles.compare)
diverge = _accepting_datasets(compare_bundles.diverge)
write_comparison_page = _accepting_datasets(compare_bundles.write_comparison_page)
gate = _accepting_datasets(gate_evaluation.gate)
