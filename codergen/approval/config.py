"""Rules and mode from files: the user's, which may loosen, and a project's and a machine's, which only tighten."""

import json
import os
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from codergen.approval.command import parse
from codergen.approval.gate import Policy
from codergen.approval.request import Mode, stricter
from codergen.approval.rule import Effect, Origin, Rule, Where
from codergen.errors import UsageError
from codergen.tools.base import Act

USER_FILE = "approvals.toml"
"""In the folder of settings. Top level: `mode`, `[[allow]]`, `[[ask]]`, `[[deny]]`."""
PROJECT_FILE = ".codergen/config.toml"
"""In the repository, the same below `[approvals]`; read only where the user trusts the repository."""
AUTO: Mode = "auto"
_EFFECTS: tuple[Effect, ...] = ("deny", "ask", "allow")


class _RuleTable(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    tool: str = "*"
    act: Act | None = None
    command: str = ""
    exact: bool = False
    path: str = ""


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    mode: Mode | None = None
    deny: tuple[_RuleTable, ...] = ()
    ask: tuple[_RuleTable, ...] = ()
    allow: tuple[_RuleTable, ...] = ()


def load(
    folder: Path,
    *,
    project: Path | None = None,
    trusted: bool = False,
    machine: Path | None = None,
    default: Mode = "ask",
) -> Policy:
    """`folder` is `Settings.data`, `project` the root of a repository on this host, `machine` a policy file. Raises
    UsageError naming file and rule: a rule that cannot be read is never passed over."""
    user = _read(folder / USER_FILE, below="")
    rules = list(_rules(user, "user", folder / USER_FILE))
    mode, strictest, notes = user.mode or default, AUTO, list[str]()
    sources: list[tuple[Where, Path, str]] = []
    if machine is not None:
        sources.append(("policy", machine, "approvals"))
    if project is not None:
        file = project / PROJECT_FILE
        if trusted:
            sources.append(("project", file, "approvals"))
        elif file.exists():
            notes.append(f"{file} is not read: this repository is not trusted")
    for where, file, below in sources:
        table = _read(file, below)
        rules += [rule for rule in _rules(table, where, file) if rule.effect != "allow"]
        if table.allow:
            notes.append(f"{file}: {len(table.allow)} rules that allow are ignored; only the user's own may")
        strictest = stricter(strictest, table.mode or AUTO)
    return Policy(mode=mode, strictest=strictest, rules=tuple(rules), notes=tuple(notes))


def store(folder: Path, rules: Sequence[Rule]) -> None:
    """Append to the user's file; what stands there stays as it is. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    text = "".join(f"\n{_toml(rule)}" for rule in rules)
    handle = os.open(folder / USER_FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, text.encode("utf-8", "backslashreplace"))
    finally:
        os.close(handle)


def _toml(rule: Rule) -> str:
    values: dict[str, Any] = {"tool": rule.tool if rule.tool != "*" or rule.whole else None, "act": rule.act}
    values |= {"command": " ".join(map(_quoted, rule.command)) or None, "exact": rule.exact or None}
    values["path"] = rule.path or None
    lines = [f"{name} = {_value(value)}" for name, value in values.items() if value is not None]
    return f"[[{rule.effect}]]\n" + "\n".join(lines) + "\n"


def _value(value: object) -> str:
    """JSON's strings are TOML's, but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _quoted(word: str) -> str:
    """As `parse` reads it."""
    plain = word and all(c.isalnum() or c in "-_./:=+,@%" for c in word)
    return word if plain else "'" + word.replace("'", "'\\''") + "'"


def _read(file: Path, below: str) -> _Table:
    try:
        data: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return _Table()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{file}: {error}", remedy="approvals cannot be decided without it") from error
    try:
        return _Table.model_validate(data.get(below, {}) if below else data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise UsageError(f"{file}: {where}: {first['msg']}", remedy="docs/approvals.md has the form") from error


def _rules(table: _Table, where: Where, file: Path) -> list[Rule]:
    origin = Origin(where=where, file=str(file))
    return [
        _rule(entry, effect, origin, f"{file}: [[{effect}]] number {number}")
        for effect in _EFFECTS
        for number, entry in enumerate(getattr(table, effect), start=1)
    ]


def _rule(entry: _RuleTable, effect: Effect, origin: Origin, where: str) -> Rule:
    if not entry.model_fields_set:
        raise UsageError(f"{where} is empty", remedy='say what it is for; tool = "*" is everything')
    if entry.command and entry.path:
        raise UsageError(f"{where} has a command and a path", remedy="make two rules of it")
    return Rule(
        effect=effect, tool=entry.tool, act=entry.act, command=_words(entry.command, where), exact=entry.exact,
        path=entry.path, origin=origin,
    )  # fmt: skip


def _words(command: str, where: str) -> tuple[str, ...]:
    """The words of a rule's command."""
    if not command.strip():
        return ()
    line = parse(command)
    one = line.commands[0] if len(line.commands) == 1 and not line.unclear else None
    if one is None or one.sets or one.redirects or not all(word.literal for word in one.words):
        raise UsageError(f"{where}: {command!r} is not one plain command", remedy='e.g. command = "git status"')
    return tuple(word.text for word in one.words)
