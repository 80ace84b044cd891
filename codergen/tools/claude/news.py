"""What this family is told between its calls."""

from codergen.tools.base import ToolContext
from codergen.tools.claude import files, paths
from codergen.tools.claude.files import Known
from codergen.tools.claude.speech import Speech
from codergen.tools.claude.stored import Stored
from codergen.tools.news import Notice
from codergen.tools.processes import Live

WATCHED = 64
"""Files that are looked at, those seen last."""
SHOWN = 8_000
"""Characters of a change that are shown."""


class ClaudeNews:
    """`News`: background commands and agents that ended; files that are other than the model has seen them."""

    def __init__(self, speech: Speech, stored: Stored, known: Known, awaited: set[str]) -> None:
        """`awaited`: ids of agents whose end is still to be told."""
        self._say, self._stored, self._known, self._awaited = speech, stored, known, awaited

    async def __call__(self, context: ToolContext, /) -> tuple[Notice, ...]:
        ended = [await self._finished(live, context) for live in context.processes.ended()]
        return (*ended, *self._agents(context), *await self._changed(context))

    async def _finished(self, live: Live, context: ToolContext) -> Notice:
        result = live.result
        code = None if result is None else result.exit_code
        path = await self._stored.path(context.sandbox, "tasks", f"{live.id}.output")
        text = self._say.text(
            "News.finished",
            id=live.id,
            path_out=path,
            status="completed" if code == 0 else "failed",
            command=self._stored.made_by(path),
            code="none" if code is None else code,
        )
        return Notice(text=text, about="background")

    def _agents(self, context: ToolContext) -> list[Notice]:
        if context.agents is None or not self._awaited:
            return []
        out: list[Notice] = []
        for report in context.agents.list():
            if report.id in self._awaited and report.state != "running":
                self._awaited.discard(report.id)
                text = self._say.text("Agent.finished", agent=report.id, status=report.state, text=report.text)
                out.append(Notice(text=text, about="agent"))
        return out

    async def _changed(self, context: ToolContext) -> list[Notice]:
        out: list[Notice] = []
        for path, known in list(context.state.files.items())[-WATCHED:]:
            if not paths.within(path, context.root):
                continue
            found = await files.look(path, context)
            if found.kind == "absent":
                text = self._say.text("News.gone", path=path)
                out.append(Notice(text=text, about="file_changed", state={"files": {path: None}}))
            elif found.kind == "file" and files.digest(found.data) != known.sha256:
                out.append(self._other(path, found.data, whole=known.whole))
        return out

    def _other(self, path: str, data: bytes, *, whole: bool) -> Notice:
        before = self._known.text(path)
        state = self._known.seen(path, data, whole=whole and before is not None)
        lines = "" if before is None else new_lines(before, data.decode("utf-8", "replace"))
        text = self._say.text("News.changed" if lines else "News.changed_unseen", path=path, lines=lines)
        return Notice(text=text, about="file_changed", state=state)


def new_lines(before: str, after: str) -> str:
    """What stands between the lines at the beginning and at the end that are the same, numbered and cut. Pure."""
    old, new = before.split("\n"), after.split("\n")
    same = next((at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    most = min(len(old), len(new)) - same
    end = next((at for at in range(most) if old[-1 - at] != new[-1 - at]), most)
    shown = "\n".join(f"{at + 1}\t{new[at]}" for at in range(same, len(new) - end))
    return shown if len(shown) <= SHOWN else shown[:SHOWN].rpartition("\n")[0] + "\n..."
