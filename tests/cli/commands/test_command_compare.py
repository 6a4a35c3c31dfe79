"""`compare` prints two evaluations side by side: the verdict first, then the numbers, then why."""

from __future__ import annotations

import json
import re
import shlex
import xml.etree.ElementTree as ET

import pytest
import wcwidth
from support.changed_bundle import LOSES_THE_CAPITAL, changed_bundle
from support.command_runner import run, run_process
from support.multiplied_samples import multiply_samples

ALL = "--all-experiments"


@pytest.fixture(scope="module")
def two(release_bundle, tmp_path_factory):
    """Return an evaluation, and one in which six of its samples fail that passed."""
    folder = tmp_path_factory.mktemp("two")
    base = multiply_samples(release_bundle("wink-0.27.0/evaluation"), folder / "base.db", 6)
    return base, changed_bundle(base, folder / "new.db", LOSES_THE_CAPITAL)


class TestText:
    """What a person reads."""

    def test_verdict_and_numbers_lead(self, two):
        """The first lines are the verdict and its reason; no line is wider than a terminal."""
        done = run("compare", *two, ALL)
        lines = done.output.splitlines()
        assert done.exit_code == 0
        assert lines[0] == "Verdict: regression"
        assert "fell by 16.7 points, from 16.7 % to 0.0 %" in " ".join(line.strip() for line in lines[1:3])
        document = lines[: lines.index("Next:")]
        assert max(wcwidth.wcswidth(line) for line in document) < 80

    def test_next_commands_work(self, two):
        """Each command that is printed at the end can be typed."""
        printed = run("compare", *two, ALL).output.split("Next:\n")[1].splitlines()
        *shown, serving = printed
        assert len(shown) == 3
        assert shlex.split(serving)[1:] == ["serve", str(two[1]), "--baseline", str(two[0])]
        for line in shown:
            done = run(*shlex.split(line)[1:])
            assert done.exit_code == 0, done.output

    @pytest.mark.parametrize("name", ["''", "char(10) || sample_id", "hex(zeroblob(5000)) || sample_id"])
    def test_next_commands_with_odd_names_work(self, two, tmp_path, name):
        """A sample whose id is empty, long, or cannot be typed is named by its run."""
        sql = f"UPDATE runs SET sample_id = {name} WHERE sample_id LIKE '首都は%'"
        odd = [changed_bundle(path, tmp_path / path.name, sql) for path in two]
        line = run("compare", *odd, ALL).output.split("Next:\n")[1].splitlines()[0]
        assert len(line) < 300
        done = run(*shlex.split(line)[1:])
        assert done.exit_code == 0, done.output

    def test_a_pair_shows_where_the_runs_part(self, two):
        """With --pair, both sides of the first step that differs are shown."""
        output = run("compare", *two, ALL, "--pair", "首都は-東京").output
        assert "call 1: write_note succeeded in the base, failed now" in output
        assert re.search(r"^Base: write_note succeeded$", output, re.MULTILINE)
        assert re.search(r"^New: write_note failed$", output, re.MULTILINE)
        assert '{"path":"notes.md","text":"42\\n"}' in output

    def test_one_bundle_with_two_experiments(self, two):
        """Without NEW, two experiments of BASE are compared."""
        done = run("compare", two[0], "--base-experiment", "baseline", "--new-experiment", "candidate")
        assert done.output.startswith("Verdict: not comparable")
        assert "0 pairs, 24 only in the base, 12 only in the new evaluation" in done.output


