"""The page of a run: its story, in pages, and what stands around it."""

from __future__ import annotations

import html
import re
import sqlite3

import pytest
from support.served_bundle import serve_bundle

from wink_debug_bundle import DebugBundle, Step, StepKind
from wink_debug_bundle.explore.story.json_layout import readable_parts
from wink_debug_bundle.explore.web.run_pages.step_views import step_views
from wink_debug_bundle.explore.web.run_pages.waterfall import waterfall


@pytest.fixture(scope="module")
def runs(release_bundle):
    return release_bundle("wink-0.27.0/runs")


@pytest.fixture(scope="module")
def site(runs):
    with serve_bundle(runs) as running:
        yield running


@pytest.fixture(scope="module")
def stories(runs):
    with DebugBundle.open(runs) as bundle:
        numbers = [number for (number,) in bundle.query("SELECT id FROM runs")]
        yield {number: list(bundle.show(number).steps) for number in numbers}


def test_every_text_is_on_the_page(site, stories):
    """The page of each run has each step, with its whole texts."""
    for number, steps in stories.items():
        page = site.get(f"runs/run/{number}")
        assert page.status == 200
        words = "".join(html.unescape(page.text).split())
        for step in steps:
            assert f'id="{step.anchor}"' in page.text
            parts = (part for _, part in readable_parts("", step.parameters or ""))
            for text in (step.text, *parts, step.error):
                assert "".join((text or "").split()) in words or text == "{}"


def test_links_of_the_page_lead_somewhere(site):
    """Links within a run's page have their targets, and one of each kind that leads to another page is answered."""
    page = site.get("runs/run/8").text
    links = {html.unescape(link) for link in re.findall(r'href="([^"]+)"', page)}
    assert all(f'id="{link[1:]}"' in page for link in links if link.startswith("#"))
    kinds = {re.sub(r"[0-9a-f-]{36}|\d+", "1", link): link for link in sorted(links) if link.startswith("/")}
    assert len(kinds) > 15
    for link in kinds.values():
        assert site.get(link.partition("#")[0][1:]).status == 200, link


def test_the_failed_runs_beside_it(site):
    """The page of a run leads to the failed runs before and after it."""
    page = site.get("runs/run/8").text
    assert re.search(r'rel="prev" href="/runs/run/4"', page)
    assert re.search(r'rel="next" href="/runs/run/18"', page)


def test_tokens_environment_files_and_state(site):
    """The page has the tokens of each turn, the environment, the files, and what changed in each slice class."""
    page = site.get("runs/run/8").text
    assert "Tokens by turn" in page
    assert re.search(r'<span class="class" title="travel[^"]*:Plan">Plan</span>\s*<span class="size">0 → 1 item', page)
    assert "item 0 added" in page
    assert "notes/旅行 🧳.md</bdi>" in page
    assert '<section id="environment">' in page


def test_an_unknown_run(site):
    """An unknown run is not found; the page says which there are, and leads to them."""
    page = site.get("runs/run/%3Cb%3Enope")
    assert page.status == 404
    assert "no run is called &#39;&lt;b&gt;nope&#39;; there are: 1, 4, 8, 13, 18, 19, 24" in page.text
    assert 'href="/runs/run/18"' in page.text


def test_another_bundle(site):
    """The page of a bundle that is not served is not found."""
    assert site.get("other/run/8").status == 404


def test_the_list_of_runs(site):
    """Without a run, the page lists the runs, the failed first."""
    page = site.get("runs/run")
    assert page.status == 200
    assert re.findall(r'href="/runs/run/(\d+)"', page.text)[:2] == ["4", "18"]


def test_a_session_outside_of_runs(run_bundle):
    """Where there are no runs, a session has such a page, with those below it."""
    with DebugBundle.open(run_bundle) as bundle:
        ((root,),) = bundle.query("SELECT root_session_id FROM bundle_meta")
    with serve_bundle(run_bundle) as running:
        page = running.get(f"run/run/{root}").text
        named = running.get(f"run/run/{root[:8]}").status
    assert f"Session {root}" in page
    assert "ERROR travel.billing" in page
    assert 'class="step call depth-2' in page
    assert named == 200


