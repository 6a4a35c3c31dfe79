"""`report`: one page about the outcome of a bundle."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import stat
from html.parser import HTMLParser

import pytest
from support.artifact_samples import column
from support.command_runner import run
from support.many_runs import write_many_runs

from wink_debug_bundle import BundleExistsError, DebugBundle
from wink_debug_bundle.explore.outcome_report import report_page
from wink_debug_bundle.explore.saved_charts import saved_charts

HOSTILE = "</script></style><script>document.title='owned'</script><img src=x onerror=alert(1)>\u202e"


class Elements(HTMLParser):
    """Collects the elements of a page, the texts of its scripts, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.text = ""
        self._open: tuple[str, dict[str, str | None]] = ("", {})
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        """Note an element."""
        self._open = (tag, dict(attrs))
        self.found.append(self._open)

    def handle_endtag(self, tag):
        """Note that the text that follows belongs to no script."""
        self._open = ("", {})

    def handle_data(self, data):
        """Note the text of a script, or of the page."""
        tag, attributes = self._open
        if tag == "script" and not attributes:
            self.scripts.append(data)
        elif tag not in {"script", "style"}:
            self.text += data

    def attributes(self, name):
        """Return all values of an attribute."""
        return [attributes[name] for _, attributes in self.found if name in attributes]


@pytest.fixture(scope="module")
def evaluation(release_bundle):
    return release_bundle("wink-0.27.0/evaluation")


