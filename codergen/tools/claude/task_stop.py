"""`TaskStop`: the end of a command that runs in the background."""

from codergen.tools.base import Arguments, Intent, ToolContext, ToolResult
from codergen.tools.claude.speech import Speech


class TaskStopArguments(Arguments):
    task_id: str = ""
    shell_id: str = ""
    """The older name of task_id."""


class TaskStop:
    name = "TaskStop"
    description = "End a command that runs in the background."
    arguments = TaskStopArguments

    def __init__(self, speech: Speech) -> None:
        self._say = speech

    def intent(self, args: TaskStopArguments, /) -> Intent:
        return Intent(act="plan")

    async def run(self, args: TaskStopArguments, context: ToolContext, /) -> ToolResult:
        task = args.task_id or args.shell_id
        live = context.processes.get(task)
        if live is None:
            return self._say("TaskStop.missing", is_error=True, task=task)
        if not live.running:
            return self._say("TaskStop.ended", is_error=True, task=task)
        live.told = True
        await live.end()
        return self._say("TaskStop.stopped", details={"id": task}, task=task, command=live.request.argv[-1])