@pytest.fixture(scope="module")
def long_run(runs, tmp_path_factory):
    """Return the bundle of a run to which 450 log records were added: a long one, and warnings with hostile text."""
    copy = tmp_path_factory.mktemp("long") / "long.db"
    copy.write_bytes(runs.read_bytes())
    with sqlite3.connect(copy) as connection:
        session, artifact = connection.execute(
            "SELECT session_id, artifact_id FROM logs WHERE session_id = (SELECT session_id FROM runs WHERE id = 8)"
        ).fetchone()
        connection.executemany(
            "INSERT INTO logs (session_id, timestamp, level, logger, event, message, artifact_id, line)"
            " VALUES (?, ?, 'WARNING', 'app', 'added', ?, ?, 1)",
            [
                (session, f"2027-01-01T00:{n // 60:02}:{n % 60:02}.000000+00:00", f"added number {n}; <script>alert(1)</script>"
                 + "x" * (1_400_000 if n == 250 else 0), artifact)
                for n in range(450)
            ],
        )  # fmt: skip
    connection.close()
    return copy


@pytest.fixture(scope="module")
def long_site(long_run):
    with serve_bundle(long_run) as running:
        yield running


def test_pages_of_a_long_run(long_site):
    """A long story comes in pages, which together have every step once, in order, also where a text is very long."""
    address, numbers = "long/run/8", []
    while address:
        page = long_site.get(address).text
        numbers += [int(number) for number in re.findall(r'title="Permanent link">(\d+)<', page)]
        following = re.search(r'rel="next" href="/(long/run/8\?after=\d+)"', page)
        address = following and following[1]
    assert numbers == list(range(1, 35 + 450 + 1))


def test_a_permanent_link(long_site, long_run):
    """The link of a step leads to the page that has it, whatever page that is."""
    with DebugBundle.open(long_run) as bundle:
        anchors = [step.anchor for step in bundle.show(8).steps]
    for position in (0, 199, 200, 300, 484):
        page = long_site.get(f"long/run/8?at={anchors[position]}").text
        assert f'id="{anchors[position]}"' in page


@pytest.mark.parametrize(
    ("kind", "row"), [("failure", "failures.id"), ("log", "calls.ended_log_id"), ("entry", "calls.result_entry_id")]
)
def test_what_a_call_tells(site, runs, kind, row):
    """The place of what has no step of its own, as a search finds it, is that of the call that tells it."""
    with DebugBundle.open(runs) as bundle:
        run, number, call = bundle.query(
            f"SELECT calls.run_id, {row}, calls.id FROM calls JOIN failures ON failures.call_id = calls.id"
            f" WHERE {row} IS NOT NULL"
        ).fetchone()
    answer = site.get(f"runs/run/{run}?at={kind}-{number}")
    assert (answer.status, answer.headers["Location"]) == (302, f"/runs/run/{run}?at=call-{call}#call-{call}")
    assert f'id="call-{call}"' in site.get(answer.headers["Location"]).text


@pytest.mark.parametrize("arguments", ["after=99999999999999", "after=-1", "after=x", "at=nothing-1", "after=484"])
def test_odd_places(long_site, arguments):
    """A place that is not there shows a page of the story."""
    page = long_site.get(f"long/run/8?{arguments}")
    assert (page.status, page.text.count("<script>alert")) == (200, 0)
    assert 'class="step ' in page.text


