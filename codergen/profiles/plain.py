"""Profile `plain`, for models without dependable tool calls: the harness does everything but rewrite one function.

Check, locate, read; then ask for one function, put the answer in by `edit`, check, and take it out again when it does
not help, until the check passes or the schedule is used up. All of it is decided from the conversation.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from codergen.conversation import Conversation
from codergen.profiles import plain_data
from codergen.profiles.failure_text import failure_text
from codergen.profiles.plain_data import Output, PlainData, PlainTexts
from codergen.profiles.plain_grammar import function_grammar
from codergen.profiles.plain_progress import Progress, Sample, failing, functions, progress, slots, suspects
from codergen.profiles.profile import Act, Ask, Finished, Frame, ProfileFacts, Step
from codergen.profiles.python_context import surroundings
from codergen.profiles.python_functions import Function, NotAFunction, rewritten, unique_edit
from providers.types import Message, ModelRequest, ModelResponse, ToolCallPart, user

SCAFFOLDS = frozenset({"reproduction_packet", "ranked_functions", "grammar", "check_feedback"})
"""`reproduction_packet`: failing tests are in the request. `ranked_functions`: functions are ranked by coverage, not
only by traceback. `grammar`: answers are held to one function where the server can. `check_feedback`: later requests
for a function tell what became of the earlier answers."""


EARLIER = "Earlier attempts"
"""The one section of a station's brief that this profile passes on."""


class Plain:
    def __init__(self, data: PlainData, texts: PlainTexts, version: str) -> None:
        """`version` is over data and texts; `load_plain` gives those that are shipped."""
        self._data, self._texts = data, texts
        self.facts = ProfileFacts(
            name="plain",
            version=version,
            prompts=tuple(text.sha256 for text in texts.all),
            tools=("check", "locate", "read", "edit"),
            needs=("check", "read", "edit"),
            scaffolds=SCAFFOLDS,
            seconds=data.seconds,
        )

    def request(self, conversation: Conversation, frame: Frame) -> Step:
        state = progress(conversation)
        if step := self._look(state, conversation, frame) or self._judge(state, conversation):
            return step
        plan = slots(state, self._data, frame)
        if not plan:
            return Finished(reason="no_function", text="Nothing that failed leads to a function that can be rewritten.")
        if len(state.samples) >= len(plan):
            return Finished(reason="exhausted", text=f"{len(plan)} rewrites were tried; the check passes with none.")
        return Ask(request=self._ask(state, plan, conversation, frame))

    def read(self, response: ModelResponse, conversation: Conversation, frame: Frame) -> Message:
        state = progress(conversation)
        function = self._current(state, frame)
        earlier = [s.answer for s in self._tried(state, frame, function)]
        try:
            new = _usable(response.message.text, function, earlier)
        except NotAFunction:
            return Message(role="assistant", parts=response.message.parts)
        old, new = unique_edit(state.files[function.path], function, new)
        arguments = {"path": function.path, "old_string": old, "new_string": new}
        call = ToolCallPart(id=f"p{len(conversation.entries)}", name="edit", arguments=json.dumps(arguments))
        return Message(role="assistant", parts=(*response.message.parts, call))

    def _look(self, state: Progress, conversation: Conversation, frame: Frame) -> Step | None:
        """What has to be known before a model is asked."""
        tools = {tool.name for tool in frame.tools}
        if state.base is None:
            if state.rounds:
                return Finished(reason="no_check", text="The check could not be run.")
            return _act(conversation, ("check", {}))
        if not state.samples and (step := _nothing_to_do(state.base)):
            return step
        ranked = any(step.named("locate") for step in state.rounds)
        if "ranked_functions" in frame.scaffolds and "locate" in tools and not ranked:
            return _act(conversation, ("locate", {}))
        paths = dict.fromkeys(place.path for place in suspects(state, self._data, frame))
        missing = [path for path in paths if path not in state.files and path not in state.unreadable]
        return _act(conversation, *(("read", {"path": path}) for path in missing)) if missing else None

    def _judge(self, state: Progress, conversation: Conversation) -> Step | None:
        """What follows from the last round, once there are samples."""
        last = state.rounds[-1]
        edit, check = last.named("edit"), last.named("check")
        if last.said.by != "harness":
            return _act(conversation, ("check", {})) if edit and not edit.is_error else None
        if edit and edit.is_error:
            return Finished(reason="workspace_changed", text=f"A rewrite could not be taken out again: {edit.content}")
        if check is None or not state.samples:
            return None
        if check.details.get("passed"):
            return Finished(reason="check_passed", text=check.content)
        return _act(conversation, ("edit", _undo(state)))

    def _current(self, state: Progress, frame: Frame) -> Function:
        """The function that the next answer belongs to."""
        index, _ = slots(state, self._data, frame)[len(state.samples)]
        return functions(state, self._data, frame)[index]

    def _tried(self, state: Progress, frame: Frame, function: Function) -> list[Sample]:
        """Earlier samples of the same function."""
        plan, all_ = slots(state, self._data, frame), functions(state, self._data, frame)
        return [sample for sample, (index, _) in zip(state.samples, plan, strict=False) if all_[index] == function]

    def _ask(
        self, state: Progress, plan: tuple[tuple[int, int], ...], conversation: Conversation, frame: Frame
    ) -> ModelRequest:
        data = self._data
        function, sample = self._current(state, frame), plan[len(state.samples)][1]
        text = self._texts.ask.render(
            task=_task(conversation.asked, data.task_chars),
            context=_block(
                "\n\nOther code in the file:\n",
                surroundings(state.files[function.path], function, chars=data.context_chars),
            ),
            path=function.path,
            function=function.source,
            name=function.name,
            purpose=_purpose(function),
            failure=self._failure("This test fails:\n", state.base) if "reproduction_packet" in frame.scaffolds else "",
            tried=self._feedback(state, function, frame) if "check_feedback" in frame.scaffolds else "",
        )
        held = "grammar" in frame.scaffolds and "grammar" in frame.features
        grammar = _grammar(function) if held else None
        return ModelRequest(
            model=frame.model,
            system=self._texts.system.text.strip(),
            messages=(user(text.strip()),),
            temperature=data.temperatures[sample],
            seed=len(state.samples),
            max_output_tokens=_bound(data.output, function, frame),
            grammar=grammar,
        )

    def _failure(self, title: str, check: Mapping[str, Any] | None) -> str:
        shown = failure_text(failing(check), tests=self._data.failure_tests, chars=self._data.failure_chars)
        return _block(f"\n{title}", shown)

    def _feedback(self, state: Progress, function: Function, frame: Frame) -> str:
        """What became of the last sample of this function, said so that it can be avoided."""
        tried = self._tried(state, frame, function)
        if not tried:
            return ""
        try:
            attempt = _usable(tried[-1].answer, function, [s.answer for s in tried[:-1]])
        except NotAFunction as problem:
            return self._texts.refused.render(problem=str(problem))
        failure = self._failure("With it:\n", tried[-1].check)
        return self._texts.failed.render(attempt=attempt, failure=failure)


