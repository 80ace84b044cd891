"""codex-cli's classic samples, replayed by our `codex` tools in a scratch repository like that they were taken in."""

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from codergen.profiles.families import load_kit
from codergen.profiles.native_data import load_wording
from codergen.sandbox.base import Sandbox
from codergen.tools.base import ToolContext, ToolResult
from codergen.tools.codex.tokens import count
from codergen.tools.registry import ToolSet
from codergen.tools.wording import Wording
from evals.accept.harness_golden.rows import Row, answered

PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEUlEQVR4nGP4z8DA8B+MgBgAHfAD/dPQfSYAAAAASUVORK5CYII="
FILES: Mapping[str, bytes] = {
    "long.txt": "".join(f"line {n}\n" for n in range(1, 5001)).encode(),
    "wide.txt": b"w" * 30_000 + b"\n",
    "empty.txt": b"",
    "bin.dat": bytes(range(256)) * 4,
    "pic.png": base64.b64decode(PICTURE),
    "app.py": b"def f(x):\n\treturn x + 1\n\nprint(f(1))\n",
    "notes.txt": b"alpha\nbeta\ngamma\n",
    "sub/inner.txt": b"inner\n",
}
"""As the samples show them."""


def lay(root: Path) -> None:
    """The scratch repository."""
    (root / ".git").mkdir(parents=True)
    for name, data in FILES.items():
        path = root / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)


@dataclass(slots=True, kw_only=True)
class _Replay:
    """The session so far."""

    tools: ToolSet
    wording: Wording
    context: ToolContext

    async def answer(self, call: Mapping[str, Any]) -> ToolResult:
        given = {"input": call["input"]} if "input" in call else json.loads(call["arguments"])
        args = json.loads(json.dumps(given).replace("@CWD@", self.context.root))
        result = await answered(self.tools, call["name"], args, self.context)
        self.context = replace(self.context, state=self.context.state.apply(result.state))
        return result


async def replay(samples: Sequence[Sequence[Any]], sandbox: Sandbox, root: Path) -> list[Row]:
    """Every [call, result] in order, on a started sandbox whose workspace is `root` (see `lay`)."""
    wording = load_wording("codex")
    kit = load_kit("codex", wording, {})
    context = ToolContext(sandbox=sandbox, root=str(root))
    run = _Replay(tools=ToolSet(kit.tools, kit.refusals), wording=wording, context=context)
    try:
        return [
            judged(f"{number:02} {call['name']}", call, result["output"], await run.answer(call), wording, str(root))
            for number, (call, result) in enumerate(samples, start=1)
        ]
    finally:
        await run.context.processes.close()


def judged(
    name: str, call: Mapping[str, Any], recorded: object, result: ToolResult, wording: Wording, root: str
) -> Row:
    """One sample held against our answer to the same call."""
    vendor, note, problem = _whole(recorded, result, root)
    said = result.said
    learned = wording.learn(said, vendor) if said is not None else None
    structure, same = learned is not None, False
    if said is None:
        structure = same = vendor == result.content
    elif learned is not None:
        same = Wording({said.case: learned}, wording.volatile).gives(said, vendor)
    return Row(
        name=name,
        call=call,
        ours=result.content,
        vendor=vendor,
        said=said,
        structure_ok=structure and not problem,
        bytes_ok=same and not problem,
        note=problem or note,
    )


def _whole(recorded: object, result: ToolResult, root: str) -> tuple[str, str, str]:
    """A recorded answer as text as it would be here, what was not compared, and what is wrong beside the text."""
    if isinstance(recorded, str):
        here, problem = recorded.replace("@CWD@", root), "pictures, where there were none" if result.media else ""
        if _COUNT.search(recorded) and "@CWD@" in recorded:
            return _COUNT.sub(str(count(len(here.partition("Output:\n")[2].encode()))), here), _COUNTED, problem
        return here, "", problem
    if isinstance(recorded, list):
        return _pictures(cast("list[Mapping[str, str]]", recorded), result)
    ends = cast("Mapping[str, Any]", recorded)
    head, tail = _settled(str(ends["head"]), result.content), str(ends["tail"])
    between = result.content[len(head) : len(result.content) - len(tail)]
    if not (result.content.startswith(head) and result.content.endswith(tail)):
        return head + tail, "", "the ends are not ours"
    if len(result.content) != ends["len"]:
        return head + tail, "", f"not as long as theirs, {ends['len']}"
    return head + between + tail, f"compared: the first {len(head)} and last {len(tail)} characters", ""


def _pictures(recorded: list[Mapping[str, str]], result: ToolResult) -> tuple[str, str, str]:
    ours = [(f"data:{part.media_type};base64,{part.data}", part.detail) for part in result.media]
    theirs = [(item["image_url"], item["detail"]) for item in recorded if item["type"] == "input_image"]
    text = "".join(item["text"] for item in recorded if item["type"] == "input_text")
    return text, "", "" if ours == theirs else "not the same picture"


_VARIES = (r"(?<=^Chunk ID: )[0-9a-f]{6}", r"(?<=\nWall time: )\d+\.\d{4}")

_COUNT = re.compile(r"(?<=\nOriginal token count: )\d+")
_COUNTED = "the count is that of the output with the path as it is here"


def _settled(vendor: str, ours: str) -> str:
    """The vendor's ids and times as they are here."""
    for pattern in _VARIES:
        if found := re.search(pattern, ours):
            vendor = re.sub(pattern, found[0], vendor, count=1)
    return vendor


def table(rows: Sequence[Row]) -> str:
    """The score and each miss, for people."""
    alike, same = sum(row.structure_ok for row in rows), sum(row.bytes_ok for row in rows)
    lines = [f"{len(rows)} samples: structure equal {alike}, equal byte for byte once learned {same}"]
    for row in rows:
        if not row.bytes_ok:
            lines += [f"  {row.name} {json.dumps(row.call)[:160]} {row.note}"]
            lines += [f"    theirs {row.vendor[:200]!r}", f"    ours   {row.ours[:200]!r}"]
    return "\n".join(lines)
