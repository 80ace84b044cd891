"""The tools of the profile `gemini`: names, arguments and results are gemini-cli's, the words are the wording's."""

from collections.abc import Mapping
from functools import partial

from codergen.profiles.families import Kit
from codergen.tools.gemini.agent import InvokeAgent
from codergen.tools.gemini.background import ListBackgroundProcesses, ReadBackgroundOutput
from codergen.tools.gemini.glob import Glob
from codergen.tools.gemini.grep_search import GrepSearch
from codergen.tools.gemini.list_directory import ListDirectory
from codergen.tools.gemini.planning import UpdateTopic, WriteTodos
from codergen.tools.gemini.read_file import ReadFile
from codergen.tools.gemini.refusing import GeminiRefusals
from codergen.tools.gemini.replace import Replace
from codergen.tools.gemini.shell import RunShellCommand
from codergen.tools.gemini.skill import ActivateSkill
from codergen.tools.gemini.tree import session_tree
from codergen.tools.gemini.write_file import WriteFile
from codergen.tools.wording import Wording


def kit(wording: Wording, env: Mapping[str, str]) -> Kit:
    """In the order on the wire."""
    return Kit(
        tools=(
            UpdateTopic(wording),
            ListDirectory(wording, env),
            ReadFile(wording, env),
            GrepSearch(wording, env),
            Glob(wording, env),
            Replace(wording, env),
            WriteFile(wording, env),
            RunShellCommand(wording, env),
            ListBackgroundProcesses(wording),
            ReadBackgroundOutput(wording),
            WriteTodos(wording),
            InvokeAgent(wording),
            ActivateSkill(wording),
        ),
        refusals=GeminiRefusals(wording),
        tree=partial(session_tree, wording=wording),
    )
