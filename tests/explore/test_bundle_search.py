"""Words are found where they are, with an index and without one, whatever somebody types."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.artifact_samples import column, log_record, sqlite_connection

from wink_debug_bundle import BundleError, DebugBundle, SearchResult
from wink_debug_bundle.column_values import SearchKind
from wink_debug_bundle.explore.text_search.search_words import match_expression, read_words
from wink_debug_bundle.explore.text_search.snippets import mark_words, parts_of_marked
from wink_debug_bundle.pipeline.bundle_indexing import index_bundle

RELEASES = ("0.19.0", "0.20.0", "0.21.0", "0.24.0", "0.27.0")


@pytest.fixture(scope="session")
def indexed(release_bundle: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return a function that gives a release's bundle with an index of all texts, to be read only."""
    made: dict[str, Path] = {}

    def bundle(version: str) -> Path:
        if version not in made:
            folder = tmp_path_factory.mktemp("indexed")
            made[version] = Path(shutil.copy(release_bundle(version), folder / f"{version}.db"))
            index_bundle(made[version], "all")
        return made[version]

    return bundle


def find(path: Path, words: str, **options: object) -> SearchResult:
    """Return what a search finds."""
    with DebugBundle.open(path) as bundle:
        return bundle.search(words, **{"limit": 1000, **options})  # type: ignore[arg-type]


def places(result: SearchResult) -> set[tuple[str, int | str]]:
    """Return the kind and the key of each text."""
    return {(found.kind, found.row_id) for found in result.texts}


class TestWords:
    """What is typed becomes words."""

    def test_punctuation_has_no_meaning(self) -> None:
        """Each word is quoted; quotes in it are doubled."""
        assert match_expression(read_words('read_file: a"b /tmp/x* -c (AND')) == (
            '"read_file:" "a""b" "/tmp/x" * "-c" "(AND"'
        )

    def test_a_phrase(self) -> None:
        """Words in quotes are one phrase, also if the second quote is missing."""
        assert [word.text for word in read_words('"not found" "at all')] == ["not found", "at all"]

    def test_nothing_to_look_for(self) -> None:
        """What has no letter and no digit is left out."""
        assert read_words('* " -- () 🔌') == []


@given(typed=st.text(max_size=60) | st.text(alphabet='"*()-:^+{}NEAR/ anotd\x00\n', max_size=30))
@example('"')
@example("a*b*")
@example("NEAR(a b, 2)")
@example("text:error")
@example("\ud800")
@example("x" * 2000)
@example(" ".join(["word"] * 500))
def test_no_typed_text_is_an_error(indexed: Callable[[str], Path], release_bundle: Callable[[str], Path], typed: str):
    """Every text can be looked for, in an index and in a bundle without one."""
    for path in (indexed("0.27.0"), release_bundle("0.27.0")):
        result = find(path, typed)
        assert result.total >= len(result.texts)


