"""A server compares: two bundles, or two evaluations of one; it leads to both runs of each pair, and keeps its limits."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from html import unescape

import pytest
from support.changed_bundle import changed_bundle
from support.process_table import child_processes, needs_linux, processes_naming
from support.served_bundle import serve_bundle

from wink_debug_bundle.comparing.served_comparison import comparing_process
from wink_debug_bundle.comparing.served_comparison.comparing_worker import made_page
from wink_debug_bundle.comparing.served_comparison.page_order import OrderedSide, PageOrder
from wink_debug_bundle.explore.web.sql_processes.served_file import identity

ATTACK = "</pre><script>alert(1)</script><img src=x onerror=alert(2)>"


def shown(page):
    """Return the text of a page without its style and scripts."""
    return unescape(re.sub(r"<style>.*?</style>|<script.*?</script>|<[^>]*>", "", page, flags=re.DOTALL))


def links(page, beginning):
    """Return the addresses on a page that begin so."""
    return [unescape(each) for each in re.findall(r'href="([^"]*)"', page) if unescape(each).startswith(beginning)]


@pytest.fixture(scope="module")
def two(base, new):
    """Serve the new evaluation with its baseline."""
    with serve_bundle(new, baseline=str(base)) as running:
        yield running


@pytest.fixture(scope="module")
def comparison(two):
    """Return the page that compares all experiments of both bundles."""
    return two.get("/-/compare?base=0&new=0").text


@pytest.fixture(scope="module")
def one(base):
    """Serve a bundle with two experiments alone."""
    with serve_bundle(base) as running:
        yield running


@pytest.fixture(scope="module")
def endless(base, tmp_path_factory):
    """Return a bundle with a crafted view of samples that never ends."""
    columns = "run_id, session_id, sample_id, experiment, result, score, failure, failure_signature, total_tokens"
    more = "tool_call_count, failed_call_count, duration_ms, request, path, evaluation"
    nothing = ", ".join(f"NULL AS {name}" for name in f"{columns}, {more}".split(", "))
    sql = f"""
    DROP VIEW sample_results;
    CREATE VIEW sample_results AS
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT {nothing} FROM n WHERE i < 0;
    """
    return changed_bundle(base, tmp_path_factory.mktemp("endless") / "endless.db", sql)


class TestTwoBundles:
    """A bundle with a baseline."""

    def test_the_address_is_that_of_the_comparison(self, two):
        """What is printed, and opened, compares; experiments are not added up unasked."""
        assert two.url.endswith("/-/compare")
        page = two.get("/-/compare").text
        assert "Compare two evaluations" in page
        assert len(re.findall("<option", page)) == 6

    def test_it_says_what_the_command_says(self, comparison):
        """The verdict, the numbers and the flips are on the page."""
        text = shown(comparison)
        assert "Verdict: regression" in text
        assert "McNemar's exact test" in text
        assert "call 1: write_note succeeded in the base, failed now" in text

    def test_each_flip_leads_to_both_runs_at_the_call_that_differs(self, two, comparison):
        """The page of each run opens at the first step that differs."""
        at_call = [re.search(r"/(base|new)/run/\d+\?at=(call-\d+)#\2$", each) for each in links(comparison, "/")]
        sides = [found[1] for found in at_call if found]
        assert sides == ["base", "new"] * 6
        for side in ("/base/run/", "/new/run/"):
            address = next(each for each in links(comparison, side) if "#" in each)
            answer = two.get(address)
            assert answer.status == 200
            assert f'id="{address.partition("#")[2]}"' in answer.text

    def test_runs_in_tables_are_links(self, two, comparison):
        """A run that a table names leads to its page, in the bundle of its column."""
        [first, *_] = re.findall(r"<tr>(?:(?!</tr>).)*>run \d+<.*?</tr>", comparison, re.DOTALL)
        named = re.findall(r'<a href="/(base|new)/run/(\d+)">run (\d+)</a>', first)
        assert [side for side, _, _ in named] == ["base", "new"]
        for side, number, shown_number in named:
            assert number == shown_number
            assert f"Run {number}" in shown(two.get(f"/{side}/run/{number}").text)

    def test_both_stories_side_by_side(self, two, comparison):
        """The page of a pair has both stories, and what both did at the first step that differs."""
        answer = two.get(links(comparison, "/-/compare/runs?")[0])
        assert answer.text.count('<details class="story" open>') == 2
        assert "call 1: write_note failed" in shown(answer.text)

    def test_all_samples_are_listed(self, two, comparison):
        """The list has each sample once, those that flipped first, with links to both runs."""
        [address] = links(comparison, "/-/compare/samples?")
        page = two.get(address).text
        assert page.count("side by side</a>") == 36
        assert page.index("<td>lost</td>") < page.index("<td>failed in both</td>")
        assert len(links(page, "/base/run/")) == len(links(page, "/new/run/")) == 36

    def test_each_bundle_has_all_its_pages(self, two):
        """The first page of either, its search and its runs answer, and the search stays in the bundle."""
        first = two.get("/").text
        assert 'action="/new/search"' in first
        assert "Compare with the baseline base" in first
        other = two.get("/base/-/").text
        assert 'action="/base/search"' in other
        assert links(other, "/base/failure-reasons")
        assert two.get("/base/-/-/outcome").status == two.get("/base/-/-/unanswered.json").status == 200
        assert "/base/run/" in two.get("/base/search?q=note").text

    def test_runs_that_are_not_there(self, two):
        """An unknown run is an error that names the bundle and the run."""
        answer = two.get("/-/compare/runs?base_run=999&new_run=1")
        assert answer.status == 400
        assert "base: no sample was executed in run '999'" in shown(answer.text)

    @pytest.mark.parametrize("query", ["base=7&new=0", "base=999999&new=0"])
    def test_samples_that_are_not_there(self, two, query):
        """A position that no choice has is an error."""
        assert two.get(f"/-/compare?{query}").status == 400


class TestOneBundle:
    """A bundle of several evaluations or experiments."""

    def test_the_first_page_leads_to_the_choice(self, one):
        """The link says how many there are; the choice selects two single ones, and compares nothing yet."""
        assert links(one.get("/").text, "/-/compare") == ["/-/compare"]
        page = one.get("/-/compare").text
        assert re.findall(r'<option value="(\d)" selected>', page) == ["1", "2"]
        assert "Verdict" not in page

    def test_two_experiments(self, one):
        """The chosen experiments are compared, and the choice stays on the page."""
        text = shown(one.get("/-/compare?base=1&new=2").text)
        assert "Verdict: " in text
        assert "(experiment baseline)" in text
        assert "(experiment candidate)" in text

    def test_two_labels(self, release_bundle, tmp_path):
        """Two evaluations that labels tell apart are offered by them."""
        sql = "UPDATE runs SET evaluation = iif(id % 2, 'main', 'branch')"
        labelled = changed_bundle(release_bundle("0.27.0"), tmp_path / "labelled.db", sql)
        with serve_bundle(labelled) as running:
            page = running.get("/-/compare").text
        assert "main: " in page
        assert "branch: " in page

    def test_a_single_evaluation_has_nothing_to_compare(self, release_bundle):
        """The first page has no link, and the page says how to compare with another bundle."""
        with serve_bundle(release_bundle("wink-0.27.0/runs")) as running:
            assert not links(running.get("/").text, "/-/compare")
            answer = running.get("/-/compare")
        assert answer.status == 404
        assert "in the bundle" in answer.text


class TestMadePages:
    """What the process that compares answers, made in the test's own process."""

    @staticmethod
    def side(path, **what):
        """Return a side of an order."""
        return OrderedSide(path.stem, str(path), identity(path), f"/{path.stem}", **what)

    def test_a_comparison(self, base, new):
        """It has the markup, and all samples with what became of them."""
        made = made_page(PageOrder(self.side(base, offer=0), self.side(new, offer=0)))
        assert made.title == "Comparison: regression"
        assert (made.error, made.sample_count, len(made.samples)) == ("", 36, 36)
        assert [sample.change for sample in made.samples][:7] == ["lost"] * 6 + ["failed in both"]

    def test_samples_of_one_side_and_repeats(self, base, tmp_path):
        """A sample without a pair is listed with its side; several attempts say how many passed."""
        sql = "UPDATE runs SET sample_id = 'again' WHERE sample_id LIKE '首都は%'"
        other = changed_bundle(base, tmp_path / "other.db", sql)
        made = made_page(PageOrder(self.side(base, offer=2), self.side(other, offer=2)))
        alone = {sample.name: sample for sample in made.samples if sample.base is None}
        assert alone["again"].change == "only in the new evaluation"
        assert alone["again"].new[0] == "6 of 6 passed"

    def test_another_file_is_not_read(self, base, new):
        """A file that is not the one of the order is not opened."""
        wrong = OrderedSide("base", str(base), (0, 0, 0, 0), "/base", offer=0)
        assert made_page(PageOrder(wrong, self.side(new, offer=0))).is_replaced

    def test_a_process_without_end_is_killed(self, endless, new, monkeypatch):
        """When the time of a page is over, the process ends whatever SQLite does, and the answer says so."""
        monkeypatch.setattr(comparing_process, "SECONDS", 1.0)
        processes = comparing_process.ComparingProcesses()
        order = PageOrder(self.side(endless, offer=0), self.side(new, offer=0))
        assert "took too long" in asyncio.run(processes.made(order)).error
        assert not processes._running

    def test_a_process_that_dies_is_an_error(self, endless, new):
        """A process that ends without an answer, as the system ends one, is an error of the page alone."""
        processes = comparing_process.ComparingProcesses()
        order = PageOrder(self.side(endless, offer=0), self.side(new, offer=0))

        async def killed():
            asyncio.get_running_loop().call_later(0.5, processes.kill)
            return await processes.made(order)

        assert "was stopped" in asyncio.run(killed()).error

    def test_an_error_is_an_answer(self, base, new):
        """What is wrong with a bundle or an order is said."""
        made = made_page(PageOrder(self.side(base, offer=9), self.side(new, offer=0)))
        assert made.error == "base: has no samples of an evaluation that could be compared"


