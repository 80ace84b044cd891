"""Rules that a person may make of an answer, so that the same thing is not asked again. Pure."""

import posixpath
from collections.abc import Sequence

from codergen.approval.decide import Ruled
from codergen.approval.request import ApprovalRequest
from codergen.approval.rule import WRAPPERS, Origin, Rule, within

_VERBS = frozenset({
    "git", "npm", "pnpm", "yarn", "bun", "cargo", "go", "uv", "pip", "pip3", "poetry", "docker", "podman",
    "kubectl", "gh", "make", "just", "task", "dotnet", "mvn", "gradle", "terraform", "rustup", "apt", "apt-get",
    "brew", "systemctl",
})  # fmt: skip
"""Programs whose first argument says what they do."""
_OPEN = WRAPPERS | frozenset({
    "python", "python3", "node", "deno", "ruby", "perl", "php", "lua", "awk", "sed", "rm", "dd", "mv", "cp",
    "chmod", "chown", "curl", "wget",
})  # fmt: skip
"""Programs that can do anything, or much harm: only the same command again is offered."""


def proposals(request: ApprovalRequest, asked: Sequence[Ruled], origin: Origin) -> tuple[Rule, ...]:
    """One for each piece that was asked for; none at all when one of them cannot be allowed beforehand: where a rule
    wants it asked, or the shell decides what it is."""
    rules: list[Rule] = []
    for one in asked:
        rule = _rule(request, one, origin) if one.rule is None else None
        if rule is None:
            return ()
        if rule not in rules:
            rules.append(rule)
    return tuple(rules)


def _rule(request: ApprovalRequest, one: Ruled, origin: Origin) -> Rule | None:
    piece = one.piece
    match piece.kind:
        case "call":
            return Rule(effect="allow", tool=request.tool, act=piece.act, origin=origin)
        case "unclear":
            return None
        case "command":
            command = piece.command
            if command is None or command.sets or not all(word.literal for word in command.words[:2]):
                return None
            return _command(tuple(word.text for word in command.words), origin, all(w.literal for w in command.words))
        case "file" | "redirect":
            if not piece.path or any(c in piece.path for c in "*?["):
                return None
            act = piece.act if piece.kind == "file" else "edit"
            path = posixpath.relpath(piece.path, request.root) if within(piece.path, request.root) else piece.path
            return Rule(effect="allow", act=act, path=path if "/" in path else f"./{path}", origin=origin)


def _command(words: tuple[str, ...], origin: Origin, literal: bool) -> Rule | None:
    name, verb = posixpath.basename(words[0]), next(iter(words[1:]), "")
    if name in _OPEN or (name in _VERBS and verb.startswith("-")):
        return Rule(effect="allow", command=words, exact=True, origin=origin) if literal else None
    return Rule(effect="allow", command=words[: 2 if name in _VERBS else 1], origin=origin)
