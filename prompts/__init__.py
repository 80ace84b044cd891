"""Text only: prompts by name, rendered with plain `$name` fields, and hashed into station versions."""

from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from string import Template


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """One prompt file."""

    name: str
    """Path without suffix below `prompts/`, e.g. `families/plain/system`."""
    text: str
    sha256: str
    """Hex digest of the text as stored."""

    def render(self, **fields: str) -> str:
        """Fill `$name` fields; raises KeyError for a field the prompt names and the caller did not give."""
        return Template(self.text).substitute(fields)


def load(name: str) -> Prompt:
    """The prompt stored as `prompts/<name>.md`; raises FileNotFoundError naming it."""
    text = files(__name__).joinpath(*f"{name}.md".split("/")).read_text(encoding="utf-8")
    return own(name, text)


def own(name: str, text: str) -> Prompt:
    """A text from elsewhere, to stand in the place of one of ours."""
    return Prompt(name=name, text=text, sha256=sha256(text.encode()).hexdigest())
