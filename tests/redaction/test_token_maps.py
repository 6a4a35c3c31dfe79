"""Maps of tokens: private, whole, and refused before the work where they could not be written."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from wink_debug_bundle import BundleBuildError, BundleError, redact
from wink_debug_bundle.atomic_file import partial_path
from wink_debug_bundle.redaction.tokens.token_map import TokenMap


def test_a_map_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Only its owner can read it; what a killed process left beside it goes."""
    partial_path(tmp_path / "map").write_text("half")
    first = TokenMap.read(tmp_path / "map")
    first.add({b"[A:AAAAAAAA]": b"value", b"[B:BBBBBBBB]": b"\xff"})
    first.write()
    second = TokenMap.read(tmp_path / "map")
    second.write()
    assert second.key == first.key
    assert stat.S_IMODE((tmp_path / "map").stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [tmp_path / "map"]


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"format": "x", "key": "", "tokens": {}}', "\x00"])
def test_other_files_are_no_maps(tmp_path: Path, content: str) -> None:
    """They stay as they are."""
    (tmp_path / "map").write_text(content)
    (tmp_path / "map").chmod(0o600)
    with pytest.raises(BundleError, match="is not a map of tokens"):
        TokenMap.read(tmp_path / "map")
    assert (tmp_path / "map").read_text() == content


def test_a_map_in_no_folder_is_refused(tmp_path: Path) -> None:
    """That is said at the beginning."""
    with pytest.raises(BundleError, match="its folder does not exist"):
        TokenMap.read(tmp_path / "nowhere" / "map")


def test_a_map_is_not_the_output(run_bundle: Path, tmp_path: Path) -> None:
    """One would replace the other."""
    pytest.importorskip("re2", reason="the extra redact installs google-re2")
    with pytest.raises(BundleBuildError, match="is the map, too"):
        redact(run_bundle, tmp_path / "b.db", token_map=tmp_path / "b.db")
