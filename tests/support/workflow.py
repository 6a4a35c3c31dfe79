"""A workflow for GitHub in a page, and a way to run its steps as a job does: in order, each in a real shell.

What a job has is prepared: a program that evaluates leaves the runs of a fixture, `gh run download` copies a baseline,
and `pip` installs nothing, as this package is installed. All other programs are real.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from support.shell_programs import add_program

_BLOCK = re.compile(r"^```yaml\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)

_ONLY_PULL_REQUESTS = "github.event_name == 'pull_request'"
_ALWAYS = "${{ !cancelled() }}"

_GH = """
case "$1 $2" in
"run list") echo 42 ;;
"run download") [ "$3 $4 $5 $6" = "42 --name evaluation --dir" ] && mkdir "$7" && cp "$BASELINE"/* "$7" ;;
*) exit 1 ;;
esac
"""


def workflow_of(page: str) -> dict[str, Any]:
    """Return the workflow in the only block of YAML of a page."""
    [text] = [block["text"] for block in _BLOCK.finditer(page)]
    workflow: dict[str, Any] = yaml.safe_load(text)
    return workflow


@dataclass(frozen=True, slots=True)
class Ran:
    """A step that ran, its exit code, and what it printed."""

    name: str
    exit_code: int
    output: str


class Job:
    """A job in a folder of its own."""

    def __init__(self, folder: Path, *, evaluation: Path, baseline: Path | None = None) -> None:
        self.folder = folder
        self.work = folder / "work"
        self.work.mkdir(parents=True)
        self.summary = folder / "summary.md"
        (self.work / "evaluate.py").write_text(
            f"import shutil, sys\nassert sys.argv[1] == '--output'\nshutil.copytree({str(evaluation)!r}, sys.argv[2])\n"
        )
        self._baseline = baseline
        self._programs = folder / "programs"
        self._programs.mkdir()
        add_program(self._programs, "gh", _GH)
        add_program(self._programs, "pip", '[ "$*" = "install wink-debug-bundle" ]')
        add_program(self._programs, "python", f'exec "{sys.executable}" "$@"')
        add_program(self._programs, "wink-debug-bundle", f'exec "{sys.executable}" -m wink_debug_bundle "$@"')

    def run(self, workflow: dict[str, Any], event: str) -> list[Ran]:
        """Run the steps that the event asks for, as GitHub would, and return them."""
        [job] = workflow["jobs"].values()
        ran: list[Ran] = []
        for step in job["steps"]:
            has_failed = any(each.exit_code for each in ran)
            if "run" in step and _is_due(step.get("if"), event, has_failed=has_failed):
                ran.append(self._run(step["name"], step["run"]))
        return ran

    def run_python(self, code: str) -> Ran:
        """Run Python code where the steps ran."""
        return self._finished("python", [sys.executable, "-W", "error", "-c", code])

    def _run(self, name: str, script: str) -> Ran:
        """Run one step by the shell that GitHub uses, with its options."""
        return self._finished(name, ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script])

    def _finished(self, name: str, command: list[str]) -> Ran:
        done = subprocess.run(
            command,
            cwd=self.work,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Ran(name, done.returncode, done.stdout + done.stderr)

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "PATH": f"{self._programs}{os.pathsep}{os.environ['PATH']}",
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "BASELINE": str(self._baseline),
        }


def _is_due(condition: str | None, event: str, *, has_failed: bool) -> bool:
    """Return whether GitHub runs a step with such a condition; one that this does not know is an error."""
    if condition == _ALWAYS:
        return True
    assert condition in {None, _ONLY_PULL_REQUESTS}, condition
    return not has_failed and (condition is None or event == "pull_request")