@pytest.fixture(scope="module")
def page(evaluation, tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    with DebugBundle.open(evaluation) as bundle:
        bundle.report(path)
    return path.read_text(encoding="utf-8")


@pytest.fixture
def many(tmp_path):
    output = tmp_path / "many.db"
    DebugBundle.from_directory(write_many_runs(tmp_path / "runs", 8), output=output, recursive=True).close()
    return output


def test_what_happened(page):
    """The page says how many passed and why the others did not, and each reason leads to an example."""
    elements = Elements(page)
    assert "16.7 %" in elements.text
    assert "1 of 6 samples" in elements.text
    links = [link.removeprefix("#") for link in elements.attributes("href")]
    assert {link for link in links if link.startswith("run-")} == {"run-6", "run-11", "run-19"}
    assert set(links) <= set(elements.attributes("id"))


def test_charts(page):
    """Each chart has its title, and its specification and rows within the page, also as a table."""
    for chart in saved_charts():
        figure = page.partition(f'id="chart-{chart.name}"')[2].partition("</figure>")[0]
        material = json.loads(re.search(r'application/json">(.*?)</script>', figure)[1])
        assert material["specification"]["usermeta"] == chart.specification["usermeta"]
        assert f"{len(material['rows'])} rows as a table" in figure
        assert figure.count("<tr>") == len(material["rows"]) + 1


def test_stories_of_all_failed_runs(page, evaluation):
    """Every run that failed is told from its prompt to the failure."""
    told = re.findall(r'<dl class="facts" id="run-(\d+)">', page)
    assert sorted(map(int, told)) == column(
        evaluation, "SELECT id FROM runs WHERE result IN ('failed', 'error') ORDER BY id"
    )
    story = page.partition('id="run-11"')[2].partition("</details>")[0]
    assert "CALL charge_card raised" in story
    assert "connection reset by 10.0.0.7:443" in story


def test_the_page_needs_nothing_else(page):
    """The page names no file and no host to load from, and its policy forbids to."""
    elements = Elements(page)
    assert elements.attributes("src") == []
    assert all(link.startswith("#") for link in elements.attributes("href"))
    assert "default-src 'none'" in elements.attributes("content")[0]
    style = page.partition("<style>")[2].partition("</style>")[0]
    assert not re.search(r"url\(|@import", style)


def test_the_policy_allows_its_own_scripts_alone(page):
    """The hashes in the policy are those of the page's scripts."""
    elements = Elements(page)
    allowed = re.findall(r"'sha256-([^']+)'", elements.attributes("content")[0])
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert allowed == [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]


def test_hostile_text_is_text(build, tmp_path):
    """Markup in a description or a log record is shown as text, and characters that hide or turn text are escaped."""
    record = {"timestamp": "2026-01-01T00:00:00+00:00", "level": "ERROR", "logger": HOSTILE, "event": HOSTILE}
    log = json.dumps({**record, "message": HOSTILE, "context": {"error": HOSTILE}}) + "\n"
    with DebugBundle.open(build({"session.log": log}, description=HOSTILE)) as bundle:
        text = bundle.report(tmp_path / "page.html").read_text(encoding="utf-8")
    elements = Elements(text)
    assert "img" not in {tag for tag, _ in elements.found}
    assert len(elements.scripts) == 3
    assert "<img src=x onerror=alert(1)>" in elements.text
    assert "\u202e" not in text


def test_a_bundle_without_failures(run_bundle, tmp_path):
    """Where no run failed, the page says so."""
    with DebugBundle.open(run_bundle) as bundle:
        text = bundle.report(tmp_path / "page.html").read_text(encoding="utf-8")
    assert "No run failed" in text


def test_samples_of_sessions(release_bundle, tmp_path):
    """An evaluation of a release that wrote no zips of runs has the stories of its sessions."""
    with DebugBundle.open(release_bundle("wink-0.20.0/evaluation")) as bundle:
        text = bundle.report(tmp_path / "page.html").read_text(encoding="utf-8")
    assert text.count('<details class="story">') == 2


def test_many_stories_are_shortened_to_fit(many, tmp_path, monkeypatch):
    """A page that would be too large has shorter stories; that of each reason comes first."""
    monkeypatch.setattr(report_page, "MOST_BYTES", 840_000)
    with DebugBundle.open(many) as bundle:
        path = bundle.report(tmp_path / "page.html")
        reasons = [str(reason.run_id) for reason in bundle.outcome.reasons]
    text = path.read_text(encoding="utf-8")
    told = re.findall(r'id="run-(\d+)"', text)
    assert path.stat().st_size <= 840_000
    assert set(reasons) <= set(told[:4])
    assert "characters left out" in text


def test_stories_that_do_not_fit_are_counted(many, tmp_path, monkeypatch):
    """Where not even short stories fit, the page says how many of the failed runs it tells."""
    monkeypatch.setattr(report_page, "MOST_BYTES", 700_000)
    with DebugBundle.open(many) as bundle:
        path = bundle.report(tmp_path / "page.html")
    text = path.read_text(encoding="utf-8")
    told = text.count('<details class="story">')
    failed = column(many, "SELECT count(*) FROM runs WHERE result IN ('failed', 'error')")[0]
    assert path.stat().st_size <= 700_000
    assert 0 < told < failed
    assert f"{told} of {failed} failed runs are told here" in text


def test_the_command_names_the_page(evaluation, tmp_path):
    """The command writes the page, readable by its owner alone, and says how large it is."""
    output = tmp_path / "page.html"
    result = run("report", evaluation, "--output", output)
    assert (result.exit_code, result.stdout) == (0, "")
    assert re.fullmatch(rf"{re.escape(str(output))} \(\d+\.\d kB\)\n", result.stderr)
    assert stat.S_IMODE(output.stat().st_mode) == 0o600


def test_a_dash_is_standard_output(evaluation, tmp_path, monkeypatch):
    """`--output -` writes the page to standard output, and makes no file of that name."""
    monkeypatch.chdir(tmp_path)
    result = run("report", evaluation, "-o", "-")
    with DebugBundle.open(evaluation) as bundle:
        page = bundle.report(tmp_path / "page.html").read_text(encoding="utf-8")
    assert (result.exit_code, result.stdout, result.stderr) == (0, page, "")
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


def test_an_existing_page_is_kept(evaluation, tmp_path):
    """An existing file is refused, with what to do; --force replaces it."""
    output = tmp_path / "page.html"
    output.write_text("mine")
    result = run("report", evaluation, "--output", output)
    assert result.exit_code == 1
    assert "--force" in result.stderr
    assert output.read_text() == "mine"
    assert run("report", evaluation, "--output", output, "--force").exit_code == 0
    with DebugBundle.open(evaluation) as bundle, pytest.raises(BundleExistsError):
        bundle.report(output, replace=False)


def test_the_bundle_itself_is_not_overwritten(evaluation):
    """The page cannot take the place of the bundle."""
    before = evaluation.read_bytes()
    result = run("report", evaluation, "--output", evaluation, "--force")
    assert result.exit_code == 1
    assert "is the bundle itself" in result.stderr
    assert evaluation.read_bytes() == before
