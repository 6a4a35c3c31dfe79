"""`gate`: the exit code says whether a change may pass, and it is 0 only if everything was judged."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import Result
from support.artifact_samples import ROOT, log_record
from support.changed_bundle import changed_bundle
from support.command_runner import run, run_process
from support.many_runs import write_many_runs
from support.next_evaluation import write_next_evaluation

import wink_debug_bundle
from wink_debug_bundle import BundleError, BundleExistsError, DebugBundle


@pytest.fixture(autouse=True)
def no_summary(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the summary of the job that runs the tests alone."""
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of bundles of one evaluation and of several that came next, which tests do not change."""
    folder = tmp_path_factory.mktemp("gate")
    base = write_many_runs(folder / "base", 6)
    write_next_evaluation(base, folder / "same")
    write_next_evaluation(base, folder / "worse", lost=12)
    write_next_evaluation(base, folder / "flips", lost=2)
    write_next_evaluation(base, folder / "unscored", unscored=10)
    write_next_evaluation(base, folder / "prompts", prompt="Be brief. ")
    write_next_evaluation(base, folder / "partial")
    (folder / "partial" / "session.log").write_text(f"{json.dumps(log_record())}\nnot a record\n")
    for damaged in sorted(write_next_evaluation(base, folder / "cut").rglob("*.zip"))[::3]:
        damaged.write_bytes(damaged.read_bytes()[:30])
    for name in ("base", "cut", "partial", "same", "worse", "flips", "unscored", "prompts"):
        DebugBundle.from_directory(folder / name, output=folder / f"{name}.db", recursive=True, jobs=1).close()
        shutil.rmtree(folder / name)
    return folder


def gate(bundles: Path, new: str, *options: str | Path) -> Result:
    """Run `gate` with the evaluation before as the baseline."""
    return run("gate", bundles / f"{new}.db", "--baseline", bundles / "base.db", "--all-experiments", *options)


class TestBaseline:
    """An evaluation beside a baseline."""

    @pytest.mark.parametrize(
        ("new", "code", "said"),
        [
            ("same", 0, "Gate: clean"),
            ("flips", 0, "Gate: clean"),
            ("worse", 4, "Gate: regression"),
            ("unscored", 5, "Gate: not judged"),
            ("prompts", 5, "Gate: not judged"),
            ("base", 5, "Gate: not judged"),
        ],
    )
    def test_exit_code(self, bundles, new, code, said):
        """Only an evaluation that was judged, and is not worse, passes; two samples that flipped are no regression."""
        done = gate(bundles, new)
        assert (done.exit_code, done.stdout.splitlines()[0]) == (code, said)

    @pytest.mark.parametrize(
        ("new", "options", "code"),
        [
            ("flips", ("--max-new-failures", "2"), 0),
            ("flips", ("--max-new-failures", "1"), 4),
            ("prompts", ("--allow-prompt-changes",), 0),
            ("same", ("--min-pass-rate", "59%"), 0),
            ("same", ("--min-pass-rate", "0.6"), 4),
            ("same", ("--min-samples", "27"), 0),
            ("same", ("--min-samples", "28"), 5),
            ("unscored", ("--max-unpaired", "50%"), 0),
        ],
    )
    def test_options(self, bundles, new, options, code):
        """Each option changes what passes."""
        assert gate(bundles, new, *options).exit_code == code

    def test_one_experiment(self, bundles):
        """One experiment is judged by its own samples, which here are too few."""
        done = run(
            *("gate", bundles / "worse.db", "--baseline", bundles / "base.db"),
            *("--experiment", "baseline", "--format", "json"),
        )
        found = json.loads(done.stdout)
        assert (done.exit_code, found["new"]["scored_samples"]) == (5, 9)

    def test_prompts_are_named(self, bundles):
        """What differs in the prompts is named, and how to allow it."""
        said = " ".join(gate(bundles, "prompts").stdout.split())
        assert "The prompts differ from those of the baseline: travel.quiz/answer (text in" in said
        assert "allow it with --allow-prompt-changes" in said

    def test_next_commands(self, bundles):
        """After a regression, the next commands compare both, and show the first new failures."""
        done = gate(bundles, "worse")
        lines = done.stderr.splitlines()
        assert lines[0] == "Next:"
        assert "compare" in lines[1]
        number = lines[2].split()[-1]
        assert run("show", bundles / "worse.db", number).exit_code == 0

    def test_width(self, bundles):
        """Every line fits into 80 columns but paths, which stay whole where they can."""
        for new in ("worse", "prompts"):
            assert max(map(len, gate(bundles, new).stdout.splitlines())) <= 79


class TestNeverOpen:
    """What is broken never passes."""

    def test_unreadable_baseline(self, bundles, tmp_path):
        """A baseline that is missing, is no bundle, or is a folder fails, and is named."""
        no_bundle = tmp_path / "text.db"
        no_bundle.write_text("no bundle")
        for path in (tmp_path / "missing.db", no_bundle, tmp_path):
            done = run("gate", bundles / "same.db", "--baseline", path, "--all-experiments")
            assert done.exit_code == 1
            assert str(path) in done.stderr

    @pytest.mark.parametrize("choice", ["--all-experiments", "--experiment=baseline"])
    def test_damaged_zips(self, bundles, choice):
        """Zips that are too damaged to say which sample they are count as samples without a result."""
        done = run("gate", bundles / "cut.db", "--min-pass-rate", "0", "--min-samples", "1", choice)
        assert done.exit_code == 5
        assert "12 of them in damaged zips or runs" in " ".join(done.stdout.split())

    def test_damaged_bundle(self, bundles, tmp_path):
        """A damaged bundle, on either side, has exit code 3."""
        damaged = tmp_path / "damaged.db"
        content = bytearray((bundles / "same.db").read_bytes())
        content[4096 : len(content) // 2] = bytes(len(content) // 2 - 4096)
        damaged.write_bytes(content)
        assert run("gate", damaged, "--baseline", bundles / "base.db", "--all-experiments").exit_code == 3
        assert run("gate", bundles / "same.db", "--baseline", damaged, "--all-experiments").exit_code == 3

    def test_a_baseline_that_is_the_evaluation(self, bundles, tmp_path):
        """A copy of the evaluation is no baseline, also where nothing says which session a run had."""
        copy = changed_bundle(bundles / "base.db", tmp_path / "copy.db", "UPDATE runs SET session_id = NULL")
        done = gate(bundles, "base", "--allow-prompt-changes")
        assert done.exit_code == 5
        done = run("gate", copy, "--baseline", bundles / "base.db", "--all-experiments", "--allow-prompt-changes")
        assert done.exit_code == 5
        assert "name another baseline" in " ".join(done.stdout.split())

    def test_a_gate_that_has_no_time(self, bundles):
        """A gate that is stopped fails, and says what to do; it prints no rows that could be incomplete."""
        done = gate(bundles, "same", "--timeout", "0.001")
        assert done.exit_code == 1
        assert "--timeout SECONDS gives it more time" in done.stderr

    @pytest.mark.parametrize("options", [("--min-pass-rate", "0"), ("--baseline",)])
    def test_no_samples(self, bundles, tmp_path, options):
        """A bundle without samples is not judged, although nothing in it failed."""
        empty = tmp_path / "empty.db"
        folder = ROOT / "fixtures" / "wink-0.20.0" / "run"
        DebugBundle.from_directory(folder, output=empty, recursive=True, jobs=1).close()
        more = (bundles / "base.db", "--all-experiments") if options == ("--baseline",) else ()
        done = run("gate", empty, *options, *more)
        assert done.exit_code == 5
        assert "0 samples with a result" in " ".join(done.stdout.split())

    def test_unknown_experiment(self, bundles):
        """An experiment that no sample has is wrong usage, and those that exist are named."""
        done = run("gate", bundles / "same.db", "--min-pass-rate", "0", "--experiment", "candidat")
        assert done.exit_code == 2
        assert "candidate" in done.stderr

    def test_several_experiments(self, bundles):
        """Several experiments are not added up unasked."""
        done = run("gate", bundles / "same.db", "--min-pass-rate", "0")
        assert done.exit_code == 2
        assert "--all-experiments" in done.stderr

    def test_problems_at_the_import(self, bundles):
        """With --strict, an evaluation that could not be read whole is not judged."""
        options = ("--baseline", bundles / "base.db", "--all-experiments")
        assert run("gate", bundles / "partial.db", *options).exit_code == 0
        done = run("gate", bundles / "partial.db", *options, "--strict")
        assert done.exit_code == 5
        assert "1 problem at the import" in " ".join(done.stdout.split())

    @pytest.mark.parametrize(
        "options",
        [
            (),
            ("--strict",),
            ("--max-new-failures", "0"),
            ("--min-pass-rate", "80"),
            ("--min-pass-rate", "nan"),
            ("--min-pass-rate", "-1"),
            ("--min-pass-rate", "much"),
            ("--min-pass-rate", "0.5", "--min-samples", "0"),
            ("--min-pass-rate", "0.5", "--max-new-failures", "0"),
            ("--min-pass-rate", "0.5", "--fail-on", "nothing"),
        ],
    )
    def test_usage(self, bundles, options):
        """Options by which everything would pass, and values that are none, are wrong usage."""
        assert run("gate", bundles / "same.db", *options).exit_code == 2

    def test_percentage_without_its_sign(self, bundles):
        """80 may be meant as 80 %: the message says how to write it."""
        assert "write 80% for a percentage" in run("gate", bundles / "same.db", "--min-pass-rate", "80").stderr


class TestOutputs:
    """What is written, and where."""

    def test_summary(self, bundles, tmp_path, monkeypatch):
        """The summary of a CI job gets the checks as Markdown after what it has already."""
        summary = tmp_path / "summary.md"
        summary.write_text("# Job\n")
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
        assert gate(bundles, "worse").exit_code == 4
        assert gate(bundles, "same").exit_code == 0
        headings = [line for line in summary.read_text().splitlines() if line.startswith("#")]
        assert headings == ["# Job", "## Gate: regression", "### New failures (12)", "## Gate: clean"]

    def test_summary_that_nobody_reads(self, bundles, tmp_path, monkeypatch):
        """A pipe without a reader does not keep the gate waiting."""
        os.mkfifo(tmp_path / "pipe")
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "pipe"))
        done = gate(bundles, "worse")
        assert done.exit_code == 4
        assert f"Warning: {tmp_path / 'pipe'}: the summary" in done.stderr

    @pytest.mark.parametrize("new", ["same", "worse"])
    def test_summary_that_cannot_be_written(self, bundles, tmp_path, monkeypatch, new):
        """If the summary cannot be written, standard error says so, and the exit code stays."""
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
        done = gate(bundles, new)
        assert done.exit_code == {"same": 0, "worse": 4}[new]
        assert f"Warning: {tmp_path}: the summary" in done.stderr

    def test_markdown(self, bundles):
        """Markdown shows the texts of a bundle as they are."""
        text = gate(bundles, "worse", "--format", "markdown").stdout
        assert text.startswith("## Gate: regression\n")
        assert "expected '42', got '41' &#124; &#60;b&#62;" in text

    def test_json(self, bundles):
        """JSON has the numbers behind the verdict."""
        found = json.loads(gate(bundles, "worse", "--format", "json").stdout)
        assert (found["outcome"], found["exit_code"]) == ("regression", 4)
        assert found["baseline"]["verdict"]["word"] == "regression"
        assert len(found["baseline"]["new_failures"]) == 12

    def test_junit(self, bundles, tmp_path):
        """The JUnit report has a failure, and is replaced by the next one."""
        report = tmp_path / "gate.xml"
        assert gate(bundles, "worse", "--junit", report).exit_code == 4
        assert ET.parse(report).getroot().get("failures") == "1"
        assert gate(bundles, "same", "--junit", report).exit_code == 0
        assert ET.parse(report).getroot().get("failures") == "0"

    @pytest.mark.parametrize("name", ["base.db", "notes.txt"])
    def test_junit_replaces_nothing_else(self, bundles, tmp_path, name):
        """A file that is no JUnit report is not replaced: it may be a bundle."""
        other = tmp_path / name
        other.write_bytes(b"something else")
        assert gate(bundles, "same", "--junit", other).exit_code == 1
        assert other.read_bytes() == b"something else"

    def test_junit_in_a_missing_folder(self, bundles, tmp_path):
        """A report that cannot be written fails, and names its path."""
        done = gate(bundles, "same", "--junit", tmp_path / "missing" / "gate.xml")
        assert done.exit_code == 1
        assert "gate.xml: cannot be written" in done.stderr

    def test_process(self, bundles, tmp_path):
        """In a process of its own, the exit code is the same, and the report goes to standard output."""
        summary = tmp_path / "summary.md"
        done = run_process(
            *("gate", bundles / "worse.db", "--baseline", bundles / "base.db", "--all-experiments"),
            environment={"GITHUB_STEP_SUMMARY": os.fspath(summary)},
        )
        assert done.returncode == 4
        assert done.stdout.startswith(b"Gate: regression")
        assert summary.read_text().startswith("## Gate: regression")


class TestFunction:
    """The function `gate` of the package."""

    def test_same_as_the_command(self, bundles):
        """The function finds what the command prints, of paths and of open bundles."""
        result = wink_debug_bundle.gate(bundles / "worse.db", bundles / "base.db", all_experiments=True)
        assert result.exit_code == 4
        assert result.to_text() == gate(bundles, "worse").stdout
        with DebugBundle.open(bundles / "worse.db") as new, DebugBundle.open(bundles / "base.db") as base:
            assert wink_debug_bundle.gate(new, base, all_experiments=True) == result

    def test_without_baseline(self, bundles):
        """Without a baseline, there is no comparison."""
        result = wink_debug_bundle.gate(bundles / "same.db", min_pass_rate=0.5, all_experiments=True)
        assert (result.outcome, result.comparison) == ("clean", None)

    @pytest.mark.parametrize(
        "rules",
        [
            {},
            {"max_new_failures": 1, "min_pass_rate": 0.5},
            {"min_pass_rate": 80},
            {"min_pass_rate": float("nan")},
            {"min_pass_rate": 0.5, "min_samples": 0},
            {"min_pass_rate": 0.5, "max_unpaired": 2},
            {"min_pass_rate": 0.5, "fail_on": "nothing"},
        ],
    )
    def test_wrong_rules(self, bundles, rules):
        """Rules by which everything would pass are refused."""
        with pytest.raises(ValueError, match=r"nothing to judge by|baseline|between 0 and 1|min_samples|FailOn"):
            wink_debug_bundle.gate(bundles / "same.db", all_experiments=True, **rules)

    def test_missing_bundle(self, tmp_path):
        """A bundle that does not exist raises an error of the package."""
        with pytest.raises(BundleError, match=r"missing\.db"):
            wink_debug_bundle.gate(tmp_path / "missing.db", min_pass_rate=0.5)

    def test_report_in_place_of_a_file(self, bundles, tmp_path):
        """A file that is no report is not replaced."""
        result = wink_debug_bundle.gate(bundles / "same.db", min_pass_rate=0.5, all_experiments=True)
        (tmp_path / "x").write_text("x")
        with pytest.raises(BundleExistsError, match="is not a JUnit report"):
            result.write_junit(tmp_path / "x")
