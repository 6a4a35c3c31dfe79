"""Write a comparison as JUnit XML, which CI systems show: a test for each sample, and one for the verdict."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ...terminal_text import visible
from ..comparison_data import Comparison
from ..sample_pairs.pairing import Pair, Unpaired
from ..verdict import VerdictWord
from .divergence_blocks import attempt_words, divergence_words

_NOT_IN_XML = re.compile("[\ufffe\uffff]")


def comparison_junit(comparison: Comparison) -> str:
    """Return the XML: samples that are lost fail; those that failed before, too, or have no pair, are skipped.

    The first test is the verdict: it fails if that is a regression, and is an error if nothing can be said.
    """
    suite = Element("testsuite", name="wink-debug-bundle compare")
    _verdict_case(suite, comparison)
    words = {id(flip.pair): divergence_words(flip.divergence) for flip in comparison.flips if flip.divergence}
    for pair in comparison.pairing.pairs:
        _pair_case(suite, pair, words.get(id(pair)))
    for side, unpaired in (("base", comparison.pairing.only_base), ("new", comparison.pairing.only_new)):
        for each in unpaired:
            _unpaired_case(suite, each, side)
    for name, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(sum(1 for _ in suite.iter(tag))))
    root = Element("testsuites")
    root.append(suite)
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _verdict_case(suite: Element, comparison: Comparison) -> None:
    verdict = comparison.verdict
    case = SubElement(suite, "testcase", classname="compare", name="verdict")
    tags = {VerdictWord.REGRESSION: "failure", VerdictWord.NOT_COMPARABLE: "error"}
    tag = tags.get(verdict.word)
    body = SubElement(case, "system-out") if tag is None else SubElement(case, tag, message=verdict.word.value)
    body.text = _safe("\n".join((f"{verdict.word}", *verdict.reasons)))


def _pair_case(suite: Element, pair: Pair, divergence: str | None) -> None:
    case = SubElement(suite, "testcase", classname=_safe(pair.base.experiment or "samples"), name=_safe(pair.name))
    milliseconds = pair.new.mean(lambda attempt: attempt.duration_ms)
    if milliseconds is not None:
        case.set("time", f"{milliseconds / 1000:.3f}")
    before, now = pair.base.is_passed, pair.new.is_passed
    reason = _safe(pair.new.telling.failure or "no reason is recorded")
    if now is None:
        SubElement(case, "skipped", message="the sample has no score in the new evaluation")
    elif not now and before:
        failure = SubElement(case, "failure", message=reason)
        places = f"base: {attempt_words(pair.base.telling)}\nnew: {attempt_words(pair.new.telling)}"
        failure.text = _safe(f"{places}\n{divergence}" if divergence else places)
    elif not now:
        SubElement(case, "skipped", message=f"it did not pass in the base, either: {reason}")


def _unpaired_case(suite: Element, unpaired: Unpaired, side: str) -> None:
    sample = unpaired.sample
    case = SubElement(suite, "testcase", classname=_safe(sample.experiment or "samples"), name=_safe(sample.name))
    SubElement(case, "skipped", message=_safe(f"only in the {side} evaluation: {unpaired.reason}"))


def _safe(text: str) -> str:
    """Return the text without characters that XML cannot hold."""
    return _NOT_IN_XML.sub("", "\n".join(map(visible, text.split("\n"))))
