"""Sessions on a real host workspace with a scripted model and a small native profile."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from codergen.agent.limits import SessionLimits
from codergen.agent.session import Session
from codergen.agent.setup import Setup
from codergen.conversation import AssistantEntry, Conversation
from codergen.events import Event
from codergen.profiles.profile import LOOP_SCAFFOLDS, Ask, Finished, Frame, ProfileFacts, Step
from codergen.sandbox.base import Sandbox, SandboxSpec
from codergen.sandbox.host import HostSandbox
from codergen.tools.base import Tool
from codergen.tools.edit import Edit
from codergen.tools.read import Read
from codergen.tools.registry import ToolSet
from codergen.tools.shell import Shell
from codergen.tools.write import Write
from providers.client import ModelClient
from providers.retry import RetryPolicy
from providers.scripted import Reply, ScriptedClient
from providers.types import Message, ModelRequest, ModelResponse


class Native:
    """As for a model with tool calls: everything said so far goes out, answers come back as they are."""

    facts = ProfileFacts(
        name="native",
        version="0",
        prompts=(),
        tools=("read", "write", "edit", "shell", "slow", "broken", "lost", "agents"),
        scaffolds=LOOP_SCAFFOLDS | {"hint"},
    )

    def request(self, conversation: Conversation, frame: Frame) -> Step:
        last = conversation.entries[-1]
        if isinstance(last, AssistantEntry) and not last.message.tool_calls:
            return Finished(reason="answered", text=last.message.text)
        messages = conversation.messages()
        return Ask(request=ModelRequest(model=frame.model, system="Be brief.", messages=messages, tools=frame.tools))

    def read(self, response: ModelResponse, conversation: Conversation, frame: Frame) -> Message:
        return response.message


@dataclass(slots=True)
class Bench:
    """Makes sessions and keeps what they show."""

    workspace: Path
    sandbox: Sandbox
    folder: Path
    events: list[Event] = field(default_factory=list[Event])
    made: list[Session] = field(default_factory=list[Session])

    @property
    def journal(self) -> Path:
        return self.folder / "session.jsonl"

    def setup(self, turns: Sequence[Reply] | ModelClient, *tools: Tool[Any], **changes: Any) -> Setup:
        client = ScriptedClient(turns=turns) if isinstance(turns, Sequence) else turns
        given: dict[str, Any] = {
            "client": client,
            "model": "m-1",
            "profile": Native(),
            "sandbox": self.sandbox,
            "tools": ToolSet([Read(), Write(), Edit(), Shell(), *tools]),
            "limits": SessionLimits(),
            "scaffolds": (),
            "retry": RetryPolicy(first=0.001, longest=0.001),
        }
        return Setup(**given | changes)

    def session(self, turns: Sequence[Reply] | ModelClient, *tools: Tool[Any], **changes: Any) -> Session:
        path = self.journal if not self.made else self.folder / f"session{len(self.made)}.jsonl"
        self.made.append(Session.start(self.setup(turns, *tools, **changes), path, self.events.append))
        return self.made[-1]

    def resume(self, turns: Sequence[Reply] | ModelClient, path: Path, *tools: Tool[Any], **changes: Any) -> Session:
        self.made.append(Session.resume(self.setup(turns, *tools, **changes), path))
        return self.made[-1]

    def kinds(self, *without: str) -> list[str]:
        return [event.kind for event in self.events if event.kind not in without]

    def data(self, kind: str) -> list[dict[str, Any]]:
        return [dict(event.data) for event in self.events if event.kind == kind]


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    sandbox = HostSandbox()
    await sandbox.start(SandboxSpec(workspace=workspace))
    bench = Bench(workspace, sandbox, tmp_path)
    yield bench
    for session in bench.made:
        await session.close()
    await sandbox.stop()
