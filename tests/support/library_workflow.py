"""The specification's example workflow with the real library and made-up answers of the model.

Usage: python library_workflow.py FOLDER

Prints a report of the session, the bundle and the library's log as one JSON object.
"""

from __future__ import annotations

import json
import logging
import sys
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

from weakincentives.adapters.litellm import LiteLLMAdapter  # type: ignore[import-not-found]
from weakincentives.debug import archive_filesystem, collect_all_logs, dump_session  # type: ignore[import-not-found]
from weakincentives.filesystem import Filesystem, HostFilesystem  # type: ignore[import-not-found]
from weakincentives.prompt import MarkdownSection, Prompt, PromptTemplate, Tool, ToolContext, ToolResult  # type: ignore[import-not-found]
from weakincentives.runtime import Session  # type: ignore[import-not-found]

from wink_debug_bundle import DebugBundle


@dataclass(frozen=True, slots=True)
class Note:
    """Parameters and result of the tool."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """Parameters of the prompt."""

    text: str


def write_note(params: Note, *, context: ToolContext) -> ToolResult[Note]:
    """Write a file in the agent's file system."""
    assert context.filesystem is not None
    context.filesystem.write(params.path, params.text)
    return ToolResult.ok(params, "written ✅")


def completion(*_: object, **request: object) -> SimpleNamespace:
    """Answer as a provider does: with a tool call first, then with text."""
    messages = request["messages"]
    answered = any(message["role"] == "tool" for message in messages)  # type: ignore[attr-defined]
    arguments = json.dumps({"path": "notes/größe.md", "text": "hello 🧳"}, ensure_ascii=False)
    call = SimpleNamespace(id="call_1", function=SimpleNamespace(name="write_note", arguments=arguments))
    message = SimpleNamespace(content="done" if answered else None, tool_calls=[] if answered else [call], parsed=None)
    payload = {"id": "r", "usage": {"prompt_tokens": 100, "completion_tokens": 10}}
    return SimpleNamespace(choices=[SimpleNamespace(message=message)], model_dump=lambda: payload)


def make_prompt(root: Path) -> Prompt[object]:
    """Return a prompt with one tool and a file system of its own."""
    root.mkdir()
    filesystem = HostFilesystem(_root=str(root), _git_dir=f"{root}.git")
    tool = Tool[Note, Note](name="write_note", description="Write a note.", handler=write_note)
    section = MarkdownSection[Question](title="Task", key="task", template="Do: ${text}", tools=(tool,))
    template: PromptTemplate[object] = PromptTemplate(ns="demo", key="task", name="task", sections=(section,))
    return Prompt(template).bind(Question("write a note"), resources={Filesystem: filesystem})


def main(folder: Path) -> None:
    """Run the workflow's three steps (capture, assemble, explore) and print the report."""
    logging.getLogger().setLevel(logging.DEBUG)
    session = Session(tags={"loop": "demo"})
    adapter = LiteLLMAdapter(model="example/model", completion=completion)
    prompt = make_prompt(folder / "workspace")

    # 1. Capture during execution (existing tools)
    debug_dir = folder / "debug" / str(session.session_id)
    debug_dir.mkdir(parents=True, exist_ok=True)

    with collect_all_logs(debug_dir / "session.log"):
        adapter.evaluate(prompt, session=session)

    dump_session(session, debug_dir)

    with prompt.resources:
        if fs := prompt.resources.get_optional(Filesystem):
            archive_filesystem(fs, debug_dir)

    # 2. Assemble into bundle (new), with the library listening
    with collect_all_logs(folder / "ours.log"):
        bundle = DebugBundle.from_directory(debug_dir)

    # 3. Explore
    statistics = bundle.statistics
    sql = "SELECT tool_name, COUNT(*) FROM tool_invocations GROUP BY tool_name"
    report = {
        "session_id": str(session.session_id),
        "path": str(bundle.path),
        "statistics": {name: getattr(statistics, name) for name in type(statistics).__dataclass_fields__},
        "tools": [list(row) for row in bundle.query(sql)],
        "files": [list(row) for row in bundle.query("SELECT path, content FROM files")],
        "root": bundle.query("SELECT root_session_id FROM bundle_meta").fetchone()[0],
        "problems": bundle.query("SELECT count(*) FROM problems").fetchone()[0],
        "log_lines": len((debug_dir / "session.log").read_bytes().splitlines()),
        "ours": [json.loads(line) for line in (folder / "ours.log").read_text(encoding="utf-8").splitlines()],
    }
    bundle.close()
    print(json.dumps(report))  # noqa: T201 the test reads it


if __name__ == "__main__":
    main(Path(sys.argv[1]))
