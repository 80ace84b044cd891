"""The tools of the family `codex`: names, arguments and results are codex-cli's, the words are the wording's."""

from collections.abc import Mapping

from codergen.profiles.families import Kit
from codergen.tools.codex.agents import CloseAgent, ResumeAgent, SendInput, SpawnAgent, WaitAgent
from codergen.tools.codex.apply_patch import ApplyPatch
from codergen.tools.codex.exec_command import ExecCommand
from codergen.tools.codex.goals import CreateGoal, GetGoal, UpdateGoal
from codergen.tools.codex.notices import CodexNotices
from codergen.tools.codex.refusals import CodexRefusals
from codergen.tools.codex.view_image import ViewImage
from codergen.tools.codex.write_stdin import WriteStdin
from codergen.tools.wording import Wording


def kit(wording: Wording, env: Mapping[str, str]) -> Kit:
    """In the order on the wire. `request_user_input` is not here: there may be nobody to ask."""
    return Kit(
        tools=(
            ExecCommand(wording, env),
            WriteStdin(wording),
            ApplyPatch(wording),
            ViewImage(wording),
            SpawnAgent(wording),
            SendInput(wording),
            ResumeAgent(wording),
            WaitAgent(wording),
            CloseAgent(wording),
            GetGoal(wording),
            CreateGoal(wording),
            UpdateGoal(wording),
        ),
        refusals=CodexRefusals(wording),
        notices=CodexNotices(wording),
    )
