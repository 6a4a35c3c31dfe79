"""The names that the package exports, and the file of their types."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import wink_debug_bundle

API = Path(__file__).with_name("api.py")


@pytest.mark.parametrize("name", wink_debug_bundle.__all__)
def test_exported(name: str) -> None:
    """Every name of `__all__` is there, those that are imported late, too."""
    assert getattr(wink_debug_bundle, name) is not None


def test_unknown() -> None:
    """Another name is an ordinary AttributeError."""
    with pytest.raises(AttributeError, match="module 'wink_debug_bundle' has no attribute 'Bundle'"):
        _ = wink_debug_bundle.Bundle  # type: ignore[attr-defined]


def test_all_are_typed() -> None:
    """`api.py`, which mypy checks, uses every name that is exported, and every public attribute of a bundle."""
    tree = ast.parse(API.read_text(encoding="utf-8"))
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert set(wink_debug_bundle.__all__) - used == set()
    assert {name for name in dir(wink_debug_bundle.DebugBundle) if not name.startswith("_")} - attributes == set()
