"""Write what a gate found as a JUnit report, which CI systems show beside the results of tests.

A new failure that chance may explain is no failed test: the checks alone are test cases.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from ...terminal_text import visible, visible_lines
from .gate_data import Check, CheckState, Judgement
from .gate_text import described

_NO_XML = re.compile("[\ufdd0-\ufdef\ufffe\uffff]")
"""Characters that XML forbids and that are not control characters."""

_ELEMENTS = {CheckState.FAILS: "failure", CheckState.NOT_JUDGED: "error"}


def junit_of_gate(result: Judgement) -> str:
    """Return the report as a document in XML; control characters are shown as escapes."""
    counts = {
        "tests": len(result.checks),
        "failures": sum(check.state == CheckState.FAILS for check in result.checks),
        "errors": sum(check.state == CheckState.NOT_JUDGED for check in result.checks),
    }
    attributes = {name: str(count) for name, count in counts.items()}
    root = ET.Element("testsuites", attributes)
    suite = ET.SubElement(root, "testsuite", {"name": f"gate {_allowed(visible(result.new.path))}", **attributes})
    for check in result.checks:
        case = ET.SubElement(suite, "testcase", {"classname": "wink-debug-bundle gate", "name": check.name})
        _explain(case, check)
    if failures := "\n".join(_failures(result)):
        ET.SubElement(suite, "system-out").text = failures
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _explain(case: ET.Element, check: Check) -> None:
    reasons = _allowed(visible_lines("\n".join(check.reasons)))
    if check.state in _ELEMENTS:
        message = {"message": _allowed(visible(check.reasons[0])), "type": check.state}
        ET.SubElement(case, _ELEMENTS[check.state], message).text = reasons
    else:
        ET.SubElement(case, "system-out").text = reasons


def _failures(result: Judgement) -> Iterator[str]:
    if result.baseline is not None:
        for failure in result.baseline.new_failures:
            yield _allowed(visible(f"New failure: {described(failure)}"))


def _allowed(text: str) -> str:
    return _NO_XML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
