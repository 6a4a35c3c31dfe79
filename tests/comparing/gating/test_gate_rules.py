"""Rules decide whether a change may pass; what cannot be judged never passes."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wink_debug_bundle.comparing.gating.gate_data import (
    BaselineFacts,
    CheckState,
    EvaluationFacts,
    FailOn,
    GateOutcome,
    GateRules,
    NewFailure,
)
from wink_debug_bundle.comparing.gating.gate_result import GateResult
from wink_debug_bundle.comparing.gating.gate_rules import gate_checks
from wink_debug_bundle.comparing.inference.intervals import Estimate, Interval
from wink_debug_bundle.comparing.verdict import Verdict, VerdictWord

NEW = EvaluationFacts("new.db", 100, 0, 100, Estimate(0.8, Interval(0.71, 0.87)), 0)
BASE = replace(NEW, path="base.db")
RULES = GateRules()
EVEN = BaselineFacts(BASE, Verdict(VerdictWord.NO_EVIDENCE, ("Chance may give it.",)), (), 0, (), 100)
WORSE = replace(EVEN, verdict=Verdict(VerdictWord.REGRESSION, ("It fell.",)))
FAILURES = tuple(NewFailure(f"sample {number}", f"expected {number}", str(number)) for number in range(3))

texts = st.text(st.characters(exclude_categories=()), max_size=40)


def judged(new: EvaluationFacts = NEW, baseline: BaselineFacts | None = None, rules: GateRules = RULES) -> GateResult:
    """Return what a gate finds."""
    return GateResult(new, baseline, tuple(gate_checks(new, baseline, rules)))


def state(result: GateResult, name: str) -> CheckState:
    """Return how one check ended."""
    return next(check.state for check in result.checks if check.name == name)


class TestExitCodes:
    """The outcome of all rules together."""

    def test_clean(self):
        """No evidence of a regression lets a change pass."""
        assert judged(baseline=EVEN).exit_code == 0

    def test_regression(self):
        """A regression does not."""
        assert judged(baseline=WORSE).exit_code == 4

    def test_not_judged_comes_first(self):
        """A regression in an evaluation that cannot be judged is not judged."""
        assert judged(replace(NEW, unscored_count=50), WORSE).exit_code == 5

    def test_no_checks(self):
        """Without a check, nothing was judged."""
        assert GateResult(NEW, None, ()).exit_code == 5

    @given(st.sampled_from(VerdictWord), st.booleans(), st.booleans(), st.sampled_from([None, (), ("main",)]))
    def test_only_some_verdicts_pass(self, word, soft_fails, allows, changed):
        """A change passes only with a verdict that is neither bad nor missing, and with prompts that are allowed."""
        rules = GateRules(
            fail_on=FailOn.SOFT_REGRESSION if soft_fails else FailOn.REGRESSION, allow_prompt_changes=allows
        )
        baseline = replace(EVEN, verdict=Verdict(word, ("why",)), changed_prompts=changed)
        passing = {VerdictWord.NO_EVIDENCE, VerdictWord.IMPROVEMENT}
        if not soft_fails:
            passing.add(VerdictWord.SOFT_REGRESSION)
        passes = judged(baseline=baseline, rules=rules).outcome == GateOutcome.CLEAN
        assert passes == (word in passing and (allows or changed == ()))


class TestResults:
    """An evaluation that did not finish is not judged."""

    @pytest.mark.parametrize(("scored", "code"), [(0, 5), (19, 5), (20, 0)])
    def test_few_samples(self, scored, code):
        """Few samples with a result are too few, however many pass."""
        new = EvaluationFacts("new.db", scored, 0, scored, Estimate(1.0, None) if scored else None, 0)
        assert judged(new, rules=GateRules(min_pass_rate=0.5)).exit_code == code

    @pytest.mark.parametrize(("unscored", "code"), [(5, 0), (6, 5)])
    def test_unscored(self, unscored, code):
        """Attempts without a result are not left out of the pass rate in silence."""
        new = replace(NEW, unscored_count=unscored)
        assert judged(new, rules=GateRules(min_pass_rate=0.5)).exit_code == code

    def test_says_what_is_missing(self):
        """The reasons say how many there are, and how many are needed."""
        new = EvaluationFacts("new.db", 10, 4, 6, Estimate(1.0, None), 0)
        assert judged(new).checks[0].reasons == (
            "new.db has 6 samples with a result; at least 20 are needed.",
            "4 of 10 attempts (40.0 %) have no result; at most 5.0 % may.",
        )


class TestImport:
    """Problems at the import."""

    @pytest.mark.parametrize("side", ["new", "base"])
    def test_strict(self, side):
        """With `strict`, a problem on either side makes the evaluation one that is not judged."""
        new = replace(NEW, problem_count=side == "new")
        baseline = replace(EVEN, evaluation=replace(BASE, problem_count=side == "base"))
        assert judged(new, baseline).exit_code == 0
        result = judged(new, baseline, GateRules(strict=True))
        assert result.exit_code == 5
        assert state(result, "import") == CheckState.NOT_JUDGED
        assert f"{side}.db has 1 problem at the import" in result.checks[1].reasons[0]


class TestPassRate:
    """A lowest pass rate."""

    @pytest.mark.parametrize(("lowest", "code"), [(0.79, 0), (0.8, 0), (0.81, 4)])
    def test_limit(self, lowest, code):
        """The pass rate itself is compared, and the limit is included."""
        assert judged(rules=GateRules(min_pass_rate=lowest)).exit_code == code

    def test_rounding(self):
        """A mean of shares that only rounding makes lower than the limit is not lower."""
        new = replace(NEW, pass_rate=Estimate(sum([0.7] * 10) / 10, Interval(0.6, 0.8)))
        assert judged(new, rules=GateRules(min_pass_rate=0.7)).exit_code == 0

    def test_just_below(self):
        """A rate that looks like the limit, and is below, says so."""
        new = replace(NEW, pass_rate=Estimate(0.7999, Interval(0.7, 0.9)))
        result = judged(new, rules=GateRules(min_pass_rate=0.8))
        assert result.exit_code == 4
        assert result.checks[2].reasons[0].endswith("at least 80.0 % must, which is a little more.")

    def test_reason(self):
        """The reason has the interval, too."""
        assert judged(rules=GateRules(min_pass_rate=0.9)).checks[2].reasons == (
            "80.0 % of 100 samples passed (95 % interval: 71.0 % to 87.0 %); at least 90.0 % must.",
        )


class TestBaseline:
    """The baseline is another evaluation."""

    @pytest.mark.parametrize(("same", "code"), [(5, 0), (6, 5), (100, 5)])
    def test_same_runs(self, same, code):
        """An evaluation compared with itself would always pass, so that it is not judged."""
        assert judged(baseline=replace(EVEN, same_run_count=same)).exit_code == code


class TestPrompts:
    """Prompts that differ."""

    def test_changed(self):
        """A comparison with other prompts is not judged, not even as a regression, and the reason says how to allow it."""
        result = judged(baseline=replace(WORSE, changed_prompts=("travel/main",)))
        assert result.exit_code == 5
        assert state(result, "comparison") == CheckState.NOT_JUDGED
        prompts = next(check for check in result.checks if check.name == "prompts")
        assert prompts.reasons == (
            "The prompts differ from those of the baseline: travel/main.",
            "If that is meant, allow it with --allow-prompt-changes.",
        )

    def test_allowed(self):
        """Where changes are allowed, they are named, and the comparison is judged."""
        result = judged(
            baseline=replace(WORSE, changed_prompts=("a", "b", "c", "d", "e", "f", "g")),
            rules=GateRules(allow_prompt_changes=True),
        )
        assert result.exit_code == 4
        assert "a, b, c, d, e and 2 more" in str(result.checks)

    def test_unknown(self):
        """Where prompts are not recorded, nobody knows whether they differ, so that it has to be allowed."""
        assert judged(baseline=replace(EVEN, changed_prompts=None)).exit_code == 5


class TestNewFailures:
    """A limit for new failures."""

    @pytest.mark.parametrize(("most", "code"), [(None, 0), (3, 0), (2, 4), (0, 4)])
    def test_limit(self, most, code):
        """Single flips fail a gate only if somebody set a limit for them."""
        baseline = replace(EVEN, new_failures=FAILURES)
        assert judged(baseline=baseline, rules=GateRules(max_new_failures=most)).exit_code == code


class TestText:
    """The text for a terminal."""

    def test_width(self):
        """Each line fits, and the state and the name of each check stand before its reasons."""
        reason = "The pass rate of 100 paired samples fell by 11.0 points, from 55.0 % to 44.0 %, which is much."
        baseline = replace(WORSE, verdict=Verdict(VerdictWord.REGRESSION, (reason,)), new_failures=FAILURES * 4)
        lines = judged(baseline=baseline).to_text().splitlines()
        assert max(map(len, lines)) <= 79
        assert lines[0] == "Gate: regression"
        assert "  fails       comparison    Regression, compared with base.db." in lines
        assert lines[-12:-10] == ["New failures (12):", "  sample 0 (show 0): expected 0"]
        assert lines[-1] == "  and 2 more"

    @given(texts, texts)
    def test_control_characters(self, sample, reason):
        """No text of a bundle moves the cursor."""
        baseline = replace(EVEN, new_failures=(NewFailure(sample, reason, None),))
        text = judged(baseline=baseline).to_text()
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)

    @pytest.mark.parametrize(
        ("sample", "shown"),
        [("a\nb", "a\\nb"), ("x" * 5000, "x" * 99 + "…"), ("", "''"), ("  ", "'  '")],
        ids=["newline", "long", "empty", "blanks"],
    )
    def test_odd_names(self, sample, shown):
        """A sample is named on one line, shortly, whatever its id is; so it is in Markdown."""
        result = judged(baseline=replace(EVEN, new_failures=(NewFailure(sample, "why", None),)))
        assert " ".join(result.to_text().splitlines()[-2:]).replace(" ", "").endswith(f"{shown}:why".replace(" ", ""))
        assert result.to_markdown().splitlines()[-1] == f"- **{shown.replace(chr(92), '&#92;')}**: why"


class TestMarkdown:
    """Markdown for the summary of a CI job."""

    def test_table_and_list(self):
        """The checks are a table, the new failures a list."""
        lines = judged(baseline=replace(WORSE, new_failures=FAILURES)).to_markdown().splitlines()
        assert lines[0] == "## Gate: regression"
        assert "| comparison | fails | Regression, compared with base.db.<br>It fell. |" in lines
        assert "- **sample 0** (show 0): expected 0" in lines

    @given(texts, texts)
    def test_texts_mean_nothing(self, sample, reason):
        """No text of a bundle becomes an element, a link, an image, a mention, or another row of the table."""
        baseline = replace(
            EVEN,
            new_failures=(NewFailure(sample, reason, None),),
            verdict=Verdict(VerdictWord.NO_EVIDENCE, (reason,)),
        )
        text = judged(baseline=baseline).to_markdown()
        allowed = text.replace("<br>", "").replace("## ", "").replace("# ", "").replace("**", "")
        assert not re.search(r"[<>\[\]`!@\x00]|://", re.sub(r"&#\d+;", "", allowed))
        rows = [line for line in text.splitlines() if line.startswith("|")]
        assert {row.count("|") for row in rows} == {4}

    def test_many_failures(self):
        """The summary stays short, whatever fails."""
        many = tuple(NewFailure("s" * 100, "r" * 10_000, "1") for _ in range(10_000))
        text = judged(baseline=replace(EVEN, new_failures=many)).to_markdown()
        assert len(text) < 50_000
        assert "- and 9,950 more" in text


class TestJunit:
    """The JUnit report."""

    def test_test_cases(self):
        """Each check is a test case: one that fails has a failure, one that was not judged an error."""
        new = replace(NEW, unscored_count=50)
        rules = GateRules(min_pass_rate=0.9)
        suite = ET.fromstring(judged(new, EVEN, rules).to_junit())[0]
        assert suite.attrib == {"name": "gate new.db", "tests": "6", "failures": "1", "errors": "1"}
        found = {case.get("name"): case[0].tag for case in suite}
        assert found == {
            "results": "error",
            "import": "system-out",
            "pass rate": "failure",
            "baseline": "system-out",
            "prompts": "system-out",
            "comparison": "system-out",
        }

    def test_single_flips_are_no_failures(self):
        """New failures that chance may explain are listed, and fail no test case."""
        suite = ET.fromstring(judged(baseline=replace(EVEN, new_failures=FAILURES)).to_junit())[0]
        assert suite.get("failures") == "0"
        assert suite[-1].text == "\n".join(
            f"New failure: sample {number} (show {number}): expected {number}" for number in range(3)
        )

    @given(texts, texts)
    def test_any_text(self, path, reason):
        """Whatever characters a bundle holds, the report is well-formed."""
        new = replace(NEW, path=path, problem_count=1)
        baseline = replace(
            WORSE,
            new_failures=(NewFailure(reason, reason, reason),),
            verdict=Verdict(VerdictWord.REGRESSION, (reason,)),
        )
        report = judged(new, baseline, GateRules(strict=True)).to_junit()
        assert ET.fromstring(report.encode())[0].get("errors") == "1"


class TestJson:
    """JSON for other programs."""

    def test_object(self):
        """The outcome, the exit code, each check and each number are there."""
        found = json.loads(judged(baseline=replace(WORSE, new_failures=FAILURES)).to_json())
        assert (found["outcome"], found["exit_code"]) == ("regression", 4)
        assert found["checks"][-1] == {
            "name": "comparison",
            "state": "fails",
            "reasons": ["Regression, compared with base.db.", "It fell."],
        }
        assert found["new"]["pass_rate"] == {"value": 0.8, "interval": {"low": 0.71, "high": 0.87}}
        assert found["baseline"]["new_failures"][2]["sample"] == "sample 2"

    @given(texts)
    def test_any_text(self, reason):
        """Whatever characters a bundle holds, they come back, and none moves the cursor of a terminal."""
        text = judged(baseline=replace(EVEN, new_failures=(NewFailure(reason, reason, None),))).to_json()
        assert json.loads(text)["baseline"]["new_failures"][0]["reason"] == reason
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)
