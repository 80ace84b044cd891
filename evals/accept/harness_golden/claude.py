"""Claude Code's measured answers against ours. The samples are not in the repository: they hold the vendor's words.

`python -m evals.accept.harness_golden.claude [wire_profiles.json]` prints the table.
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from posixpath import normpath
from typing import Any, cast

from pydantic import ValidationError

from codergen.profiles.capture.scratch import CWD, make
from codergen.profiles.families import load_kit
from codergen.profiles.native_data import load_wording
from codergen.sandbox.base import Sandbox, SandboxSpec
from codergen.sandbox.host import HostSandbox
from codergen.tools.base import ToolContext, ToolResult
from codergen.tools.claude.speech import Speech
from codergen.tools.claude.tool_search import ToolSearch
from codergen.tools.processes import Processes
from codergen.tools.refusals import problems
from codergen.tools.registry import ToolSet
from codergen.tools.state import ToolState
from codergen.tools.wording import Said, Wording
from evals.accept.harness_golden.rows import Row
from providers.anthropic_messages.content import messages
from providers.anthropic_messages.facts import Facts
from providers.types import Message, ModelRequest, ToolResultPart, ToolSpec

OVERLAP = 24
"""Characters by which the shown ends of a shortened sample are found in our text."""
Sample = Sequence[Any]


@dataclass(slots=True, kw_only=True)
class Bench:
    """A session's tools without a session."""

    tools: ToolSet
    sandbox: Sandbox
    root: str
    ask: bool = False
    """Nobody is there to allow what needs leave: commands but for `ls`, and reading elsewhere."""
    state: ToolState = field(default_factory=ToolState)
    processes: Processes = field(default_factory=Processes)

    async def answer(self, name: str, given: Mapping[str, Any]) -> ToolResult:
        refusals, tool = self.tools.refusals, self.tools.get(name)
        if tool is None:
            return refusals.unknown(name, self.tools.names)
        try:
            args = tool.arguments.model_validate(given)
        except ValidationError as error:
            return refusals.arguments(name, problems(error))
        if self.ask and self._needs_leave(name, given):
            return refusals.denied(name, f"{name} was not allowed")
        context = ToolContext(sandbox=self.sandbox, root=self.root, state=self.state, processes=self.processes)
        result = await tool.run(args, context)
        self.state = self.state.apply(result.state)
        return result

    def _needs_leave(self, name: str, given: Mapping[str, Any]) -> bool:
        if name == "Bash":
            return given["command"] != "ls"
        return name == "Read" and not normpath(given["file_path"]).startswith(f"{self.root}/")


async def replay(
    samples: Sequence[Sample], sandbox: Sandbox, root: str, *, deferred: Sequence[str] = (), ask: bool = False
) -> list[Row]:
    """Our answers to the samples' calls, in their order, in a repository as of `make`. With `ask`, the sandbox is to be
    one in which nothing may be written."""
    wording = load_wording("claude")
    kit = load_kit("claude", wording, {})
    search = ToolSearch(Speech(wording), lambda: [ToolSpec(name=name, description="") for name in deferred])
    bench = Bench(tools=ToolSet((*kit.tools, search), kit.refusals), sandbox=sandbox, root=root, ask=ask)
    rows: list[Row] = []
    try:
        for at, (call, answer) in enumerate(samples):
            given = json.loads(json.dumps(call["input"]).replace(CWD, root))
            result = await bench.answer(call["name"], given)
            rows.append(judged(f"{at:02} {call['name']}", call, answer, result, wording, root))
    finally:
        await bench.processes.close()
    return rows