def test_long_texts_are_folded():
    """A long text is folded, with its beginning and size, and is there in full; a short one is shown."""
    text = "first line\n" + "word " * 1000
    steps = [
        Step(1, "entry-1", StepKind.MESSAGE, "assistant", text=text),
        Step(2, "entry-2", StepKind.MESSAGE, "a", text="b"),
    ]
    (folded,), (shown,) = (view.blocks for view in step_views(steps, None))
    assert (folded.text, folded.size) == (text, "5,011 characters, 2 lines")
    assert folded.preview.startswith("first line word")
    assert shown.preview is None


def test_marks_of_the_waterfall():
    """Steps lie where their times are, in the lane of their kind; those of the same time lie below each other."""
    times = [f"2026-01-01T00:00:{second:02}+00:00" for second in range(11)]
    steps = [
        Step(1, "entry-1", StepKind.PROMPT, "user", timestamp=times[0]),
        Step(2, "call-1", StepKind.CALL, "a", outcome="succeeded", duration_ms=5000, timestamp=times[0]),
        Step(3, "call-2", StepKind.CALL, "b", outcome="failed", duration_ms=5000, timestamp=times[2]),
        Step(4, "call-3", StepKind.CALL, "c", outcome="succeeded", duration_ms=1000, timestamp=times[4], depth=1),
        Step(5, "log-1", StepKind.WARNING, "WARNING x", timestamp=times[10]),
        Step(6, "log-2", StepKind.WARNING, "WARNING y", timestamp="no time"),
    ]
    picture = waterfall(steps)
    lanes = {lane.name: lane.marks for lane in picture.lanes}
    assert list(lanes) == ["prompts", "tools", "sub-agents", "warnings"]
    first, second = lanes["tools"]
    assert [(mark.x, mark.width, mark.kind) for mark in (first, second)] == [(0, 50, "call"), (20, 50, "failed")]
    assert first.y < second.y
    assert [mark.anchor for mark in lanes["warnings"]] == ["log-1"]
    assert picture.duration == "10.0 s"
    assert waterfall(steps[-1:]) is None


def test_statements_use_indexes(runs):
    """No statement of the page reads a whole large table."""
    from wink_debug_bundle.explore.web.run_pages.run_context import page_sql

    large = (
        "logs",
        "entries",
        "calls",
        "tool_invocations",
        "prompt_events",
        "failures",
        "slice_items",
        "files",
        "environment",
    )
    parameters = {
        "run": 8,
        "session": "x",
        "sessions": '["x"]',
        "before": 1,
        "after": 2,
        "most": 9,
        "kind": "log",
        "id": 1,
    }
    names = ("turns", "session_turns", "facts_of_environment", "files_of_run", "neighbours", "snapshots_of_session")
    with DebugBundle.open(runs) as bundle:
        for name in (*names, "changes_of_state", "telling_steps"):
            plan = bundle.query(f"EXPLAIN QUERY PLAN {page_sql(name)}", parameters).fetchall()
            assert [line for *_, line in plan if line.startswith("SCAN") and line.split()[1] in large] == [], name


def test_a_story_without_what_stands_around_it(runs, tmp_path):
    """If the tokens or the state are too much for a page, the story is there all the same, and the page says so."""
    copy = tmp_path / "much.db"
    copy.write_bytes(runs.read_bytes())
    with sqlite3.connect(copy) as connection:
        connection.execute("DROP TABLE environment")
        connection.execute(
            "CREATE VIEW environment AS SELECT 4 AS run_id, json_extract('{', '$') AS kind, 1 AS name, 2 AS value, 3 AS id"
        )
    connection.close()
    with serve_bundle(copy) as running:
        page = running.get("much/run/4")
    assert page.status == 200
    assert "connection reset by" in page.text
    assert "are too large for its page" in page.text


def test_a_text_longer_than_a_page_may_have(long_site):
    """A text that the page cuts says how long it is, and leads to the whole."""
    page = long_site.get("long/run/8?after=200").text
    link = re.search(r'href="/(long/logs/\d+\.cell\?_column=message)">the whole value', page)
    assert "(cut here: the text has 1,400," in page
    assert long_site.get(link[1]).status == 200
