"""`get_goal`, `create_goal`, `update_goal`: what a long session is to reach, kept in the session's state.

The answers' names are the vendor's. Of the fields of a goal only those are given that are known here: what was used of
a budget is the loop's to count, so `tokensUsed`, `timeUsedSeconds` and the like are left out and `remainingTokens` is
null.
"""

import json
from collections.abc import Mapping
from typing import Literal

from codergen.tools.base import Intent, ToolContext, ToolResult
from codergen.tools.codex.arguments import Loose, Whole
from codergen.tools.codex.told import told
from codergen.tools.wording import Wording

NOTE = "goal"
"""Its place in `ToolState.notes`."""


class GetGoalArguments(Loose):
    pass


class CreateGoalArguments(Loose):
    objective: str
    token_budget: Whole | None = None


class UpdateGoalArguments(Loose):
    status: Literal["complete", "blocked", "paused"]


Goal = Mapping[str, object]


class _Goal:
    def __init__(self, wording: Wording) -> None:
        self._wording = wording

    def _answer(self, goal: Goal | None, *, changed: bool = True) -> ToolResult:
        answer = {"goal": goal, "remainingTokens": None, "completionBudgetReport": None}
        text = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
        return ToolResult(content=text, state={"notes": {NOTE: goal}} if changed else {})


class GetGoal(_Goal):
    name = "get_goal"
    description = "The goal of this session."
    arguments = GetGoalArguments

    def intent(self, args: GetGoalArguments, /) -> Intent:
        return Intent(act="plan")

    async def run(self, args: GetGoalArguments, context: ToolContext, /) -> ToolResult:
        return self._answer(context.state.notes.get(NOTE), changed=False)


class CreateGoal(_Goal):
    name = "create_goal"
    description = "Set the goal of this session."
    arguments = CreateGoalArguments

    def intent(self, args: CreateGoalArguments, /) -> Intent:
        return Intent(act="plan")

    async def run(self, args: CreateGoalArguments, context: ToolContext, /) -> ToolResult:
        if not args.objective.strip():
            return told(self._wording, "create_goal.blank")
        if args.token_budget is not None and args.token_budget <= 0:
            return told(self._wording, "create_goal.budget")
        now = context.state.notes.get(NOTE)
        if now is not None and now["status"] != "complete":
            return told(self._wording, "create_goal.there")
        return self._answer({"objective": args.objective, "status": "active", "tokenBudget": args.token_budget})


class UpdateGoal(_Goal):
    name = "update_goal"
    description = "Say how the goal stands."
    arguments = UpdateGoalArguments

    def intent(self, args: UpdateGoalArguments, /) -> Intent:
        return Intent(act="plan")

    async def run(self, args: UpdateGoalArguments, context: ToolContext, /) -> ToolResult:
        now = context.state.notes.get(NOTE)
        if now is None:
            return told(self._wording, "update_goal.none")
        return self._answer({**now, "status": args.status})