def judged(
    name: str, call: Mapping[str, Any], answer: Mapping[str, Any], result: ToolResult, wording: Wording, root: str
) -> Row:
    """One comparison. Pure."""
    ours = result.content.replace(root, CWD)
    said = _placeless(result.said, root)
    vendor: Any = answer["content"]
    note = ""
    if isinstance(vendor, list):
        same = vendor == _content(result)
        alike, vendor, note = same, json.dumps(vendor), "" if same else "blocks that our results have not"
    else:
        if isinstance(vendor, dict):
            vendor, whole = _whole(cast("Mapping[str, Any]", vendor), ours)
            note = "" if whole else "the ends that are shown do not fit together"
        learned = None if said is None or note else wording.learn(said, vendor)
        alike = learned is not None if said is not None else vendor == ours
        same = alike and (said is None or _again(learned, said, wording).gives(said, vendor))
    flag = answer.get("is_error") == result.is_error
    if not flag:
        note = f"is_error is {result.is_error}, the vendor's {answer.get('is_error')}"
    return Row(
        name=name,
        call=call,
        ours=ours,
        vendor=vendor,
        said=said,
        structure_ok=alike and flag,
        bytes_ok=same and flag,
        note=note,
    )


def _again(learned: str | None, said: Said, wording: Wording) -> Wording:
    return Wording({said.case: learned or ""}, wording.volatile)


def _placeless(said: Said | None, root: str) -> Said | None:
    if said is None:
        return None
    return Said(case=said.case, fields={name: value.replace(root, CWD) for name, value in said.fields.items()})


def _content(result: ToolResult) -> object:
    """A result's content as our client sends it."""
    part = ToolResultPart(call_id="c", name="t", content=result.content, media=result.media)
    return messages(ModelRequest(model="m", messages=(Message(role="tool", parts=(part,)),)), Facts())[0]["content"][0][
        "content"
    ]


def _whole(shortened: Mapping[str, Any], ours: str) -> tuple[str, bool]:
    """A sample of which only both ends are kept, filled up with our text between them; whether its length fits."""
    head, tail = str(shortened["head"]), str(shortened["tail"])
    begin = len(head) if ours.startswith(head) else ours.find(head[-OVERLAP:]) + OVERLAP
    end = len(ours) - len(tail) if ours.endswith(tail) else ours.rfind(tail[:OVERLAP])
    text = f"{head}{ours[begin:end]}{tail}"
    return text, begin >= OVERLAP and end >= 0 and ("@HOME@" in text or len(text) == shortened["len"])


async def rows_of(profiles: Mapping[str, Any]) -> list[Row]:
    """All samples of the file, those of refused calls in a workspace that is read-only."""
    claude = profiles["claude"]
    deferred = [tool["name"] for tool in claude["deferred_tools"]]
    rows = await _in_fresh(claude["samples"], deferred=deferred, ask=False)
    return rows + await _in_fresh(claude["samples_permission_denied"], deferred=deferred, ask=True)


async def _in_fresh(samples: Sequence[Sample], *, deferred: Sequence[str], ask: bool) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="codergen-golden-") as folder:
        make(Path(folder))
        sandbox = HostSandbox()
        started = await sandbox.start(SandboxSpec(workspace=Path(folder), read_only=ask))
        try:
            return await replay(samples, sandbox, started.inside, deferred=deferred, ask=ask)
        finally:
            await sandbox.stop()


def table(rows: Sequence[Row]) -> str:
    """The score, and each miss by name."""
    alike, same = sum(row.structure_ok for row in rows), sum(row.bytes_ok for row in rows)
    lines = [
        f"claude: {len(rows)} samples, same structure {alike} ({alike / len(rows):.1%}), "
        f"same bytes with learned words {same} ({same / len(rows):.1%})"
    ]
    for row in rows:
        if not row.bytes_ok:
            lines += [
                f"  miss: {row.name} {json.dumps(row.call['input'])[:100]}  {row.note}",
                f"    vendor {row.vendor[:160]!r}",
            ]
            lines.append(f"    ours   {row.ours[:160]!r}")
    return "\n".join(lines)


def main() -> int:
    beside = Path(__file__).resolve().parents[3].parent / "shared" / "wire" / "wire_profiles.json"
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else beside
    if not path.is_file():
        print(f"claude: skipped, {path} is not there")
        return 0
    print(table(asyncio.run(rows_of(json.loads(path.read_text(encoding="utf-8"))))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
