"""A closed bundle says that it is closed, whatever it is asked for."""

from __future__ import annotations

import inspect
import io

import pytest

from wink_debug_bundle import BundleError, DebugBundle

ARGUMENTS = {
    "ask": ("errors",),
    "cell": ("logs.1.message",),
    "export_atif": ("trajectories",),
    "export_csv": ("logs", "x.csv"),
    "export_json": ("SELECT 1", "x.json"),
    "export_otlp": ("x.jsonl",),
    "export_parquet": ("logs", "x.parquet"),
    "extract": ("out",),
    "query": ("SELECT 1",),
    "read_blob": ("0" * 64,),
    "read_file": ("notes/plan.md",),
    "report": ("report.html",),
    "search": ("error",),
    "select_all": ("logs",),
    "show": (1,),
    "write_otlp": (io.StringIO(),),
    "write_report": (io.StringIO(),),
}
"""Arguments of the methods that need some."""

ALLOWED = {"close", "path", "open", "from_directory", "from_artifacts", "merge"}
"""What a closed bundle still has, and the ways to get another one."""


def use(bundle, name):
    """Read the property, or call the method."""
    member = getattr(bundle, name)
    member(*ARGUMENTS.get(name, ()))


MEMBERS = sorted(name for name in dir(DebugBundle) if not name.startswith("_") and name not in ALLOWED)


@pytest.mark.parametrize("name", MEMBERS)
def test_every_member_refuses(run_bundle, tmp_path, monkeypatch, name):
    """Every property and method raises the package's own error, which names the file."""
    monkeypatch.chdir(tmp_path)
    bundle = DebugBundle.open(run_bundle)
    bundle.close()
    with pytest.raises(BundleError, match="the bundle is closed; open it again") as caught:
        use(bundle, name)
    assert str(caught.value).startswith(f"{run_bundle}: ")
    assert list(tmp_path.iterdir()) == []


def test_every_method_is_called_right():
    """The arguments above fit the methods' signatures, so that the errors are about the bundle."""
    for name in MEMBERS:
        member = inspect.getattr_static(DebugBundle, name)
        if not isinstance(member, property):
            inspect.signature(member).bind(None, *ARGUMENTS.get(name, ()))


def test_closed_by_a_block(run_bundle):
    """The end of a `with` block closes the bundle; closing it again is allowed."""
    with DebugBundle.open(run_bundle) as bundle:
        pass
    bundle.close()
    with pytest.raises(BundleError, match="the bundle is closed"):
        _ = bundle.statistics


def test_a_file_that_is_read_too_late(run_bundle):
    """A file's stream that is read after the bundle is closed raises the package's own error, too."""
    with DebugBundle.open(run_bundle) as bundle:
        (blob,) = bundle.query("SELECT sha256 FROM blobs LIMIT 1").fetchone()
        stream = bundle.read_blob(blob)
    with pytest.raises(BundleError, match="the bundle was closed"):
        stream.read()
