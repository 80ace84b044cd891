"""The tools of the family `claude`, as its vendor's command-line tool gives them to its models."""

from collections.abc import Mapping

from codergen.profiles.families import Kit
from codergen.tools.claude.agent import Agent
from codergen.tools.claude.bash import Bash
from codergen.tools.claude.edit import Edit
from codergen.tools.claude.files import Known
from codergen.tools.claude.notices import ClaudeNotices
from codergen.tools.claude.read import Read
from codergen.tools.claude.refusals import ClaudeRefusals
from codergen.tools.claude.skill import Skill
from codergen.tools.claude.speech import Speech
from codergen.tools.claude.stored import Stored
from codergen.tools.claude.task_stop import TaskStop
from codergen.tools.claude.write import Write
from codergen.tools.wording import Wording


def kit(wording: Wording, env: Mapping[str, str]) -> Kit:
    """For one session: its tools share the outputs they keep. `ToolSearch` comes from whoever keeps tools back."""
    say, stored, known = Speech(wording), Stored(), Known()
    return Kit(
        tools=(
            Agent(say),
            Bash(say, env, stored, known),
            Edit(say, known),
            Read(say, stored, known),
            Skill(say),
            TaskStop(say),
            Write(say, known),
        ),
        refusals=ClaudeRefusals(say),
        notices=ClaudeNotices(say, stored),
    )
