"""An assignment as the words that a session is given. Pure."""

import re

from codergen.tools.check_tool import told
from codergen.tools.truncate import Cut, truncate
from prompts import Prompt
from router.station import Assignment

REPRODUCTION = Cut(chars=3_000, lines=60)


def brief(assignment: Assignment, template: Prompt, scaffolds: frozenset[str]) -> str:
    """The template filled in; a section whose field is empty is left out."""
    shown = assignment.reproduction if "reproduction_packet" in scaffolds else None
    fields = {
        "intent": assignment.intent.strip(),
        "reproduction": truncate(told(shown), REPRODUCTION).text if shown else "",
        "checks": "\n".join(f"- `{check.command}`" for check in assignment.checks),
        "scope": ", ".join(f"`{glob}`" for glob in assignment.scope),
        "protected": ", ".join(f"`{glob}`" for glob in assignment.protected) or "(nothing)",
        "non_goals": _list(assignment.non_goals),
        "feedback": _list(assignment.feedback),
    }
    sections = re.split(r"(?m)^(?=## )", template.text)
    kept = [section for section in sections if all(fields[name] for name in re.findall(r"\$(\w+)", section))]
    return Prompt(name=template.name, text="".join(kept), sha256=template.sha256).render(**fields).strip()


def _list(items: tuple[str, ...]) -> str:
    return "\n".join(f"- {item}" for item in items)