def _bound(output: Output, function: Function, frame: Frame) -> int:
    thinking = output.thinking if "reasoning" in frame.features else 0
    return output.base + int(output.per_char * len(function.source)) + thinking


def _grammar(function: Function) -> str:
    comments = any(line.lstrip().startswith("#") for line in function.body.split("\n"))
    return function_grammar(function.head, function.unit, backticks="`" in function.source, comments=comments)


def load_plain() -> Plain:
    """The profile as it is shipped; reads its data and prompts."""
    return Plain(*plain_data.load())


def _act(conversation: Conversation, *calls: tuple[str, dict[str, Any]]) -> Act:
    """Calls of the harness's own, marked by their ids and by who said them."""
    parts = tuple(
        ToolCallPart(id=f"h{len(conversation.entries)}.{number}", name=name, arguments=json.dumps(arguments))
        for number, (name, arguments) in enumerate(calls)
    )
    return Act(message=Message(role="assistant", parts=parts))


def _nothing_to_do(base: Mapping[str, Any]) -> Finished | None:
    if base["passed"]:
        return Finished(reason="nothing_fails", text="The check passes before any change.")
    problems = [run["summary"] for run in base["runs"] if run["problem"] not in {None, "timeout", "collection_error"}]
    if problems or not base["runs"]:
        return Finished(reason="no_check", text="; ".join(problems) or "There is no check that can be run.")
    return None


def _undo(state: Progress) -> dict[str, Any]:
    """The last rewrite's edit, turned round."""
    calls = [call for step in state.rounds if step.said.by == "translated" for call in step.said.message.tool_calls]
    done: dict[str, Any] = json.loads(calls[-1].arguments)
    return {"path": done["path"], "old_string": done["new_string"], "new_string": done["old_string"]}


def _usable(answer: str, function: Function, earlier: list[str]) -> str:
    """The rewritten function; raises NotAFunction when it can't be used or was there before."""
    new = rewritten(answer, function)
    if new in _rewrites(earlier, function):
        raise NotAFunction("it is the same as an earlier answer")
    return new


def _rewrites(answers: list[str], function: Function) -> Iterator[str]:
    for answer in answers:
        with suppress(NotAFunction):
            yield rewritten(answer, function)


def _task(asked: str, chars: int) -> str:
    """The user's words; of what a station adds for models that read more, only what was said of earlier attempts."""
    head, *sections = re.split(r"^## ", asked, flags=re.MULTILINE)
    told = "".join(body for title, _, body in (s.partition("\n") for s in sections) if title == EARLIER)
    text = f"{head.strip()}\n\n{told.strip()}".strip()
    return text if len(text) <= chars else f"{text[:chars].rstrip()} ..."


def _purpose(function: Function) -> str:
    text = " ".join(function.docstring.split()).strip("\"' ")
    return f"Its docstring, which stays: {text}\n" if text else ""


def _block(title: str, text: str) -> str:
    return f"{title}```python\n{text}\n```\n" if text else ""
