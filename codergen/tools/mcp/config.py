"""Which MCP servers there are: `mcp.toml` of the user, and `.mcp.json` of a repository that is trusted."""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from codergen.errors import UsageError
from providers.vendors import ROUTES, VENDORS

USER_FILE = "mcp.toml"
"""In codergen's folder: tables `[mcp.NAME]`."""
PROJECT_FILE = ".mcp.json"
INHERITED = ("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "LC_CTYPE", "TERM", "TMPDIR", "TZ")
"""What a server gets of our environment; all else is named in its configuration."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}", re.ASCII)
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """One of them. It runs on the host, outside the sandbox, with the user's rights."""

    name: str
    command: tuple[str, ...] = ()
    """Program and arguments; empty for one that is reached at `url`."""
    cwd: str | None = None
    env: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """Its whole environment."""
    url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    start_s: float = 20.0
    """It must have begun and listed its tools by then."""
    timeout_s: float = 60.0
    """For one call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    servers: tuple[Server, ...] = ()
    notes: tuple[str, ...] = ()
    """What was set aside, and why; for people."""


class _Entry(BaseModel):
    """One server as it is written down; the names of `.mcp.json` are taken too."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    type: str = ""
    command: str = ""
    args: tuple[str, ...] = ()
    cwd: str | None = None
    env: dict[str, str] = Field(default_factory=dict)
    env_from: tuple[str, ...] = ()
    """Variables handed on as they are here."""
    url: str = ""
    headers: dict[str, str] = Field(default_factory=dict)
    headers_env: dict[str, str] = Field(default_factory=dict)
    """Header -> variable that holds its value."""
    start_s: float = Field(20.0, gt=0, le=300)
    timeout_s: float = Field(60.0, gt=0, le=3600)
    enabled: bool = True


def load(folder: Path, environ: Mapping[str, str], *, project: Path | None = None, trusted: bool = False) -> Configured:
    """`folder` is `Settings.data`, `project` the root of a repository on this host. Of two servers with one name the
    user's counts. Raises UsageError naming file and server."""
    entries = _user(folder / USER_FILE)
    notes: list[str] = []
    if project is not None and (file := project / PROJECT_FILE).exists():
        if trusted:
            entries = {**_project(file, project, environ), **entries}
        else:
            notes.append(f"{file} is not read: this repository is not trusted")
    servers: list[Server] = []
    for name, entry in entries.items():
        if entry.type == "sse":
            notes.append(f"MCP server {name!r} is left out: the transport sse is not spoken here")
        elif entry.enabled:
            servers.append(_server(name, entry, environ, notes))
    return Configured(servers=tuple(servers), notes=tuple(notes))


def secret_names() -> frozenset[str]:
    """Variables with keys of ours for models, which no server gets."""
    return frozenset(key for vendor in VENDORS.values() for key in vendor.keys) | frozenset(ROUTES.values())


def _server(name: str, entry: _Entry, environ: Mapping[str, str], notes: list[str]) -> Server:
    ours = secret_names()
    passed = {key: environ[key] for key in INHERITED if key in environ}
    for key in entry.env_from:
        if key in ours:
            notes.append(f"MCP server {name!r} does not get {key}: it is a key for models")
        elif key in environ:
            passed[key] = environ[key]
    headers = dict(entry.headers)
    for header, key in entry.headers_env.items():
        if key in ours:
            notes.append(f"MCP server {name!r} does not get {key}: it is a key for models")
        elif key in environ:
            headers[header] = environ[key]
        else:
            notes.append(f"MCP server {name!r}: {key} is not set, so the header {header} is not sent")
    return Server(
        name=name, command=(entry.command, *entry.args) if entry.command else (), cwd=entry.cwd,
        env={**passed, **entry.env}, url=entry.url, headers=headers, start_s=entry.start_s, timeout_s=entry.timeout_s,
    )  # fmt: skip


def _user(file: Path) -> dict[str, _Entry]:
    try:
        data: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{file}: {error}", remedy="docs/mcp.md has the form") from error
    return _entries(file, data.get("mcp", {}))


def _project(file: Path, project: Path, environ: Mapping[str, str]) -> dict[str, _Entry]:
    """`${NAME}` and `${NAME:-else}` are filled in, but not with keys of ours."""
    known = {key: value for key, value in environ.items() if key not in secret_names()}
    try:
        data: object = _filled(json.loads(file.read_text(encoding="utf-8")), known)
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{file}: {error}", remedy="docs/mcp.md has the form") from error
    tables = cast("dict[str, object]", data).get("mcpServers", {}) if isinstance(data, dict) else None
    entries = _entries(file, tables)
    return {name: entry.model_copy(update={"cwd": entry.cwd or str(project)}) for name, entry in entries.items()}


def _filled(value: object, environ: Mapping[str, str]) -> object:
    match value:
        case str():
            return _VARIABLE.sub(lambda found: environ.get(found[1], found[2] or ""), value)
        case list():
            return [_filled(item, environ) for item in cast("list[object]", value)]
        case dict():
            return {key: _filled(item, environ) for key, item in cast("dict[str, object]", value).items()}
        case _:
            return value


def _entries(file: Path, tables: object) -> dict[str, _Entry]:
    if not isinstance(tables, dict):
        raise UsageError(f"{file}: expected one table a server", remedy="docs/mcp.md has the form")
    out: dict[str, _Entry] = {}
    for name, table in cast("dict[str, object]", tables).items():
        where = f"{file}: server {name!r}"
        if not _NAME.fullmatch(name) or "__" in name:
            raise UsageError(where, remedy="its name may have letters, digits, `-`, `.` and single `_`, at most 40")
        try:
            entry = _Entry.model_validate(table)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise UsageError(f"{where}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
        if bool(entry.command) == bool(entry.url):
            raise UsageError(f"{where}: it needs either `command` or `url`", remedy="docs/mcp.md has the form")
        if entry.url and not entry.url.startswith(("http://", "https://")):
            raise UsageError(f"{where}: {entry.url!r} is no http address")
        out[name] = entry
    return out
