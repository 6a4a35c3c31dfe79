"""`search` and `index`: what they print, and the index of `create`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from support.artifact_samples import FIXTURES, lines, log_record, write_files
from support.command_runner import run, run_on_terminal

from wink_debug_bundle import DebugBundle


@pytest.fixture
def bundle(run_bundle: Path, tmp_path: Path) -> Path:
    """Return a writable copy of a bundle without an index."""
    return Path(shutil.copy(run_bundle, tmp_path / "b.db"))


class TestCreate:
    """The index that `create` makes."""

    @pytest.mark.parametrize(("option", "kinds"), [("--search", 9), ("--search-all", 11)])
    def test_an_index(self, tmp_path, option, kinds):
        """The bundle has an index of the usual kinds, or of all."""
        folder = write_files(tmp_path / "debug", {"session.log": lines(log_record())})
        assert run("create", folder, option, "-q").exit_code == 0
        with DebugBundle.open(folder / "bundle.db") as opened:
            assert opened.query("SELECT count(*) FROM search_kinds").fetchone() == (kinds,)
            assert opened.verify().is_sound

    def test_none_by_default(self, run_bundle):
        """Without the option there is no index."""
        with DebugBundle.open(run_bundle) as opened:
            assert not opened.search("note").uses_index

    def test_a_wrong_scope(self, tmp_path):
        """The API refuses another scope than the two."""
        with pytest.raises(ValueError, match="search must be 'usual', 'all' or None, not 'some'"):
            DebugBundle.from_directory(FIXTURES / "run", output=tmp_path / "b.db", search="some")  # type: ignore[arg-type]


class TestIndex:
    """What `index` prints."""

    def test_what_is_indexed(self, bundle):
        """It says how many texts of which kinds, what it left out, and the new digest."""
        result = run("index", bundle)
        with DebugBundle.open(bundle) as opened:
            digest = opened.digest
        assert result.exit_code == 0
        assert f"{bundle}: indexed " in result.stdout
        assert "Not indexed (--all): contexts of log records, texts of files\n" in result.stdout
        assert f"Digest: {digest}\n" in result.stdout
        assert "indexed again" in run("index", "--all", bundle).stdout
        assert "the index was removed" in run("index", bundle, "--remove").stdout
        assert "has no index" in run("index", bundle, "--remove").stdout

    def test_contradiction(self, bundle):
        """--all and --remove are refused together."""
        assert run("index", bundle, "--all", "--remove").exit_code == 2

    def test_no_bundle(self, tmp_path):
        """A file that is no bundle is named, and left as it is."""
        path = tmp_path / "b.db"
        path.write_text("no database")
        result = run("index", path)
        assert (result.exit_code, result.stderr) == (1, f"Error: {path}: is not a SQLite database\n")
        assert path.read_text() == "no database"


class TestSearch:
    """What `search` prints."""

    def test_places_and_snippets(self, bundle):
        """Each text is printed with its kind, its row, its run or session and a snippet with the words marked."""
        run("index", bundle)
        shown = run("search", bundle, "charge_card", "-k", "call").stdout
        with DebugBundle.open(bundle) as opened:
            calls = opened.query("SELECT id, session_id FROM tool_calls WHERE tool_name = 'charge_card'").fetchall()
        assert calls
        for call, session in calls:
            assert f"call  tool_calls {call}  session {session}  charge_card" in shown
        assert "    **charge_card** {" in shown
        assert "Not searched (--kind): failures, " in shown

    def test_without_an_index(self, bundle):
        """Without an index the same is found, and the output says why it took longer."""
        shown = run("search", bundle, "charge_card", "-k", "call").stdout
        assert "call  tool_calls " in shown
        assert "This bundle has no index, so every text was read; wink-debug-bundle index makes one." in shown

    def test_nothing_found(self, bundle):
        """Nothing found is no error; what was searched is said."""
        result = run("search", bundle, "nosuchwordanywhere")
        assert result.exit_code == 0
        assert result.stdout.startswith("0 texts\n")
        assert "\nSearched: failures, " in result.stdout

    @pytest.mark.parametrize(
        ("option", "message"),
        [
            (("--tool", "charge_crd"), "the bundle has no tool 'charge_crd'; nearest: charge_card"),
            (("--level", "warn"), "the bundle has no level 'warn'; nearest: WARNING"),
            (("--run", "4"), "the bundle has no runs, and so no text of a run '4'"),
        ],
    )
    def test_an_unknown_filter(self, bundle, option, message):
        """A tool, level or run that the bundle does not have is an error, with the nearest names."""
        result = run("search", bundle, "note", *option)
        assert (result.exit_code, result.stdout) == (1, "")
        assert message in result.stderr

    @pytest.mark.parametrize("is_indexed", [True, False])
    def test_a_level_in_small_letters(self, bundle, is_indexed):
        """Levels are the same in any case, with an index and without."""
        if is_indexed:
            run("index", bundle)
        shown = run("search", bundle, "t*", "-l", "warning").stdout
        assert "log" in shown.splitlines()[0]
        assert shown == run("search", bundle, "t*", "-l", "WARNING").stdout

    def test_the_query_for_a_row_works(self, bundle):
        """The command for the whole row can be typed as it is printed, also where the key is text."""
        for kind in ("prompt", "call"):
            printed = run("search", bundle, "a*", "-k", kind, "-n", "1").stdout
            sql = printed.split("SELECT", 1)[1].split("\n", 1)[0].replace("'\"'\"'", "'").removesuffix("'")
            rows = run("query", bundle, f"SELECT{sql}", "--format", "jsonl").stdout
            assert rows.count("\n") == 1

    def test_the_story_around_a_text(self, bundle):
        """The command for the story of the run or session of the first text can be typed as it is printed."""
        printed = run("search", bundle, "charge_card", "-k", "call").stdout
        (story,) = [line for line in printed.splitlines() if line.startswith("The story around it: ")]
        shown = run("show", bundle, story.rpartition(" ")[2])
        assert shown.exit_code == 0
        assert "charge_card" in shown.stdout

    def test_json(self, bundle):
        """JSON has the parts of each snippet, and says what was not searched."""
        result = json.loads(run("search", bundle, "charge_card", "--format", "json").stdout)
        assert result["total"] == sum(result["counts"].values()) >= len(result["texts"]) > 0
        assert {"text": "charge_card", "is_match": True} in result["texts"][0]["snippet"]
        assert result["not_searched"] == ["context", "file"]

    def test_more(self, bundle):
        """If not all are shown, the output says how to go on."""
        assert (
            "Shown: 3 to 4; more: --offset 4, or --limit"
            in run("search", bundle, "e", "-n", "2", "--offset", "2").stdout
        )

    def test_a_huge_offset(self, bundle):
        """An offset larger than a bundle can have texts is wrong usage."""
        assert run("search", bundle, "e", "--offset", "9" * 30).exit_code == 2

    def test_control_characters(self, build):
        """Control characters of a bundle reach the terminal as escapes."""
        path = build({"session.log": lines(log_record(message="word \x1b[31mred"))}, search="usual")
        shown = run_on_terminal("search", path, "word")
        assert "\\x1b[31mred" in shown
        assert "\x1b[1mword\x1b[0m" in shown