class TestSafety:
    """Bundles of strangers, and requests that are not the user's."""

    def test_no_text_becomes_markup(self, base, new, tmp_path):
        """Names, reasons and texts of both bundles are shown as they are."""
        sql = f"""
        UPDATE failures SET message = '{ATTACK}';
        UPDATE runs SET experiment = experiment || '{ATTACK}', score_reason = '{ATTACK}', sample_id = sample_id || '{ATTACK}';
        """
        hostile = [changed_bundle(each, tmp_path / f"hostile-{each.name}", sql) for each in (base, new)]
        with serve_bundle(hostile[1], baseline=str(hostile[0])) as running:
            choice = running.get("/-/compare").text
            page = running.get("/-/compare?base=0&new=0").text
            samples = running.get(links(page, "/-/compare/samples")[0]).text
            runs = running.get(links(page, "/-/compare/runs")[0]).text
        for each in (choice, page, samples, runs):
            assert "<script>alert" not in each
            assert "<img src=x" not in each
        assert "alert(1)" in page

    @pytest.mark.slow  # it waits for as long as a page may take
    def test_a_view_without_end_is_stopped(self, endless, new):
        """A crafted view that never ends takes the time of a page, and the server goes on."""
        with serve_bundle(new, baseline=str(endless)) as running:
            answer = running.get("/-/compare")
            assert answer.status == 400
            assert "took too long" in answer.text
            assert running.get("/").status == 200

    def test_a_replaced_baseline_is_not_shown(self, base, new, tmp_path):
        """When another file takes the place of the baseline, the server asks to be started again."""
        copy = shutil.copyfile(base, tmp_path / "copy.db")
        with serve_bundle(new, baseline=str(copy)) as running:
            assert running.get("/-/compare?base=0&new=0").status == 200
            os.replace(shutil.copyfile(new, tmp_path / "other.db"), copy)
            assert running.get("/-/compare?base=0&new=0").status == 503

    def test_bundles_of_one_name_and_a_token(self, base, new, tmp_path):
        """Two files of one name have pages of their own; without the token, nothing is shown."""
        for folder, bundle in (("main", base), ("branch", new)):
            (tmp_path / folder).mkdir()
            shutil.copyfile(bundle, tmp_path / folder / "evaluation.db")
        bundles = [tmp_path / folder / "evaluation.db" for folder in ("branch", "main")]
        with serve_bundle(bundles[0], baseline=str(bundles[1]), token=True) as running:
            page = running.get("/-/compare?base=0&new=0").text
            assert running.get(links(page, "/evaluation-2/run/")[0]).status == 200
            assert running.get("/-/compare?base=0&new=0", Authorization="").status == 403
            assert "/-/compare?token=" in running.url
        assert len([each for each in links(page, "/evaluation/run/") if "#" in each]) == 6

    @needs_linux
    def test_no_process_is_left(self, two):
        """The process that made a page ends with it."""
        two.get("/-/compare/runs?base_run=999&new_run=2")
        children = set(child_processes(two.process.pid))
        assert children & set(processes_naming("sql_worker"))
        assert not children & set(processes_naming("comparing_worker"))
