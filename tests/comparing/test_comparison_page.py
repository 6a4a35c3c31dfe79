"""The page about a comparison shows both runs of each flip side by side, and runs and loads nothing."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from support.changed_bundle import changed_bundle
from support.command_runner import run

from wink_debug_bundle import BundleError, BundleExistsError, compare, write_comparison_page


class Elements(HTMLParser):
    """Collects the elements of a page, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        """Note an element."""
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        """Note a text."""
        self.text += data

    def sides(self):
        """Return which sides are shown, in order."""
        return [
            attributes["aria-label"] for tag, attributes in self.tags if tag == "section" and "aria-label" in attributes
        ]


@pytest.fixture(scope="module")
def page(base, new, tmp_path_factory):
    """Return the page about both evaluations."""
    comparison = compare(base, new, all_experiments=True)
    path = write_comparison_page(base, new, comparison, tmp_path_factory.mktemp("page") / "p.html")
    return Elements(path.read_text(encoding="utf-8"))


def test_each_flip_has_both_runs(page):
    """Six samples flipped: each has the base on one side and the new run on the other, with their stories."""
    assert page.sides() == ["Base", "New"] * 6
    assert sum(tag == "details" and attributes["class"] == "story" for tag, attributes in page.tags) == 12


def test_the_verdict_and_the_step_are_there(page):
    """The heading is the verdict; a pair says where its runs part, and what both did there."""
    assert "Verdict: regression" in page.text
    assert "call 1: write_note succeeded in the base, failed now" in page.text
    assert page.text.count("call 1: write_note succeeded\n") >= 6
    assert page.text.count("call 1: write_note failed\n") >= 6


def test_one_pair_alone(base, new, tmp_path):
    """With a sample, only its pair is shown, and open."""
    comparison = compare(base, new, all_experiments=True)
    path = write_comparison_page(base, new, comparison, tmp_path / "p.html", sample="wrong-answer")
    found = Elements(path.read_text(encoding="utf-8"))
    assert found.sides() == ["Base", "New"]
    assert [attributes for tag, attributes in found.tags if attributes.get("class") == "pair"] == [
        {"class": "pair", "open": None}
    ]


def test_nothing_of_a_bundle_becomes_markup(base, new, tmp_path):
    """Scripts and tags in any text stay text, and the policy allows no script at all."""
    attack = "</pre><script>alert(1)</script><img src=x onerror=alert(2)><!-- pairs -->"
    sql = f"""
    UPDATE failures SET message = '{attack}';
    UPDATE runs SET experiment = experiment || '{attack}', score_reason = '{attack}';
    UPDATE logs SET context = replace(context, 'notes.md', '{attack}');
    UPDATE environment SET value = '{attack}' WHERE name = 'travel';
    """
    hostile = changed_bundle(new, tmp_path / "hostile.db", sql)
    other = changed_bundle(base, tmp_path / "other.db", f"UPDATE runs SET experiment = experiment || '{attack}'")
    comparison = compare(other, hostile, all_experiments=True)
    path = write_comparison_page(other, hostile, comparison, tmp_path / "p.html")
    found = Elements(path.read_text(encoding="utf-8"))
    assert not {tag for tag, _ in found.tags} & {"script", "img", "iframe", "link"}
    assert not [name for _, attributes in found.tags for name in attributes if name.startswith("on")]
    [policy] = [attributes["content"] for _, attributes in found.tags if "http-equiv" in attributes]
    assert "script-src" not in policy
    assert policy.startswith("default-src 'none'")
    assert "alert(1)" in found.text
    assert found.sides() == ["Base", "New"] * 6


def test_files_are_not_overwritten(base, new, tmp_path):
    """An existing file is kept without leave to replace it, and a bundle always."""
    comparison = compare(base, new, all_experiments=True)
    path = tmp_path / "p.html"
    path.write_text("mine")
    with pytest.raises(BundleExistsError):
        write_comparison_page(base, new, comparison, path, replace=False)
    for bundle in (base, new):
        with pytest.raises(BundleError, match="one of the bundles"):
            write_comparison_page(base, new, comparison, bundle)
    assert path.read_text() == "mine"


def test_the_command_writes_it(base, new, tmp_path):
    """With --page, the page is written and named."""
    path = tmp_path / "p.html"
    done = run("compare", base, new, "--all-experiments", "--page", path)
    assert done.exit_code == 0
    assert re.search(r"p\.html \([\d.]+ kB\)", done.stderr)
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
