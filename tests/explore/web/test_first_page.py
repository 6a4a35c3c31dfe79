"""The first page of a served bundle, and what it loads after it is shown."""

from __future__ import annotations

import gzip
import re

import pytest
from support.served_bundle import serve_bundle

from wink_debug_bundle.explore.saved_charts import saved_charts


@pytest.fixture(scope="module")
def site(release_bundle):
    with serve_bundle(release_bundle("0.27.0")) as running:
        yield running


@pytest.fixture(scope="module")
def page(site):
    return site.get().text


def test_each_chart_has_a_figure(page):
    """The page has a figure for each chart, with its title, why it may be empty, and the way to its rows."""
    for chart in saved_charts():
        figure = page.partition(f'id="chart-{chart.name}"')[2].partition("</figure>")[0]
        assert chart.query.title in figure
        assert "data-empty=" in figure
        assert re.search(rf'href="/[^/]+/{chart.query.name}"', figure)


@pytest.mark.parametrize("chart", saved_charts(), ids=lambda chart: chart.name)
def test_rows_of_a_chart(site, page, chart):
    """The address in the figure gives the chart's rows as JSON, and the other its specification."""
    figure = page.partition(f'id="chart-{chart.name}"')[2].partition(">")[0]
    (specification,) = re.findall(r'data-chart="([^"]+)"', figure)
    (rows,) = re.findall(r'data-rows="([^"]+)"', figure)
    assert site.get(specification).json["usermeta"]["rows"] == chart.table
    assert {"note"} <= set(site.get(rows).json[0])


def test_the_page_of_a_chart(site, page):
    """The query behind a chart has a page with the picture, the rows, and the SQL to change."""
    (address,) = re.findall(r'href="(/[^/]+/chart-results)"', page)
    text = site.get(address).text
    assert "<title>Results by experiment</title>" in text
    assert 'id="chart-results"' in text
    assert "candidate" in text
    assert "Change the SQL" in text


def test_vega_is_sent_compressed(site):
    """The browser gets the script as it is stored, and is told how it is compressed."""
    answer = site.get("-/vega/vega.min.js.gz")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "javascript" in answer.headers["Content-Type"]
    assert gzip.decompress(answer.body).startswith(b"!function")


def test_a_missing_script_is_not_compressed(site):
    """The answer about a missing file is plain text, which no header calls compressed."""
    answer = site.get("-/vega/missing.gz")
    assert (answer.status, answer.headers["Content-Encoding"]) == (404, None)


def test_questions_without_rows_are_named(site):
    """The page learns which questions have no answer in this bundle; not those that wait for a name to ask about."""
    names = set(site.get("-/unanswered.json").json["unanswered"])
    assert "retries" in names
    assert names & {"failure-reasons", "find-text", "session-story"} == set()


def test_failures_come_first(page):
    """Questions are sorted by theme, those about failures first."""
    questions = page.partition('id="questions"')[2]
    assert re.findall(r"<h3>(.+?)</h3>", questions)[0] == "Failures"


def test_plumbing_is_folded(page):
    """Tables that hold bookkeeping are listed last, folded; what people ask for is not."""
    shown, _, folded = page.partition('id="tables"')[2].partition("<details>")
    assert ">runs</a>" in shown
    assert ">ledger</a>" in folded


def test_a_query_page_has_no_heading_of_datasette(site, page):
    """A saved query's page shows its answer first, and no heading about custom SQL."""
    address = re.findall(r'href="(/[^/]+/failure-reasons)"', page)[0]
    text = site.get(address).text
    assert "Custom SQL query" not in text
    assert text.index("<table") < text.index("The SQL")


def test_an_empty_answer_says_why(site, page):
    """A question with parameters that match nothing says so."""
    (address,) = re.findall(r'href="(/[^/]+/find-text)"', page)
    assert "give one above" in site.get(address).text
    assert "Nothing in the bundle matches the parameters." in site.get(f"{address}?text=no-such-text-anywhere").text


def test_the_outcome_comes_first(page):
    """The page begins with how many passed and how the runs ended, as `bundle.outcome` says."""
    outcome = page.partition('id="outcome"')[2].partition("</section>")[0]
    assert page.index('id="outcome"') < page.index('id="charts"')
    assert "16.7 %" in outcome
    assert "1 passed, 2 failed, 5 ended with an error, 5 not scored" in outcome
    assert "example-model-1" in outcome


def test_reasons_lead_to_a_run(page, site):
    """Each of the most frequent reasons for failures leads to a run that failed so."""
    outcome = page.partition('id="outcome"')[2].partition("</section>")[0]
    assert re.findall(r'<a href="/0-27-0/run/(\d+)">Example: run \1</a>', outcome) == ["11", "45", "19"]


def test_reasons_of_sessions_lead_to_their_stories(run_bundle):
    """Without runs, the example of a reason is a session, whose story has the failure."""
    with serve_bundle(run_bundle) as running:
        reasons = re.findall(r'</strong> (.*)\n.*<a href="([^"]*)">Example: a session</a>', running.get().text)
        assert reasons
        for reason, address in reasons:
            story = running.get(address)
            assert story.status == 200
            assert f"<bdi>{reason.partition(':')[0]}</bdi>" in story.text


def test_a_late_outcome_has_an_address(site, page):
    """If the outcome is not known when the page is shown, its script gets the same part later."""
    assert '<dl class="tiles">' in page
    late = site.get("-/outcome").text
    assert late.strip() in page