class TestFormats:
    """What programs read."""

    def test_json_has_every_sample(self, two):
        """JSON has the verdict, all pairs with their attempts, and the flips with where they part."""
        layout = json.loads(run("compare", *two, ALL, "--format", "json").output)
        assert layout["verdict"]["word"] == "regression"
        assert len(layout["pairs"]) == 36
        assert [flip["direction"] for flip in layout["flips"]] == ["lost"] * 6
        assert layout["flips"][0]["divergence"]["kind"] == "outcome"
        assert layout["passes"]["worse"] == 6

    def test_json_of_a_pair(self, two):
        """With --pair, JSON has both samples and the step."""
        layout = json.loads(run("compare", *two, ALL, "--pair", "首都は-東京", "--format", "json").output)
        assert (layout["sample"], layout["divergence"]["step"]) == ("首都は-東京", 1)

    def test_junit_fails_for_lost_samples(self, two):
        """There is a test for each sample and one for the verdict; lost samples and the regression fail."""
        root = ET.fromstring(run("compare", *two, ALL, "--format", "junit").output)
        [suite] = root
        assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("37", "7", "0")
        failed = [case.get("name") for case in suite if case.find("failure") is not None]
        assert failed[0] == "verdict"
        assert all(name.startswith("首都は") for name in failed[1:])

    def test_markdown_is_no_markup_of_the_bundle(self, two, tmp_path):
        """Names and reasons in a bundle become text: no tags, links, tables or mentions of theirs."""
        sql = "UPDATE failures SET message = '<img src=x> | @all `code` [a](b) http://x' || char(10) || '# heading'"
        new = changed_bundle(two[1], tmp_path / "hostile.db", sql)
        output = run("compare", two[0], new, ALL, "--format", "markdown").output
        assert output.startswith("## Verdict: regression\n")
        assert r"\<img src=x\> \| @&#8203;all \`code\` \[a\](b) http&#58;//x\\n\# heading" in output
        tables = [line for line in output.splitlines() if line.startswith("| 首都は")]
        assert len(tables) == 6

    def test_control_characters_are_escaped(self, two, tmp_path):
        """No format lets a bundle move the cursor, and XML stays well formed."""
        sql = "UPDATE failures SET message = 'a' || char(27) || '[2Jb' || char(65535) || char(0) || 'c'"
        new = changed_bundle(two[1], tmp_path / "hostile.db", sql)
        for format_name in ("table", "json", "markdown", "junit"):
            output = run("compare", two[0], new, ALL, "--format", format_name).output
            assert "\x1b" not in output
            assert "[2Jb" in output
        ET.fromstring(output)


class TestRefusals:
    """What is refused, and how."""

    def test_several_experiments_are_a_wrong_usage(self, two):
        """The message lists the experiments and says what to type."""
        done = run("compare", *two)
        assert done.exit_code == 2
        assert "baseline (0 of 24 passed), candidate (6 of 12 passed)" in done.output
        assert ALL in done.output

    def test_an_unknown_pair_is_named(self, two):
        """A sample that no pair has is answered with the nearest."""
        done = run("compare", *two, ALL, "--pair", "wrong-answe")
        assert done.exit_code == 1
        assert "wrong-answer" in done.output

    def test_page_and_tables_in_one_file_are_refused(self, two, tmp_path):
        """One of them would replace the other."""
        names = "--page", tmp_path / "one.out", "--output", tmp_path / "sub" / ".." / "one.out"
        done = run("compare", *two, ALL, *names)
        assert done.exit_code == 2
        assert not any(tmp_path.iterdir())

    def test_junit_of_a_pair_is_refused(self, two):
        """JUnit XML is for whole comparisons."""
        assert run("compare", *two, ALL, "--pair", "x", "--format", "junit").exit_code == 2

    @pytest.mark.parametrize("content", [b"", b"no database"])
    def test_a_file_that_is_no_bundle_is_named(self, two, tmp_path, content):
        """The message names the one of the two that cannot be read."""
        other = tmp_path / "other.db"
        other.write_bytes(content)
        done = run("compare", two[0], other)
        assert done.exit_code == 1
        assert "other.db" in done.output

    def test_a_bundle_with_endless_samples_is_stopped(self, two, tmp_path):
        """A view of a crafted bundle that has no end is stopped by the time limit."""
        endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT 'a' AS experiment, 'passed' AS result FROM n"
        sql = f"DROP VIEW experiment_results; DROP VIEW sample_results; CREATE VIEW sample_results AS {endless};"
        views = "CREATE VIEW experiment_results AS SELECT 1;"
        hostile = changed_bundle(two[1], tmp_path / "endless.db", sql + views)
        done = run_process("compare", hostile, two[0], "--timeout", "1")
        assert done.returncode == 1
        assert b"stopped after 1 s" in done.stderr

    def test_a_damaged_bundle_has_its_exit_code(self, two, tmp_path):
        """Pages overwritten with other bytes are damage, and the bundle is named."""
        damaged = tmp_path / "damaged.db"
        content = bytearray(two[1].read_bytes())
        content[4096 * 3 :] = b"\xff" * (len(content) - 4096 * 3)
        damaged.write_bytes(content)
        done = run("compare", two[0], damaged, ALL)
        assert done.exit_code == 3
        assert "damaged.db" in done.output
