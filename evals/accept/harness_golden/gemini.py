"""gemini-cli's samples, replayed by our `gemini` tools in a scratch repository like the one they were taken in."""

import asyncio
import base64
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from codergen.profiles.families import load_kit
from codergen.profiles.native_data import load_wording
from codergen.sandbox.base import Sandbox
from codergen.tools.base import ToolContext, ToolResult
from codergen.tools.gemini.script import BASH
from codergen.tools.registry import ToolSet
from codergen.tools.wording import Wording
from evals.accept.harness_golden.rows import Row, answered

PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEUlEQVR4nGP4z8DA8B+MgBgAHfAD/dPQfSYAAAAASUVORK5CYII="
FILES: Mapping[str, bytes] = {
    "long.txt": "".join(f"line {n}\n" for n in range(1, 5001)).encode(),
    "wide.txt": b"w" * 30_000 + b"\n" + b"x" * 5_000 + b"\n",
    "empty.txt": b"",
    "bin.dat": bytes(range(256)) * 4,
    "pic.png": base64.b64decode(PICTURE),
    "app.py": b"def f(x):\n\treturn x + 1\n\nprint(f(1))\n",
    "notes.txt": b"alpha\nbeta\ngamma\n",
    "sub/inner.txt": b"inner\n",
}
"""As the samples show them, oldest first."""


def lay(root: Path) -> None:
    """The scratch repository."""
    (root / ".git").mkdir(parents=True)
    for age, (name, data) in enumerate(FILES.items()):
        path = root / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        when = path.stat().st_mtime_ns - (1000 - age) * 1_000_000
        os.utime(path, ns=(when, when))


@dataclass(slots=True, kw_only=True)
class _Replay:
    """The session so far."""

    tools: ToolSet
    wording: Wording
    context: ToolContext
    root: str

    async def answer(self, call: Mapping[str, Any], number: int) -> ToolResult:
        args = json.loads(json.dumps(call["args"]).replace("@CWD@", self.root))
        context = replace(self.context, call_id=f"call-{number}")
        result = await answered(self.tools, call["name"], args, context)
        self.context = replace(self.context, state=self.context.state.apply(result.state))
        return result


async def replay(
    samples: Sequence[Sequence[Any]], sandbox: Sandbox, root: Path, names: Sequence[str] | None = None
) -> list[Row]:
    """Every [call, result] in order, on a started sandbox whose workspace is `root` (see `lay`). `names` are the tools
    that were offered; None is all of ours."""
    wording = load_wording("gemini")
    kit = load_kit("gemini", wording, {})
    tools = ToolSet((t for t in kit.tools if names is None or t.name in names), kit.refusals)
    run = _Replay(tools=tools, wording=wording, context=ToolContext(sandbox=sandbox, root=str(root)), root=str(root))
    rows: list[Row] = []
    try:
        for number, sample in enumerate(samples, start=1):
            result = await run.answer(sample[0], number)
            await asyncio.sleep(0.02)  # two changes in one tick of the clock have no order
            rows.append(_row(f"{number:02} {sample[0]['name']}", sample, result, run))
    finally:
        await run.context.processes.close()
    return rows


def _row(name: str, sample: Sequence[Any], result: ToolResult, run: _Replay) -> Row:
    told: Mapping[str, Any] = sample[1]
    key = "error" if "error" in told else "output"
    vendor, note = _whole(told[key], result, run.root)
    learned = run.wording.learn(result.said, vendor) if result.said is not None else None
    problem = _problem(sample, result, key)
    again = False
    if learned is not None and result.said is not None:
        pattern = Wording({result.said.case: learned}, run.wording.volatile).pattern(result.said)
        again = re.fullmatch(pattern, vendor, re.DOTALL) is not None
    return Row(
        name=name,
        call=sample[0],
        ours=result.content,
        vendor=vendor,
        said=result.said,
        structure_ok=learned is not None and not problem,
        bytes_ok=again and not problem,
        note=problem or note,
    )


def _problem(sample: Sequence[Any], result: ToolResult, key: str) -> str:
    """What is wrong besides the text."""
    if (key == "error") != bool(result.is_error):
        return f"it went out as {'error' if result.is_error else 'output'}"
    beside = [item["sibling_part"]["inlineData"] for item in sample[2:]]
    if [part["mimeType"] for part in beside] != [part.media_type for part in result.media]:
        return "not the same parts beside it"
    for part, ours in zip(beside, result.media, strict=True):
        data = part["data"]
        if data["len"] != len(ours.data) or not ours.data.startswith(data["head"]):
            return "not the same picture"
    return ""


def _whole(recorded: object, result: ToolResult, root: str) -> tuple[str, str]:
    """A recorded text as it would be here. Of long ones there are only the ends, so what is between them is ours."""
    if isinstance(recorded, str):
        return _settled(recorded, result, root), ""
    ends, ours = cast("Mapping[str, Any]", recorded), result.content
    head, tail = str(ends["head"]), _settled(str(ends["tail"]), result, root)
    anchor = next((head[-size:] for size in (40, 20, 12) if head[-size:] in ours), None)
    if anchor is None or not ours.endswith(tail):
        return head + tail, "the ends do not meet ours"
    between = ours[ours.index(anchor) + len(anchor) : len(ours) - len(tail)]
    if len(head) + len(between) + len(tail) != ends["len"]:
        return head + between + tail, f"not as long as theirs, {ends['len']}"
    note = f"compared: first {len(head)} and last {len(tail)} characters of {ends['len']}"
    return _settled(head, result, root) + between + tail, note


def _settled(vendor: str, result: ToolResult, root: str) -> str:
    """The vendor's text with what varies as it is here: paths, process ids, the file of a long output."""
    text = re.sub(r"@HOME@/\S+/tool-outputs/\S+", _field(result, "saved"), vendor)
    text = text.replace("@CWD@", root).replace("@BASH@", BASH)
    group = re.search(r"Process Group PGID: (\d+)", result.content)
    if group:
        text = re.sub(r"(Process Group PGID: )\d+", rf"\g<1>{group[1]}", text)
    background = re.search(r"\[PID (\d+)\]", result.content)
    return re.sub(r"\[PID \d+\]", f"[PID {background[1]}]", text) if background else text


def _field(result: ToolResult, name: str) -> str:
    return result.said.fields.get(name, "") if result.said is not None else ""
