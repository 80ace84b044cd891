"""Skills: what stands at the head of a SKILL.md. Pure."""

import posixpath
import re
from typing import cast

import yaml

from codergen.profiles.surroundings import Skill

FOLDERS = (".agents/skills",)
"""In a workspace, for every family."""
LONGEST_DESCRIPTION = 1_024
_HEAD = re.compile(r"\A---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)


def parse(path: str, text: str) -> Skill | str:
    """The skill, or a sentence that says why this is none."""
    head = _HEAD.match(text)
    if head is None:
        return f"{path}: no front matter between two lines of ---, so it is left out"
    try:
        data: object = yaml.safe_load(head[1])
    except yaml.YAMLError as error:
        return f"{path}: its front matter is not YAML ({str(error).splitlines()[0]}), so it is left out"
    fields = cast("dict[object, object]", data) if isinstance(data, dict) else {}
    name, description = fields.get("name"), fields.get("description")
    folder = posixpath.basename(posixpath.dirname(path))
    if not isinstance(name, str) or not _NAME.fullmatch(name) or len(name) > 64:
        return f"{path}: `name` must be small letters, digits and hyphens, at most 64, so it is left out"
    if name != folder:
        return f"{path}: it is named {name!r} and lies in {folder!r}, so it is left out"
    if not isinstance(description, str) or not description.strip():
        return f"{path}: it has no `description`, so it is left out"
    words = " ".join(description.split())
    if len(words) > LONGEST_DESCRIPTION:
        return f"{path}: its `description` is longer than {LONGEST_DESCRIPTION} characters, so it is left out"
    return Skill(name=name, description=words, path=path)
