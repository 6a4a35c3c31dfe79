"""The code blocks of a page in Markdown, and ways to run them in a fresh folder as a reader would.

What a reader has is prepared: the names below stand for fixtures, the programs are this package's own, and `.venv/bin` is
one of the folders with programs. What makes an environment is not run again: `python3 -m venv`, `pip`, `tox`. A block of
Python that imports the library itself is only compiled, because the library is not installed for the ordinary tests.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from support.shell_programs import add_program

FIXTURES = Path(__file__).parents[2] / "fixtures"

FOLDERS = {"debug/abc123": "wink-0.20.0/run", "before": "wink-0.24.0/evaluation", "target": "wink-0.27.0/evaluation"}
"""Folders that a page speaks of, and the fixtures that they are copies of."""

PROGRAMS = {
    "wink": "from wink_debug_bundle.cli.main import wink; wink()",
    "wink-debug-bundle": "from wink_debug_bundle.cli.main import main; main()",
}
"""Programs of this package, as Python code."""

ENVIRONMENT = re.compile(r"python3 -m venv \.venv|\.venv/bin/pip install .*|\.venv/bin/tox run( .*)?")
"""Commands that make or test an environment; this test runs in one."""

MODULES = {"dataset": "pyarrow", "redact": "re2"}
"""A module that each extra brings."""

_BLOCK = re.compile(r"^```(?P<language>console|python)\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE)
_SERVE = re.compile(r"\S*wink\S*( debug-bundle)? serve ")
_OWN = re.compile(r"(\.venv/bin/)?(wink debug-bundle|wink-debug-bundle)( |$)")
_EXTRA = re.compile(r"#.*\bneeds the extra: wink-debug-bundle\[(\w+)\]")
_ADDRESS = re.compile(r"http://\S+")


@dataclass(frozen=True, slots=True)
class Step:
    """One command of a console block, or one whole block of Python; `extra` is what its comment says that it needs."""

    language: str
    code: str
    extra: str | None = None


def steps(markdown: str) -> Iterator[Step]:
    """Yield the steps of a page, in its order; commands that `&&` joins are steps of their own."""
    for block in _BLOCK.finditer(markdown):
        if block["language"] == "python":
            yield Step("python", block["code"])
            continue
        for line in block["code"].replace("\\\n", " ").splitlines():
            command = re.sub(r"\s+#\s.*$", "", line.removeprefix("$ ").strip())
            needed = _EXTRA.search(line)
            extra = needed[1] if needed else None
            yield from (Step("console", part.strip(), extra) for part in command.split("&&") if part.strip())


class Reader:
    """Runs steps in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.programs = folder / ".venv" / "bin"
        self.programs.mkdir(parents=True)
        for name, code in PROGRAMS.items():
            add_program(self.programs, name, f'exec "{sys.executable}" -c "{code}" "$@"')
        add_program(self.programs, "python", f'exec "{sys.executable}" "$@"')
        for name, source in FOLDERS.items():
            shutil.copytree(FIXTURES / source, folder / name)
        (folder / "fixtures").symlink_to(FIXTURES)

    def fault(self, step: Step) -> str | None:
        """Run the step; return what is wrong with it, or None."""
        if step.language == "python":
            return self._python_fault(step.code)
        if ENVIRONMENT.fullmatch(step.code):
            return None
        if not _OWN.match(step.code):
            return "is not a command of this package; the test does not know how to run it"
        fault = self._serve_fault(step.code) if _SERVE.match(step.code) else self._fault(["bash", "-c", step.code])
        if step.extra is None or find_spec(MODULES[step.extra]) is not None:
            return fault
        is_named = fault is not None and f"pip install 'wink-debug-bundle[{step.extra}]'" in fault
        return None if is_named else f"does not say that the extra {step.extra} is missing: {fault}"

    def _python_fault(self, code: str) -> str | None:
        compile(code, "README.md", "exec")
        return (
            None
            if re.search(r"^\s*(from|import) weakincentives", code, re.MULTILINE)
            else self._fault([sys.executable, "-W", "error", "-c", code])
        )

    def _fault(self, command: list[str]) -> str | None:
        """Run a command to its end."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return None if done.returncode == 0 else f"exit code {done.returncode}: {done.stderr.strip()}"

    def _serve_fault(self, command: str) -> str | None:
        """Start a server on a free port, fetch its first page, and end it with Ctrl-C."""
        quiet = f"exec {command} --port 0 --no-browser"
        with subprocess.Popen(
            ["bash", "-c", quiet],
            cwd=self.folder,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            preexec_fn=_let_be_interrupted,  # noqa: PLW1509 no threads here
        ) as server:
            assert server.stdout is not None
            try:
                address = _ADDRESS.search(server.stdout.readline())
                if address is None:
                    return "no address was printed"
                with urllib.request.urlopen(address[0], timeout=60) as answer:
                    return None if answer.status == 200 else f"the first page has status {answer.status}"
            finally:
                server.send_signal(signal.SIGINT)
                server.wait(timeout=60)

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "PATH": f"{self.programs}{os.pathsep}{os.environ['PATH']}", "PYTHONSAFEPATH": "1"}


def _let_be_interrupted() -> None:
    """Let the server have Ctrl-C, which a test run in the background ignores."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