@pytest.mark.parametrize("version", RELEASES)
def test_index_and_scan_find_the_same(indexed, release_bundle, version):
    """Words that are no parts of others are found in the same texts with an index and without."""
    kinds = [*SearchKind]
    with sqlite_connection(indexed(version)) as connection:
        connection.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, search_index, row)")
        known = [
            word for (word,) in connection.execute("SELECT term FROM words WHERE doc <= 150 AND term GLOB '[a-z]*'")
        ]
        everything = "\n".join(text for (text,) in connection.execute("SELECT lower(text) FROM search_text"))
    # An index has words without their accents, and an accented word is not in the texts without it.
    whole = [
        word for word in known if len(word) > 4 and sum(word in other for other in known) == 1 and word in everything
    ]
    assert len(whole) > 5
    for word in whole[:: max(len(whole) // 10, 1)]:
        by_index, by_scan = find(indexed(version), word, kinds=kinds), find(release_bundle(version), word, kinds=kinds)
        assert (by_index.uses_index, by_scan.uses_index) == (True, False)
        assert places(by_index) == places(by_scan) != set(), word


@pytest.mark.parametrize("version", RELEASES)
def test_tools_are_found(indexed, version):
    """The name of each tool finds its calls, also if the name has an underscore and somebody types a colon after it."""
    with DebugBundle.open(indexed(version)) as bundle:
        calls = bundle.query("SELECT tool_name, json_group_array(id) FROM tool_calls GROUP BY tool_name").fetchall()
    assert calls
    for tool, ids in calls:
        result = find(indexed(version), f"{tool}:", kinds=["call"], tool=tool)
        assert {found.row_id for found in result.texts} == set(json.loads(ids))


def test_a_failure_comes_first(indexed):
    """The failure itself comes before other texts with its words, and says its run and its tool."""
    best = find(indexed("0.27.0"), "no such note gone").texts[0]
    assert (best.kind, best.table, best.tool_name, best.name) == ("failure", "failures", "read_note", "read_note")
    assert best.run_id is not None
    assert "".join(part.text for part in best.snippet) == "read_note: No such note: gone.md"
    assert [part.text for part in best.snippet if part.is_match] == ["note", "No", "such", "note", "gone"]


def test_words_after_escapes_of_json(build):
    """A word that follows a line end in JSON is found as it is, and so is one that the JSON writes in escapes."""
    record = log_record(context={"text": "first\nsecond ünïque \0after", "path": "C:\\new\\table\\u0000"})
    path = build({"session.log": json.dumps(record) + "\n"}, search="all")
    for word in ("second", "ünïque", "unique", "after", "new", "table", "u0000"):
        assert [found.kind for found in find(path, word).texts] == ["context"], word


class TestFilters:
    """Filters leave texts out, in an index and in a scan."""

    @pytest.mark.parametrize("has_index", [True, False])
    def test_each(self, indexed, release_bundle, has_index):
        """Kind, run, tool and level restrict what is found."""
        path = (indexed if has_index else release_bundle)("0.27.0")
        everything = find(path, "note")
        some = find(path, "note", kinds=["call"])
        assert {found.kind for found in some.texts} == {"call"} < {found.kind for found in everything.texts}
        run = some.texts[0].run_id
        assert {found.run_id for found in find(path, "note", run=run).texts} == {run}
        assert {found.tool_name for found in find(path, "note", tool="read_note").texts} == {"read_note"}
        assert {found.level for found in find(path, "error", level="ERROR").texts} == {"ERROR"}

    def test_a_run_by_its_sample(self, indexed):
        """A run is named by its number, its sample or its ids; all attempts at a sample are meant."""
        with DebugBundle.open(indexed("0.27.0")) as bundle:
            run, sample, bundle_id = bundle.query(
                "SELECT id, sample_id, bundle_id FROM runs WHERE sample_id IS NOT NULL"
            ).fetchone()
        found = [places(find(indexed("0.27.0"), "claude", run=name)) for name in (run, str(run), sample, bundle_id)]
        assert found[0]
        assert all(each == found[0] for each in found)

    @pytest.mark.parametrize("has_index", [True, False])
    def test_a_run_by_the_beginning_of_its_id(self, indexed, release_bundle, has_index):
        """The first characters of an id name its run, as for `show`."""
        path = indexed("0.27.0") if has_index else release_bundle("0.27.0")
        run, bundle_id = column(path, "SELECT id || ',' || bundle_id FROM runs LIMIT 1")[0].split(",")
        found = places(find(path, "claude", run=bundle_id[:9] + "…"))
        assert found
        assert found == places(find(path, "claude", run=run))

    def test_one_kind_as_a_text(self, indexed):
        """A kind may be given alone."""
        path = indexed("0.27.0")
        assert places(find(path, "claude", kinds="log")) == places(find(path, "claude", kinds=["log"])) != []

    @pytest.mark.parametrize("options", [{"limit": 0}, {"limit": -1}, {"offset": -1}])
    def test_impossible_numbers(self, indexed, options):
        """No page has less than one text, or begins before the first."""
        with pytest.raises(ValueError, match="limit must be at least 1, and offset at least 0"):
            find(indexed("0.27.0"), "a", **options)

    def test_an_unknown_run(self, indexed):
        """A run that does not exist is an error that names others."""
        with pytest.raises(BundleError, match=r"the bundle has no run 'wrong-answr'; nearest: wrong-answer"):
            find(indexed("0.27.0"), "a", run="wrong-answr")

    def test_an_unknown_kind(self, indexed):
        """A kind that does not exist is an error that names others."""
        with pytest.raises(BundleError, match=r"no kind of text is called 'cal'; nearest: call"):
            find(indexed("0.27.0"), "a", kinds=["cal"])


class TestWhatIsSearched:
    """A result says where the words were looked for."""

    def test_the_usual_kinds(self, release_bundle, tmp_path):
        """An index of the usual kinds leaves two kinds out, and says so; asked for one of these, the search reads it."""
        path = Path(shutil.copy(release_bundle("0.27.0"), tmp_path / "b.db"))
        index_bundle(path, "usual")
        result = find(path, "component")
        assert result.not_searched == (SearchKind.CONTEXT, SearchKind.FILE)
        assert result.uses_index
        contexts = find(path, "component", kinds=["context"])
        assert contexts.total
        assert not contexts.uses_index
        assert "index does not have all" in contexts.remark

    def test_counts_are_of_all(self, indexed):
        """The counts do not depend on how many texts are shown."""
        with DebugBundle.open(indexed("0.27.0")) as bundle:
            few, rest = bundle.search("claude", limit=3), bundle.search("claude", limit=1000, offset=3)
        assert few.counts == rest.counts
        assert len(few.texts) + len(rest.texts) == few.total
        assert not places(few) & places(rest)

    def test_a_scan_that_ends_early_says_so(self, release_bundle):
        """A scan ends at 200 texts, and the count is not complete then."""
        result = find(release_bundle("0.27.0"), "e")
        assert (result.total, result.is_complete) == (200, False)


class TestSnippets:
    """Snippets mark the words and change nothing else."""

    def test_marks_in_the_text_itself(self) -> None:
        """Characters that mark words do not come out, also if the text has them."""
        parts = parts_of_marked("a \ufdd0b\ufdd1 c\ufdd1 \ufdd0d")
        assert [(part.text, part.is_match) for part in parts] == [("a ", False), ("b", True), (" c d", False)]

    def test_words_are_no_patterns(self) -> None:
        """A word with characters of regular expressions is marked as it is."""
        parts = mark_words("see a.b and axb", read_words("a.b"))
        assert [part.text for part in parts if part.is_match] == ["a.b"]

    def test_words_of_any_length(self, build) -> None:
        """Of a snippet with very long words, such as bytes in Base64, what is around the first found one is there."""
        record = log_record(message=f"{'x' * 50_000} the needle {'y' * 50_000}")
        path = build({"session.log": json.dumps(record) + "\n"}, search="usual")
        (found,) = find(path, "needle").texts
        text = "".join(part.text for part in found.snippet)
        assert [part.text for part in found.snippet if part.is_match] == ["needle"]
        assert (text[0], text[-1], len(text) < 1100) == ("…", "…", True)
