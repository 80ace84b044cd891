"""`update_topic` and `write_todos`: what the model says of its own work, kept with the session."""

from dataclasses import replace
from typing import Literal

from pydantic import ConfigDict

from codergen.tools.base import Arguments, Intent, ToolContext, ToolResult
from codergen.tools.gemini.arguments import Loose
from codergen.tools.gemini.told import part, told
from codergen.tools.wording import Wording

TOPIC_NOTE = "gemini.topic"
TODOS_NOTE = "gemini.todos"


class UpdateTopicArguments(Loose):
    strategic_intent: str
    title: str = ""
    summary: str = ""
    wait_for_previous: bool = False


class UpdateTopic:
    name = "update_topic"
    description = "Say what the work is about now."
    arguments = UpdateTopicArguments

    def __init__(self, wording: Wording) -> None:
        self._wording = wording

    def intent(self, _args: UpdateTopicArguments, /) -> Intent:
        return Intent(act="plan")

    async def run(self, args: UpdateTopicArguments, context: ToolContext, /) -> ToolResult:
        title, intent = args.title.strip(), args.strategic_intent.strip() or "..."
        if not title or title == context.state.notes.get(TOPIC_NOTE):
            return told(self._wording, "update_topic.intent", intent=intent)
        result = told(self._wording, "update_topic.topic", title=title, summary=args.summary or "...", intent=intent)
        return replace(result, state={"notes": {TOPIC_NOTE: title}})


class Todo(Arguments):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    description: str
    status: Literal["pending", "in_progress", "completed", "cancelled", "blocked"]


class WriteTodosArguments(Arguments):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    todos: list[Todo]


class WriteTodos:
    """The whole list each time."""

    name = "write_todos"
    description = "Keep a list of what is to be done."
    arguments = WriteTodosArguments

    def __init__(self, wording: Wording) -> None:
        self._wording = wording

    def intent(self, _args: WriteTodosArguments, /) -> Intent:
        return Intent(act="plan")

    async def run(self, args: WriteTodosArguments, context: ToolContext, /) -> ToolResult:
        state = {"notes": {TODOS_NOTE: [todo.model_dump() for todo in args.todos]}}
        if not args.todos:
            return replace(told(self._wording, "write_todos.cleared"), state=state)
        lines = [
            part(self._wording, "write_todos.line", number=number, status=todo.status, text=todo.description)
            for number, todo in enumerate(args.todos, start=1)
        ]
        return replace(told(self._wording, "write_todos.set", todos="\n".join(lines)), state=state)
