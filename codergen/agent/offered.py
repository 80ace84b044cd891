"""The tools of the next request: those that the session began with, then what came since."""

from dataclasses import replace

from codergen.agent.parts import Parts
from codergen.profiles.profile import Frame
from codergen.tools.mcp.names import LOADED
from codergen.tools.state import ToolState


def offered(parts: Parts, state: ToolState) -> Frame:
    """The frame of a step. It only grows at its end, so that requests keep one prefix."""
    more = parts.tools.more
    if more is None:
        return parts.frame
    return replace(parts.frame, tools=(*parts.frame.tools, *more.offered(state.notes.get(LOADED, ()))))
